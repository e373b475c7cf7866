/* Blobs in rows: docs/STORE.md has the layout. Up to WHOLE_MAX a blob is one row; a larger one is a
   head and rows of FRAME_BYTES each, so that a range costs its frames alone. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/metric.h"
#include "store/blob/cache.h"
#include "store/blob/change.h"
#include "store/codec.h"
#include "store/inside.h"

enum {
    WHOLE_MAX = 256 * 1024,
    FRAME_BYTES = 128 * 1024,
    HEAD_BYTES = 10,
    FRAME_HEAD_BYTES = 2,
    METHOD_AT = 1,
    CACHE_WHOLE_MAX = 4 * 1024 * 1024, /* larger ones are read by frames, not kept whole */
    VERIFY_MAX = 64 * 1024, /* larger ones rely on the checksums of zstd and the engine */
};

struct blob_new {
    struct blob_id id;
    struct str plain;
    struct op *rows, **rows_end; /* NULL: the blob was there already */
};

struct head {
    uint8_t method;
    uint64_t size;
    struct str bytes;
};

static struct str id_str(const struct blob_id *id)
{
    return str_of(id->bytes, sizeof id->bytes);
}

static struct str blob_key(struct arena *a, const struct blob_id *id)
{
    return str_dup(a, id_str(id));
}

static struct str frame_key(struct arena *a, const struct blob_id *id, uint32_t frame)
{
    char number[4];
    for (int i = 0; i < 4; i++)
        number[i] = (char)(unsigned char)(frame >> (24 - 8 * i));
    const struct str parts[] = {id_str(id), str_of(number, 4)};
    return str_join(a, parts, 2);
}

static uint32_t frames_of(uint64_t size)
{
    return (uint32_t)((size + FRAME_BYTES - 1) / FRAME_BYTES);
}

static struct str head_of(struct arena *a, int method, uint64_t size)
{
    struct buf b = buf_of(a, HEAD_BYTES);
    buf_le8(&b, LAYOUT_1);
    buf_le8(&b, (uint8_t)method);
    buf_le64(&b, size);
    return buf_str(&b);
}

/* codecs NULL: as it is. */
static struct str pack(struct codecs *codecs, struct arena *a, struct str head, struct str plain)
{
    if (codecs)
        return codec_pack(codecs, a, head, METHOD_AT, plain);
    const struct str parts[] = {head, plain};
    return str_join(a, parts, 2); /* head says METHOD_RAW */
}

void stat_row(struct arena *a, const struct blob_id *id, uint64_t size, uint64_t stored,
              struct op ***end)
{
    struct buf stat = buf_of(a, 17);
    buf_le8(&stat, LAYOUT_1);
    buf_le64(&stat, size);
    buf_le64(&stat, stored);
    op_add(a, end, FAMILY_REFS, false, stat_key(a, id), buf_str(&stat));
}

static void rows_make(struct codecs *codecs, struct arena *a, const struct blob_id *id,
                      struct str plain, struct op ***end)
{
    uint64_t stored = 0;
    if (plain.n <= WHOLE_MAX) {
        struct str row = pack(codecs, a, head_of(a, METHOD_RAW, plain.n), plain);
        stored = row.n;
        op_add(a, end, FAMILY_BLOBS, false, blob_key(a, id), row);
    } else {
        op_add(a, end, FAMILY_BLOBS, false, blob_key(a, id), head_of(a, METHOD_FRAMES, plain.n));
        const struct str head = {(const char[]){LAYOUT_1, METHOD_RAW}, FRAME_HEAD_BYTES};
        for (uint32_t i = 0; i < frames_of(plain.n); i++) {
            struct str piece = str_sub(plain, (size_t)i * FRAME_BYTES, FRAME_BYTES);
            struct str row = pack(codecs, a, head, piece);
            stored += row.n;
            op_add(a, end, FAMILY_BLOBS, false, frame_key(a, id, i), row);
        }
    }
    stat_row(a, id, plain.n, stored, end);
}

