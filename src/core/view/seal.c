#include "core/view/seal.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"

enum { SEAL_LAYOUT = 1, KEYWORDS_FOLLOW = 1 };

/* The head, and the key of part n from 1. */
static struct key part_key(folder_id folder, uint32_t n)
{
    struct key k = folder_key(ROW_SEAL, folder);
    if (n)
        key_u32(&k, n);
    return k;
}

struct str seal_encode(struct arena *a, const struct seal *seal)
{
    struct buf b = buf_of(a, 64);
    buf_le8(&b, SEAL_LAYOUT);
    buf_le64(&b, seal->stamp);
    buf_le64(&b, seal->seen);
    buf_le64(&b, seal->modseq);
    buf_le32(&b, seal->uid_validity);
    buf_le32(&b, seal->uid_next);
    buf_le32(&b, seal->rows);
    buf_le32(&b, seal->parts);
    return buf_str(&b);
}

enum code seal_decode(struct ctx *cx, struct str value, struct seal *out)
{
    struct cur c = cur_of(value);
    struct seal s;
    uint8_t layout;
    bool whole = cur_le8(&c, &layout) && layout == SEAL_LAYOUT && cur_le64(&c, &s.stamp) &&
                 cur_le64(&c, &s.seen) && cur_le64(&c, &s.modseq) &&
                 cur_le32(&c, &s.uid_validity) && cur_le32(&c, &s.uid_next) &&
                 cur_le32(&c, &s.rows) && cur_le32(&c, &s.parts) && cur_end(&c);
    if (!whole || s.parts > SEAL_PARTS_MAX)
        return fail(cx, E_CORRUPT, "the head of a sealed view is broken");
    *out = s;
    return OK;
}

/* Differences of numbers, either way, as small numbers. */
static uint64_t zigzag(uint64_t difference)
{
    return difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
}

static uint64_t unzigzag(uint64_t z)
{
    return z >> 1 ^ (z & 1 ? UINT64_MAX : 0);
}

static void pack_row(struct buf *b, const struct view_row *before, const struct view_row *row)
{
    buf_varint(b, row->uid - before->uid);
    buf_varint(b, (uint64_t)row->flags << 1 | (row->keywords ? KEYWORDS_FOLLOW : 0));
    if (row->keywords)
        buf_varint(b, row->keywords);
    buf_varint(b, zigzag(row->modseq - before->modseq));
    buf_varint(b, zigzag(row->id - before->id));
}

/* row: the one before; becomes the next. */
static bool unpack_row(struct cur *c, struct view_row *row)
{
    uint64_t uid, flags, keywords = 0, modseq, id;
    if (!cur_varint(c, &uid) || !cur_varint(c, &flags) ||
        (flags & KEYWORDS_FOLLOW && !cur_varint(c, &keywords)) || !cur_varint(c, &modseq) ||
        !cur_varint(c, &id) || !uid || uid > UINT32_MAX - row->uid)
        return false;
    row->uid += (uint32_t)uid;
    row->flags = (uint32_t)(flags >> 1);
    row->keywords = keywords;
    row->modseq += unzigzag(modseq);
    row->id += unzigzag(id);
    return true;
}

/* Rows of one part. False when they are not of this seal, or broken. */
static bool unpack(struct str value, const struct seal *seal, struct tree_build *b)
{
    struct cur c = cur_of(value);
    struct view_row row = {0};
    uint8_t layout;
    uint64_t stamp;
    if (!cur_le8(&c, &layout) || layout != SEAL_LAYOUT || !cur_le64(&c, &stamp) ||
        stamp != seal->stamp)
        return false;
    while (!cur_end(&c)) {
        if (!unpack_row(&c, &row))
            return false;
        tree_build_row(b, &row);
    }
    return true;
}

static struct view *view_of(account_id account, folder_id folder, const struct seal *seal)
{
    struct view *v = view_new(account, folder);
    v->uid_validity = seal->uid_validity;
    v->uid_next = seal->uid_next;
    v->modseq = seal->modseq;
    return v;
}

/* The parts behind a head. They may be of two seals while one is being written. */
static bool parts_read(struct scan *w, const struct seal *seal, struct tree *out)
{
    struct tree_build b;
    struct str key, value;
    uint32_t parts = 0;
    bool good = true;
    tree_build_open(&b, seal->rows);
    while (good && parts < seal->parts && scan_next(w, &key, &value)) {
        good = unpack(value, seal, &b);
        parts++;
    }
    *out = tree_build_close(&b);
    return good && parts == seal->parts && out->count == seal->rows;
}

enum code seal_load(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                    struct seal *seal, struct view **out)
{
    struct key from = part_key(folder, 0), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to), .once = true};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, account, range);
    struct str key, value;
    if (!scan_next(w, &key, &value) || key.n != from.n) {
        TRY(scan_error(w));
        return fail(cx, E_NOT_FOUND, "folder %u has no sealed view", folder);
    }
    TRY(seal_decode(cx, value, seal));
    struct view *v AUTO(view_unref) = view_of(account, folder, seal);
    if (!parts_read(w, seal, &v->tree)) {
        TRY(scan_error(w));
        return fail(cx, E_NOT_FOUND, "the sealed view of folder %u is not whole", folder);
    }
    picture_ref(&v->picture);
    *out = v;
    return OK;
}

