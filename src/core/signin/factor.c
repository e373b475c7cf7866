#include "core/signin/factor.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "store/key.h"

enum { FAMILY_FACTORS = 'f', VERSION = 1, ROW_MAX = 16 };

static struct key key_for(principal_id who)
{
    struct key k = key_of(FAMILY_FACTORS);
    key_u64(&k, who);
    return k;
}

static enum code decode(struct ctx *cx, enum code code, struct str value, struct factors *out)
{
    struct cur c = cur_of(value);
    struct factors f;
    uint8_t version;
    if (code == E_NOT_FOUND) {
        *out = (struct factors){0};
        return OK;
    }
    TRY(code);
    if (!cur_le8(&c, &version) || version != VERSION || !cur_le16(&c, &f.totps) ||
        !cur_le16(&c, &f.passkeys))
        return fail(cx, E_CORRUPT, "the row of second factors cannot be read");
    *out = f;
    return OK;
}

enum code factor_counts(struct ctx *cx, struct core *c, principal_id who, struct factors *out)
{
    struct key k = key_for(who);
    struct str value = {0};
    enum code code = store_get(cx, c->store, SIGNIN_PART, key_str(&k), &value);
    return decode(cx, code, value, out);
}

enum code factor_any(struct ctx *cx, struct txn *t, principal_id who, bool *out)
{
    struct key k = key_for(who);
    struct factors f;
    struct str value = {0};
    enum code code = txn_get(cx, t, key_str(&k), &value);
    TRY(decode(cx, code, value, &f));
    *out = f.totps || f.passkeys;
    return OK;
}

static uint16_t moved(uint16_t count, int by)
{
    int now = count + by;
    must(now >= 0 && now <= UINT16_MAX);
    return (uint16_t)now;
}

enum code factor_adjust(struct ctx *cx, struct txn *t, principal_id who, struct factor_change by)
{
    struct key k = key_for(who);
    struct factors f;
    struct str value = {0};
    enum code code = txn_get(cx, t, key_str(&k), &value);
    TRY(decode(cx, code, value, &f));
    f.totps = moved(f.totps, by.totps);
    f.passkeys = moved(f.passkeys, by.passkeys);
    if (!f.totps && !f.passkeys) {
        txn_delete(t, key_str(&k));
        return OK;
    }
    struct buf b = buf_of(cx->arena, ROW_MAX);
    buf_le8(&b, VERSION);
    buf_le16(&b, f.totps);
    buf_le16(&b, f.passkeys);
    txn_put(t, key_str(&k), buf_str(&b));
    return OK;
}
