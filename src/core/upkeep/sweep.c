#include "core/upkeep/sweep.h"
#include "base/arena.h"
#include "base/cur.h"
#include "core/item/item.h"
#include "core/object/object.h"
#include "core/script/memory.h"
#include "core/upload/upload.h"

enum { ROWS_MAX = 5000 };

static const int64_t DAY_MS = 24 * 3600 * 1000;

/* What one transaction may do; filled anew each time it runs. */
struct step {
    struct sweep_report report;
    uint32_t *uids;
    size_t count;
};

static bool is_full(const struct step *s)
{
    return s->count >= SWEEP_ITEMS_MAX;
}

static enum code home_of(struct ctx *cx, struct account_txn *t, item_id id, struct item_home *out)
{
    struct key k = item_key(id);
    struct str value;
    TRY(txn_get_expected(cx, t, &k, "item", &value));
    return item_home_decode(cx, value, out);
}

/* Items of a folder that may end: all of a removed folder, else those removed before the time. */
static enum code due_find(struct ctx *cx, struct account_txn *t, folder_id folder,
                          int64_t before_ms, struct step *s)
{
    struct key from = folder_key(ROW_PLACE, folder), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct str key, value;
    uint32_t uid;
    s->count = 0;
    while (!is_full(s) && scan_next(w, &key, &value)) {
        struct placement place;
        struct item_home home;
        if (!uid_of_key(key, &uid))
            continue;
        TRY(placement_decode(cx, value, &place));
        TRY(home_of(cx, t, place.id, &home));
        if (home.removed_ms > before_ms)
            break; /* uids rise in the order of removal */
        if (!(home.flags & ITEM_HOLD))
            s->uids[s->count++] = uid;
    }
    return scan_error(w);
}

static enum code due_end(struct ctx *cx, struct account_txn *t, folder_id folder, struct step *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct item_state item;
        TRY(item_state_load(cx, t, folder, s->uids[i], &item));
        TRY(item_end(cx, t, &item, GONE_PURGED));
    }
    s->report.items += s->count;
    s->report.more |= is_full(s);
    return OK;
}

static enum code items_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct step *s = arg;
    folder_id folder;
    *s = (struct step){.uids = ARENA_ARRAY(cx->arena, SWEEP_ITEMS_MAX, uint32_t)};
    TRY(txn_role_folder(cx, t, ROLE_RECOVERABLE_DELETIONS, &folder));
    if (t->row.flags & ACCOUNT_HOLD || !folder)
        return OK;
    TRY(due_find(cx, t, folder, cx->now_ms - RECOVERABLE_DAYS * DAY_MS, s));
    return due_end(cx, t, folder, s);
}

/* A removed folder goes when its last item does. */
static enum code folders_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct step *s = arg;
    *s = (struct step){.uids = ARENA_ARRAY(cx->arena, SWEEP_ITEMS_MAX, uint32_t)};
    if (t->row.flags & ACCOUNT_HOLD)
        return OK;
    TRY(txn_all_folders(cx, t));
    for (struct folder_slot *slot = t->folders; slot; slot = slot->next) {
        if (slot->gone || !(slot->row->flags & FOLDER_REMOVED) ||
            slot->row->removed_ms > cx->now_ms - RECOVERABLE_DAYS * DAY_MS)
            continue;
        TRY(due_find(cx, t, slot->id, INT64_MAX, s));
        TRY(due_end(cx, t, slot->id, s));
        if (slot->counts.total + slot->counts.hidden_items == 0) {
            TRY(folder_purge(cx, t, slot->id));
            s->report.folders++;
        }
        break; /* one a commit */
    }
    return OK;
}

/* Delivery ids lie under the week they were made in; two weeks are looked at, older ones end. */
static enum code deliveries_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct step *s = arg;
    *s = (struct step){0};
    int64_t period = cx->now_ms / DELIVERY_PERIOD_MS;
    struct key from = row_key(ROW_DELIVERY), to = row_key(ROW_DELIVERY);
    key_u32(&to, period > 0 ? (uint32_t)period - 1 : 0);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct str *keys = ARENA_ARRAY(cx->arena, ROWS_MAX, struct str);
    struct str key, value;
    while (s->count < ROWS_MAX && scan_next(w, &key, &value))
        keys[s->count++] = str_dup(cx->arena, key);
    TRY(scan_error(w));
    for (size_t i = 0; i < s->count; i++)
        txn_delete(t->t, keys[i]);
    s->report.deliveries = s->count;
    s->report.more = s->count == ROWS_MAX;
    return OK;
}

static enum code memory_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct step *s = arg;
    *s = (struct step){0};
    TRY(script_forget(cx, t, ROWS_MAX, &s->count));
    s->report.more = s->count == ROWS_MAX;
    return OK;
}

static enum code objects_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct step *s = arg;
    *s = (struct step){0};
    TRY(object_sweep(cx, t, ROWS_MAX, &s->count));
    s->report.more = s->count == ROWS_MAX;
    return OK;
}

static enum code uploads_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct step *s = arg;
    *s = (struct step){0};
    TRY(upload_sweep(cx, t, ROWS_MAX, &s->count));
    s->report.more = s->count == ROWS_MAX;
    return OK;
}

/* Goes on where it stopped, up to the first tombstone that must be kept. */
static enum code tombstones_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct step *s = arg;
    *s = (struct step){0};
    struct key all = row_key(ROW_CHANGE);
    struct key from = change_key(t->row.sweep_at + 1), to = key_after(&all);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    uint64_t *old = ARENA_ARRAY(cx->arena, ROWS_MAX, uint64_t);
    struct str key, value;
    size_t looked = 0;
    for (; looked < ROWS_MAX && scan_next(w, &key, &value); looked++) {
        struct change_row row;
        uint64_t modseq;
        TRY(change_row_decode(cx, value, &row));
        if (!modseq_of_key(key, &modseq))
            return fail(cx, E_CORRUPT, "a change row's key is broken");
        bool gone = row.what == CHANGE_GONE_ITEM || row.what == CHANGE_GONE_FOLDER;
        if (gone && row.at_ms > cx->now_ms - TOMBSTONE_DAYS * DAY_MS)
            break;
        if (gone)
            old[s->count++] = modseq;
        t->row.sweep_at = modseq;
    }
    TRY(scan_error(w));
    for (size_t i = 0; i < s->count; i++)
        txn_change_drop(t, old[i]);
    if (s->count)
        t->row.swept = old[s->count - 1];
    s->report.tombstones = s->count;
    s->report.more = looked == ROWS_MAX;
    return OK;
}

enum code sweep_account(struct ctx *cx, struct core *c, account_id account,
                        struct sweep_report *out)
{
    static account_fn *const steps[] = {items_in,  folders_in, deliveries_in, tombstones_in,
                                        memory_in, objects_in, uploads_in};
    struct sweep_report all = {0};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct step s;
        TRY(account_update(cx, c, account, steps[i], &s));
        all.items += s.report.items;
        all.folders += s.report.folders;
        all.tombstones += s.report.tombstones;
        all.deliveries += s.report.deliveries;
        all.more |= s.report.more;
    }
    *out = all;
    return OK;
}
