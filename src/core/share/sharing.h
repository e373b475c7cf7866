/* Sharing: the index of grants by grantee, so that who may see which accounts is known without
 * asking each. It lies in the directory and may say too much for a day, never too little: what an
 * account grants is told by its own rows (core/rights.h). */
#ifndef CORE_SHARING_H
#define CORE_SHARING_H

#include "core/rights.h"
#include "core/upkeep/check.h"

enum { SHARING_ACCOUNTS_MAX = 10000 };

/* Grants, as rights_grant inside a transaction of its own, and keeps the index. */
MUST_USE enum code sharing_grant(struct ctx *cx, struct core *c, account_id account,
                                 folder_id folder, const struct grant *grant);
/* What sharing_grant notes in the index, for who grants inside a transaction of his own: before. */
MUST_USE enum code sharing_note(struct ctx *cx, struct core *c, account_id account,
                                const struct grant *grant);
/* Accounts that have granted anything to reader, to a group that reader is in, or to everybody;
   rising, without its own. E_LIMIT past SHARING_ACCOUNTS_MAX. */
MUST_USE enum code sharing_accounts(struct ctx *cx, struct core *c, principal_id reader,
                                    account_id **out, size_t *count);
/* Drops what has said too much for a day. To be run each day. */
MUST_USE enum code sharing_sweep(struct ctx *cx, struct core *c);
/* Each grant of the account is in the index. Adds to sum. */
struct sharing_report {
    check_account_fn *fn; /* or NULL */
    void *arg;
    bool repair;
};
MUST_USE enum code sharing_check(struct ctx *cx, struct core *c, account_id account,
                                 const struct sharing_report *to, struct check_account *sum);

#endif
