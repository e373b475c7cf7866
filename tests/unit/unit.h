/* What every unit test includes first: cmocka, and asserts for the types of src/base. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
/* Ours is in base/err.h. */
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "base/arena.h"
#include "base/random.h"
#include "base/str.h"

/* Fails with both texts when got is not the bytes of wanted. */
#define assert_str(got, wanted) assert_str_at((got), (wanted), __FILE__, __LINE__)

static inline void assert_str_at(struct str got, struct str wanted, const char *file, int line)
{
    if (str_eq(got, wanted))
        return;
    print_error("got \"%.*s\", wanted \"%.*s\"\n", STR_ARG(got), STR_ARG(wanted));
    _fail(file, line);
}

/* A number below bound (not 0), for property tests with a seeded source. */
static inline size_t random_below(struct random *r, size_t bound)
{
    return (size_t)(random_u64(r) % bound);
}

/* n bytes, or fewer, drawn from letters (not empty), in the arena. */
static inline struct str random_text(struct random *r, struct arena *a, size_t n,
                                     const char *letters)
{
    size_t kinds = strlen(letters), length = random_below(r, n + 1);
    char *text = arena_alloc(a, length + 1);
    for (size_t i = 0; i < length; i++)
        text[i] = letters[random_below(r, kinds)];
    return str_of(text, length);
}

#endif
