/* Whoever drops a reference leaves a candidate row. The sweeper reads those; whether a blob has
   references is decided by the committer, between two groups, so that no commit can refer to it
   again meanwhile. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "store/blob/change.h"
#include "store/committer.h"
#include "store/inside.h"
#include "store/maintain.h"

enum { ROUND = 256 /* blobs a group: commits wait for so many look-ups */ };

struct sweep {
    const struct blob_id *ids;
    size_t count;
    size_t removed; /* out */
};

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

static enum code is_there(struct ctx *cx, struct store *s, struct str key, bool *out)
{
    struct str value;
    void *pin;
    enum code code = s->engine->get(cx, s->self, FAMILY_REFS, key, &value, &pin);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    *out = code == OK;
    if (*out)
        s->engine->unpin(s->self, pin);
    return OK;
}

enum code blob_facts(struct ctx *cx, struct store *s, const struct blob_id *id,
                     struct blob_facts *out)
{
    struct blob_facts f = {0};
    uint64_t by_stat = 0;
    enum code code = blob_head(cx, s, id, &f.size);
    f.head = code == OK || code == E_CORRUPT; /* blob_verify tells of damage inside */
    if (!f.head && code != E_NOT_FOUND)
        return code;
    TRY(is_there(cx, s, stat_key(cx->arena, id), &f.stat));
    TRY(is_there(cx, s, candidate_key(cx->arena, id), &f.candidate));
    TRY(is_referred(cx, s, id, &f.referred));
    /* Of what cannot be read nobody knows the size. */
    f.sizes_agree =
        code == E_CORRUPT || (f.stat && blob_size(cx, s, id, &by_stat) == OK && by_stat == f.size);
    *out = f;
    return OK;
}

void candidate_row(struct arena *a, const struct blob_id *id, struct op ***end)
{
    struct buf b = buf_of(a, 9);
    buf_le8(&b, LAYOUT_1);
    buf_le64(&b, (uint64_t)clock_utc_ms());
    op_add(a, end, FAMILY_REFS, false, candidate_key(a, id), buf_str(&b));
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
        rows++;
    }
    s->engine->scan_close(w);
    if (code != E_NOT_FOUND)
        return code;
    op_add(cx->arena, end, FAMILY_REFS, true, stat_key(cx->arena, id), (struct str){0});
    sweep->removed += rows > 0;
    return OK;
}

/* The chore. */
static enum code sweep_ops(struct ctx *cx, struct store *s, void *arg, struct op ***end)
{
    struct sweep *sweep = arg;
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

enum code store_sweep(struct ctx *cx, struct store *s, size_t limit, size_t *removed, bool *more)
{
    struct blob_id *ids = ARENA_ARRAY(cx->arena, ROUND, struct blob_id);
    size_t gone = 0, left = limit, count = 0;
    do {
        size_t max = left < ROUND ? left : ROUND;
        TRY(candidates(cx, s, ids, max, &count));
        struct sweep sweep = {.ids = ids, .count = count};
        if (count)
            TRY(committer_run_chore(cx, s->committer, (struct chore){sweep_ops, &sweep}));
        gone += sweep.removed;
        left -= count;
    } while (count == ROUND && left);
    *removed = gone;
    *more = !left;
    return OK;
}
