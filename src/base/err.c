#include "base/err.h"
#include "base/banned.h"
#include <stdarg.h>

static const char *const names[CODE_COUNT] = {
    [OK] = "ok",
    [E_SYNTAX] = "syntax",
    [E_LIMIT] = "limit",
    [E_NOT_FOUND] = "not-found",
    [E_EXISTS] = "exists",
    [E_DENIED] = "denied",
    [E_CONFLICT] = "conflict",
    [E_BUSY] = "busy",
    [E_IO] = "io",
    [E_CORRUPT] = "corrupt",
    [E_UNSUPPORTED] = "unsupported",
};

enum code fail(struct ctx *cx, enum code code, const char *format, ...)
{
    struct err err = {.code = code};
    va_list args;
    va_start(args, format);
    vsnprintf(err.what, sizeof err.what, format, args);
    va_end(args);
    cx->err = err; /* last: an argument may be the text that was there */
    return code;
}

const char *code_name(enum code code)
{
    return code < CODE_COUNT ? names[code] : "unknown";
}

void must_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "level=fatal event=invariant what=\"%s\" at=%s:%d\n", what, file, line);
    abort();
}
