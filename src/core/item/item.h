/* What changes to items are made of. Internal to core. */
#ifndef CORE_ITEM_ITEM_H
#define CORE_ITEM_ITEM_H

#include "core/txn.h"

/* An item as its rows say, inside a transaction. */
struct item_state {
    struct folder_slot *slot;
    uint32_t uid;
    struct placement place;
    struct item_row row;
    struct item_home home;
};

/* Reads placement, summary and home. E_NOT_FOUND. */
MUST_USE enum code item_state_load(struct ctx *cx, struct account_txn *t, folder_id folder,
                                   uint32_t uid, struct item_state *out);
/* The placement alone. E_NOT_FOUND. */
MUST_USE enum code item_place_load(struct ctx *cx, struct account_txn *t, folder_id folder,
                                   uint32_t uid, struct placement *out);
/* A folder that items may be put into. E_NOT_FOUND for removed ones. */
MUST_USE enum code item_target(struct ctx *cx, struct account_txn *t, folder_id folder,
                               struct folder_slot **out);

/* Gives the item a new uid and number in slot and writes all of its rows. place holds id, flags,
   keywords, created_modseq (0: now); row and home what is kept. */
MUST_USE enum code item_put(struct ctx *cx, struct account_txn *t, struct folder_slot *slot,
                            struct item_state *item, struct item_placed *out);
/* The number of an item's content moves on. E_NOT_FOUND. */
MUST_USE enum code item_touch(struct ctx *cx, struct account_txn *t, folder_id folder,
                              uint32_t uid);
/* Its source key is its own no more: the rows that find it by it go. */
void item_source_drop(struct account_txn *t, item_id id, struct item_home *home);
/* It gets a new source key, as moving demands. */
void item_source_renew(struct account_txn *t, item_id id, struct item_home *home);
/* Takes the rows of its placement away, leaving a tombstone. */
void item_take(struct account_txn *t, const struct item_state *item, enum gone_how how);
/* Ends the item: rows, bags and blob references; leaves a tombstone. */
MUST_USE enum code item_end(struct ctx *cx, struct account_txn *t, struct item_state *item,
                            enum gone_how how);
/* Counts the item in (way 1) or out (way -1) of its folder and account. */
void item_count(struct account_txn *t, struct folder_slot *slot, uint32_t flags, uint64_t size,
                int way);
MUST_USE enum code items_move_all(struct ctx *cx, struct account_txn *t, folder_id from,
                                  folder_id to);

struct keyword_names {
    const struct str *at;
    size_t count;
    bool create; /* make new ones known to the folder, else leave them out */
};
MUST_USE enum code keywords_to_bits(struct ctx *cx, struct account_txn *t, struct folder_slot *slot,
                                    const struct keyword_names *names, uint64_t *out);
/* Bits of one folder to those of another. */
MUST_USE enum code keywords_carry(struct ctx *cx, struct account_txn *t, struct folder_slot *from,
                                  uint64_t bits, struct folder_slot *to, uint64_t *out);

/* The tag of an item's reference to its message. */
struct key item_blob_tag(item_id id);
/* Drops the blob references that this row of any family stands for. */
MUST_USE enum code row_release_blobs(struct ctx *cx, struct txn *t, struct str key,
                                     struct str value);
/* The summary's bytes past those in its row. */
void summary_more_put(struct account_txn *t, folder_id folder, uint32_t uid, struct str summary);
void summary_more_drop(struct account_txn *t, folder_id folder, uint32_t uid, size_t bytes);

/* A blob id of nothing: an item without MIME. */
bool blob_is_none(const struct blob_id *id);

#endif