struct writing {
    folder_id folder;
    struct seal seal;
    struct str parts[SEAL_PARTS_AT_ONCE];
    uint32_t first, count; /* parts[0] is part first */
    bool last;             /* the head is written too */
};

/* A seal must not outlive what it shows. */
static enum code is_there(struct ctx *cx, struct txn *t, folder_id folder)
{
    struct key row = folder_key(ROW_FOLDER, folder);
    struct str value;
    return txn_get(cx, t, key_str(&row), &value);
}

static enum code head_get(struct ctx *cx, struct txn *t, folder_id folder, struct seal *out)
{
    struct key k = part_key(folder, 0);
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    return seal_decode(cx, value, out);
}

static void parts_drop(struct txn *t, folder_id folder, uint32_t from, uint32_t to)
{
    for (uint32_t n = from; n <= to; n++) {
        struct key k = part_key(folder, n);
        txn_delete(t, key_str(&k));
    }
}

static enum code write_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct writing *w = arg;
    struct seal old = {0};
    TRY(is_there(cx, t, w->folder));
    for (uint32_t i = 0; i < w->count; i++) {
        struct key k = part_key(w->folder, w->first + i);
        txn_put(t, key_str(&k), w->parts[i]);
    }
    enum code code = head_get(cx, t, w->folder, &old);
    if (code != OK && code != E_NOT_FOUND && code != E_CORRUPT)
        return code;
    struct key head = part_key(w->folder, 0);
    if (w->last) {
        parts_drop(t, w->folder, w->seal.parts + 1, old.parts);
        txn_put(t, key_str(&head), seal_encode(cx->arena, &w->seal));
    } else if (old.parts < w->first + w->count - 1) {
        struct seal growing = w->seal; /* so that all that was written can be found and dropped */
        growing.parts = w->first + w->count - 1;
        growing.rows = 0;
        txn_put(t, key_str(&head), seal_encode(cx->arena, &growing));
    }
    return OK;
}

/* The rows of one part from *place on. */
static struct str pack(struct arena *a, const struct view *v, uint64_t stamp, uint32_t *place)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    struct view_row rows[CHUNK_ROWS], before = {0};
    uint32_t count = view_count(v), n;
    buf_le8(&b, SEAL_LAYOUT);
    buf_le64(&b, stamp);
    for (; *place < count && b.n < SEAL_PART_BYTES; *place += n) {
        n = view_rows(v, *place, CHUNK_ROWS, rows);
        for (uint32_t i = 0; i < n; i++) {
            pack_row(&b, &before, &rows[i]);
            before = rows[i];
        }
    }
    must(!b.overflow);
    return buf_str(&b);
}

static enum code parts_write(struct ctx *cx, struct core *c, const struct view *v,
                             struct writing *w)
{
    uint32_t place = 0;
    w->first = 1;
    do {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct ctx own = *cx;
        own.arena = arena;
        for (w->count = 0; w->count < SEAL_PARTS_AT_ONCE && place < view_count(v); w->count++)
            w->parts[w->count] = pack(arena, v, w->seal.stamp, &place);
        w->last = place == view_count(v);
        w->seal.parts = w->first + w->count - 1;
        enum code code = store_update(&own, c->store, v->account, write_in, w);
        cx->err = own.err;
        TRY(code);
        w->first += w->count;
    } while (!w->last);
    return OK;
}

static enum code head_now(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                          struct seal *out)
{
    struct key k = part_key(folder, 0);
    struct str value;
    *out = (struct seal){0};
    enum code code = store_get(cx, c->store, account, key_str(&k), &value);
    if (code == OK)
        code = seal_decode(cx, value, out);
    return code == E_NOT_FOUND || code == E_CORRUPT ? OK : code; /* written anew then */
}

enum code seal_is_due(struct ctx *cx, struct core *c, const struct entry_name *name, uint32_t rows,
                      uint64_t seen, bool *due)
{
    uint64_t share = rows / SEAL_CHANGES_SHARE;
    struct seal old;
    TRY(head_now(cx, c, name->account, (folder_id)name->folder, &old));
    *due = !old.rows || seen >= old.seen + (share > SEAL_CHANGES_MIN ? share : SEAL_CHANGES_MIN);
    return OK;
}

enum code seal_write(struct ctx *cx, struct core *c, const struct view *v, uint64_t seen)
{
    struct writing w = {.folder = v->folder, .first = 1};
    struct seal old;
    TRY(head_now(cx, c, v->account, v->folder, &old));
    w.seal = (struct seal){.stamp = seen,
                           .seen = seen,
                           .modseq = v->modseq,
                           .uid_validity = v->uid_validity,
                           .uid_next = v->uid_next,
                           .rows = view_count(v)};
    if (!old.rows || old.modseq != v->modseq || old.uid_validity != v->uid_validity)
        return parts_write(cx, c, v, &w);
    w.seal.stamp = old.stamp; /* only other folders changed */
    w.seal.parts = old.parts;
    w.last = true;
    return store_update(cx, c->store, v->account, write_in, &w);
}

enum code seal_drop(struct ctx *cx, struct txn *t, folder_id folder)
{
    struct seal old = {0};
    enum code code = head_get(cx, t, folder, &old);
    if (code == E_NOT_FOUND)
        return OK;
    if (code != E_CORRUPT)
        TRY(code);
    parts_drop(t, folder, 1, old.parts);
    struct key head = part_key(folder, 0);
    txn_delete(t, key_str(&head));
    return OK;
}
