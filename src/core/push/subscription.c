#include "core/push/subscription.h"
#include "base/buf.h"
#include "base/cur.h"
#include "store/key.h"

enum {
    FAMILY_SUBSCRIPTION = 's',
    FAMILY_CREATES = 'r',
    ROW_VERSION = 2,
    VERIFIED = 1,
    FOREIGN = 2
};
static const int64_t day_ms = INT64_C(86400000);

static struct key row_key(principal_id who, struct str id)
{
    struct key k = key_of(FAMILY_SUBSCRIPTION);
    key_u64(&k, who);
    key_text(&k, id);
    return k;
}

static struct str encode(struct arena *a, const struct push_subscription *s)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le8(&b, (uint8_t)((s->verified ? VERIFIED : 0) | (s->by.foreign ? FOREIGN : 0)));
    buf_le64(&b, s->generation);
    buf_le64(&b, (uint64_t)s->created_ms);
    buf_le64(&b, (uint64_t)s->expires_ms);
    const struct str texts[] = {s->device, s->url, s->key, s->auth, s->types, s->code};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        buf_le_str(&b, texts[i]);
    buf_le64(&b, s->by.session);
    buf_le64(&b, s->by.app_password);
    buf_le64(&b, s->by.grant);
    must(!b.overflow);
    return buf_str(&b);
}

static bool take_text(struct ctx *cx, struct cur *v, struct str *out)
{
    if (!cur_le_str(v, out))
        return false;
    *out = str_dup(cx->arena, *out);
    return true;
}

static enum code decode(struct ctx *cx, struct str key, struct str value,
                        struct push_subscription *out)
{
    struct cur k = cur_of(str_from(str_dup(cx->arena, key), 1)), v = cur_of(value);
    uint64_t created, expires;
    uint8_t version, flags;
    if (!cur_key_u64(&k, &out->who) || !cur_key_text(&k, cx->arena, &out->id) ||
        !cur_le8(&v, &version) || version > ROW_VERSION || !cur_le8(&v, &flags) ||
        !cur_le64(&v, &out->generation) || !cur_le64(&v, &created) || !cur_le64(&v, &expires) ||
        !take_text(cx, &v, &out->device) || !take_text(cx, &v, &out->url) ||
        !take_text(cx, &v, &out->key) || !take_text(cx, &v, &out->auth) ||
        !take_text(cx, &v, &out->types) || !take_text(cx, &v, &out->code))
        return fail(cx, E_CORRUPT, "the row of a push subscription cannot be read");
    out->by = (struct push_credential){.foreign = flags & FOREIGN};
    if (version >= 2 && (!cur_le64(&v, &out->by.session) || !cur_le64(&v, &out->by.app_password) ||
                         !cur_le64(&v, &out->by.grant)))
        return fail(cx, E_CORRUPT, "the row of a push subscription cannot be read");
    out->verified = flags & VERIFIED;
    out->created_ms = (int64_t)created;
    out->expires_ms = (int64_t)expires;
    return OK;
}

static enum code take_all(struct ctx *cx, struct scan *w, struct push_subscription **out,
                          size_t *count)
{
    struct push_subscription *list = NULL;
    size_t n = 0, room = 0;
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        if (n == room) {
            size_t more = room ? room * 2 : 8;
            list = arena_grow(cx->arena, list, room * sizeof *list, more * sizeof *list);
            room = more;
        }
        TRY(decode(cx, key, value, &list[n]));
        n++;
    }
    *out = list;
    *count = n;
    return scan_error(w);
}

static struct key first_of(principal_id who)
{
    struct key k = key_of(FAMILY_SUBSCRIPTION);
    if (who)
        key_u64(&k, who);
    return k;
}

/* So many in a day, whatever became of them. */
static enum code count_create(struct ctx *cx, struct txn *t, const struct push_subscription *s)
{
    struct key k = key_of(FAMILY_CREATES);
    struct buf b = buf_of(cx->arena, 16);
    struct str row;
    uint64_t since = 0;
    uint32_t count = 0;
    key_u64(&k, s->who);
    enum code code = txn_get(cx, t, key_str(&k), &row);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    struct cur v = cur_of(row);
    bool known = code == OK && cur_le64(&v, &since) && cur_le32(&v, &count);
    if (!known || s->created_ms - (int64_t)since >= day_ms) {
        since = (uint64_t)s->created_ms;
        count = 0;
    }
    if (count >= PUSH_CREATES_MAX)
        return fail(cx, E_BUSY, "more than %d push subscriptions in a day", PUSH_CREATES_MAX);
    buf_le64(&b, since);
    buf_le32(&b, count + 1);
    txn_put(t, key_str(&k), buf_str(&b));
    return OK;
}

static enum code add_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct push_subscription *s = arg;
    struct key from = first_of(s->who), to = key_after(&from), own = row_key(s->who, s->id);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct push_subscription *list;
    size_t count, live = 0;
    TRY(take_all(cx, w, &list, &count));
    for (size_t i = 0; i < count; i++) {
        struct key other = row_key(list[i].who, list[i].id);
        bool same = str_eq(list[i].url, s->url) && str_eq(list[i].device, s->device);
        if (same)
            txn_delete(t, key_str(&other));
        live += !same && list[i].expires_ms > s->created_ms;
    }
    if (live >= PUSH_SUBSCRIPTIONS_MAX)
        return fail(cx, E_LIMIT, "more than %d push subscriptions", PUSH_SUBSCRIPTIONS_MAX);
    TRY(count_create(cx, t, s));
    txn_put(t, key_str(&own), encode(cx->arena, s));
    return OK;
}

static enum code set_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct push_subscription *s = arg;
    struct key k = row_key(s->who, s->id);
    struct str row;
    TRY(txn_get(cx, t, key_str(&k), &row));
    txn_put(t, key_str(&k), encode(cx->arena, s));
    return OK;
}

static enum code drop_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct push_subscription *s = arg;
    struct key k = row_key(s->who, s->id);
    struct str row;
    TRY(txn_get(cx, t, key_str(&k), &row));
    txn_delete(t, key_str(&k));
    return OK;
}

enum code push_subscription_add(struct ctx *cx, struct core *c, const struct push_subscription *s)
{
    struct push_subscription own = *s;
    return store_update(cx, c->store, PUSH_PART, add_in, &own);
}

enum code push_subscription_set(struct ctx *cx, struct core *c, const struct push_subscription *s)
{
    struct push_subscription own = *s;
    return store_update(cx, c->store, PUSH_PART, set_in, &own);
}

enum code push_subscription_drop(struct ctx *cx, struct core *c, principal_id who, struct str id)
{
    struct push_subscription own = {.who = who, .id = id};
    return store_update(cx, c->store, PUSH_PART, drop_in, &own);
}

enum code push_subscription_list(struct ctx *cx, struct core *c, principal_id who,
                                 struct push_subscription **out, size_t *count)
{
    struct key from = first_of(who), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, PUSH_PART, range);
    return take_all(cx, w, out, count);
}