enum code blob_prepare(struct ctx *cx, struct store *s, struct str plain, struct blob_new **out)
{
    if (plain.n > BLOB_MAX)
        return fail(cx, E_LIMIT, "store: a blob of %zu bytes", plain.n);
    struct blob_new *b = ARENA_NEW(cx->arena, struct blob_new);
    b->plain = plain;
    codec_sha256(s->codecs, plain, &b->id);
    bool stored = false;
    TRY(blob_is_stored(cx, s, &b->id, &stored));
    b->rows_end = &b->rows;
    if (!stored)
        rows_make(s->codecs, cx->arena, &b->id, plain, &b->rows_end);
    *out = b;
    return OK;
}

const struct blob_id *blob_new_id(const struct blob_new *b)
{
    return &b->id;
}

uint64_t blob_new_size(const struct blob_new *b)
{
    return b->plain.n;
}

bool blob_new_has_rows(const struct blob_new *b)
{
    return b->rows != NULL;
}

void blob_new_rows(struct arena *a, const struct blob_new *b, struct op ***end, size_t *bytes)
{
    struct op *first = b->rows, **last = b->rows_end;
    if (!first) { /* it was there when it was prepared, and was swept since */
        last = &first;
        rows_make(NULL, a, &b->id, b->plain, &last);
    }
    *last = NULL;
    for (const struct op *op = first; op; op = op->next)
        *bytes += op->key.n + op->value.n;
    **end = first;
    *end = last;
}

static enum code stat_get(struct ctx *cx, struct store *s, const struct blob_id *id, uint64_t *size,
                          uint64_t *stored)
{
    struct str value;
    void *pin;
    TRY(s->engine->get(cx, s->self, FAMILY_REFS, stat_key(cx->arena, id), &value, &pin));
    struct cur c = cur_of(value);
    uint8_t layout;
    bool good = cur_le8(&c, &layout) && layout == LAYOUT_1 && cur_le64(&c, size) &&
                cur_le64(&c, stored) && *size <= BLOB_MAX;
    s->engine->unpin(s->self, pin);
    return good ? OK : fail(cx, E_CORRUPT, "store: size row of a blob");
}

enum code blob_is_stored(struct ctx *cx, struct store *s, const struct blob_id *id, bool *out)
{
    uint64_t size, stored;
    enum code code = stat_get(cx, s, id, &size, &stored);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    *out = code == OK;
    return OK;
}

enum code blob_size(struct ctx *cx, struct store *s, const struct blob_id *id, uint64_t *out)
{
    uint64_t stored;
    return stat_get(cx, s, id, out, &stored);
}

enum code blob_is_referred(struct ctx *cx, struct store *s, const struct blob_id *id, uint64_t part,
                           struct str tag, bool *out)
{
    struct str value;
    void *pin;
    struct str key = ref_key(cx->arena, id, part, tag);
    enum code code = s->engine->get(cx, s->self, FAMILY_REFS, key, &value, &pin);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    if (code == OK)
        s->engine->unpin(s->self, pin);
    *out = code == OK;
    return OK;
}

static enum code corrupt(struct ctx *cx, const struct blob_id *id)
{
    return fail(cx, E_CORRUPT, "store: blob %.16s... is damaged", blob_id_hex(cx->arena, id).p);
}

static bool head_read(struct str row, struct head *h)
{
    struct cur c = cur_of(row);
    uint8_t layout;
    bool good = cur_le8(&c, &layout) && layout == LAYOUT_1 && cur_le8(&c, &h->method) &&
                cur_le64(&c, &h->size) && h->size <= BLOB_MAX;
    h->bytes = c.rest;
    return good && (h->method == METHOD_FRAMES ? h->size > WHOLE_MAX : h->size <= WHOLE_MAX);
}

