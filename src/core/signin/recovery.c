#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/credential/kdf.h"
#include "core/signin/factor.h"
#include "core/signin/totp.h"
#include "store/key.h"

enum { FAMILY_RECOVERY = 'r', VERSION = 1, ROW_MAX = 16 + RECOVERY_CODES * RECOVERY_HASH_BYTES };

static struct key key_for(principal_id who)
{
    struct key k = key_of(FAMILY_RECOVERY);
    key_u64(&k, who);
    return k;
}

static void put(struct ctx *cx, struct txn *t, const struct recovery *r)
{
    struct buf b = buf_of(cx->arena, ROW_MAX);
    struct key k = key_for(r->who);
    buf_le8(&b, VERSION);
    buf_le64(&b, (uint64_t)r->made_ms);
    buf_le8(&b, (uint8_t)r->count);
    for (size_t i = 0; i < r->count; i++)
        buf_add(&b, str_of(r->hash[i], RECOVERY_HASH_BYTES));
    must(!b.overflow);
    txn_put(t, key_str(&k), buf_str(&b));
}

static enum code decode(struct ctx *cx, enum code code, struct str value, struct recovery *out)
{
    struct cur c = cur_of(value);
    struct str hash;
    uint64_t made;
    uint8_t version, count;
    out->count = 0;
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    if (!cur_le8(&c, &version) || version != VERSION || !cur_le64(&c, &made) ||
        !cur_le8(&c, &count) || count > RECOVERY_CODES)
        return fail(cx, E_CORRUPT, "the row of recovery codes cannot be read");
    for (size_t i = 0; i < count; i++) {
        if (!cur_bytes(&c, RECOVERY_HASH_BYTES, &hash))
            return fail(cx, E_CORRUPT, "the row of recovery codes is short");
        memcpy(out->hash[i], hash.p, RECOVERY_HASH_BYTES);
    }
    out->made_ms = (int64_t)made;
    out->count = count;
    return OK;
}

static enum code set(struct ctx *cx, struct txn *t, void *arg)
{
    put(cx, t, arg);
    return OK;
}

enum code recovery_set(struct ctx *cx, struct core *c, const struct recovery *r)
{
    struct recovery own = *r;
    return store_update(cx, c->store, SIGNIN_PART, set, &own);
}

enum code recovery_get(struct ctx *cx, struct core *c, principal_id who, struct recovery *out)
{
    struct key k = key_for(who);
    struct str value = {0};
    *out = (struct recovery){.who = who};
    enum code code = store_get(cx, c->store, SIGNIN_PART, key_str(&k), &value);
    return decode(cx, code, value, out);
}

struct taking {
    principal_id who;
    const unsigned char *hash;
};

static enum code take(struct ctx *cx, struct txn *t, void *arg)
{
    const struct taking *x = arg;
    struct key k = key_for(x->who);
    struct recovery r = {.who = x->who};
    struct str value = {0};
    size_t at = SIZE_MAX;
    enum code code = txn_get(cx, t, key_str(&k), &value);
    TRY(decode(cx, code, value, &r));
    for (size_t i = 0; i < r.count; i++)
        if (kdf_equal(r.hash[i], x->hash, RECOVERY_HASH_BYTES))
            at = i;
    if (at == SIZE_MAX)
        return fail(cx, E_NOT_FOUND, "recovery: no such code");
    r.count--;
    memcpy(r.hash[at], r.hash[r.count], RECOVERY_HASH_BYTES);
    put(cx, t, &r);
    return OK;
}

enum code recovery_take(struct ctx *cx, struct core *c, principal_id who,
                        const unsigned char hash[RECOVERY_HASH_BYTES])
{
    struct taking x = {who, hash};
    return store_update(cx, c->store, SIGNIN_PART, take, &x);
}

enum code recovery_tidy(struct ctx *cx, struct txn *t, principal_id who)
{
    struct key k = key_for(who);
    bool any;
    TRY(factor_any(cx, t, who, &any));
    if (!any)
        txn_delete(t, key_str(&k));
    return OK;
}
