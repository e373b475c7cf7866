/* Variables (RFC 5229) while a script runs. */
#ifndef SERVICE_SIEVE_RUN_VARS_H
#define SERVICE_SIEVE_RUN_VARS_H

#include "service/sieve/run/pattern.h"
#include "service/sieve/script/word.h"

enum {
    SIEVE_NAME_MAX = 64,        /* bytes of a name, with its namespace */
    SIEVE_VARIABLES_MAX = 256,  /* of one script, and global ones */
    SIEVE_VALUE_MAX = 64 * 1024 /* bytes of a value: longer ones are cut (RFC 5229 section 6) */
};

/* The value of a variable; empty when there is none. name in lower case. */
struct str sieve_var_get(struct sieve_run *r, struct str name);
/* Sets one, cut to SIEVE_VALUE_MAX; the run fails past SIEVE_VARIABLES_MAX. */
void sieve_var_set(struct sieve_run *r, struct str name, struct str value);
/* The modifiers of set and extracttext, in their order (RFC 5229 section 4.1). */
struct str sieve_var_modify(struct sieve_run *r, const struct sieve_node *n, struct str value);

#endif
