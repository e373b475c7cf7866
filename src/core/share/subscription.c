#include "core/share/subscription.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/txn.h"

enum { SUBSCRIPTION_VERSION = 1 };

static struct key subscription_key(const struct subscription *s)
{
    struct key k = row_key(ROW_SUBSCRIPTION);
    key_u64(&k, s->account);
    key_u32(&k, s->folder);
    return k;
}

static enum code subscription_decode(struct ctx *cx, struct str key, struct str value,
                                     struct subscription *out)
{
    struct cur k = cur_of(str_from(key, 1)), v = cur_of(value);
    uint8_t version;
    uint32_t n;
    if (!cur_key_u64(&k, &out->account) || !cur_key_u32(&k, &out->folder) ||
        !cur_le8(&v, &version) || version != SUBSCRIPTION_VERSION || !cur_le32(&v, &n) ||
        !cur_bytes(&v, n, &out->name))
        return fail(cx, E_CORRUPT, "a subscription's row is broken");
    out->name = str_dup(cx->arena, out->name);
    return OK;
}

static enum code subscriptions_read(struct ctx *cx, struct scan *w, struct subscription **out,
                                    size_t *count)
{
    struct subscription *all = NULL;
    size_t n = 0, room = 0;
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        if (n == room) {
            size_t more = room ? room * 2 : 16;
            all = arena_grow(cx->arena, all, room * sizeof *all, more * sizeof *all);
            room = more;
        }
        TRY(subscription_decode(cx, key, value, &all[n]));
        n++;
    }
    TRY(scan_error(w));
    *out = all;
    *count = n;
    return OK;
}

static bool is_among(const struct subscription *all, size_t count, const struct subscription *one)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].account == one->account && all[i].folder == one->folder)
            return true;
    return false;
}

enum code subscription_set(struct ctx *cx, struct account_txn *t,
                           const struct subscription *subscription, bool on)
{
    struct key from = row_key(ROW_SUBSCRIPTION), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t->t, range);
    struct subscription *all;
    size_t count;
    struct key k = subscription_key(subscription);
    TRY(subscriptions_read(cx, w, &all, &count));
    bool known = is_among(all, count, subscription);
    if (!on) {
        txn_delete(t->t, key_str(&k));
        return known ? subscription_mark(cx, t, subscription->account, subscription->folder) : OK;
    }
    if ((count >= SUBSCRIPTIONS_MAX && !known) || subscription->name.n > SUBSCRIPTION_NAME_MAX)
        return fail(cx, E_LIMIT, "more than %d subscriptions, or a long name", SUBSCRIPTIONS_MAX);
    struct buf b = buf_of(cx->arena, STORE_VALUE_MAX);
    buf_le8(&b, SUBSCRIPTION_VERSION);
    buf_le32(&b, (uint32_t)subscription->name.n);
    buf_add(&b, subscription->name);
    txn_put(t->t, key_str(&k), buf_str(&b));
    return known ? OK : subscription_mark(cx, t, subscription->account, subscription->folder);
}

enum code subscription_list(struct ctx *cx, struct core *c, account_id subscriber,
                            struct subscription **out, size_t *count)
{
    struct key from = row_key(ROW_SUBSCRIPTION), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, subscriber, range);
    return subscriptions_read(cx, w, out, count);
}

struct str subscription_space(enum principal_kind kind)
{
    if (kind == PRINCIPAL_PERSON)
        return STR("Other Users");
    return kind == PRINCIPAL_PUBLIC_TREE ? STR("Public") : STR("Shared");
}
