/* Whoever drops a reference leaves a candidate row. The sweeper reads those; whether a blob has
   references is decided by the committer, between two groups, so that no commit can refer to it
   again meanwhile. */
#include "base/arena.h"
#include "base/cur.h"
#include "store/change.h"
#include "store/committer.h"
#include "store/inside.h"
#include "store/latch.h"
#include "store/maintain.h"

enum { ROUND = 256 /* blobs a group: commits wait for so many look-ups */ };

static struct str id_str(const struct blob_id *id)
{
    return str_of(id->bytes, sizeof id->bytes);
}

static struct range all_with(struct arena *a, struct str prefix)
{
    const struct str parts[] = {prefix, STR("\xff")};
    return (struct range){.from = prefix, .to = str_join(a, parts, 2)};
}

/* Ends after the first row, to see whether there is one. */
static enum code is_referred(struct ctx *cx, struct store *s, const struct blob_id *id, bool *out)
{
    const struct str parts[] = {STR("r"), id_str(id)};
    struct str key, value;
    /* A partition's first byte is never 0xff: ids that high are not given out. */
    void *w = s->engine->scan_open(s->self, FAMILY_REFS,
                                   all_with(cx->arena, str_join(cx->arena, parts, 2)));
    enum code code = s->engine->scan_next(cx, w, &key, &value);
    s->engine->scan_close(w);
    *out = code == OK;
    return code == E_NOT_FOUND ? OK : code;
}

static enum code blob_drop(struct ctx *cx, struct store *s, const struct blob_id *id,
                           struct sweep *sweep, struct op ***end)
{
    uint64_t rows = 0;
    /* A frame's number has four bytes, so five of 0xff lie behind all of them. */
    const struct str behind[] = {id_str(id), STR("\xff\xff\xff\xff\xff")};
    struct range range = {.from = id_str(id), .to = str_join(cx->arena, behind, 2)};
    void *w = s->engine->scan_open(s->self, FAMILY_BLOBS, range);
    struct str key, value;
    enum code code;
    while ((code = s->engine->scan_next(cx, w, &key, &value)) == OK) {
        op_add(cx->arena, end, FAMILY_BLOBS, true, str_dup(cx->arena, key), (struct str){0});
        sweep->removed_bytes += value.n;
        rows++;
    }
    s->engine->scan_close(w);
    if (code != E_NOT_FOUND)
        return code;
    op_add(cx->arena, end, FAMILY_REFS, true, stat_key(cx->arena, id), (struct str){0});
    sweep->removed += rows > 0;
    return OK;
}

enum code sweep_ops(struct ctx *cx, struct store *s, struct sweep *sweep, struct op ***end)
{
    for (size_t i = 0; i < sweep->count; i++) {
        const struct blob_id *id = &sweep->ids[i];
        bool referred = false;
        TRY(is_referred(cx, s, id, &referred));
        if (!referred)
            TRY(blob_drop(cx, s, id, sweep, end));
        op_add(cx->arena, end, FAMILY_REFS, true, candidate_key(cx->arena, id), (struct str){0});
    }
    return OK;
}

static enum code candidates(struct ctx *cx, struct store *s, struct blob_id *ids, size_t max,
                            size_t *count)
{
    struct range range = {.from = STR("c"), .to = STR("d")};
    void *w = s->engine->scan_open(s->self, FAMILY_REFS, range);
    struct str key, value;
    enum code code = OK;
    *count = 0;
    while (*count < max && (code = s->engine->scan_next(cx, w, &key, &value)) == OK) {
        if (key.n != 1 + BLOB_ID_BYTES)
            continue;
        memcpy(ids[*count].bytes, key.p + 1, BLOB_ID_BYTES);
        (*count)++;
    }
    s->engine->scan_close(w);
    return code == E_NOT_FOUND ? OK : code;
}

static void swept(struct batch *b)
{
    latch_count_down(b->owner);
}

static enum code round_of(struct ctx *cx, struct store *s, struct sweep *sweep)
{
    struct latch latch;
    latch_open(&latch, 1);
    struct batch b = {.sweep = sweep, .done = swept, .owner = &latch};
    committer_submit(s->committer, &b);
    for (unsigned seen; !latch_is_done(seen = latch_look(&latch));)
        latch_wait(&latch, seen);
    if (b.err.code != OK)
        cx->err = b.err;
    return b.err.code;
}

enum code store_sweep(struct ctx *cx, struct store *s, size_t limit, size_t *removed, bool *more)
{
    struct blob_id *ids = ARENA_ARRAY(cx->arena, ROUND, struct blob_id);
    size_t gone = 0, left = limit, count = 0;
    do {
        size_t max = left < ROUND ? left : ROUND;
        TRY(candidates(cx, s, ids, max, &count));
        struct sweep sweep = {.ids = ids, .count = count};
        if (count)
            TRY(round_of(cx, s, &sweep));
        gone += sweep.removed;
        left -= count;
    } while (count == ROUND && left);
    *removed = gone;
    *more = !left;
    return OK;
}
