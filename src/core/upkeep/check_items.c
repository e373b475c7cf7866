/* The items of a folder: placements, summaries, homes, change rows, blobs and counts. */
#include "base/arena.h"
#include "core/item/item.h"
#include "core/upkeep/checker.h"
#include "core/view/seal.h"

/* One folder on its way through. */
struct walk {
    struct checker *k;
    struct folder_slot *slot;
    struct folder_counts sums;
    uint64_t keyword_mask;
    uint32_t uid;
};

static struct str where(const struct walk *w)
{
    return str_printf(w->k->cx->arena, "folder %u uid %u", w->slot->id, w->uid);
}

static enum code check_change(struct walk *w, const struct placement *p)
{
    struct checker *k = w->k;
    struct key key = change_key(placement_modseq(p));
    struct change_row row = {
        .what = CHANGE_ITEM, .folder = w->slot->id, .uid = w->uid, .place = *p};
    struct str wanted = change_row_encode(k->cx->arena, &row), value;
    bool is_there;
    TRY(check_row(k, &key, &value, &is_there));
    if ((!is_there || !str_eq(value, wanted)) &&
        check_fault(k, "an item's change row is missing or wrong", where(w), true))
        check_fix_put(k, &key, wanted);
    return OK;
}

static enum code check_home(struct walk *w, const struct placement *p)
{
    struct checker *k = w->k;
    struct key key = item_key(p->id);
    struct item_home home = {.source = p->id};
    struct str value;
    bool is_there;
    TRY(check_row(k, &key, &value, &is_there));
    if (is_there)
        TRY(item_home_decode(k->cx, value, &home));
    if (is_there && home.folder == w->slot->id && home.uid == w->uid)
        return OK;
    home.folder = w->slot->id;
    home.uid = w->uid;
    if (check_fault(k, "an item's home is missing or elsewhere", where(w), true))
        check_fix_put(k, &key, item_home_encode(k->cx->arena, &home));
    return OK;
}

static enum code check_blob(struct walk *w, const struct item_row *row)
{
    struct checker *k = w->k;
    struct key tag = item_blob_tag(row->id);
    uint64_t size;
    bool is_there;
    if (blob_is_none(&row->blob))
        return OK;
    enum code code = blob_size(k->cx, k->c->store, &row->blob, &size);
    if (code == E_NOT_FOUND) {
        (void)check_fault(k, "a message's blob is missing", where(w), false);
        return OK;
    }
    TRY(code);
    if (size + row->trace.n != row->size)
        (void)check_fault(k, "a message's size is wrong", where(w), false);
    TRY(blob_is_referred(k->cx, k->c->store, &row->blob, k->t.id, key_str(&tag), &is_there));
    if (!is_there && check_fault(k, "a message's blob reference is missing", where(w), true))
        txn_blob_ref(k->t.t, &row->blob, key_str(&tag));
    return OK;
}

static enum code check_summary(struct walk *w, const struct placement *p)
{
    struct checker *k = w->k;
    struct key key = uid_key(ROW_SUMMARY, w->slot->id, w->uid);
    struct str value;
    struct item_row row;
    size_t bytes;
    bool is_there;
    TRY(check_row(k, &key, &value, &is_there));
    if (!is_there) {
        (void)check_fault(k, "an item has no summary", where(w), false);
        return OK;
    }
    TRY(summary_row_decode(k->cx, value, &row, &bytes));
    if (row.id != p->id)
        (void)check_fault(k, "a summary is of another item", where(w), false);
    size_t more = row.summary.n;
    for (uint32_t i = 1; more < bytes; i++) {
        struct key next = uid_key(ROW_SUMMARY_MORE, w->slot->id, w->uid);
        key_u32(&next, i);
        TRY(check_row(k, &next, &value, &is_there));
        if (!is_there || value.n == 0) {
            (void)check_fault(k, "a summary's continuation is missing", where(w), false);
            break;
        }
        more += value.n;
    }
    w->sums.bytes += row.size;
    TRY(check_thread_member(k, &row));
    return check_blob(w, &row);
}

static void count(struct walk *w, const struct placement *p)
{
    uint64_t modseq = placement_modseq(p);
    if (p->flags & FLAG_HIDDEN) {
        w->sums.hidden_items++;
    } else {
        w->sums.total++;
        w->sums.unread += p->flags & FLAG_SEEN ? 0 : 1;
        w->sums.deleted += p->flags & FLAG_DELETED ? 1 : 0;
    }
    w->sums.modseq = modseq > w->sums.modseq ? modseq : w->sums.modseq;
    w->sums.uid_next = w->uid + 1;
    w->k->highest_id = p->id > w->k->highest_id ? p->id : w->k->highest_id;
}

