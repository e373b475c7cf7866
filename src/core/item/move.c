/* Moving items: between folders, to the recoverable ones and back. */
#include "base/arena.h"
#include "core/folder.h"
#include "core/item/item.h"
#include "core/recover.h"

/* The placement ends and another begins; keywords of slot's folder are in bits. */
static enum code place_again(struct ctx *cx, struct account_txn *t, struct item_state *item,
                             struct folder_slot *to, enum gone_how how, struct item_placed *out)
{
    uint64_t bits;
    TRY(txn_touch(cx, t));
    TRY(keywords_carry(cx, t, item->slot, item->place.keywords, to, &bits));
    item_take(t, item, how);
    item->place.keywords = bits;
    item_source_renew(t, item->place.id, &item->home);
    return item_put(cx, t, to, item, out);
}

/* Between counted folders nothing is gained; from a recoverable one the quota is asked. */
enum code item_move(struct ctx *cx, struct account_txn *t, folder_id from, uint32_t uid,
                    folder_id to, int64_t now_ms, struct item_placed *out)
{
    struct item_state item;
    struct folder_slot *slot = NULL;
    TRY(item_target(cx, t, from, &slot));
    TRY(item_target(cx, t, to, &slot));
    TRY(item_state_load(cx, t, from, uid, &item));
    if (item.slot->counts.uncounted && !slot->counts.uncounted)
        TRY(account_txn_may_hold(cx, t, item.row.size));
    item.row.saved_ms = now_ms;
    item.home.origin = 0;
    item.home.removed_ms = 0;
    return place_again(cx, t, &item, slot, GONE_MOVED, out);
}

enum code item_remove(struct ctx *cx, struct account_txn *t, folder_id folder, uint32_t uid,
                      int64_t now_ms)
{
    struct item_state item;
    struct folder_slot *slot = NULL;
    folder_id recoverable;
    TRY(item_target(cx, t, folder, &slot));
    if (slot->counts.uncounted)
        return item_purge(cx, t, folder, uid);
    TRY(item_state_load(cx, t, folder, uid, &item));
    TRY(folder_of_role(cx, t, ROLE_RECOVERABLE_DELETIONS, &recoverable));
    TRY(txn_folder(cx, t, recoverable, &slot));
    item.home.origin = folder;
    item.home.removed_ms = now_ms;
    struct item_placed placed;
    return place_again(cx, t, &item, slot, GONE_REMOVED, &placed);
}

enum code item_purge(struct ctx *cx, struct account_txn *t, folder_id folder, uint32_t uid)
{
    struct item_state item;
    TRY(item_state_load(cx, t, folder, uid, &item));
    if (item.home.flags & ITEM_HOLD || t->row.flags & ACCOUNT_HOLD)
        return fail(cx, E_DENIED, "item %llu is on hold", (unsigned long long)item.place.id);
    TRY(txn_touch(cx, t));
    return item_end(cx, t, &item, GONE_PURGED);
}

/* Where it was, if that is there still; else the inbox. */
static enum code origin_find(struct ctx *cx, struct account_txn *t, folder_id origin,
                             struct folder_slot **out)
{
    enum code code = origin ? item_target(cx, t, origin, out) : E_NOT_FOUND;
    if (code != E_NOT_FOUND)
        return code;
    folder_id inbox;
    TRY(folder_of_role(cx, t, ROLE_INBOX, &inbox));
    return txn_folder(cx, t, inbox, out);
}

enum code item_recover(struct ctx *cx, struct account_txn *t, item_id id, folder_id to,
                       struct item_placed *out)
{
    struct key k = item_key(id);
    struct str value;
    struct item_home home;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "no item %llu", (unsigned long long)id);
    TRY(code);
    TRY(item_home_decode(cx, value, &home));
    struct item_state item;
    struct folder_slot *slot = NULL;
    TRY(item_state_load(cx, t, home.folder, home.uid, &item));
    if (!item.slot->counts.uncounted)
        return fail(cx, E_NOT_FOUND, "item %llu is not removed", (unsigned long long)id);
    TRY(to ? item_target(cx, t, to, &slot) : origin_find(cx, t, home.origin, &slot));
    TRY(account_txn_may_hold(cx, t, item.row.size));
    item.row.saved_ms = cx->now_ms;
    item.home.origin = 0;
    item.home.removed_ms = 0;
    return place_again(cx, t, &item, slot, GONE_MOVED, out);
}

enum code items_move_all(struct ctx *cx, struct account_txn *t, folder_id from, folder_id to)
{
    struct key first = folder_key(ROW_PLACE, from), after = key_after(&first);
    struct range range = {.from = key_str(&first), .to = key_str(&after)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    uint32_t *uids = ARENA_ARRAY(cx->arena, ITEM_CHANGE_MAX, uint32_t);
    size_t count = 0;
    struct str key, value;
    uint32_t uid;
    while (scan_next(w, &key, &value)) {
        if (!uid_of_key(key, &uid))
            continue;
        if (count == ITEM_CHANGE_MAX)
            return fail(cx, E_LIMIT, "folder %u has too many items", from);
        uids[count++] = uid;
    }
    TRY(scan_error(w));
    struct item_placed placed;
    for (size_t i = 0; i < count; i++)
        TRY(item_move(cx, t, from, uids[i], to, cx->now_ms, &placed));
    return OK;
}
