/* Replies: RFC 1939 section 3, response codes of RFC 2449 section 8 and RFC 3206. */
#include "proto/pop3/session.h"
#include <stdarg.h>

/* An empty text: the error's own words. */
static const char *const rows[CODE_COUNT] = {
    [OK] = "Done",
    [E_SYNTAX] = "",
    [E_LIMIT] = "[SYS/TEMP] Over a limit of this server",
    [E_NOT_FOUND] = "There is no such message",
    [E_EXISTS] = "[SYS/PERM] It exists already",
    [E_DENIED] = "[SYS/PERM] Not allowed",
    [E_CONFLICT] = "[IN-USE] Somebody else is changing it, try again",
    [E_BUSY] = "[SYS/TEMP] Busy, try again later",
    [E_IO] = "[SYS/TEMP] The storage failed, try again later",
    [E_CORRUPT] = "[SYS/PERM] The stored data is damaged",
    [E_UNSUPPORTED] = "",
};

const char *pop3_reply_text(enum code code)
{
    return rows[code];
}

/* The format in the session's language; tests/unit/service/language.c sees to it that its
   conversions are the same. */
__attribute__((format_arg(2))) static const char *spoken(const struct pop3_call *call,
                                                         const char *format)
{
    return language_text(call->language, str_z(format)).p;
}

void pop3_ok(struct pop3_call *call, const char *format, ...)
{
    char line[500];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, spoken(call, format), args);
    va_end(args);
    must(n >= 0);
    rope_put(&call->reply->out, STR("+OK "));
    rope_put(&call->reply->out, str_z(line));
    rope_put(&call->reply->out, STR("\r\n"));
}

/* A response code stays as it is; what people read is put into their language. */
static void put_spoken(struct pop3_call *call, struct str text)
{
    struct rope *out = &call->reply->out;
    size_t end = str_starts(text, STR("[")) ? str_find(text, STR("] ")) : SIZE_MAX;
    if (end != SIZE_MAX) {
        rope_put(out, str_sub(text, 0, end + 2));
        text = str_from(text, end + 2);
    }
    rope_put(out, language_text(call->language, text));
}

enum code pop3_refuse(struct pop3_call *call, const char *text)
{
    call->failed = true;
    rope_put(&call->reply->out, STR("-ERR "));
    put_spoken(call, str_z(text));
    rope_put(&call->reply->out, STR("\r\n"));
    return OK;
}

void pop3_failed(const struct ctx *cx, struct pop3_call *call, enum code code)
{
    call->faulty = code == E_SYNTAX || code == E_UNSUPPORTED;
    pop3_refuse(call, *rows[code] ? rows[code] : cx->err.what);
}
