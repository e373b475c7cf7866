/* Checks the invariants of docs/STORE.md while the store is in use. It walks all families once, in
   the order of blob ids side by side; those walks are of slightly different times, so what looks
   wrong is looked at again by the committer, between two groups, before it is called a fault. */
#include "base/arena.h"
#include "base/cur.h"
#include "store/blob/change.h"
#include "store/committer.h"
#include "store/inside.h"
#include "store/maintain.h"

struct check {
    struct store *s;
    struct ctx cx; /* with an arena of its own, reset for each row */
    bool repair;
    check_fn *report;
    void *arg;
    struct store_check *sum;
};

/* One of the walks: its rows of one blob are taken together. */
struct walk {
    void *scan;
    size_t id_at; /* where the id stands in keys */
    bool over;
    struct blob_id id; /* the next */
    uint64_t rows;     /* of it */
};

static void fault(struct check *k, bool repaired, const char *what, struct str about)
{
    k->sum->faults++;
    k->sum->repaired += repaired;
    k->report(k->arg, what, about, repaired);
}

static enum code walk_step(struct check *k, struct walk *w)
{
    struct str key, value;
    enum code code;
    while ((code = k->s->engine->scan_next(&k->cx, w->scan, &key, &value)) == OK) {
        if (key.n >= w->id_at + BLOB_ID_BYTES) {
            memcpy(w->id.bytes, key.p + w->id_at, BLOB_ID_BYTES);
            return OK;
        }
        fault(k, false, "a key is too short", (struct str){0});
    }
    w->over = true;
    return code == E_NOT_FOUND ? OK : code;
}

static enum code walk_open(struct check *k, struct walk *w, enum family family, size_t id_at,
                           struct range range)
{
    *w = (struct walk){.scan = k->s->engine->scan_open(k->s->self, family, range), .id_at = id_at};
    return walk_step(k, w);
}

