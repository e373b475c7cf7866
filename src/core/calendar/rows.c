#include "core/calendar/rows.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/txn.h"

enum { BY_UID, BY_ITEM, ROW_VERSION = 1 };

/* FNV-1a. Who makes UIDs collide makes the search for his own events slower. */
static uint64_t hash_of(struct str uid)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < uid.n; i++)
        h = (h ^ (unsigned char)uid.p[i]) * UINT64_C(0x100000001b3);
    return h;
}

static struct key uid_row_key(uint64_t hash, item_id id)
{
    struct key k = row_key(ROW_EVENT);
    key_u32(&k, BY_UID);
    key_u64(&k, hash);
    if (id)
        key_u64(&k, id);
    return k;
}

struct key event_uid_key(struct str uid, item_id id)
{
    return uid_row_key(hash_of(uid), id);
}

struct key event_item_key(item_id id)
{
    struct key k = row_key(ROW_EVENT);
    key_u32(&k, BY_ITEM);
    key_u64(&k, id);
    return k;
}

struct str event_uid_row(struct arena *a, struct str uid)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le_str(&b, uid);
    return buf_str(&b);
}

struct str event_item_row(struct arena *a, struct str uid)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le64(&b, hash_of(uid));
    return buf_str(&b);
}

bool event_key_read(struct str key, bool *by_uid, item_id *out)
{
    struct cur c = cur_of(str_from(key, 1));
    uint32_t which;
    uint64_t hash;
    if (!cur_key_u32(&c, &which) || (which == BY_UID && !cur_key_u64(&c, &hash)))
        return false;
    *by_uid = which == BY_UID;
    return cur_key_u64(&c, out) && cur_end(&c);
}

static enum code version_check(struct ctx *cx, struct cur *c)
{
    uint8_t version = 0;
    if (!cur_le8(c, &version) || version != ROW_VERSION)
        return fail(cx, E_CORRUPT, "event row has version %u, known is %d", version, ROW_VERSION);
    return OK;
}

enum code event_uid_decode(struct ctx *cx, struct str value, struct str *uid)
{
    struct cur c = cur_of(value);
    TRY(version_check(cx, &c));
    return cur_le_str(&c, uid) ? OK : fail(cx, E_CORRUPT, "event row is cut");
}

enum code event_rows_end(struct ctx *cx, struct account_txn *t, item_id id)
{
    struct key k = event_item_key(id);
    struct str value;
    uint64_t hash;
    enum code code = txn_get(cx, t->t, key_str(&k), &value);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    struct cur c = cur_of(value);
    TRY(version_check(cx, &c));
    if (!cur_le64(&c, &hash))
        return fail(cx, E_CORRUPT, "event row is cut");
    txn_delete(t->t, key_str(&k));
    k = uid_row_key(hash, id);
    txn_delete(t->t, key_str(&k));
    return OK;
}
