/* How many second factors a person has: one row, kept by the changes that add and take them, so
   that every log-in may ask. */
#ifndef CORE_SIGNIN_FACTOR_H
#define CORE_SIGNIN_FACTOR_H

#include "core/core.h"

struct factors {
    uint16_t totps, passkeys; /* confirmed ones */
};

/* None: zeros. */
MUST_USE enum code factor_counts(struct ctx *cx, struct core *c, principal_id who,
                                 struct factors *out);
/* Whether there is one, inside a change. */
MUST_USE enum code factor_any(struct ctx *cx, struct txn *t, principal_id who, bool *out);
/* Adds by to the counts, inside a change of SIGNIN_PART. */
struct factor_change {
    int totps, passkeys;
};
MUST_USE enum code factor_adjust(struct ctx *cx, struct txn *t, principal_id who,
                                 struct factor_change by);

#endif
