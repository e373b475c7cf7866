/* What the tests of format share: a context with an arena of its own. */
#ifndef TESTS_FORMAT_H
#define TESTS_FORMAT_H

#include "unit.h"

#include "base/buf.h"
#include "base/err.h"

static inline int format_setup(void **state)
{
    struct ctx *cx = calloc(1, sizeof *cx);
    cx->arena = arena_open();
    *state = cx;
    return 0;
}

static inline int format_teardown(void **state)
{
    struct ctx *cx = *state;
    arena_close(cx->arena);
    free(cx);
    return 0;
}

#define FORMAT_TEST(f) cmocka_unit_test_setup_teardown(f, format_setup, format_teardown)

/* Text with "^" for CRLF, so that tables of messages stay readable. */
static inline struct str lines(struct arena *a, const char *text)
{
    struct str s = str_z(text);
    char *out = arena_alloc(a, s.n * 2 + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '^')
            out[n++] = '\r';
        out[n++] = s.p[i] == '^' ? '\n' : s.p[i];
    }
    return str_of(out, n);
}

#define ROWS(table) (sizeof(table) / sizeof *(table))

#endif
