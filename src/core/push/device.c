#include "core/push/device.h"
#include "base/buf.h"
#include "base/cur.h"
#include "store/key.h"

enum { FAMILY_DEVICE = 'd', DEVICE_VERSION = 1 };
static const int64_t life_ms = INT64_C(86400000) * PUSH_DAYS;

static struct key device_key(const struct push_device *d)
{
    struct key k = key_of(FAMILY_DEVICE);
    key_u64(&k, d->account);
    key_text(&k, d->token);
    key_text(&k, d->id);
    return k;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' || c == '.';
}

/* They become part of a URL, of JSON, of log lines: nothing else may be in them. */
static bool all(struct str s, bool (*is)(char))
{
    for (size_t i = 0; i < s.n; i++)
        if (!is(s.p[i]))
            return false;
    return s.n > 0 && s.n <= PUSH_TOKEN_MAX;
}

static enum code check(struct ctx *cx, const struct push_device *d)
{
    size_t bytes = 0;
    if (!all(d->token, is_hex) || !all(d->id, is_word) || !all(d->subtopic, is_word))
        return fail(cx, E_SYNTAX, "a push token, account id or subtopic that cannot be");
    for (size_t i = 0; i < d->mailbox_count; i++)
        bytes += d->mailboxes[i].name.n;
    if (d->mailbox_count > PUSH_MAILBOXES_MAX || bytes > PUSH_NAMES_MAX)
        return fail(cx, E_LIMIT, "push: more than %d mailboxes, or long names", PUSH_MAILBOXES_MAX);
    return OK;
}

static struct str encode(struct arena *a, const struct push_device *d)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, DEVICE_VERSION);
    buf_le64(&b, (uint64_t)d->registered_ms);
    buf_le_str(&b, d->subtopic);
    buf_le16(&b, (uint16_t)d->mailbox_count);
    for (size_t i = 0; i < d->mailbox_count; i++) {
        buf_le32(&b, d->mailboxes[i].folder);
        buf_le_str(&b, d->mailboxes[i].name);
    }
    must(!b.overflow);
    return buf_str(&b);
}

static bool decode_mailboxes(struct ctx *cx, struct cur *v, struct push_device *out)
{
    uint16_t count;
    if (!cur_le16(v, &count))
        return false;
    out->mailboxes = ARENA_ARRAY(cx->arena, (size_t)count + 1, struct push_mailbox);
    out->mailbox_count = count;
    for (size_t i = 0; i < count; i++) {
        struct push_mailbox *m = &out->mailboxes[i];
        if (!cur_le32(v, &m->folder) || !cur_le_str(v, &m->name))
            return false;
        m->name = str_dup(cx->arena, m->name);
    }
    return true;
}

static enum code decode(struct ctx *cx, struct str key, struct str value, struct push_device *out)
{
    struct cur k = cur_of(str_from(str_dup(cx->arena, key), 1)), v = cur_of(value);
    uint64_t registered;
    uint8_t version;
    if (!cur_key_u64(&k, &out->account) || !cur_key_text(&k, cx->arena, &out->token) ||
        !cur_key_text(&k, cx->arena, &out->id) || !cur_le8(&v, &version) ||
        version != DEVICE_VERSION || !cur_le64(&v, &registered) ||
        !cur_le_str(&v, &out->subtopic) || !decode_mailboxes(cx, &v, out))
        return fail(cx, E_CORRUPT, "the row of a device cannot be read");
    out->subtopic = str_dup(cx->arena, out->subtopic);
    out->registered_ms = (int64_t)registered;
    return OK;
}

static enum code take_all(struct ctx *cx, struct scan *w, struct push_device **out, size_t *count)
{
    struct push_device *list = NULL;
    size_t n = 0, room = 0;
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        if (n == room) {
            size_t more = room ? room * 2 : 16;
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

static struct key first_of(account_id account)
{
    struct key k = key_of(FAMILY_DEVICE);
    if (account)
        key_u64(&k, account);
    return k;
}

static enum code set_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct push_device *d = arg;
    struct key from = first_of(d->account), to = key_after(&from), own = device_key(d);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct push_device *list, *oldest = NULL;
    size_t count;
    bool known = false;
    TRY(take_all(cx, w, &list, &count));
    for (size_t i = 0; i < count; i++) {
        struct key k = device_key(&list[i]);
        known |= str_eq(key_str(&k), key_str(&own));
        if (!oldest || list[i].registered_ms < oldest->registered_ms)
            oldest = &list[i];
    }
    if (!known && count >= PUSH_DEVICES_MAX) {
        struct key k = device_key(oldest);
        txn_delete(t, key_str(&k));
    }
    txn_put(t, key_str(&own), encode(cx->arena, d));
    return OK;
}

static enum code drop_in(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    struct key k = device_key(arg);
    txn_delete(t, key_str(&k));
    return OK;
}

enum code push_device_list(struct ctx *cx, struct core *c, account_id account,
                           struct push_device **out, size_t *count)
{
    struct key from = first_of(account), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, PUSH_PART, range);
    return take_all(cx, w, out, count);
}

enum code push_device_set(struct ctx *cx, struct core *c, const struct push_device *device)
{
    struct push_device own = *device;
    TRY(check(cx, device));
    return store_update(cx, c->store, PUSH_PART, set_in, &own);
}

enum code push_device_drop(struct ctx *cx, struct core *c, account_id account, struct str token,
                           size_t *removed)
{
    struct push_device *list;
    size_t count, n = 0;
    TRY(push_device_list(cx, c, account, &list, &count));
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(list[i].token, token))
            continue;
        TRY(store_update(cx, c->store, PUSH_PART, drop_in, &list[i]));
        n++;
    }
    *removed = n;
    return OK;
}

enum code push_device_sweep(struct ctx *cx, struct core *c, size_t *removed)
{
    struct push_device *list;
    size_t count, n = 0;
    TRY(push_device_list(cx, c, 0, &list, &count));
    for (size_t i = 0; i < count; i++) {
        if (list[i].registered_ms > cx->now_ms - life_ms)
            continue;
        TRY(store_update(cx, c->store, PUSH_PART, drop_in, &list[i]));
        n++;
    }
    *removed = n;
    return OK;
}
