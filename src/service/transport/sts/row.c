#include "service/transport/sts/row.h"
#include "base/buf.h"
#include "base/cur.h"

enum { ROW_VERSION = 1, ROW_MAX = 32 * 1024 };

struct key sts_row_key(char family, struct str domain)
{
    struct key k = key_of(family);
    key_text(&k, domain);
    return k;
}

struct str sts_row_write(struct ctx *cx, const struct sts_kept *kept)
{
    struct buf b = buf_of(cx->arena, ROW_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le8(&b, (uint8_t)kept->policy.mode);
    buf_le32(&b, kept->policy.max_age_s);
    buf_le64(&b, (uint64_t)kept->fetched_ms);
    buf_le64(&b, (uint64_t)kept->used_ms);
    buf_le_str(&b, kept->id);
    buf_le32(&b, (uint32_t)kept->policy.mx_count);
    for (size_t i = 0; i < kept->policy.mx_count; i++)
        buf_le_str(&b, kept->policy.mx[i]);
    return buf_str(&b);
}

static bool read_mx(struct ctx *cx, struct cur *c, struct sts_policy *p)
{
    uint32_t count;
    if (!cur_le32(c, &count) || count > STS_MX_MAX)
        return false;
    for (; p->mx_count < count; p->mx_count++) {
        struct str mx;
        if (!cur_le_str(c, &mx))
            return false;
        p->mx[p->mx_count] = str_dup(cx->arena, mx);
    }
    return cur_end(c);
}

enum code sts_row_read(struct ctx *cx, struct str value, struct sts_kept *out)
{
    struct sts_kept k = {0};
    struct cur c = cur_of(value);
    uint8_t version, mode;
    uint64_t fetched, used;
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le8(&c, &mode) ||
        mode < STS_ENFORCE || mode > STS_NONE || !cur_le32(&c, &k.policy.max_age_s) ||
        !cur_le64(&c, &fetched) || !cur_le64(&c, &used) || !cur_le_str(&c, &k.id) ||
        !read_mx(cx, &c, &k.policy))
        return fail(cx, E_CORRUPT, "MTA-STS: a row");
    k.policy.mode = (enum sts_mode)mode;
    k.fetched_ms = (int64_t)fetched;
    k.used_ms = (int64_t)used;
    k.expires_ms = k.fetched_ms + (int64_t)k.policy.max_age_s * 1000;
    k.id = str_dup(cx->arena, k.id);
    *out = k;
    return OK;
}

enum code sts_row_get(struct ctx *cx, struct core *c, char family, struct str domain,
                      struct sts_kept *out)
{
    struct key k = sts_row_key(family, domain);
    struct str value;
    TRY(store_get(cx, c->store, REPORTS_PART, key_str(&k), &value));
    TRY(sts_row_read(cx, value, out));
    out->domain = domain;
    return OK;
}

static enum code put(struct ctx *cx, struct txn *t, void *arg)
{
    const struct str *row = arg;
    (void)cx;
    txn_put(t, row[0], row[1]);
    return OK;
}

enum code sts_row_put(struct ctx *cx, struct core *c, char family, const struct sts_kept *kept)
{
    struct key k = sts_row_key(family, kept->domain);
    struct str row[] = {key_str(&k), sts_row_write(cx, kept)};
    return store_update(cx, c->store, REPORTS_PART, put, row);
}

static enum code drop(struct ctx *cx, struct txn *t, void *arg)
{
    const struct str *key = arg;
    struct str value;
    TRY(txn_get(cx, t, *key, &value));
    txn_delete(t, *key);
    return OK;
}

enum code sts_row_drop(struct ctx *cx, struct core *c, char family, struct str domain)
{
    struct key k = sts_row_key(family, domain);
    struct str key = key_str(&k);
    return store_update(cx, c->store, REPORTS_PART, drop, &key);
}