/* The plain bytes of one frame into out, which has room for n. */
static enum code frame_read(struct ctx *cx, struct store *s, const struct blob_id *id,
                            uint32_t frame, char *out, size_t n)
{
    struct str row;
    void *pin;
    enum code code =
        s->engine->get(cx, s->self, FAMILY_BLOBS, frame_key(cx->arena, id, frame), &row, &pin);
    if (code == E_NOT_FOUND)
        return corrupt(cx, id);
    TRY(code);
    struct cur c = cur_of(row);
    uint8_t layout, method;
    bool good = cur_le8(&c, &layout) && layout == LAYOUT_1 && cur_le8(&c, &method) &&
                codec_unpack(s->codecs, method, c.rest, out, n);
    s->engine->unpin(s->self, pin);
    return good ? OK : corrupt(cx, id);
}

static size_t frame_size(uint64_t size, uint32_t frame)
{
    uint64_t rest = size - (uint64_t)frame * FRAME_BYTES;
    return rest < FRAME_BYTES ? (size_t)rest : FRAME_BYTES;
}

struct frames {
    uint64_t size; /* of the whole blob */
    uint32_t first, count;
};

/* These frames, one after the other. */
static enum code frames_read(struct ctx *cx, struct store *s, const struct blob_id *id,
                             const struct frames *f, struct blob **out)
{
    const uint64_t size = f->size;
    const uint32_t first = f->first, count = f->count;
    bool whole = first == 0 && count == frames_of(size);
    size_t n = 0;
    for (uint32_t i = first; i < first + count; i++)
        n += frame_size(size, i);
    struct blob *b = blob_new_plain(id, whole ? FRAME_WHOLE : first, n);
    for (uint32_t i = 0; i < count; i++) {
        enum code code = frame_read(cx, s, id, first + i, b->bytes + (size_t)i * FRAME_BYTES,
                                    frame_size(size, first + i));
        if (code != OK) {
            blob_unref(b);
            return code;
        }
    }
    if (whole || count == 1)
        cache_put(s->cache, b);
    *out = b;
    return OK;
}

struct span {
    size_t offset, n;   /* wanted */
    struct blob *blob;  /* found */
    size_t blob_offset; /* where its bytes start in the whole */
};

static enum code large_get(struct ctx *cx, struct store *s, const struct blob_id *id, uint64_t size,
                           struct span *w)
{
    struct frames f = {.size = size, .first = 0, .count = frames_of(size)};
    size_t n = w->offset >= size ? 0 : w->n < size - w->offset ? w->n : size - w->offset;
    if (size > CACHE_WHOLE_MAX || !cache_takes(s->cache, size)) {
        f.first = n ? (uint32_t)(w->offset / FRAME_BYTES) : 0;
        f.count = n ? (uint32_t)((w->offset + n - 1) / FRAME_BYTES) - f.first + 1 : 1;
    }
    w->blob_offset = (size_t)f.first * FRAME_BYTES;
    if (f.count == 1 && (w->blob = cache_get(s->cache, id, f.first)))
        return OK;
    return frames_read(cx, s, id, &f, &w->blob);
}

static enum code small_read(struct ctx *cx, struct store *s, const struct blob_id *id,
                            const struct head *h, struct blob **out)
{
    struct blob *b = blob_new_plain(id, FRAME_WHOLE, h->size);
    bool good = codec_unpack(s->codecs, h->method, h->bytes, b->bytes, b->n);
    if (good && b->n <= VERIFY_MAX) {
        struct blob_id found;
        codec_sha256(s->codecs, str_of(b->bytes, b->n), &found);
        good = blob_id_eq(&found, id);
    }
    if (!good) {
        blob_unref(b);
        return corrupt(cx, id);
    }
    cache_put(s->cache, b);
    *out = b;
    return OK;
}

