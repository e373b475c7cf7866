/* Reading items outside of transactions. */
#include "base/rope.h"
#include "core/item/item.h"

struct item_scan {
    struct ctx *cx;
    struct core *c;
    account_id account;
    folder_id folder;
    struct key from, to;
    struct scan *rows;
    struct arena *long_summary; /* made for the first summary that does not fit its row */
    enum code code;
};

/* Walks the uids from first to last. */
static void walk(struct item_scan *w, uint32_t first, uint32_t last, bool once)
{
    w->from = uid_key(ROW_SUMMARY, w->folder, first);
    struct key end = uid_key(ROW_SUMMARY, w->folder, last);
    w->to = key_after(&end);
    struct range range = {.from = key_str(&w->from), .to = key_str(&w->to), .once = once};
    if (first <= last)
        w->rows = store_scan(w->cx, w->c->store, w->account, range);
}

static struct item_scan *scan_new(struct ctx *cx, struct core *c, account_id account,
                                  folder_id folder)
{
    struct item_scan *w = ARENA_NEW(cx->arena, struct item_scan);
    w->cx = cx;
    w->c = c;
    w->account = account;
    w->folder = folder;
    return w;
}

struct item_scan *item_scan(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                            uint32_t first, uint32_t last)
{
    struct item_scan *w = scan_new(cx, c, account, folder);
    walk(w, first, last, false);
    return w;
}

struct item_scan *item_scan_once(struct ctx *cx, struct core *c, account_id account,
                                 folder_id folder, uint32_t first, uint32_t last)
{
    struct item_scan *w = scan_new(cx, c, account, folder);
    walk(w, first, last, true);
    return w;
}

static enum code summary_complete(struct ctx *cx, struct item_scan *w, size_t bytes,
                                  struct item_row *row)
{
    struct str *parts = ARENA_ARRAY(cx->arena, bytes / SUMMARY_MORE_MAX + 2, struct str);
    size_t count = 0, have = row->summary.n;
    parts[count++] = row->summary;
    while (have < bytes) {
        struct key k = uid_key(ROW_SUMMARY_MORE, w->folder, row->uid);
        key_u32(&k, (uint32_t)count);
        enum code code = store_get(cx, w->c->store, w->account, key_str(&k), &parts[count]);
        if (code == E_NOT_FOUND)
            return code; /* removed meanwhile, or check will find it */
        TRY(code);
        have += parts[count].n;
        if (parts[count++].n == 0 || have > bytes)
            return fail(cx, E_CORRUPT, "summary continuation row has a wrong length");
    }
    row->summary = str_join(cx->arena, parts, count);
    return OK;
}

/* Long summaries are put together in an arena that lives until the next one. */
static enum code summary_whole(struct item_scan *w, size_t bytes, struct item_row *row)
{
    if (bytes == row->summary.n)
        return OK;
    if (!w->long_summary)
        w->long_summary = arena_open();
    arena_reset(w->long_summary);
    struct ctx inner = *w->cx;
    inner.arena = w->long_summary;
    enum code code = summary_complete(&inner, w, bytes, row);
    w->cx->err = inner.err;
    return code;
}

bool item_next(struct item_scan *w, struct item_row *out)
{
    struct str key, value;
    struct item_row row;
    size_t bytes;
    while (w->code == OK && w->rows && scan_next(w->rows, &key, &value)) {
        if (!uid_of_key(key, &row.uid)) {
            w->code = fail(w->cx, E_CORRUPT, "a summary row's key is broken");
            return false;
        }
        w->code = summary_row_decode(w->cx, value, &row, &bytes);
        if (w->code == OK)
            w->code = summary_whole(w, bytes, &row);
        if (w->code == OK) {
            *out = row;
            return true;
        }
        if (w->code == E_NOT_FOUND)
            w->code = OK;
    }
    return false;
}

enum code item_scan_error(const struct item_scan *w)
{
    if (w->code != OK || !w->rows)
        return w->code;
    return scan_error(w->rows);
}

void item_scan_close(struct item_scan *w)
{
    if (w->rows)
        scan_close(w->rows);
    arena_close(w->long_summary);
    w->rows = NULL;
    w->long_summary = NULL;
}

enum code item_get(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                   uint32_t uid, struct item_row *out)
{
    struct key k = uid_key(ROW_SUMMARY, folder, uid);
    struct str value;
    struct item_row row = {.uid = uid};
    size_t bytes;
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    TRY(summary_row_decode(cx, value, &row, &bytes));
    row.uid = uid;
    struct item_scan at = {.cx = cx, .c = c, .account = account, .folder = folder};
    if (bytes != row.summary.n)
        TRY(summary_complete(cx, &at, bytes, &row));
    *out = row;
    return OK;
}

enum code item_txn_locate(struct ctx *cx, struct account_txn *t, item_id id,
                          struct item_placed *out)
{
    struct key k = item_key(id);
    struct folder_slot *slot;
    struct item_home home;
    struct str value;
    TRY(txn_get(cx, t->t, key_str(&k), &value));
    TRY(item_home_decode(cx, value, &home));
    if (!home.folder)
        return fail(cx, E_NOT_FOUND, "an item in an item");
    TRY(txn_folder(cx, t, home.folder, &slot));
    if (slot->counts.uncounted)
        return fail(cx, E_NOT_FOUND, "it was removed");
    *out = (struct item_placed){.id = id,
                                .folder = home.folder,
                                .uid = home.uid,
                                .uid_validity = slot->counts.uid_validity};
    return OK;
}

enum code item_locate(struct ctx *cx, struct core *c, account_id account, item_id id,
                      struct item_placed *out)
{
    struct key k = item_key(id);
    struct str value;
    struct item_home home;
    struct folder_counts counts;
    struct placement place;
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    TRY(item_home_decode(cx, value, &home));
    k = folder_key(ROW_PLACE, home.folder);
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    TRY(folder_counts_decode(cx, value, &counts));
    k = uid_key(ROW_PLACE, home.folder, home.uid);
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    TRY(placement_decode(cx, value, &place));
    *out = (struct item_placed){.id = id,
                                .folder = home.folder,
                                .uid = home.uid,
                                .uid_validity = counts.uid_validity,
                                .modseq = placement_modseq(&place)};
    return OK;
}

enum code item_bytes(struct ctx *cx, struct core *c, const struct item_row *row, uint64_t offset,
                     uint64_t n, struct rope *out)
{
    uint64_t left = offset < row->size ? row->size - offset : 0;
    if (n > left)
        n = left;
    if (offset < row->trace.n && n) {
        struct str part = str_sub(row->trace, (size_t)offset, (size_t)n);
        rope_put(out, part);
        offset += part.n;
        n -= part.n;
    }
    if (n == 0)
        return OK;
    struct str bytes;
    struct blob *owner;
    TRY(blob_get(cx, c->store, &row->blob, (size_t)(offset - row->trace.n), (size_t)n, &bytes,
                 &owner));
    rope_own(out, bytes, blob_unref, owner);
    return OK;
}
