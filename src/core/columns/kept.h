/* Small things that were worked out of an account, kept in memory until it changes. */
#ifndef CORE_COLUMNS_KEPT_H
#define CORE_COLUMNS_KEPT_H

#include "core/core.h"

/* One thing each for an account and a person. number: the account's when it was worked out;
   variant: on what else it depends. */
struct kept_name {
    account_id account;
    principal_id reader;
    uint64_t number, variant;
};

/* A copy in cx->arena; false when there is none for this number and variant. */
bool kept_get(struct ctx *cx, struct core *c, const struct kept_name *name, struct str *out);
void kept_put(struct core *c, const struct kept_name *name, struct str bytes);

#endif