static enum code read_through(struct ctx *cx, struct store *s, const struct blob_id *id,
                              struct span *w)
{
    struct str row;
    void *pin;
    TRY(s->engine->get(cx, s->self, FAMILY_BLOBS, id_str(id), &row, &pin));
    struct head h;
    enum code code;
    if (!head_read(row, &h))
        code = corrupt(cx, id);
    else if (h.method == METHOD_FRAMES)
        code = large_get(cx, s, id, h.size, w);
    else
        code = small_read(cx, s, id, &h, &w->blob);
    s->engine->unpin(s->self, pin);
    return code;
}

enum code blob_get(struct ctx *cx, struct store *s, const struct blob_id *id, size_t offset,
                   size_t n, struct str *bytes, struct blob **owner)
{
    struct span w = {.offset = offset, .n = n, .blob = cache_get(s->cache, id, FRAME_WHOLE)};
    metric_add(w.blob ? s->blob_hits : s->blob_misses, 1);
    if (!w.blob)
        TRY(read_through(cx, s, id, &w));
    size_t skip = offset > w.blob_offset ? offset - w.blob_offset : 0;
    *bytes = str_sub(str_of(w.blob->bytes, w.blob->n), skip, n);
    *owner = w.blob;
    return OK;
}

enum code blob_head(struct ctx *cx, struct store *s, const struct blob_id *id, uint64_t *size)
{
    struct str row;
    void *pin;
    struct head h;
    TRY(s->engine->get(cx, s->self, FAMILY_BLOBS, id_str(id), &row, &pin));
    bool good = head_read(row, &h);
    s->engine->unpin(s->self, pin);
    if (!good)
        return corrupt(cx, id);
    *size = h.size;
    return OK;
}

static enum code hash_whole(struct ctx *cx, struct store *s, const struct blob_id *id,
                            const struct head *h, struct codec *hash)
{
    char *room = arena_alloc(cx->arena, h->size <= WHOLE_MAX ? h->size + 1 : FRAME_BYTES);
    if (h->method != METHOD_FRAMES) {
        if (!codec_unpack(s->codecs, h->method, h->bytes, room, h->size))
            return corrupt(cx, id);
        codec_hash_add(hash, str_of(room, h->size));
        return OK;
    }
    for (uint32_t i = 0; i < frames_of(h->size); i++) {
        size_t n = frame_size(h->size, i);
        TRY(frame_read(cx, s, id, i, room, n));
        codec_hash_add(hash, str_of(room, n));
    }
    return OK;
}

enum code blob_verify(struct ctx *cx, struct store *s, const struct blob_id *id)
{
    struct str row;
    void *pin;
    struct head h;
    struct blob_id found;
    TRY(s->engine->get(cx, s->self, FAMILY_BLOBS, id_str(id), &row, &pin));
    struct codec *hash = codec_hash_begin(s->codecs);
    enum code code = head_read(row, &h) ? hash_whole(cx, s, id, &h, hash) : corrupt(cx, id);
    codec_hash_end(s->codecs, hash, &found);
    s->engine->unpin(s->self, pin);
    if (code == OK && !blob_id_eq(&found, id))
        code = corrupt(cx, id);
    return code;
}

bool blob_id_eq(const struct blob_id *a, const struct blob_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct str blob_id_hex(struct arena *a, const struct blob_id *id)
{
    static const char digits[] = "0123456789abcdef";
    char *out = arena_alloc(a, 2 * sizeof id->bytes + 1);
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        out[2 * i] = digits[id->bytes[i] >> 4];
        out[2 * i + 1] = digits[id->bytes[i] & 15];
    }
    return str_of(out, 2 * sizeof id->bytes);
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool blob_id_parse(struct str hex, struct blob_id *out)
{
    struct blob_id id;
    if (hex.n != 2 * sizeof id.bytes)
        return false;
    for (size_t i = 0; i < sizeof id.bytes; i++) {
        int high = nibble(hex.p[2 * i]), low = nibble(hex.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        id.bytes[i] = (unsigned char)(high << 4 | low);
    }
    *out = id;
    return true;
}
