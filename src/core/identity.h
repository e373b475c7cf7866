/* What items are called outside: source keys, change keys, predecessor change lists
   ([MS-OXCFXICS] 2.2.1.2). Kept only where a client brought them; else made from numbers. */
#ifndef CORE_IDENTITY_H
#define CORE_IDENTITY_H

#include "core/item.h"

enum { SOURCE_KEY_BYTES = 22, CHANGE_KEY_MAX = 64, PREDECESSORS_MAX = 4096 };

struct item_identity {
    struct str source_key;   /* GUID and 48-bit counter, big-endian: 22 bytes; moves change it */
    struct str change_key;   /* GUID and local id: 17 to CHANGE_KEY_MAX bytes */
    struct str predecessors; /* each: one byte of length, then GUID and local id */
};

/* In cx->arena. E_NOT_FOUND. */
MUST_USE enum code item_identity_get(struct ctx *cx, struct core *c, account_id account, item_id id,
                                     struct item_identity *out);
/* Inside account_update: takes over what a client says; empty ones become the server's own. The
   item gets a new number. E_SYNTAX for wrong shapes, E_EXISTS when another item has the source key.
 */
MUST_USE enum code item_identity_set(struct ctx *cx, struct account_txn *t, item_id id,
                                     const struct item_identity *identity);
/* Whose source key it is: foreign ones, and the server's own. E_NOT_FOUND. */
MUST_USE enum code item_by_source_key(struct ctx *cx, struct core *c, account_id account,
                                      struct str source_key, item_id *out);

#endif
