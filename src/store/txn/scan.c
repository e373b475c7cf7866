/* A walk over the engine with what a transaction wrote laid over it. */
#include "base/arena.h"
#include "store/inside.h"
#include "store/txn/overlay.h"
#include "store/txn/txn.h"

struct scan {
    struct ctx *cx;
    const struct store_engine *engine;
    void *below; /* the engine's scan */
    struct str key, value;
    bool has_below; /* key and value are what the engine gave, not yet handed out */
    bool below_over;
    const struct overlay *rows; /* NULL: none */
    struct range range;         /* as engine keys */
    struct str last;            /* the last key handed out, in last_bytes */
    char last_bytes[PART_BYTES + STORE_KEY_MAX];
    enum code code;
};

static struct scan *scan_open(struct ctx *cx, struct store *s, part_id part, struct range range)
{
    struct scan *w = ARENA_NEW(cx->arena, struct scan);
    w->cx = cx;
    w->engine = s->engine;
    w->range = part_range(cx->arena, part, range);
    w->below = s->engine->scan_open(s->self, FAMILY_META, w->range);
    return w;
}

struct scan *store_scan(struct ctx *cx, struct store *s, part_id part, struct range range)
{
    return scan_open(cx, s, part, range);
}

struct scan *txn_scan(struct ctx *cx, struct txn *t, struct range range)
{
    struct scan *w = scan_open(cx, t->s, t->part->id, range);
    w->rows = t->rows;
    return w;
}

static void fill_below(struct scan *w)
{
    if (w->has_below || w->below_over)
        return;
    enum code code = w->engine->scan_next(w->cx, w->below, &w->key, &w->value);
    w->has_below = code == OK;
    w->below_over = code != OK;
    if (code != OK && code != E_NOT_FOUND)
        w->code = code;
}

/* The transaction's next row in the range, or NULL. */
static const struct row *next_row(const struct scan *w)
{
    if (!w->rows || overlay_is_empty(w->rows))
        return NULL;
    const struct row *r;
    if (w->range.backward) {
        r = overlay_below(w->rows, w->last.n ? w->last : w->range.to);
        return r && str_cmp(r->key, w->range.from) >= 0 ? r : NULL;
    }
    r = w->last.n ? overlay_above(w->rows, w->last, false)
                  : overlay_above(w->rows, w->range.from, true);
    return r && str_cmp(r->key, w->range.to) < 0 ? r : NULL;
}

/* Which comes first: below 0 the row, above 0 the engine's, 0 they are the same key. */
static int compare(const struct scan *w, const struct row *r)
{
    if (!w->has_below)
        return -1;
    int order = str_cmp(r->key, w->key);
    return w->range.backward ? -order : order;
}

static void hand_out(struct scan *w, struct str whole, struct str *key)
{
    *key = str_from(whole, PART_BYTES);
    if (!w->rows)
        return;
    memcpy(w->last_bytes, whole.p, whole.n);
    w->last = str_of(w->last_bytes, whole.n);
}

bool scan_next(struct scan *w, struct str *key, struct str *value)
{
    for (;;) {
        fill_below(w);
        if (w->code != OK)
            return false;
        const struct row *r = next_row(w);
        int order = r ? compare(w, r) : 1;
        if (!r && !w->has_below)
            return false;
        if (order >= 0)
            w->has_below = false;
        if (order > 0) {
            hand_out(w, w->key, key);
            *value = w->value;
            return true;
        }
        hand_out(w, r->key, key);
        if (r->state == ROW_PUT) {
            *value = r->value;
            return true;
        }
    }
}

enum code scan_error(const struct scan *w)
{
    return w->code;
}

void scan_close(struct scan *w)
{
    if (w->below)
        w->engine->scan_close(w->below);
    w->below = NULL;
}
