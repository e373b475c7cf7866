#include "core/script/rows.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/row/key.h"

enum { ROW_VERSION = 1, FAMILY_SYSTEM = 'e' };

struct key script_systems_key(void)
{
    return key_of(FAMILY_SYSTEM);
}

struct key script_head_key(const struct script_owner *owner)
{
    if (owner->level == SCRIPT_OF_ACCOUNT)
        return row_key(ROW_SCRIPT);
    struct key k = script_systems_key();
    key_u64(&k, owner->id);
    return k;
}

struct key script_key(const struct script_owner *owner, uint32_t number)
{
    struct key k = script_head_key(owner);
    key_u32(&k, number);
    return k;
}

bool script_number_of_key(struct str key, uint32_t *number)
{
    struct cur c = cur_of(str_from(key, 1));
    return cur_key_u32(&c, number) && cur_end(&c);
}

bool script_system_of_key(struct str key, uint64_t *domain, uint32_t *number)
{
    struct cur c = cur_of(str_from(key, 1));
    *number = 0;
    return cur_key_u64(&c, domain) && (cur_end(&c) || cur_key_u32(&c, number)) && cur_end(&c);
}

static void id_put(struct buf *b, const struct blob_id *id)
{
    buf_add(b, str_of(id->bytes, sizeof id->bytes));
}

static bool id_take(struct cur *c, struct blob_id *out)
{
    struct str bytes;
    if (!cur_bytes(c, sizeof out->bytes, &bytes))
        return false;
    memcpy(out->bytes, bytes.p, bytes.n);
    return true;
}

static enum code broken(struct ctx *cx)
{
    return fail(cx, E_CORRUPT, "a row of scripts cannot be read: a newer server wrote it?");
}

struct str script_head_encode(struct arena *a, const struct script_head *head)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le32(&b, head->last);
    buf_le32(&b, head->count);
    buf_le64(&b, head->bytes);
    for (size_t i = 0; i < SCRIPT_PLACES; i++) {
        buf_le32(&b, head->active[i]);
        id_put(&b, &head->text[i]);
    }
    buf_le8(&b, (uint8_t)head->forward);
    return buf_str(&b);
}

enum code script_head_decode(struct ctx *cx, struct str value, struct script_head *out)
{
    struct cur c = cur_of(value);
    struct script_head head = {0};
    uint8_t version, forward;
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le32(&c, &head.last) ||
        !cur_le32(&c, &head.count) || !cur_le64(&c, &head.bytes))
        return broken(cx);
    for (size_t i = 0; i < SCRIPT_PLACES; i++)
        if (!cur_le32(&c, &head.active[i]) || !id_take(&c, &head.text[i]))
            return broken(cx);
    if (!cur_le8(&c, &forward) || forward >= FORWARD_END)
        return broken(cx);
    head.forward = (enum script_forward)forward;
    *out = head;
    return OK;
}

struct str script_row_encode(struct arena *a, const struct script *row)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le32(&b, row->number);
    buf_le64(&b, row->bytes);
    id_put(&b, &row->text);
    buf_le64(&b, (uint64_t)row->changed_ms);
    buf_le_str(&b, row->name);
    return buf_str(&b);
}

enum code script_row_decode(struct ctx *cx, struct str value, struct script *out)
{
    struct cur c = cur_of(value);
    struct script row = {0};
    uint8_t version;
    uint64_t changed;
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le32(&c, &row.number) ||
        !cur_le64(&c, &row.bytes) || !id_take(&c, &row.text) || !cur_le64(&c, &changed) ||
        !cur_le_str(&c, &row.name))
        return broken(cx);
    row.changed_ms = (int64_t)changed;
    *out = row;
    return OK;
}

enum code script_release_blobs(struct ctx *cx, struct txn *t, struct str key, struct str value)
{
    struct script row;
    uint32_t number;
    if (!script_number_of_key(key, &number))
        return OK;
    TRY(script_row_decode(cx, value, &row));
    txn_blob_unref(t, &row.text, key);
    return OK;
}
