/* Reading, writing and ending the rows of one item. */
#include "core/annotation/rows.h"
#include "base/arena.h"
#include "base/buf.h"
#include "core/calendar/rows.h"
#include "core/item/bag.h"
#include "core/item/item.h"
#include "core/objectid/thread.h"
#include "core/script/rows.h"
#include "core/upload/upload.h"

bool blob_is_none(const struct blob_id *id)
{
    static const struct blob_id none;
    return blob_id_eq(id, &none);
}

struct key item_blob_tag(item_id id)
{
    return item_key(id);
}

enum code item_target(struct ctx *cx, struct account_txn *t, folder_id folder,
                      struct folder_slot **out)
{
    struct folder_slot *slot = NULL;
    TRY(txn_folder(cx, t, folder, &slot));
    if (slot->counts.uncounted) {
        TRY(txn_folder_row(cx, t, folder, &slot));
        if (slot->row->flags & FOLDER_REMOVED)
            return fail(cx, E_NOT_FOUND, "folder %u is removed", folder);
    }
    *out = slot;
    return OK;
}

enum code item_place_load(struct ctx *cx, struct account_txn *t, folder_id folder, uint32_t uid,
                          struct placement *out)
{
    struct key k = uid_key(ROW_PLACE, folder, uid);
    struct str value;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "no item %u in folder %u", uid, folder);
    TRY(code);
    return placement_decode(cx, value, out);
}

static enum code summary_more_load(struct ctx *cx, struct account_txn *t,
                                   const struct item_state *item, size_t bytes, struct str *out)
{
    struct str *parts = ARENA_ARRAY(cx->arena, bytes / SUMMARY_MORE_MAX + 2, struct str);
    size_t count = 0, have = out->n;
    parts[count++] = *out;
    while (have < bytes) {
        struct key k = uid_key(ROW_SUMMARY_MORE, item->slot->id, item->uid);
        key_u32(&k, (uint32_t)count);
        TRY(txn_get_expected(cx, t, &k, "summary continuation", &parts[count]));
        if (parts[count].n == 0)
            return fail(cx, E_CORRUPT, "summary continuation row is empty");
        have += parts[count++].n;
        if (have > bytes)
            return fail(cx, E_CORRUPT, "summary continuation row is too long");
    }
    *out = str_join(cx->arena, parts, count);
    return OK;
}

enum code item_state_load(struct ctx *cx, struct account_txn *t, folder_id folder, uint32_t uid,
                          struct item_state *out)
{
    struct item_state item = {.uid = uid};
    struct str value;
    size_t bytes;
    TRY(txn_folder(cx, t, folder, &item.slot));
    TRY(item_place_load(cx, t, folder, uid, &item.place));
    struct key summary = uid_key(ROW_SUMMARY, folder, uid);
    TRY(txn_get_expected(cx, t, &summary, "summary", &value));
    TRY(summary_row_decode(cx, value, &item.row, &bytes));
    item.row.uid = uid;
    if (bytes > item.row.summary.n)
        TRY(summary_more_load(cx, t, &item, bytes, &item.row.summary));
    struct key home = item_key(item.place.id);
    TRY(txn_get_expected(cx, t, &home, "item", &value));
    TRY(item_home_decode(cx, value, &item.home));
    *out = item;
    return OK;
}

void item_count(struct account_txn *t, struct folder_slot *slot, uint32_t flags, uint64_t size,
                int way)
{
    uint32_t one = (uint32_t)way;
    uint64_t bytes = way > 0 ? size : 0 - size;
    struct folder_counts *c = &slot->counts;
    if (flags & FLAG_HIDDEN) {
        c->hidden_items += one;
    } else {
        c->total += one;
        c->unread += flags & FLAG_SEEN ? 0 : one;
        c->deleted += flags & FLAG_DELETED ? one : 0;
    }
    c->bytes += bytes;
    slot->counts_dirty = true;
    if (!c->uncounted) {
        t->row.facts.items += (uint64_t)way;
        t->row.facts.used_bytes += bytes;
    }
}

static size_t more_count(size_t bytes)
{
    return bytes <= SUMMARY_INLINE_MAX
               ? 0
               : (bytes - SUMMARY_INLINE_MAX + SUMMARY_MORE_MAX - 1) / SUMMARY_MORE_MAX;
}

void summary_more_put(struct account_txn *t, folder_id folder, uint32_t uid, struct str summary)
{
    for (size_t i = 0; i < more_count(summary.n); i++) {
        struct key k = uid_key(ROW_SUMMARY_MORE, folder, uid);
        key_u32(&k, (uint32_t)i + 1);
        size_t offset = SUMMARY_INLINE_MAX + i * SUMMARY_MORE_MAX;
        txn_put(t->t, key_str(&k), str_sub(summary, offset, SUMMARY_MORE_MAX));
    }
}

void summary_more_drop(struct account_txn *t, folder_id folder, uint32_t uid, size_t bytes)
{
    for (size_t i = 0; i < more_count(bytes); i++) {
        struct key k = uid_key(ROW_SUMMARY_MORE, folder, uid);
        key_u32(&k, (uint32_t)i + 1);
        txn_delete(t->t, key_str(&k));
    }
}

