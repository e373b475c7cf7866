#include "store/txn/txn.h"
#include "base/arena.h"
#include "store/blob/change.h"
#include "store/latch.h"
#include "store/txn/memo.h"
#include "store/txn/overlay.h"

/* A batch that frees space may still write this much: counts, tombstones. */
enum { FREEING_BYTES_MAX = 64 * 1024 };

struct txn *txn_open(struct store *s, struct part *part, struct arena *a)
{
    struct txn *t = ARENA_NEW(a, struct txn);
    t->s = s;
    t->part = part;
    t->arena = a;
    t->rows = overlay_open(a);
    t->blobs_end = &t->blobs;
    part_prefix(part->id, t->prefix);
    return t;
}

static struct str prefix_of(const struct txn *t)
{
    return str_of(t->prefix, PART_BYTES);
}

struct str txn_whole_key(const struct txn *t, struct str key, struct arena *a)
{
    const struct str parts[] = {prefix_of(t), key};
    return str_join(a, parts, 2);
}

part_id txn_part(const struct txn *t)
{
    return t->part->id;
}

uint64_t txn_version(const struct txn *t)
{
    return t->batch.base;
}

size_t txn_bytes(const struct txn *t)
{
    return overlay_bytes(t->rows) + t->blob_bytes;
}

/* The first mistake is kept until the commit. */
static bool within(struct txn *t, bool holds, const char *what)
{
    if (!holds && t->err.code == OK) {
        struct ctx cx = {0};
        (void)fail(&cx, E_LIMIT, "store: %s", what);
        t->err = cx.err;
    }
    return holds;
}

static bool key_is_good(struct txn *t, struct str key)
{
    must(key.n && !memchr(key.p, 0, key.n));
    return within(t, key.n <= STORE_KEY_MAX, "a key is too long");
}

void txn_put(struct txn *t, struct str key, struct str value)
{
    if (key_is_good(t, key) && within(t, value.n <= STORE_VALUE_MAX, "a value is too long"))
        overlay_set(t->rows, prefix_of(t), key, ROW_PUT, value);
}

void txn_delete(struct txn *t, struct str key)
{
    if (key_is_good(t, key))
        overlay_set(t->rows, prefix_of(t), key, ROW_DROPPED, (struct str){0});
}

static void blob_note(struct txn *t, enum blob_do what, const struct blob_id *id, struct str tag,
                      const struct blob_new *blob)
{
    must(!memchr(tag.p ? tag.p : "", 0, tag.n));
    if (!within(t, tag.n <= TAG_MAX, "the tag of a blob reference is too long"))
        return;
    struct blob_change *c = ARENA_NEW(t->arena, struct blob_change);
    *c = (struct blob_change){.what = what, .id = *id, .tag = str_dup(t->arena, tag), .blob = blob};
    *t->blobs_end = c;
    t->blobs_end = &c->next;
    t->blob_bytes += 1 + BLOB_ID_BYTES + PART_BYTES + tag.n;
}

void txn_blob_put(struct txn *t, const struct blob_new *blob, struct str tag)
{
    blob_note(t, BLOB_PUT, blob_new_id(blob), tag, blob);
}

void txn_blob_ref(struct txn *t, const struct blob_id *id, struct str tag)
{
    blob_note(t, BLOB_REF, id, tag, NULL);
}

void txn_blob_unref(struct txn *t, const struct blob_id *id, struct str tag)
{
    blob_note(t, BLOB_UNREF, id, tag, NULL);
}

enum code txn_get(struct ctx *cx, struct txn *t, struct str key, struct str *value)
{
    if (!overlay_is_empty(t->rows)) {
        const struct row *r = overlay_get(t->rows, txn_whole_key(t, key, cx->arena));
        if (r && r->state == ROW_DROPPED)
            return fail(cx, E_NOT_FOUND, "store: no such key");
        if (r) {
            *value = str_dup(cx->arena, r->value);
            return OK;
        }
    }
    struct str known;
    if (t->memo && memo_get(t->memo, key, &known)) {
        *value = str_dup(cx->arena, known);
        return OK;
    }
    TRY(store_get(cx, t->s, t->part->id, key, value));
    if (t->memo)
        memo_keep(t->memo, key, *value);
    return OK;
}

