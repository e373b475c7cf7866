/* Finding columns in memory, and filling them from summaries. */
#include "base/arena.h"
#include "base/metric.h"
#include "core/columns/column.h"

enum {
    FILL_RUNS = 16,            /* runs that one walk fills ahead */
    FILL_ALL_MAX = 200 * 1000, /* in folders of more messages only what was asked for is filled */
    FILL_LOCK = 1000,          /* no kind: held by who fills columns of a folder */
};

/* Filled together, as they come from the same walk and are asked for together. */
static const uint32_t usual_kinds = (1U << COLUMN_KEY_FROM) - 1;

static uint32_t kinds_with(const struct view *v, enum column_kind kind)
{
    uint32_t wanted = 1U << kind;
    if (view_count(v) > FILL_ALL_MAX)
        return wanted;
    return wanted & usual_kinds ? usual_kinds : ~usual_kinds & ((1U << COLUMN_KINDS) - 1);
}

static struct entry_name name_of(const struct view *v, uint32_t uid, unsigned kind)
{
    return (struct entry_name){.account = view_account(v),
                               .reader = kind,
                               .folder = view_folder(v) | (uint64_t)(uid / COLUMN_UIDS) << 32};
}

/* Counted; NULL when there is none. */
static struct column *find(struct core *c, const struct view *v, uint32_t uid, unsigned kind)
{
    struct entry_name name = name_of(v, uid, kind);
    struct entry *e = entry_acquire(c->columns, &name);
    struct column *k = (struct column *)e->picture;
    if (k)
        picture_ref(&k->picture);
    entry_release(c->columns, e);
    return k;
}

/* The one that knows more stays. */
static void keep(struct core *c, const struct view *v, struct column *k)
{
    struct entry_name name = name_of(v, k->uid, k->kind);
    struct entry *e = entry_acquire(c->columns, &name);
    const struct column *old = (const struct column *)e->picture;
    if (!old || old->upto < k->upto) {
        picture_ref(&k->picture);
        entry_set(e, &k->picture);
    }
    entry_release(c->columns, e);
}

struct fill {
    struct ctx cx; /* of what is built: its arena is reset for each run */
    struct core *c;
    const struct view *v;
    struct arena *scratch;
    uint32_t kinds;
    enum column_kind wanted;
    uint32_t wanted_uid;
    struct column_build *build;
    uint32_t uid; /* the run that is being built */
    struct column *out;
};

static void run_end(struct fill *f, uint64_t seen)
{
    uint64_t known = view_uid_next(f->v) > seen ? view_uid_next(f->v) : seen;
    uint64_t end = (uint64_t)f->uid + COLUMN_UIDS;
    for (unsigned i = 0; i < COLUMN_KINDS; i++) {
        if (!(f->kinds & 1U << i))
            continue;
        struct column *k AUTO(column_unref) =
            column_build_close(f->build, i, known < end ? known : end);
        keep(f->c, f->v, k);
        if (i == (unsigned)f->wanted && f->uid == f->wanted_uid) {
            picture_ref(&k->picture);
            f->out = k;
        }
    }
    arena_reset(f->cx.arena);
}

static void run_start(struct fill *f, uint32_t uid)
{
    f->uid = uid / COLUMN_UIDS * COLUMN_UIDS;
    f->build = column_build_open(f->cx.arena, f->scratch, f->kinds, f->uid);
}

/* One walk over the summaries from uid to last. seen: uids below are known to be all there. */
static enum code walk(struct fill *f, uint32_t uid, uint32_t last, uint64_t seen)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = {.arena = arena, .now_ms = f->cx.now_ms, .random = f->cx.random};
    struct item_scan *w AUTO(item_scan_close) =
        item_scan_once(&own, f->c, view_account(f->v), view_folder(f->v), uid, last);
    struct item_row row;
    while (item_next(w, &row)) {
        if (row.uid - f->uid >= COLUMN_UIDS) {
            run_end(f, row.uid);
            run_start(f, row.uid);
        }
        TRY(column_build_row(&f->cx, f->build, &row));
        seen = (uint64_t)row.uid + 1;
    }
    enum code code = item_scan_error(w);
    if (code == OK)
        run_end(f, seen);
    else
        f->cx.err = own.err;
    return code;
}

/* old: what is known of the wanted run, or NULL. */
static enum code fill(struct ctx *cx, struct fill *f, const struct column *old)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct arena *scratch AUTO(arena_close) = arena_open();
    uint64_t runs = old ? 1 : FILL_RUNS, end = f->wanted_uid + runs * COLUMN_UIDS - 1;
    uint64_t from = old ? old->upto : f->wanted_uid;
    f->cx = *cx;
    f->cx.arena = arena;
    f->scratch = scratch;
    f->kinds = old ? 1U << f->wanted : kinds_with(f->v, f->wanted);
    run_start(f, f->wanted_uid);
    if (old)
        column_build_take(f->build, old);
    enum code code = walk(f, (uint32_t)from, (uint32_t)(end < UINT32_MAX ? end : UINT32_MAX), from);
    metric_set(f->c->columns_metric, (int64_t)views_bytes(f->c->columns));
    if (code != OK) {
        cx->err = f->cx.err;
        if (f->out)
            column_unref(f->out);
    }
    return code;
}

/* Has all messages of the span that the view has. */
static bool suits(const struct column *k, const struct view *v, const struct column_span *span)
{
    return k && k->upto > view_at(v, span->end - 1).uid;
}

enum code column_get(struct ctx *cx, struct core *c, const struct view *v,
                     const struct column_span *span, enum column_kind kind, struct column **out)
{
    struct column *k = find(c, v, span->uid, kind);
    if (suits(k, v, span)) {
        *out = k;
        return OK;
    }
    if (k)
        column_unref(k);
    struct entry_name name = name_of(v, 0, FILL_LOCK);
    struct entry *lock =
        entry_acquire(c->columns, &name); /* others wait for what is being filled */
    enum code code = OK;
    k = find(c, v, span->uid, kind);
    if (suits(k, v, span)) {
        *out = k;
    } else {
        struct fill f = {.c = c, .v = v, .wanted = kind, .wanted_uid = span->uid};
        code = fill(cx, &f, k);
        if (code == OK)
            *out = f.out;
        if (k)
            column_unref(k);
    }
    entry_release(c->columns, lock);
    return code;
}

size_t columns_bytes(const struct core *c)
{
    return views_bytes(c->columns);
}
