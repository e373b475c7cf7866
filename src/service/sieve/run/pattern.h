/* Regular expressions with limits: the one place that knows PCRE2. */
#ifndef SERVICE_SIEVE_RUN_PATTERN_H
#define SERVICE_SIEVE_RUN_PATTERN_H

#include "base/err.h"
#include "base/str.h"

enum {
    SIEVE_PATTERN_MAX = 4096,         /* bytes of one */
    SIEVE_PATTERN_PARENS_MAX = 50,    /* in each other */
    SIEVE_PATTERN_MATCH_MAX = 100000, /* PCRE2's match limit */
    SIEVE_PATTERN_DEPTH_MAX = 5000,
    SIEVE_PATTERN_HEAP_MAX = 8192, /* KiB */
    SIEVE_MATCHED_MAX = 31         /* the highest match variable */
};

struct sieve_pattern {
    void *code; /* pcre2_code */
    struct sieve_pattern *next;
};

/* Compiles an extended regular expression (draft-ietf-sieve-regex). bytes: compared byte by byte;
   else as UTF-8 without case. NULL, with why in words, when it is none. */
struct sieve_pattern *sieve_pattern_make(struct arena *a, struct str text, bool bytes,
                                         struct str *why);
/* Frees it and all behind it. */
void sieve_pattern_free(struct sieve_pattern *p);

enum sieve_pattern_found { SIEVE_FOUND_NOT, SIEVE_FOUND, SIEVE_FOUND_LIMIT };
/* Looks for it anywhere in s. On FOUND, matched[0..*count) are the whole and its groups. */
enum sieve_pattern_found sieve_pattern_match(const struct sieve_pattern *p, struct str s,
                                             struct str matched[static SIEVE_MATCHED_MAX + 1],
                                             size_t *count);

#endif
