/* Making items: from a message that came, from another item, from another account. */
#include "core/annotation/rows.h"
#include "core/item/bag.h"
#include "core/item/item.h"
#include "core/objectid/thread.h"

static struct key delivery_key(uint32_t period, struct str id)
{
    struct key k = row_key(ROW_DELIVERY);
    key_u32(&k, period);
    key_text(&k, id);
    return k;
}

static uint32_t delivery_period(int64_t now_ms)
{
    return now_ms < 0 ? 0 : (uint32_t)(now_ms / DELIVERY_PERIOD_MS);
}

/* Rows lie under the week they were made in, so that old ones end without being read. */
static enum code delivery_find(struct ctx *cx, struct account_txn *t, struct str id,
                               struct delivery_row *out)
{
    uint32_t period = delivery_period(cx->now_ms);
    for (uint32_t back = 0; back < 2 && back <= period; back++) {
        struct key k = delivery_key(period - back, id);
        struct str value;
        enum code code = txn_get(cx, t->t, key_str(&k), &value);
        if (code == OK)
            return delivery_row_decode(cx, value, out);
        if (code != E_NOT_FOUND)
            return code;
    }
    return E_NOT_FOUND;
}

static void delivery_note(struct ctx *cx, struct account_txn *t, struct str id,
                          const struct item_placed *placed)
{
    struct delivery_row row = {.placed = *placed, .at_ms = cx->now_ms};
    struct key k = delivery_key(delivery_period(cx->now_ms), id);
    txn_put(t->t, key_str(&k), delivery_row_encode(cx->arena, &row));
}

static enum code new_check(struct ctx *cx, const struct item_new *new)
{
    if (new->trace.n > ITEM_TRACE_MAX)
        return fail(cx, E_LIMIT, "trace fields of %zu bytes", new->trace.n);
    if (new->summary.n > ITEM_SUMMARY_MAX)
        return fail(cx, E_LIMIT, "a summary of %zu bytes", new->summary.n);
    if (new->delivery_id.n > ITEM_DELIVERY_ID_MAX)
        return fail(cx, E_LIMIT, "a delivery id of %zu bytes", new->delivery_id.n);
    return OK;
}

/* What a new item is counted and kept with, apart from its blob. */
static enum code item_make(struct ctx *cx, struct account_txn *t, struct folder_slot *slot,
                           struct item_state *item, struct item_placed *out)
{
    TRY(txn_touch(cx, t));
    item->place.id = txn_ids(t, 1);
    item->place.created_modseq = 0;
    item->place.read_modseq = 0;
    item->home.source = item->place.id;
    TRY(thread_join(cx, t, item));
    return item_put(cx, t, slot, item, out);
}

static enum code seen_by(struct ctx *cx, struct account_txn *t, principal_id reader,
                         const struct item_placed *placed)
{
    struct item_seen seen = {reader, placed->folder, placed->uid, true};
    bool changed;
    uint64_t modseq;
    return item_set_seen_for(cx, t, &seen, &changed, &modseq);
}

enum code item_add(struct ctx *cx, struct account_txn *t, const struct item_new *new,
                   struct item_placed *out)
{
    TRY(new_check(cx, new));
    struct delivery_row before;
    if (new->delivery_id.n && !new->delivery_id_is_new) {
        enum code code = delivery_find(cx, t, new->delivery_id, &before);
        if (code == OK) {
            *out = before.placed;
            return fail(cx, E_EXISTS, "delivered before");
        }
        if (code != E_NOT_FOUND)
            return code;
    }
    struct folder_slot *slot = NULL;
    TRY(item_target(cx, t, new->folder, &slot));
    struct item_state item = {.row = {.received_ms = new->received_ms,
                                      .saved_ms = new->saved_ms,
                                      .size = new->trace.n,
                                      .trace = new->trace,
                                      .summary = new->summary}};
    if (new->blob) {
        item.row.size += blob_new_size(new->blob);
        item.row.blob = *blob_new_id(new->blob);
    }
    if (!new->over_quota_ok)
        TRY(account_txn_may_hold(cx, t, item.row.size));
    item.place.flags = new->flags;
    struct keyword_names names = {new->keywords, new->keyword_count, true};
    TRY(keywords_to_bits(cx, t, slot, &names, &item.place.keywords));
    struct item_placed placed;
    bool apart = new->reader &&new->reader != t->id;
    if (apart)
        item.place.flags &= ~(uint32_t)FLAG_SEEN;
    TRY(item_make(cx, t, slot, &item, &placed));
    if (apart && new->flags & FLAG_SEEN)
        TRY(seen_by(cx, t, new->reader, &placed));
    struct key tag = item_blob_tag(placed.id);
    if (new->blob)
        txn_blob_put(t->t, new->blob, key_str(&tag));
    if (new->delivery_id.n)
        delivery_note(cx, t, new->delivery_id, &placed);
    *out = placed;
    return OK;
}