struct savepoint txn_mark(const struct txn *t)
{
    return (struct savepoint){overlay_mark(t->rows), t->blobs_end, t->blob_bytes};
}

void txn_back_to(struct txn *t, struct savepoint mark)
{
    overlay_back_to(t->rows, mark.rows);
    t->blobs_end = mark.blobs_end;
    *t->blobs_end = NULL;
    t->blob_bytes = mark.blob_bytes;
    t->err = (struct err){0};
}

bool txn_is_empty(const struct txn *t)
{
    return overlay_is_empty(t->rows) && !t->blobs;
}

static void seal_blobs(struct txn *t, struct op ***end)
{
    struct batch *b = &t->batch;
    bool adds = false, drops = false;
    for (const struct blob_change *c = t->blobs; c; c = c->next) {
        struct str key = ref_key(t->arena, &c->id, t->part->id, c->tag);
        bool drop = c->what == BLOB_UNREF;
        op_add(t->arena, end, FAMILY_REFS, drop, key, (struct str){0});
        if (drop)
            candidate_row(t->arena, &c->id, end);
        adds |= !drop;
        drops |= drop;
    }
    if (adds)
        b->frees_space = false;
    else if (drops)
        b->frees_space = true;
}

static void seal_memo(struct txn *t)
{
    for (unsigned i = 0; i < MEMO_ROWS; i++) {
        struct str key = memo_key(t->memo, i);
        const struct row *r = key.n ? overlay_get(t->rows, txn_whole_key(t, key, t->arena)) : NULL;
        if (r)
            memo_change(t->memo, i, r->state == ROW_DROPPED ? NULL : &r->value);
    }
    t->memo->version = t->batch.base + 1;
}

void txn_seal(struct txn *t)
{
    struct batch *b = &t->batch;
    struct op **end = &b->ops;
    bool drops = false;
    const struct row *r = overlay_above(t->rows, prefix_of(t), true);
    for (; r; r = overlay_above(t->rows, r->key, false)) {
        op_add(t->arena, &end, FAMILY_META, r->state == ROW_DROPPED, r->key, r->value);
        drops |= r->state == ROW_DROPPED;
    }
    b->frees_space = drops;
    seal_blobs(t, &end);
    if (t->memo)
        seal_memo(t);
    b->part = t->part;
    b->ops_end = end;
    b->blobs = t->blobs;
    b->bytes = txn_bytes(t);
    b->frees_space = b->frees_space && b->bytes <= FREEING_BYTES_MAX;
}

struct txn *txn_begin(struct ctx *cx, struct store *s, part_id part)
{
    struct txn *t = txn_open(s, part_ref(s->parts, part), cx->arena);
    if (part_version(cx, s, t->part, &t->batch.base) != OK)
        t->err = cx->err;
    return t;
}

static void committed(struct batch *b)
{
    latch_count_down(b->owner);
}

enum code txn_commit(struct ctx *cx, struct txn *t)
{
    must(!t->ended);
    if (t->err.code == OK && txn_bytes(t) > STORE_BATCH_MAX)
        within(t, false, "too much in one commit");
    if (t->err.code == OK && !txn_is_empty(t)) {
        struct latch latch;
        struct chain alone = {0};
        latch_open(&latch, 1);
        txn_seal(t);
        t->batch.done = committed;
        t->batch.owner = &latch;
        chain_add(&alone, &t->batch);
        committer_submit(t->s->committer, &alone);
        for (unsigned seen; !latch_is_done(seen = latch_look(&latch));)
            latch_wait(&latch, seen);
        t->err = t->batch.err;
    }
    txn_abort(t);
    if (t->err.code != OK)
        cx->err = t->err;
    return t->err.code;
}

void txn_abort(struct txn *t)
{
    if (!t->ended)
        part_unref(t->s->parts, t->part);
    t->ended = true;
}
