/* Subscriptions to mailboxes that are not folders of the subscriber's own account: somebody else's,
 * and those that are gone. (One's own folders have a flag: folder_subscribe.) */
#ifndef CORE_SUBSCRIPTION_H
#define CORE_SUBSCRIPTION_H

#include "core/directory.h"

enum {
    SUBSCRIPTIONS_MAX = 10000,
    SUBSCRIPTION_NAME_MAX = 5000,
    SUBSCRIPTION_MARKS_MAX = 1000, /* folders of one account whose last change is remembered */
};

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

/* When the subscriber began or ended subscriptions to folders of one other account, in numbers of
   the subscriber's own account. */
struct subscription_mark {
    folder_id folder;
    uint64_t number;
};
struct subscription_marks {
    uint64_t number; /* of the last; 0: there was none */
    uint64_t floor;  /* of changes up to it not all folders are remembered */
    struct subscription_mark *at;
    size_t count;
};
/* In cx->arena. */
MUST_USE enum code subscription_marks(struct ctx *cx, struct core *c, account_id subscriber,
                                      account_id of, struct subscription_marks *out);
/* The same inside account_update of the subscriber's account. */
MUST_USE enum code subscription_txn_marks(struct ctx *cx, struct account_txn *t, account_id of,
                                          struct subscription_marks *out);
/* Marks a change; subscription_set does it. */
MUST_USE enum code subscription_mark(struct ctx *cx, struct account_txn *t, account_id of,
                                     folder_id folder);

#endif
