/* Views of folders: made from the placement rows, brought up to date from the change rows. */
#include "core/view/view.h"
#include "base/arena.h"
#include "base/metric.h"
#include "core/txn.h"
#include "core/view/cache.h"
#include "core/view/few.h"
#include "core/view/seal.h"

static void view_close(struct picture *p)
{
    struct view *v = (struct view *)p;
    tree_free(&v->tree);
    if (v->base)
        view_unref(v->base);
    keywords_unref(v->keywords);
    free(v);
}

struct view *view_new(account_id account, folder_id folder)
{
    struct view *v = calloc(1, sizeof *v);
    must(v);
    atomic_init(&v->picture.refs, 1);
    v->picture.close = view_close;
    v->account = account;
    v->folder = folder;
    return v;
}

void view_seal(struct view *v)
{
    v->picture.bytes = sizeof *v + tree_bytes(&v->tree);
}

void view_unref(struct view *v)
{
    picture_unref(&v->picture);
}

struct keywords *keywords_ref(struct keywords *k)
{
    atomic_fetch_add(&k->refs, 1);
    return k;
}

void keywords_unref(struct keywords *k)
{
    if (k && atomic_fetch_sub(&k->refs, 1) == 1)
        free(k);
}

static struct keywords *keywords_new(const struct folder_row *row)
{
    size_t bytes = 0;
    for (size_t i = 0; i < row->keyword_count; i++)
        bytes += row->keywords[i].n;
    struct keywords *k = calloc(1, sizeof *k + bytes);
    must(k);
    atomic_init(&k->refs, 1);
    k->count = row->keyword_count;
    size_t at = 0;
    for (size_t i = 0; i < k->count; i++) {
        struct str name = row->keywords[i];
        memcpy(k->bytes + at, name.p, name.n);
        k->names[i] = str_of(k->bytes + at, name.n);
        at += name.n;
    }
    return k;
}

enum code view_keywords_load(struct ctx *cx, struct core *c, const struct view *v,
                             struct keywords **out)
{
    struct key k = folder_key(ROW_FOLDER, v->folder);
    struct str value;
    struct folder_row row;
    TRY(store_get(cx, c->store, v->account, key_str(&k), &value));
    TRY(folder_row_decode(cx, value, &row));
    if (row.flags & FOLDER_REMOVED)
        return fail(cx, E_NOT_FOUND, "folder %u is removed", v->folder);
    *out = keywords_new(&row);
    return OK;
}

enum code view_uid_validity_load(struct ctx *cx, struct core *c, const struct view *v,
                                 uint32_t *out)
{
    struct key k = folder_key(ROW_PLACE, v->folder);
    struct str value;
    struct folder_counts counts;
    TRY(store_get(cx, c->store, v->account, key_str(&k), &value));
    TRY(folder_counts_decode(cx, value, &counts));
    *out = counts.uid_validity;
    return OK;
}

static struct view_row row_of(uint32_t uid, const struct placement *p)
{
    return (struct view_row){.uid = uid,
                             .flags = p->flags,
                             .keywords = p->keywords,
                             .modseq = placement_modseq(p),
                             .id = p->id};
}

/* One walk over a folder's counts and placements: both of one version. */
static enum code cold_scan(struct ctx *cx, struct core *c, struct view *v)
{
    struct key from = folder_key(ROW_PLACE, v->folder), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to), .once = true};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, v->account, range);
    struct str key, value;
    struct folder_counts counts;
    if (!scan_next(w, &key, &value) || key.n != from.n) {
        TRY(scan_error(w));
        return fail(cx, E_NOT_FOUND, "folder %u does not exist", v->folder);
    }
    TRY(folder_counts_decode(cx, value, &counts));
    struct tree_build b;
    enum code code = OK;
    tree_build_open(&b, counts.total);
    while (code == OK && scan_next(w, &key, &value)) {
        struct placement place;
        uint32_t uid = 0;
        code = placement_decode(cx, value, &place);
        if (code == OK && !uid_of_key(key, &uid))
            code = fail(cx, E_CORRUPT, "a placement row's key is broken");
        struct view_row row = row_of(uid, &place);
        if (code == OK && !(place.flags & FLAG_HIDDEN))
            tree_build_row(&b, &row);
    }
    v->tree = tree_build_close(&b);
    v->uid_validity = counts.uid_validity;
    v->uid_next = counts.uid_next;
    v->modseq = counts.modseq;
    return code != OK ? code : scan_error(w);
}

enum code view_walk(struct ctx *cx, struct core *c, struct entry *e)
{
    struct account_row before;
    TRY(account_row_get(cx, c, e->name.account, &before));
    struct view *v AUTO(view_unref) = view_new(e->name.account, (folder_id)e->name.folder);
    TRY(cold_scan(cx, c, v));
    TRY(view_keywords_load(cx, c, v, &v->keywords));
    view_seal(v);
    e->seen = before.facts.modseq > v->modseq ? before.facts.modseq : v->modseq;
    picture_ref(&v->picture);
    entry_set(e, &v->picture);
    return OK;
}

static enum code view_cold(struct ctx *cx, struct core *c, struct entry *e)
{
    enum code code = view_unseal(cx, c, e);
    bool sealed = code != E_NOT_FOUND && code != E_CORRUPT;
    metric_add(sealed ? c->opened_sealed : c->opened_walked, 1);
    return sealed ? code : view_walk(cx, c, e);
}

