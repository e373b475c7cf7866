/* Rows that point at others: homes of items, and the change log. */
#include "base/arena.h"
#include "core/item/item.h"
#include "core/reader.h"
#include "core/upkeep/checker.h"

static enum code home_is_right(struct checker *k, item_id id, const struct item_home *home,
                               bool *out)
{
    struct str value;
    if (home->flags & ITEM_EMBEDDED) {
        struct key holder = item_key(home->parent);
        return check_row(k, &holder, &value, out);
    }
    struct key summary = uid_key(ROW_SUMMARY, home->folder, home->uid);
    TRY(check_row(k, &summary, &value, out));
    if (*out) {
        struct item_row row;
        size_t bytes;
        TRY(summary_row_decode(k->cx, value, &row, &bytes));
        *out = row.id == id;
        return OK;
    }
    struct key place = uid_key(ROW_PLACE, home->folder, home->uid);
    return check_row(k, &place, &value, out);
}

enum code check_homes(struct checker *k)
{
    struct key from = row_key(ROW_ITEM), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(k->cx, k->t.t, range);
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct item_home home;
        item_id id;
        bool right = false;
        TRY(item_home_decode(k->cx, value, &home));
        if (!id_of_key(key, &id))
            return fail(k->cx, E_CORRUPT, "an item row's key is broken");
        k->highest_id = id > k->highest_id ? id : k->highest_id;
        TRY(home_is_right(k, id, &home, &right));
        if (!right &&
            check_fault(k, "an item is nowhere",
                        str_printf(k->cx->arena, "item %llu", (unsigned long long)id), true))
            check_fix_drop(k, key);
        if (right)
            TRY(check_event(k, id, &home));
    }
    return scan_error(w);
}

static enum code item_change_is_right(struct checker *k, uint64_t modseq,
                                      const struct change_row *row, bool *out)
{
    struct key place = uid_key(ROW_PLACE, row->folder, row->uid);
    struct str value;
    struct placement p;
    TRY(check_row(k, &place, &value, out));
    if (row->what == CHANGE_GONE_ITEM) {
        *out = !*out;
        return OK;
    }
    if (!*out)
        return OK;
    TRY(placement_decode(k->cx, value, &p));
    *out = placement_modseq(&p) == modseq;
    return OK;
}

static enum code change_is_right(struct checker *k, uint64_t modseq, const struct change_row *row,
                                 bool *out)
{
    struct folder_slot *slot = NULL;
    if (row->what == CHANGE_ITEM || row->what == CHANGE_GONE_ITEM)
        return item_change_is_right(k, modseq, row, out);
    if (row->what == CHANGE_READ) {
        uint64_t last;
        TRY(reader_number(k->cx, &k->t, row->reader, row->folder, &last));
        *out = last == modseq;
        return OK;
    }
    for (slot = k->t.folders; slot && slot->id != row->folder;)
        slot = slot->next;
    bool removed = !slot || slot->row->flags & FOLDER_REMOVED;
    *out = row->what == CHANGE_GONE_FOLDER ? removed : slot && slot->row->own_modseq == modseq;
    return OK;
}

enum code check_changes(struct checker *k)
{
    struct key from = row_key(ROW_CHANGE), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(k->cx, k->t.t, range);
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct change_row row;
        uint64_t modseq;
        bool right = false;
        k->counts.changes++;
        TRY(change_row_decode(k->cx, value, &row));
        if (!modseq_of_key(key, &modseq))
            return fail(k->cx, E_CORRUPT, "a change row's key is broken");
        k->highest_modseq = modseq > k->highest_modseq ? modseq : k->highest_modseq;
        TRY(change_is_right(k, modseq, &row, &right));
        if (!right &&
            check_fault(k, "a change row is of nothing",
                        str_printf(k->cx->arena, "number %llu", (unsigned long long)modseq), true))
            check_fix_drop(k, key);
    }
    return scan_error(w);
}
