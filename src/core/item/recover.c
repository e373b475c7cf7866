/* Looking for recoverable items, and holding them. */
#include "core/recover.h"
#include "base/arena.h"
#include "core/item/item.h"

enum code item_set_hold(struct ctx *cx, struct account_txn *t, item_id id, bool on)
{
    struct key k = item_key(id);
    struct str value;
    struct item_home home;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "no item %llu", (unsigned long long)id);
    TRY(code);
    TRY(item_home_decode(cx, value, &home));
    home.flags = on ? home.flags | ITEM_HOLD : home.flags & ~(uint32_t)ITEM_HOLD;
    txn_put(t->t, key_str(&k), item_home_encode(cx->arena, &home));
    return OK;
}

/* Folders whose items are recoverable, with the time they were removed at (0: the items know). */
struct aside {
    folder_id at[FOLDERS_MAX];
    int64_t removed_ms[FOLDERS_MAX];
    size_t count;
};

static enum code aside_find(struct ctx *cx, struct core *c, account_id account, struct aside *out)
{
    struct key from = row_key(ROW_FOLDER), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, account, range);
    struct str key, value;
    while (out->count < FOLDERS_MAX && scan_next(w, &key, &value)) {
        struct folder_row row;
        TRY(folder_row_decode(cx, value, &row));
        if (!(row.flags & FOLDER_REMOVED) && row.role != ROLE_RECOVERABLE_DELETIONS)
            continue;
        out->removed_ms[out->count] = row.removed_ms;
        out->at[out->count++] = row.id;
    }
    return scan_error(w);
}

static bool is_aside(const struct aside *all, const struct item_home *home, int64_t *removed_ms)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i] == home->folder) {
            *removed_ms = home->removed_ms ? home->removed_ms : all->removed_ms[i];
            return true;
        }
    return false;
}

enum code recoverable_list(struct ctx *cx, struct core *c, account_id account, item_id after,
                           size_t limit, struct recoverables *out)
{
    struct aside *all = ARENA_NEW(cx->arena, struct aside);
    TRY(aside_find(cx, c, account, all));
    struct key family = row_key(ROW_ITEM), from = item_key(after + 1), to = key_after(&family);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, account, range);
    struct recoverable *list = ARENA_ARRAY(cx->arena, limit + 1, struct recoverable);
    struct str key, value;
    size_t n = 0;
    while (n < limit && scan_next(w, &key, &value)) {
        struct item_home home;
        struct recoverable *r = &list[n];
        TRY(item_home_decode(cx, value, &home));
        if (!is_aside(all, &home, &r->removed_ms))
            continue;
        if (!id_of_key(key, &r->id))
            return fail(cx, E_CORRUPT, "an item row's key is broken");
        r->folder = home.folder;
        r->uid = home.uid;
        r->origin = home.origin ? home.origin : home.folder;
        r->held = home.flags & ITEM_HOLD;
        n++;
    }
    TRY(scan_error(w));
    *out = (struct recoverables){list, n};
    return OK;
}