static int id_cmp(const struct blob_id *a, const struct blob_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

/* Takes the rows of this blob, if it is the next one. */
static enum code walk_take(struct check *k, struct walk *w, const struct blob_id *id)
{
    w->rows = 0;
    while (!w->over && blob_id_eq(&w->id, id)) {
        w->rows++;
        TRY(walk_step(k, w));
    }
    return OK;
}

struct doubt {
    struct check *k;
    struct blob_id id;
    uint64_t rows; /* of the blob, seen by the walk */
};

/* The chore: the truth about one blob, and what is derived put right. */
static enum code settle(struct ctx *cx, struct store *s, void *arg, struct op ***end)
{
    struct doubt *d = arg;
    struct check *k = d->k;
    struct blob_facts f;
    TRY(blob_facts(cx, s, &d->id, &f));
    struct str about = blob_id_hex(cx->arena, &d->id);
    if (!f.head && !f.referred && !f.stat && d->rows)
        fault(k, false, "frames of a blob without its head", about);
    else if (!f.head && f.referred)
        fault(k, false, "a blob that is referred to is not there", about);
    else if (!f.head && f.stat) {
        fault(k, k->repair, "a size row without a blob", about);
        if (k->repair)
            op_add(cx->arena, end, FAMILY_REFS, true, stat_key(cx->arena, &d->id), (struct str){0});
    }
    if (f.head && !f.sizes_agree) {
        fault(k, k->repair, "the size row of a blob is missing or wrong", about);
        if (k->repair)
            stat_row(cx->arena, &d->id, f.size, f.size, end);
    }
    if (f.head && !f.referred && !f.candidate) {
        fault(k, k->repair, "a blob that nothing refers to was forgotten", about);
        if (k->repair)
            candidate_row(cx->arena, &d->id, end);
    }
    return OK;
}

static enum code contents(struct check *k, const struct blob_id *id)
{
    enum code code = blob_verify(&k->cx, k->s, id);
    if (code == E_CORRUPT) /* or its frames were swept between two reads: then it is gone now */
        code = blob_verify(&k->cx, k->s, id);
    if (code == E_CORRUPT)
        fault(k, false, "the bytes of a blob are damaged", blob_id_hex(k->cx.arena, id));
    else if (code != OK && code != E_NOT_FOUND) /* swept meanwhile */
        return code;
    return OK;
}

enum { BLOBS, STATS, REFS, CANDIDATES, WALKS };
enum { STEP_BLOBS = 256 };

static const struct blob_id *first_of(const struct walk walks[WALKS])
{
    const struct blob_id *first = NULL;
    for (int i = 0; i < WALKS; i++)
        if (!walks[i].over && (!first || id_cmp(&walks[i].id, first) < 0))
            first = &walks[i].id;
    return first;
}

static enum code check_blob(struct check *k, struct walk walks[WALKS], struct blob_id id)
{
    for (int i = 0; i < WALKS; i++)
        TRY(walk_take(k, &walks[i], &id));
    bool blob = walks[BLOBS].rows, stat = walks[STATS].rows, refs = walks[REFS].rows;
    k->sum->blobs += blob;
    k->sum->references += walks[REFS].rows;
    if (k->sum->step && k->sum->blobs % STEP_BLOBS == 0)
        k->sum->step(k->arg, k->sum->blobs);
    struct doubt d = {k, id, walks[BLOBS].rows};
    uint64_t by_head = 0, by_stat = 0;
    bool sizes = blob && stat && blob_head(&k->cx, k->s, &id, &by_head) == OK &&
                 blob_size(&k->cx, k->s, &id, &by_stat) == OK && by_head == by_stat;
    bool good = blob == stat && (!blob || sizes) && (blob || !refs) &&
                (!blob || refs || walks[CANDIDATES].rows);
    if (!good)
        TRY(committer_run_chore(&k->cx, k->s->committer, (struct chore){settle, &d}));
    return blob ? contents(k, &id) : OK;
}

static enum code check_blobs(struct check *k, struct walk walks[WALKS])
{
    TRY(walk_open(k, &walks[BLOBS], FAMILY_BLOBS, 0, (struct range){0}));
    TRY(walk_open(k, &walks[STATS], FAMILY_REFS, 1,
                  (struct range){.from = STR("s"), .to = STR("t")}));
    TRY(walk_open(k, &walks[REFS], FAMILY_REFS, 1,
                  (struct range){.from = STR("r"), .to = STR("s")}));
    TRY(walk_open(k, &walks[CANDIDATES], FAMILY_REFS, 1,
                  (struct range){.from = STR("c"), .to = STR("d")}));
    for (const struct blob_id *id; (id = first_of(walks));) {
        TRY(check_blob(k, walks, *id));
        arena_reset(k->cx.arena);
    }
    return OK;
}

static bool version_is_good(struct str value)
{
    uint64_t version;
    struct commit_ids ids;
    return part_row_read(value, &version, &ids);
}

static const char *row_fault(struct str key, struct str value, bool same_part)
{
    if (key.n < PART_BYTES)
        return "a row without a partition";
    if (key.n == PART_BYTES)
        return version_is_good(value) ? NULL : "a version row is damaged";
    if (!same_part)
        return "a partition without a version row";
    if (key.n > PART_BYTES + STORE_KEY_MAX || memchr(key.p + PART_BYTES, 0, key.n - PART_BYTES))
        return "a key that cannot be";
    return value.n > STORE_VALUE_MAX ? "a value that is too long" : NULL;
}

static enum code check_rows(struct check *k, void *scan)
{
    char part_bytes[PART_BYTES] = {0};
    struct str part = str_of(part_bytes, 0), key, value;
    enum code code;
    while ((code = k->s->engine->scan_next(&k->cx, scan, &key, &value)) == OK) {
        bool same = part.n && str_starts(key, part);
        const char *what = row_fault(key, value, same);
        if (!same && key.n >= PART_BYTES) {
            memcpy(part_bytes, key.p, PART_BYTES);
            part.n = PART_BYTES;
            k->sum->partitions++;
        }
        k->sum->rows += key.n > PART_BYTES;
        if (what)
            fault(k, false, what, (struct str){0});
    }
    return code == E_NOT_FOUND ? OK : code;
}

enum code store_check(struct ctx *cx, struct store *s, bool repair, check_fn *report, void *arg,
                      struct store_check *out)
{
    struct store_check sum = {.step = out->step};
    struct arena *a AUTO(arena_close) = arena_open();
    struct check k = {
        .s = s, .cx = *cx, .repair = repair, .report = report, .arg = arg, .sum = &sum};
    k.cx.arena = a;
    struct walk walks[WALKS] = {0};
    void *rows = s->engine->scan_open(s->self, FAMILY_META, (struct range){0});
    enum code code = check_rows(&k, rows);
    s->engine->scan_close(rows);
    if (code == OK)
        code = check_blobs(&k, walks);
    for (int i = 0; i < WALKS; i++)
        if (walks[i].scan)
            s->engine->scan_close(walks[i].scan);
    if (code != OK) {
        cx->err = k.cx.err;
        return code;
    }
    *out = sum;
    return OK;
}
