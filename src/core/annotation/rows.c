/* Annotations as rows: keys, values, and an owner's sum before them. */
#include "core/annotation/rows.h"
#include "base/buf.h"
#include "base/cur.h"

enum { ANNOTATION_VERSION = 1, REMOVED = 1 };

struct key annotation_owner_key(const struct annotation_owner *owner)
{
    struct key k = row_key(ROW_ANNOTATION);
    key_u32(&k, (uint32_t)owner->class);
    key_u64(&k, owner->id);
    return k;
}

struct key annotation_reader_key(const struct annotation_owner *owner, principal_id reader)
{
    struct key k = annotation_owner_key(owner);
    key_u64(&k, reader);
    return k;
}

struct key annotation_key(const struct annotation_owner *owner, principal_id reader,
                          struct str name)
{
    struct key k = annotation_reader_key(owner, reader);
    key_text(&k, name);
    return k;
}

enum code annotation_key_decode(struct ctx *cx, struct str key, struct annotation_owner *owner,
                                struct annotation *out, bool *is_sum)
{
    struct cur c = cur_of(str_from(key, 1));
    uint32_t class;
    if (!cur_key_u32(&c, &class) || !cur_key_u64(&c, &owner->id))
        return fail(cx, E_CORRUPT, "an annotation's key is broken");
    owner->class = (enum annotation_class) class;
    out->owner = owner->id;
    *is_sum = cur_end(&c);
    if (*is_sum)
        return OK;
    if (!cur_key_u64(&c, &out->reader) || !cur_key_text(&c, cx->arena, &out->name))
        return fail(cx, E_CORRUPT, "an annotation's key is broken");
    return OK;
}

struct str annotation_sum_encode(struct arena *a, const struct annotation_sum *sum)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ANNOTATION_VERSION);
    buf_le32(&b, sum->count);
    buf_le64(&b, sum->bytes);
    return buf_str(&b);
}

enum code annotation_sum_decode(struct ctx *cx, struct str value, struct annotation_sum *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    if (!cur_le8(&c, &version) || version != ANNOTATION_VERSION || !cur_le32(&c, &out->count) ||
        !cur_le64(&c, &out->bytes))
        return fail(cx, E_CORRUPT, "a sum of annotations cannot be read");
    return OK;
}

struct str annotation_encode(struct arena *a, const struct annotation *row)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ANNOTATION_VERSION);
    buf_le8(&b, row->removed ? REMOVED : 0);
    buf_le64(&b, row->modseq);
    buf_le_str(&b, row->removed ? (struct str){0} : row->value);
    must(!b.overflow);
    return buf_str(&b);
}

enum code annotation_decode(struct ctx *cx, struct str value, struct annotation *out)
{
    struct cur c = cur_of(value);
    uint8_t version, flags;
    if (!cur_le8(&c, &version) || version != ANNOTATION_VERSION || !cur_le8(&c, &flags) ||
        !cur_le64(&c, &out->modseq) || !cur_le_str(&c, &out->value))
        return fail(cx, E_CORRUPT, "an annotation cannot be read");
    out->removed = flags & REMOVED;
    return OK;
}

uint64_t annotation_bytes(const struct annotation *row)
{
    return row->removed ? 0 : row->name.n + row->value.n;
}

enum code annotation_sum_load(struct ctx *cx, struct txn *t, const struct annotation_owner *owner,
                              struct annotation_sum *out)
{
    struct key k = annotation_owner_key(owner);
    struct str value;
    *out = (struct annotation_sum){0};
    enum code code = txn_get(cx, t, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    return annotation_sum_decode(cx, value, out);
}

enum code annotations_end(struct ctx *cx, struct account_txn *t,
                          const struct annotation_owner *owner)
{
    struct annotation_sum sum;
    struct key from = annotation_owner_key(owner), to = key_after(&from);
    TRY(annotation_sum_load(cx, t->t, owner, &sum));
    if (!sum.count)
        return OK;
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct str *keys = ARENA_ARRAY(cx->arena, ANNOTATIONS_OWNER_MAX + 1, struct str);
    struct str key, value;
    size_t count = 0;
    while (count <= ANNOTATIONS_OWNER_MAX && scan_next(w, &key, &value))
        keys[count++] = str_dup(cx->arena, key);
    TRY(scan_error(w));
    for (size_t i = 0; i < count; i++)
        txn_delete(t->t, keys[i]);
    t->row.facts.annotation_bytes -= sum.bytes;
    return OK;
}
