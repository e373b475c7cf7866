/* Values against keys: RFC 5228 section 2.7, RFC 5231, RFC 6134, the regex draft. */
#ifndef SERVICE_SIEVE_RUN_MATCH_H
#define SERVICE_SIEVE_RUN_MATCH_H

#include "service/sieve/run/run.h"

struct sieve_matcher {
    struct sieve_run *run;
    const struct sieve_node *node;
    const struct sieve_match_type *type;
    const struct sieve_arg *keys;
    const struct str *key;  /* as written */
    const struct str *form; /* as compared */
    uint64_t values;        /* counted */
    bool found;
};

/* Keys: the argument that has them. */
void sieve_match_begin(struct sieve_matcher *m, struct sieve_run *r, const struct sieve_node *n,
                       const struct sieve_arg *keys);
/* One value, UTF-8 mostly; true when no further one can change the answer. */
bool sieve_match_value(struct sieve_matcher *m, struct str value);
/* The answer, when all values were there. */
bool sieve_match_end(struct sieve_matcher *m);
/* One value against the keys. */
bool sieve_match_one(struct sieve_run *r, const struct sieve_node *n, const struct sieve_arg *keys,
                     struct str value);
/* glob.c: "*" and "?" with "\\" before them; utf8: "?" is one character. fold tells how two are
   the same. matched[0] is the whole, then what each wildcard stood for. */
bool sieve_glob(struct arena *a, enum sieve_comparator comparator, struct str pattern,
                struct str value, struct str matched[static SIEVE_MATCHED_MAX + 1], size_t *count);

#endif
