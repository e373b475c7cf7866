/* A message, an account made of tables, and what a script does there. */
#ifndef TESTS_UNIT_SIEVE_WORLD_H
#define TESTS_UNIT_SIEVE_WORLD_H

#include "base/arena.h"
#include "service/sieve.h"
#include "service/sieve/outcome.h"
#include "service/sieve/world.h"

struct sieve_case {
    const char *name;
    const char *script;
    const char *message; /* lines end with "\n": they are made CRLF; NULL: sieve_message */
    const char *wanted; /* actions, "; " between them; or "error: ..." in a run; or "line N: ..." */
};

/* The message of cases that bring none. */
extern const char sieve_message[];

/* Runs each in a fresh arena; prints those that come out otherwise, and then fails the test. */
void sieve_cases_check(const struct sieve_case *cases, size_t count);

/* The same, but wanted is the message (lines end with "\n") that the first action has; "as it came"
   when nothing was changed. */
void sieve_edits_check(const struct sieve_case *cases, size_t count);

/* The pieces, for tests of their own. */
struct str sieve_crlf(struct arena *a, const char *text);
/* The fake account, and its world on a message; now is 2026-11-22T10:00:00Z. */
void sieve_world_make(struct ctx *cx, const char *message, struct sieve_world *out);
/* "implicit keep; ..." of an outcome. */
struct str sieve_outcome_text(struct arena *a, const struct sieve_outcome *out);
/* What a script comes to: as in wanted. */
struct str sieve_play(struct ctx *cx, struct str script, const struct sieve_world *world);

#endif
