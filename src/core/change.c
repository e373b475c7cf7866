#include "core/change.h"
#include "base/arena.h"
#include "core/txn.h"

struct change_scan {
    struct ctx *cx;
    struct core *c;
    account_id account;
    uint64_t since;
    folder_id folder;
    struct key from, to;
    struct scan *rows;
    struct key inside_from, inside_to;
    struct scan *inside; /* items of a folder that was removed with them */
    struct change gone;  /* that folder's row */
    enum code code;
};

enum code change_scan(struct ctx *cx, struct core *c, account_id account, uint64_t since,
                      folder_id folder, struct change_scan **out)
{
    struct account_row row;
    TRY(account_row_get(cx, c, account, &row));
    if (since < row.swept && since != 0)
        return fail(cx, E_NOT_FOUND, "changes since %llu: tombstones reach back to %llu",
                    (unsigned long long)since, (unsigned long long)row.swept);
    struct change_scan *w = ARENA_NEW(cx->arena, struct change_scan);
    w->cx = cx;
    w->c = c;
    w->account = account;
    w->since = since;
    w->folder = folder;
    struct key all = row_key(ROW_CHANGE);
    w->from = change_key(since + 1);
    w->to = key_after(&all);
    w->rows = store_scan(cx, c->store, account,
                         (struct range){.from = key_str(&w->from), .to = key_str(&w->to)});
    *out = w;
    return OK;
}

static void change_of(const struct change_scan *w, uint64_t modseq, const struct change_row *row,
                      struct change *out)
{
    *out = (struct change){.modseq = modseq,
                           .what = row->what,
                           .folder = row->folder,
                           .uid = row->uid,
                           .item = row->place.id,
                           .how = row->how,
                           .created_modseq = row->folder_created,
                           .reader = row->reader};
    if (row->what != CHANGE_ITEM)
        return;
    out->created_modseq = row->place.created_modseq;
    out->placed_modseq = row->place.placed_modseq;
    if (row->place.content_modseq <= w->since)
        out->what = CHANGE_READ;
}

static void inside_open(struct change_scan *w)
{
    w->inside_from = folder_key(ROW_PLACE, w->gone.folder);
    w->inside_to = key_after(&w->inside_from);
    w->inside =
        store_scan(w->cx, w->c->store, w->account,
                   (struct range){.from = key_str(&w->inside_from), .to = key_str(&w->inside_to)});
}

/* The next item of the removed folder; false at its end. */
static bool inside_next(struct change_scan *w, struct change *out)
{
    struct str key, value;
    uint32_t uid;
    struct placement place;
    while (scan_next(w->inside, &key, &value)) {
        if (!uid_of_key(key, &uid))
            continue;
        w->code = placement_decode(w->cx, value, &place);
        if (w->code != OK)
            return false;
        *out = w->gone;
        out->what = CHANGE_GONE_ITEM;
        out->uid = uid;
        out->item = place.id;
        out->created_modseq = place.created_modseq;
        return true;
    }
    w->code = scan_error(w->inside);
    scan_close(w->inside);
    w->inside = NULL;
    return false;
}

static bool row_next(struct change_scan *w, struct change *out)
{
    struct str key, value;
    struct change_row row;
    uint64_t modseq;
    while (w->code == OK && scan_next(w->rows, &key, &value)) {
        w->code = change_row_decode(w->cx, value, &row);
        if (w->code != OK)
            return false;
        if (!modseq_of_key(key, &modseq)) {
            w->code = fail(w->cx, E_CORRUPT, "a change row's key is broken");
            return false;
        }
        if (w->folder && row.folder != w->folder)
            continue;
        change_of(w, modseq, &row, out);
        return true;
    }
    return false;
}

/* A removed folder's items have no tombstones of their own until they are purged: they are told
   here, before the folder itself. */
bool change_next(struct change_scan *w, struct change *out)
{
    if (w->inside) {
        if (inside_next(w, out))
            return true;
        if (w->code != OK)
            return false;
        *out = w->gone;
        return true;
    }
    if (!row_next(w, out))
        return false;
    if (out->what != CHANGE_GONE_FOLDER)
        return true;
    w->gone = *out;
    inside_open(w);
    return change_next(w, out);
}

enum code change_scan_error(const struct change_scan *w)
{
    return w->code != OK ? w->code : scan_error(w->rows);
}

void change_scan_close(struct change_scan *w)
{
    if (w->inside)
        scan_close(w->inside);
    scan_close(w->rows);
    w->inside = NULL;
}
