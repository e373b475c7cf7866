/* Subscriptions to mailboxes that are not folders of the subscriber's own account: somebody else's,
 * and those that are gone. (One's own folders have a flag: folder_subscribe.) */
#ifndef CORE_SUBSCRIPTION_H
#define CORE_SUBSCRIPTION_H

#include "core/directory.h"

enum { SUBSCRIPTIONS_MAX = 10000, SUBSCRIPTION_NAME_MAX = 5000 };

struct subscription {
    account_id account; /* whose folder */
    folder_id folder;
    struct str name; /* as the subscriber named it */
};

/* The first level of the names of such accounts' folders, as IMAP has them: "Other Users". */
struct str subscription_space(enum principal_kind kind);
/* Inside account_update of the subscriber's account. on: kept once for each folder, with the last
   name. E_LIMIT past SUBSCRIPTIONS_MAX and SUBSCRIPTION_NAME_MAX. */
MUST_USE enum code subscription_set(struct ctx *cx, struct account_txn *t,
                                    const struct subscription *subscription, bool on);
/* All of the subscriber's, by account and folder, in cx->arena. */
MUST_USE enum code subscription_list(struct ctx *cx, struct core *c, account_id subscriber,
                                     struct subscription **out, size_t *count);

#endif