enum code item_replace(struct ctx *cx, struct account_txn *t, folder_id folder, uint32_t uid,
                       const struct item_new *new, struct item_placed *out)
{
    struct item_state item;
    struct folder_slot *slot;
    TRY(new_check(cx, new));
    TRY(item_target(cx, t, folder, &slot));
    TRY(item_state_load(cx, t, folder, uid, &item));
    uint64_t size = new->trace.n + (new->blob ? blob_new_size(new->blob) : 0);
    if (!new->over_quota_ok && size > item.row.size)
        TRY(account_txn_may_hold(cx, t, size - item.row.size));
    TRY(txn_touch(cx, t));
    item_take(t, &item, GONE_REPLACED);
    TRY(thread_leave(cx, t, &item));
    struct key tag = item_blob_tag(item.place.id);
    bool same = new->blob &&blob_id_eq(blob_new_id(new->blob), &item.row.blob);
    if (!same && !blob_is_none(&item.row.blob))
        txn_blob_unref(t->t, &item.row.blob, key_str(&tag));
    item.row.blob = new->blob ? *blob_new_id(new->blob) : (struct blob_id){{0}};
    if (new->blob)
        txn_blob_put(t->t, new->blob, key_str(&tag));
    item.row.trace = new->trace;
    item.row.summary = new->summary;
    item.row.size = size;
    TRY(thread_join(cx, t, &item));
    return item_put(cx, t, slot, &item, out);
}

/* The row's blob is there already. */
static enum code item_share(struct ctx *cx, struct account_txn *t, struct folder_slot *slot,
                            struct item_state *item, struct item_placed *out)
{
    TRY(account_txn_may_hold(cx, t, item->row.size));
    TRY(item_make(cx, t, slot, item, out));
    struct key tag = item_blob_tag(out->id);
    if (!blob_is_none(&item->row.blob))
        txn_blob_ref(t->t, &item->row.blob, key_str(&tag));
    return OK;
}

enum code item_copy(struct ctx *cx, struct account_txn *t, folder_id from, uint32_t uid,
                    folder_id to, int64_t now_ms, struct item_placed *out)
{
    struct item_state item;
    struct folder_slot *slot = NULL;
    TRY(item_target(cx, t, from, &slot));
    TRY(item_target(cx, t, to, &slot));
    TRY(item_state_load(cx, t, from, uid, &item));
    TRY(keywords_carry(cx, t, item.slot, item.place.keywords, slot, &item.place.keywords));
    item_id source = item.place.id;
    item.row.saved_ms = now_ms;
    item.home = (struct item_home){.flags = item.home.flags & ITEM_HAS_BAG};
    struct item_placed placed;
    TRY(item_share(cx, t, slot, &item, &placed));
    if (item.home.flags & ITEM_HAS_BAG)
        TRY(bags_copy(cx, t, source, placed.id));
    TRY(annotations_copy(cx, t, source, placed.id));
    placed.modseq = t->row.facts.modseq;
    *out = placed;
    return OK;
}

enum code item_adopt(struct ctx *cx, struct account_txn *t, const struct item_row *row,
                     uint32_t flags, const struct str *keywords, size_t keyword_count, folder_id to,
                     int64_t now_ms, struct item_placed *out)
{
    struct folder_slot *slot = NULL;
    TRY(item_target(cx, t, to, &slot));
    struct item_state item = {.row = *row, .place.flags = flags};
    item.row.saved_ms = now_ms;
    struct keyword_names names = {keywords, keyword_count, true};
    TRY(keywords_to_bits(cx, t, slot, &names, &item.place.keywords));
    return item_share(cx, t, slot, &item, out);
}
