/* Threads: which messages of an account belong together (RFC 8621 section 3). An item's thread is
   settled in the commit that adds it and stays: messages that share a message id (of their own, of
   References or In-Reply-To) and a base subject have the same one. */
#ifndef CORE_OBJECTID_THREAD_H
#define CORE_OBJECTID_THREAD_H

#include "core/item.h"

struct item_state;

enum {
    THREAD_ITEMS_MAX = 1000, /* of one thread; what comes later begins another */
    THREAD_LOOKS_MAX = 20,   /* rows that are read to find a thread */
};

/* The items of a thread, oldest first, in cx->arena. E_NOT_FOUND. */
MUST_USE enum code thread_items(struct ctx *cx, struct core *c, account_id account, uint64_t thread,
                                item_id **out, size_t *count);
/* The thread of an item that has none in its row: one written before there were threads. */
uint64_t thread_alone(item_id id);

/* Internal to core. Finds or founds the thread of an item that is about to be put: its id and
   summary are set, its row's thread and thread_keys are filled in. */
MUST_USE enum code thread_join(struct ctx *cx, struct account_txn *t, struct item_state *item);
/* The item, as its rows were, is no member any more. */
MUST_USE enum code thread_leave(struct ctx *cx, struct account_txn *t,
                                const struct item_state *item);

#endif
