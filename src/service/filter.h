/* Filters: the Sieve scripts of people, domains and the forest, kept, checked and run on mail that
   comes. The language itself is service/sieve.h; what is done with a message, filter/mail.h. */
#ifndef SERVICE_FILTER_H
#define SERVICE_FILTER_H

#include "core/script/script.h"
#include "service/sieve.h"

struct filters; /* one for the server; safe for all threads */

/* 0 takes the default in brackets. */
struct filters_config {
    struct script_limits scripts; /* of an account [64, 128 KiB, 1 MiB]; domains: the same */
    uint32_t redirects;           /* of one message and script [4] */
    /* Fields that a milter adds: what spamtest and virustest know (RFC 5235). Empty: nothing. */
    struct str spam_field, virus_field;
    uint32_t spam_at; /* a score that is surely spam [15] */
};

/* c outlives it. Logs and counts by what c has. */
struct filters *filters_open(struct core *c, const struct filters_config *config);
void filters_close(struct filters *f);
AUTO_OF(struct filters *, filters_close)
/* Who converts parts for scripts (RFC 6558); without, nothing is converted. Before there are
   sessions; c outlives f. */
struct converter;
void filters_set_converter(struct filters *f, struct converter *c);
/* With the defaults filled in. */
const struct filters_config *filters_config(const struct filters *f);

/* Would the script compile? As sieve_compile; problems may be told to its author. */
MUST_USE enum code filters_check(struct ctx *cx, struct filters *f, struct str text,
                                 struct sieve_problems *problems);
/* "line 3: ...", one a line, for people; empty when there are none. */
struct str filters_problems(struct arena *a, const struct sieve_problems *problems);
/* As script_put, once it compiles; E_SYNTAX with problems->count 0 is the name. */
MUST_USE enum code filters_put(struct ctx *cx, struct filters *f, const struct script_owner *owner,
                               struct str name, struct str text, struct sieve_problems *problems);

#endif
