/* The rows of property bags (core/property.h). Internal to core. */
#ifndef CORE_ITEM_BAG_H
#define CORE_ITEM_BAG_H

#include "core/property.h"
#include "core/txn.h"

struct property_row {
    struct property *at;
    size_t count;
};

/* All bags of the item: its own, recipients', attachments'. */
struct key bags_key(enum property_class class, uint64_t id);
/* One bag; its pages follow. */
struct key bag_key(const struct property_owner *owner);
/* The tag of a reference to a property's blob. */
struct key bag_blob_tag(const struct property_owner *owner, uint32_t tag);

/* Slices point into value; the array is in cx->arena. E_CORRUPT. */
MUST_USE enum code bag_page_decode(struct ctx *cx, struct str value, struct property_row *out);
/* In the arena. What one page holds must fit (property.c sees to it). */
struct str bag_page_encode(struct arena *a, const struct property *at, size_t count);

/* Ends all bags of an item, blob references and embedded items with them. */
MUST_USE enum code bags_end(struct ctx *cx, struct account_txn *t, item_id id);
/* Ends the bag of one recipient or attachment, with what is embedded there. */
MUST_USE enum code bag_end(struct ctx *cx, struct account_txn *t,
                           const struct property_owner *owner);
/* Copies all bags of one item to another; embedded items are copied, too. */
MUST_USE enum code bags_copy(struct ctx *cx, struct account_txn *t, item_id from, item_id to);
/* Drops the references of a page's blobs. */
MUST_USE enum code bag_release_blobs(struct ctx *cx, struct txn *t, struct str key,
                                     struct str value);
/* Which bag a row of it belongs to. */
bool bag_key_owner(struct str key, struct property_owner *out);

#endif
