/* The compiled script: its tree, in an arena of its own. */
#ifndef SERVICE_SIEVE_PROGRAM_H
#define SERVICE_SIEVE_PROGRAM_H

#include "service/sieve/script/syntax.h"

#include <stdatomic.h>

struct sieve_program {
    atomic_uint owners;
    struct arena *arena;
    const struct sieve_node *first;
    uint64_t refused, required; /* bits of enum sieve_ext */
    uint32_t redirects_max;
    struct sieve_pattern *patterns; /* all of its compiled patterns, to be freed */
};

#endif
