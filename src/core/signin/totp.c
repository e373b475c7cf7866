#include "core/signin/totp.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/signin/factor.h"
#include "store/key.h"

enum { FAMILY_TOTP = 't', VERSION = 1, ROW_MAX = 512, LIST_MAX = 2 * TOTPS_MAX };

static struct key key_for(principal_id who, uint64_t id)
{
    struct key k = key_of(FAMILY_TOTP);
    key_u64(&k, who);
    key_u64(&k, id);
    return k;
}

static struct key all_of(principal_id who)
{
    struct key k = key_of(FAMILY_TOTP);
    key_u64(&k, who);
    return k;
}

static void put(struct ctx *cx, struct txn *t, const struct totp_row *r)
{
    struct buf b = buf_of(cx->arena, ROW_MAX);
    struct key k = key_for(r->who, r->id);
    buf_le8(&b, VERSION);
    buf_le8(&b, r->on);
    buf_le64(&b, (uint64_t)r->created_ms);
    buf_le64(&b, (uint64_t)r->used_ms);
    buf_le64(&b, r->step);
    buf_le_str(&b, str_sub(r->name, 0, TOTP_NAME_MAX));
    buf_le_str(&b, r->sealed);
    must(!b.overflow);
    txn_put(t, key_str(&k), buf_str(&b));
}

static enum code decode(struct ctx *cx, struct str key, struct str value, struct totp_row *out)
{
    struct cur k = cur_of(str_from(key, 1)), v = cur_of(value);
    struct totp_row r = {0};
    uint64_t created, used;
    uint8_t version, on;
    if (!cur_key_u64(&k, &r.who) || !cur_key_u64(&k, &r.id) || !cur_le8(&v, &version) ||
        version != VERSION || !cur_le8(&v, &on) || !cur_le64(&v, &created) ||
        !cur_le64(&v, &used) || !cur_le64(&v, &r.step) || !cur_le_str(&v, &r.name) ||
        !cur_le_str(&v, &r.sealed))
        return fail(cx, E_CORRUPT, "the row of a TOTP secret cannot be read");
    r.on = on;
    r.created_ms = (int64_t)created;
    r.used_ms = (int64_t)used;
    r.name = str_dup(cx->arena, r.name);
    r.sealed = str_dup(cx->arena, r.sealed);
    *out = r;
    return OK;
}

static enum code take_all(struct ctx *cx, struct scan *w, struct totp_row **out, size_t *count)
{
    struct totp_row *list = ARENA_ARRAY(cx->arena, LIST_MAX, struct totp_row);
    struct str key, value;
    size_t n = 0;
    while (n < LIST_MAX && scan_next(w, &key, &value)) {
        TRY(decode(cx, key, value, &list[n]));
        n++;
    }
    *out = list;
    *count = n;
    return scan_error(w);
}

/* Those that were never confirmed give way. */
static enum code add(struct ctx *cx, struct txn *t, void *arg)
{
    const struct totp_row *r = arg;
    struct key from = all_of(r->who), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct totp_row *list;
    size_t count, left = 0;
    TRY(take_all(cx, w, &list, &count));
    for (size_t i = 0; i < count; i++) {
        struct key k = key_for(r->who, list[i].id);
        if (list[i].on || r->created_ms - list[i].created_ms < TOTP_PENDING_MS)
            left++;
        else
            txn_delete(t, key_str(&k));
    }
    if (left >= TOTPS_MAX)
        return fail(cx, E_LIMIT, "more than %d TOTP devices", TOTPS_MAX);
    put(cx, t, r);
    return OK;
}

enum code totp_row_add(struct ctx *cx, struct core *c, const struct totp_row *r)
{
    struct totp_row own = *r;
    return store_update(cx, c->store, SIGNIN_PART, add, &own);
}

enum code totp_row_list(struct ctx *cx, struct core *c, principal_id who, struct totp_row **out,
                        size_t *count)
{
    struct key from = all_of(who), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, SIGNIN_PART, range);
    return take_all(cx, w, out, count);
}

static enum code read_row(struct ctx *cx, struct txn *t, const struct totp_row *r,
                          struct totp_row *out)
{
    struct key k = key_for(r->who, r->id);
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    return decode(cx, key_str(&k), value, out);
}

static enum code take(struct ctx *cx, struct txn *t, void *arg)
{
    const struct totp_row *r = arg;
    struct totp_row now;
    TRY(read_row(cx, t, r, &now));
    if (r->step <= now.step)
        return fail(cx, E_DENIED, "totp: that code was taken before");
    if (!now.on)
        TRY(factor_adjust(cx, t, r->who, (struct factor_change){.totps = 1}));
    now.on = true;
    now.step = r->step;
    now.used_ms = r->used_ms;
    put(cx, t, &now);
    return OK;
}

enum code totp_row_take(struct ctx *cx, struct core *c, const struct totp_row *r)
{
    struct totp_row own = *r;
    return store_update(cx, c->store, SIGNIN_PART, take, &own);
}

static enum code drop(struct ctx *cx, struct txn *t, void *arg)
{
    const struct totp_row *r = arg;
    struct totp_row now;
    struct key k = key_for(r->who, r->id);
    TRY(read_row(cx, t, r, &now));
    txn_delete(t, key_str(&k));
    if (now.on)
        TRY(factor_adjust(cx, t, r->who, (struct factor_change){.totps = -1}));
    return recovery_tidy(cx, t, r->who);
}

enum code totp_row_drop(struct ctx *cx, struct core *c, principal_id who, uint64_t id)
{
    struct totp_row r = {.who = who, .id = id};
    return store_update(cx, c->store, SIGNIN_PART, drop, &r);
}
