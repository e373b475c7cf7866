/* What the unit tests of the server share. */
#ifndef UNIT_SERVER_H
#define UNIT_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Before cmocka, whose macro is named fail as well. */
#include "base/arena.h"
#include "base/random.h"
#include "base/str.h"

#include <cmocka.h>

/* A context on a fresh arena; ends the test's memory with unit_end. */
struct unit {
    struct ctx cx;
    struct random random;
};

static inline void unit_begin(struct unit *u)
{
    *u = (struct unit){.random = {.seed = 1}};
    u->cx = (struct ctx){.arena = arena_open(), .now_ms = 1, .random = &u->random};
}

static inline void unit_end(struct unit *u)
{
    arena_close(u->cx.arena);
}

#endif