enum code item_put(struct ctx *cx, struct account_txn *t, struct folder_slot *slot,
                   struct item_state *item, struct item_placed *out)
{
    if (slot->counts.uid_next == UINT32_MAX)
        return fail(cx, E_LIMIT, "folder %u has no uid left", slot->id);
    struct arena *a = cx->arena;
    uint32_t uid = slot->counts.uid_next++;
    uint64_t modseq = txn_number(t);
    struct placement *place = &item->place;
    place->content_modseq = place->placed_modseq = modseq;
    if (!place->created_modseq)
        place->created_modseq = modseq;
    slot->counts.modseq = modseq;
    item->slot = slot;
    item->uid = item->row.uid = item->home.uid = uid;
    item->row.id = place->id;
    item->row.created_modseq = place->created_modseq;
    item->home.folder = slot->id;
    struct key k = uid_key(ROW_PLACE, slot->id, uid);
    txn_put(t->t, key_str(&k), placement_encode(a, place));
    k = uid_key(ROW_SUMMARY, slot->id, uid);
    txn_put(t->t, key_str(&k), summary_row_encode(a, &item->row));
    summary_more_put(t, slot->id, uid, item->row.summary);
    k = item_key(place->id);
    txn_put(t->t, key_str(&k), item_home_encode(a, &item->home));
    struct change_row change = {
        .what = CHANGE_ITEM, .folder = slot->id, .uid = uid, .place = *place};
    txn_change_put(t, modseq, &change);
    item_count(t, slot, place->flags, item->row.size, 1);
    *out = (struct item_placed){.id = place->id,
                                .folder = slot->id,
                                .uid = uid,
                                .uid_validity = slot->counts.uid_validity,
                                .modseq = modseq};
    return OK;
}

void item_take(struct account_txn *t, const struct item_state *item, enum gone_how how)
{
    struct folder_slot *slot = item->slot;
    struct key k = uid_key(ROW_PLACE, slot->id, item->uid);
    txn_delete(t->t, key_str(&k));
    k = uid_key(ROW_SUMMARY, slot->id, item->uid);
    txn_delete(t->t, key_str(&k));
    summary_more_drop(t, slot->id, item->uid, item->row.summary.n);
    txn_change_drop(t, placement_modseq(&item->place));
    uint64_t modseq = txn_number(t);
    struct change_row gone = {.what = CHANGE_GONE_ITEM,
                              .how = how,
                              .folder = slot->id,
                              .uid = item->uid,
                              .place.id = item->place.id,
                              .at_ms = t->cx->now_ms,
                              .folder_created = item->place.created_modseq};
    txn_change_put(t, modseq, &gone);
    slot->counts.modseq = modseq;
    item_count(t, slot, item->place.flags, item->row.size, -1);
}

void item_source_drop(struct account_txn *t, item_id id, struct item_home *home)
{
    if (home->source_key.n) {
        struct key k = source_foreign_key(home->source_key);
        txn_delete(t->t, key_str(&k));
    }
    if (home->source != id) {
        struct key k = source_own_key(home->source);
        txn_delete(t->t, key_str(&k));
    }
    home->source_key = (struct str){0};
}

/* The first source key of an item is its id and needs no row. */
void item_source_renew(struct account_txn *t, item_id id, struct item_home *home)
{
    item_source_drop(t, id, home);
    home->source = txn_ids(t, 1);
    struct key k = source_own_key(home->source);
    struct buf b = buf_of(t->cx->arena, STORE_VALUE_MAX);
    buf_le8(&b, 1);
    buf_le64(&b, id);
    txn_put(t->t, key_str(&k), buf_str(&b));
}

enum code item_end(struct ctx *cx, struct account_txn *t, struct item_state *item,
                   enum gone_how how)
{
    item_take(t, item, how);
    struct key k = item_key(item->place.id);
    txn_delete(t->t, key_str(&k));
    struct key tag = item_blob_tag(item->place.id);
    if (!blob_is_none(&item->row.blob))
        txn_blob_unref(t->t, &item->row.blob, key_str(&tag));
    item_source_drop(t, item->place.id, &item->home);
    TRY(thread_leave(cx, t, item));
    struct annotation_owner owner = {.class = ANNOTATION_OF_ITEM, .id = item->place.id};
    TRY(annotations_end(cx, t, &owner));
    if (item->home.flags & ITEM_EVENT)
        TRY(event_rows_end(cx, t, item->place.id));
    if (item->home.flags & ITEM_HAS_BAG)
        TRY(bags_end(cx, t, item->place.id));
    return OK;
}

enum code row_release_blobs(struct ctx *cx, struct txn *t, struct str key, struct str value)
{
    char family = key.n ? key.p[0] : 0;
    if (family == ROW_BAG)
        return bag_release_blobs(cx, t, key, value);
    if (family == ROW_SCRIPT)
        return script_release_blobs(cx, t, key, value);
    if (family == ROW_UPLOAD)
        return upload_release_blob(cx, t, key, value);
    if (family != ROW_SUMMARY)
        return OK;
    struct item_row row;
    size_t bytes;
    TRY(summary_row_decode(cx, value, &row, &bytes));
    struct key tag = item_blob_tag(row.id);
    if (!blob_is_none(&row.blob))
        txn_blob_unref(t, &row.blob, key_str(&tag));
    return OK;
}
