#include "core/signin/app_password.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "store/key.h"

enum { FAMILY_APP_PASSWORD = 'a', VERSION = 1, ROW_MAX = 512, ADDRESS_MAX = 64 };

static struct key key_for(principal_id who, uint64_t id)
{
    struct key k = key_of(FAMILY_APP_PASSWORD);
    key_u64(&k, who);
    key_u64(&k, id);
    return k;
}

static struct key all_of(principal_id who)
{
    struct key k = key_of(FAMILY_APP_PASSWORD);
    key_u64(&k, who);
    return k;
}

static struct str encode(struct arena *a, const struct app_password *p)
{
    struct buf b = buf_of(a, ROW_MAX);
    buf_le8(&b, VERSION);
    buf_add(&b, str_of(p->hash, sizeof p->hash));
    buf_le32(&b, p->scopes);
    buf_le64(&b, (uint64_t)p->created_ms);
    buf_le64(&b, (uint64_t)p->used_ms);
    buf_le_str(&b, str_sub(p->name, 0, APP_PASSWORD_NAME_MAX));
    buf_le_str(&b, str_sub(p->address, 0, ADDRESS_MAX));
    must(!b.overflow);
    return buf_str(&b);
}

static enum code decode(struct ctx *cx, struct str key, struct str value, struct app_password *out)
{
    struct cur k = cur_of(str_from(key, 1)), v = cur_of(value);
    struct app_password p = {0};
    struct str hash;
    uint64_t created, used;
    uint8_t version;
    if (!cur_key_u64(&k, &p.who) || !cur_key_u64(&k, &p.id) || !cur_le8(&v, &version) ||
        version != VERSION || !cur_bytes(&v, sizeof p.hash, &hash) || !cur_le32(&v, &p.scopes) ||
        !cur_le64(&v, &created) || !cur_le64(&v, &used) || !cur_le_str(&v, &p.name) ||
        !cur_le_str(&v, &p.address))
        return fail(cx, E_CORRUPT, "the row of an application password cannot be read");
    memcpy(p.hash, hash.p, sizeof p.hash);
    p.created_ms = (int64_t)created;
    p.used_ms = (int64_t)used;
    p.name = str_dup(cx->arena, p.name);
    p.address = str_dup(cx->arena, p.address);
    *out = p;
    return OK;
}

static enum code take(struct ctx *cx, struct scan *w, struct app_password **out, size_t *count)
{
    struct app_password *list = ARENA_ARRAY(cx->arena, APP_PASSWORDS_MAX, struct app_password);
    struct str key, value;
    size_t n = 0;
    while (n < APP_PASSWORDS_MAX && scan_next(w, &key, &value)) {
        TRY(decode(cx, key, value, &list[n]));
        n++;
    }
    *out = list;
    *count = n;
    return scan_error(w);
}

static enum code add(struct ctx *cx, struct txn *t, void *arg)
{
    const struct app_password *p = arg;
    struct key from = all_of(p->who), to = key_after(&from), own = key_for(p->who, p->id);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct app_password *list;
    size_t count;
    TRY(take(cx, w, &list, &count));
    if (count == APP_PASSWORDS_MAX)
        return fail(cx, E_LIMIT, "more than %d application passwords", APP_PASSWORDS_MAX);
    txn_put(t, key_str(&own), encode(cx->arena, p));
    return OK;
}

enum code app_password_add(struct ctx *cx, struct core *c, const struct app_password *p)
{
    struct app_password own = *p;
    return store_update(cx, c->store, SIGNIN_PART, add, &own);
}

enum code app_password_get(struct ctx *cx, struct core *c, principal_id who, uint64_t id,
                           struct app_password *out)
{
    struct key k = key_for(who, id);
    struct str value;
    TRY(store_get(cx, c->store, SIGNIN_PART, key_str(&k), &value));
    return decode(cx, key_str(&k), value, out);
}

static enum code set(struct ctx *cx, struct txn *t, void *arg)
{
    const struct app_password *p = arg;
    struct key k = key_for(p->who, p->id);
    struct app_password now;
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    TRY(decode(cx, key_str(&k), value, &now));
    now.name = p->name;
    now.used_ms = now.used_ms > p->used_ms ? now.used_ms : p->used_ms;
    now.address = p->address;
    txn_put(t, key_str(&k), encode(cx->arena, &now));
    return OK;
}

enum code app_password_set(struct ctx *cx, struct core *c, const struct app_password *p)
{
    struct app_password own = *p;
    return store_update(cx, c->store, SIGNIN_PART, set, &own);
}

static enum code drop(struct ctx *cx, struct txn *t, void *arg)
{
    const struct app_password *p = arg;
    struct key k = key_for(p->who, p->id);
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    txn_delete(t, key_str(&k));
    return OK;
}

enum code app_password_drop(struct ctx *cx, struct core *c, principal_id who, uint64_t id)
{
    struct app_password p = {.who = who, .id = id};
    return store_update(cx, c->store, SIGNIN_PART, drop, &p);
}

enum code app_password_list(struct ctx *cx, struct core *c, principal_id who,
                            struct app_password **out, size_t *count)
{
    struct key from = all_of(who), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, SIGNIN_PART, range);
    return take(cx, w, out, count);
}