static enum code check_item(struct walk *w, struct str value)
{
    struct placement p;
    TRY(placement_decode(w->k->cx, value, &p));
    if (p.keywords & ~w->keyword_mask &&
        check_fault(w->k, "an item has keywords without a name", where(w), true)) {
        struct key key = uid_key(ROW_PLACE, w->slot->id, w->uid);
        p.keywords &= w->keyword_mask;
        check_fix_put(w->k, &key, placement_encode(w->k->cx->arena, &p));
    }
    w->k->counts.items++;
    count(w, &p);
    TRY(check_change(w, &p));
    TRY(check_home(w, &p));
    return check_summary(w, &p);
}

static enum code scan_placements(struct walk *w)
{
    struct key from = folder_key(ROW_PLACE, w->slot->id), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *rows AUTO(scan_close) = txn_scan(w->k->cx, w->k->t.t, range);
    struct str key, value;
    while (scan_next(rows, &key, &value))
        if (uid_of_key(key, &w->uid))
            TRY(check_item(w, value));
    return scan_error(rows);
}

/* A message must not stay unseen because a small row is lost: it is placed again, unread. */
static enum code place_anew(struct walk *w, struct str value)
{
    struct checker *k = w->k;
    struct item_row row;
    size_t bytes;
    TRY(summary_row_decode(k->cx, value, &row, &bytes));
    struct placement p = {.id = row.id, .created_modseq = row.created_modseq};
    if (!check_fault(k, "a summary has no placement", where(w), true))
        return OK;
    struct key key = uid_key(ROW_PLACE, w->slot->id, w->uid);
    p.content_modseq = p.placed_modseq = txn_number(&k->t);
    check_fix_put(k, &key, placement_encode(k->cx->arena, &p));
    key = change_key(p.content_modseq);
    struct change_row change = {
        .what = CHANGE_ITEM, .folder = w->slot->id, .uid = w->uid, .place = p};
    check_fix_put(k, &key, change_row_encode(k->cx->arena, &change));
    count(w, &p);
    w->sums.bytes += row.size;
    return check_home(w, &p);
}

static enum code scan_summaries(struct walk *w)
{
    struct key from = folder_key(ROW_SUMMARY, w->slot->id), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *rows AUTO(scan_close) = txn_scan(w->k->cx, w->k->t.t, range);
    struct str key, value, place;
    bool is_there;
    while (scan_next(rows, &key, &value)) {
        if (!uid_of_key(key, &w->uid))
            continue;
        struct key placement = uid_key(ROW_PLACE, w->slot->id, w->uid);
        TRY(check_row(w->k, &placement, &place, &is_there));
        if (!is_there)
            TRY(place_anew(w, value));
    }
    return scan_error(rows);
}

static void check_counts(struct walk *w)
{
    struct folder_counts *have = &w->slot->counts, *sums = &w->sums;
    bool same = have->total == sums->total && have->unread == sums->unread &&
                have->deleted == sums->deleted && have->hidden_items == sums->hidden_items &&
                have->bytes == sums->bytes && have->modseq >= sums->modseq &&
                have->uid_next >= sums->uid_next;
    if (same || !check_fault(w->k, "a folder's counts are wrong",
                             str_printf(w->k->cx->arena, "folder %u", w->slot->id), true))
        return;
    sums->uid_validity = have->uid_validity;
    sums->uncounted = have->uncounted;
    sums->modseq = have->modseq > sums->modseq ? have->modseq : sums->modseq;
    sums->uid_next = have->uid_next > sums->uid_next ? have->uid_next : sums->uid_next;
    *have = *sums;
    w->slot->counts_dirty = true;
}

static enum code check_seal(struct checker *k, folder_id folder)
{
    bool is_wrong;
    TRY(seal_check(k->cx, k->c, k->t.id, folder, &is_wrong));
    if (is_wrong)
        (void)check_fault(k, "a sealed view shows something else",
                          str_printf(k->cx->arena, "folder %u", folder), true);
    return OK;
}

enum code check_folder_items(struct checker *k, struct folder_slot *slot)
{
    struct walk w = {.k = k, .slot = slot};
    size_t keywords = slot->row->keyword_count;
    w.keyword_mask = keywords >= 64 ? UINT64_MAX : (UINT64_C(1) << keywords) - 1;
    TRY(scan_placements(&w));
    TRY(scan_summaries(&w));
    check_counts(&w);
    TRY(check_seal(k, slot->id));
    if (w.sums.modseq > k->highest_modseq)
        k->highest_modseq = w.sums.modseq;
    if (!slot->counts.uncounted) {
        k->used_bytes += w.sums.bytes;
        k->items += w.sums.total + w.sums.hidden_items;
    }
    return OK;
}
