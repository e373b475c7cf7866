/* Recoverable items: what was removed and is not purged yet. Inside account_update but for the
   list. They lie in hidden folders and do not count for quotas. */
#ifndef CORE_RECOVER_H
#define CORE_RECOVER_H

#include "core/item.h"

enum { RECOVERABLE_DAYS = 21 };

struct recoverable {
    item_id id;
    folder_id folder; /* where its rows are: item_get(folder, uid) */
    uint32_t uid;
    folder_id origin; /* where it was; may be gone */
    int64_t removed_ms;
    bool held;
};

/* Puts one back: into to, or with to 0 where it was, or else into the inbox. E_NOT_FOUND when it is
   purged or was never removed; E_LIMIT. */
MUST_USE enum code item_recover(struct ctx *cx, struct account_txn *t, item_id id, folder_id to,
                                struct item_placed *out);
/* Ends an item for good; its blob goes when nobody else refers to it. E_DENIED while the item or
   the account is on hold. */
MUST_USE enum code item_purge(struct ctx *cx, struct account_txn *t, folder_id folder,
                              uint32_t uid);
/* A held item is never purged. */
MUST_USE enum code item_set_hold(struct ctx *cx, struct account_txn *t, item_id id, bool on);
struct recoverables {
    struct recoverable *at; /* in cx->arena */
    size_t count;
};
/* At most limit of them with ids above after, by id. */
MUST_USE enum code recoverable_list(struct ctx *cx, struct core *c, account_id account,
                                    item_id after, size_t limit, struct recoverables *out);

#endif