struct refresh {
    struct tree_change *changes;
    size_t count, room;
    uint32_t uid_next;
    uint64_t modseq; /* of the last change to the folder's items */
    uint64_t seen;
    bool keywords, gone;
};

static void refresh_add(struct ctx *cx, struct refresh *r, uint64_t modseq,
                        const struct change_row *row)
{
    if (r->count == r->room) {
        size_t more = r->room ? r->room * 2 : 16;
        r->changes = arena_grow(cx->arena, r->changes, r->room * sizeof *r->changes,
                                more * sizeof *r->changes);
        r->room = more;
    }
    struct tree_change *change = &r->changes[r->count++];
    change->gone = row->what == CHANGE_GONE_ITEM || row->place.flags & FLAG_HIDDEN;
    change->row = row_of(row->uid, &row->place);
    r->modseq = modseq;
    if (row->uid >= r->uid_next)
        r->uid_next = row->uid + 1;
}

static void refresh_take(struct ctx *cx, struct refresh *r, const struct view *v, uint64_t modseq,
                         const struct change_row *row)
{
    r->seen = modseq;
    if (row->folder != v->folder)
        return;
    if (row->what == CHANGE_FOLDER)
        r->keywords = true;
    else if (row->what == CHANGE_GONE_FOLDER)
        r->gone = true;
    else if (row->what == CHANGE_ITEM || row->what == CHANGE_GONE_ITEM)
        refresh_add(cx, r, modseq, row);
}

/* One walk over the change rows: what it sees is one version. */
static enum code refresh_scan(struct ctx *cx, struct core *c, const struct view *v,
                              struct refresh *r)
{
    struct key all = row_key(ROW_CHANGE);
    struct key from = change_key(r->seen + 1), to = key_after(&all);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, v->account, range);
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct change_row row;
        uint64_t modseq;
        TRY(change_row_decode(cx, value, &row));
        if (!modseq_of_key(key, &modseq))
            return fail(cx, E_CORRUPT, "a change row's key is broken");
        refresh_take(cx, r, v, modseq, &row);
    }
    return scan_error(w);
}

static int by_uid(const void *a, const void *b)
{
    uint32_t x = ((const struct tree_change *)a)->row.uid;
    uint32_t y = ((const struct tree_change *)b)->row.uid;
    return (x > y) - (x < y);
}

static enum code view_next(struct ctx *cx, struct core *c, struct entry *e, struct refresh *r)
{
    struct view *old = (struct view *)e->picture;
    struct view *v AUTO(view_unref) = view_new(old->account, old->folder);
    if (r->keywords)
        TRY(view_keywords_load(cx, c, v, &v->keywords));
    else
        v->keywords = keywords_ref(old->keywords);
    if (r->count)
        qsort(r->changes, r->count, sizeof *r->changes, by_uid);
    v->tree = tree_apply(&old->tree, r->changes, r->count);
    v->uid_validity = old->uid_validity;
    if (r->keywords)
        TRY(view_uid_validity_load(cx, c, v, &v->uid_validity));
    v->uid_next = r->uid_next;
    v->modseq = r->modseq;
    view_seal(v);
    picture_ref(&v->picture);
    entry_set(e, &v->picture);
    return OK;
}

/* *swept: the account's, as it was when nothing more could be missing from what was read. */
static enum code refresh_read(struct ctx *cx, struct core *c, const struct view *v,
                              struct refresh *r, uint64_t *swept)
{
    struct account_row row;
    struct few few;
    TRY(account_row_get(cx, c, v->account, &row));
    TRY(few_changes(cx, c, v->account, r->seen, row.facts.modseq, &few));
    if (few.all) {
        for (size_t i = 0, from = r->seen + 1; i < few.count; i++)
            refresh_take(cx, r, v, from + i, &few.rows[i]);
    } else {
        TRY(refresh_scan(cx, c, v, r));
        TRY(account_row_get(cx, c, v->account, &row));
    }
    *swept = row.swept;
    return OK;
}

enum code view_refresh(struct ctx *cx, struct core *c, struct entry *e)
{
    struct view *old = (struct view *)e->picture;
    struct refresh r = {.uid_next = old->uid_next, .modseq = old->modseq, .seen = e->seen};
    uint64_t swept = 0;
    TRY(refresh_read(cx, c, old, &r, &swept));
    if (swept > e->seen) /* tombstones may be missing from what was read */
        return view_cold(cx, c, e);
    if (r.gone)
        return fail(cx, E_NOT_FOUND, "folder %u is removed", old->folder);
    if (r.count || r.keywords)
        TRY(view_next(cx, c, e, &r));
    e->seen = r.seen;
    return OK;
}

enum code view_current(struct ctx *cx, struct core *c, struct entry *e)
{
    uint64_t version;
    TRY(store_version(cx, c->store, e->name.account, &version));
    if (e->picture && e->version == version)
        return OK;
    enum code code = e->picture ? view_refresh(cx, c, e) : view_cold(cx, c, e);
    if (code != OK)
        entry_set(e, NULL);
    else
        e->version = version;
    return code;
}

enum code view_base_get(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                        struct view **out)
{
    struct entry_name name = {.account = account, .folder = folder};
    struct entry *e = entry_acquire(c->views, &name);
    enum code code = folder ? view_current(cx, c, e) : fail(cx, E_NOT_FOUND, "folder 0");
    if (code == OK) {
        picture_ref(e->picture);
        *out = (struct view *)e->picture;
    }
    entry_release(c->views, e);
    return code;
}
