#include "service/oauth/device.h"
#include "base/random.h"
#include "core/credential.h"
#include "format/base64.h"
#include "service/oauth/mint.h"

enum { VALUE_MAX = 4096, LETTERS = 20, HALF = 4 };
/* Section 6.1: no vowels, so no words; 20^8 codes. */
static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ";

struct device_row {
    struct oauth_device is;
    struct oauth_approval approval; /* once it was allowed */
};

static struct str encode(struct arena *a, const struct device_row *r)
{
    struct buf b = buf_of(a, VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le8(&b, (uint8_t)r->is.state);
    buf_le64(&b, (uint64_t)r->is.expires_ms);
    buf_le64(&b, (uint64_t)r->is.polled_ms);
    buf_le32(&b, r->is.scopes);
    buf_le_str(&b, r->is.client);
    buf_le_str(&b, r->is.user_code);
    approval_put(&b, &r->approval);
    must(!b.overflow);
    return buf_str(&b);
}

static enum code decode(struct ctx *cx, struct str value, struct device_row *out)
{
    struct cur c = cur_of(str_dup(cx->arena, value));
    uint8_t version, state;
    uint64_t expires, polled;
    *out = (struct device_row){0};
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le8(&c, &state) ||
        !cur_le64(&c, &expires) || !cur_le64(&c, &polled) || !cur_le32(&c, &out->is.scopes) ||
        !cur_le_str(&c, &out->is.client) || !cur_le_str(&c, &out->is.user_code) ||
        !approval_take(&c, cx->arena, &out->approval))
        return fail(cx, E_CORRUPT, "oauth: the row of a device cannot be read");
    out->is.state = state;
    out->is.expires_ms = (int64_t)expires;
    out->is.polled_ms = (int64_t)polled;
    return OK;
}

/* Letters alone, in capitals; empty when there are others or not as many. */
static struct str normal(struct arena *a, struct str typed)
{
    struct buf b = buf_of(a, (size_t)2 * HALF);
    for (size_t i = 0; i < typed.n; i++) {
        char c = ascii_upper(typed.p[i]);
        if (c == '-' || c == ' ')
            continue;
        if (!c || !strchr(letters, c))
            return (struct str){0};
        buf_byte(&b, c);
    }
    return b.overflow || b.n != (size_t)2 * HALF ? (struct str){0} : buf_str(&b);
}

static struct str user_code_make(struct ctx *cx)
{
    struct buf b = buf_of(cx->arena, DEVICE_USER_CODE);
    for (size_t i = 0; i < (size_t)2 * HALF; i++) {
        if (i == HALF)
            buf_byte(&b, '-');
        buf_byte(&b, letters[random_u64(cx->random) % LETTERS]);
    }
    return buf_str(&b);
}

static struct key user_key(struct str plain)
{
    struct key k = key_of(ROW_USER_CODE);
    key_text(&k, plain);
    return k;
}

/* Two rows: the device's by its hash, and the way to it by the user code. */
struct begin {
    struct key device, user;
    struct device_row row;
};

static enum code begin_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct begin *b = arg;
    struct str there;
    enum code code = txn_get(cx, t, key_str(&b->user), &there);
    if (code == OK)
        return fail(cx, E_BUSY, "oauth: the user code is another's");
    if (code != E_NOT_FOUND)
        return code;
    txn_put(t, key_str(&b->device), encode(cx->arena, &b->row));
    txn_put(t, key_str(&b->user), key_str(&b->device));
    return OK;
}

static enum code room(struct ctx *cx, struct oauth *o)
{
    struct scan *w AUTO(scan_close) = row_family(cx, o, ROW_DEVICE);
    struct str key, value;
    size_t n = 0;
    while (scan_next(w, &key, &value))
        n++;
    if (n >= DEVICES_MAX)
        return fail(cx, E_LIMIT, "oauth: %d devices wait", DEVICES_MAX);
    return scan_error(w);
}

enum code oauth_device_begin(struct ctx *cx, struct oauth *o, const struct oauth_client *client,
                             uint32_t scopes, struct str *device_code, struct oauth_device *out)
{
    unsigned char secret[OAUTH_SECRET_BYTES];
    struct begin b = {.row.is = {.client = client->id,
                                 .scopes = scopes,
                                 .user_code = user_code_make(cx),
                                 .expires_ms = cx->now_ms + DEVICE_LIFE_S * 1000,
                                 .state = DEVICE_WAITS}};
    TRY(room(cx, o));
    random_bytes(cx->random, secret, sizeof secret);
    struct str text = base64url_encode(cx->arena, str_of(secret, sizeof secret));
    b.device = row_hash_key(ROW_DEVICE, text);
    b.user = user_key(normal(cx->arena, b.row.is.user_code));
    TRY(store_update(cx, o->core->store, OAUTH_PART, begin_in, &b));
    *device_code = text;
    *out = b.row.is;
    return OK;
}

static enum code not_there(struct ctx *cx)
{
    return fail(cx, E_NOT_FOUND, "oauth: nothing waits for this code");
}

enum code oauth_device_find(struct ctx *cx, struct oauth *o, struct str user_code,
                            struct oauth_device *out)
{
    struct str plain = normal(cx->arena, user_code), device, value;
    struct device_row row;
    if (!plain.n)
        return not_there(cx);
    struct key k = user_key(plain);
    TRY(store_get(cx, o->core->store, OAUTH_PART, key_str(&k), &device));
    TRY(store_get(cx, o->core->store, OAUTH_PART, device, &value));
    TRY(decode(cx, value, &row));
    if (row.is.state != DEVICE_WAITS || row.is.expires_ms <= cx->now_ms)
        return not_there(cx);
    *out = row.is;
    return OK;
}

struct decide {
    struct key user;
    const struct oauth_agreed *agreed;
    uint64_t generation;
    bool allowed;
    struct str client;
};

/* A user code is good for one decision. */
static enum code decide_in(struct ctx *cx, struct txn *t, void *arg)
{
    struct decide *d = arg;
    const struct oauth_agreed *a = d->agreed;
    struct str device, value;
    struct device_row row;
    TRY(txn_get(cx, t, key_str(&d->user), &device));
    TRY(txn_get(cx, t, device, &value));
    TRY(decode(cx, value, &row));
    if (row.is.state != DEVICE_WAITS || row.is.expires_ms <= cx->now_ms)
        return not_there(cx);
    row.is.state = d->allowed ? DEVICE_ALLOWED : DEVICE_DECLINED;
    row.is.scopes = a->scopes;
    row.approval = (struct oauth_approval){.who = a->who,
                                           .generation = d->generation,
                                           .scopes = a->scopes,
                                           .auth_time_ms = a->auth_time_ms,
                                           .how = a->how};
    d->client = row.is.client;
    txn_put(t, str_dup(cx->arena, device), encode(cx->arena, &row));
    txn_delete(t, key_str(&d->user));
    return OK;
}

enum code oauth_device_decide(struct ctx *cx, struct oauth *o, struct str user_code,
                              const struct oauth_agreed *a, bool allowed)
{
    struct decide d = {.agreed = a, .allowed = allowed};
    struct oauth_agreed told = *a;
    struct str plain = normal(cx->arena, user_code);
    if (!plain.n)
        return not_there(cx);
    d.user = user_key(plain);
    TRY(credential_generation(cx, o->core, a->who, &d.generation));
    TRY(store_update(cx, o->core->store, OAUTH_PART, decide_in, &d));
    if (!allowed) {
        oauth_tell(o, OAUTH_DECLINED);
        return OK;
    }
    told.client = str_dup(cx->arena, d.client);
    return oauth_granted(cx, o, &told, "device");
}

struct poll {
    struct oauth *o;
    const struct oauth_client *client;
    struct key key;
    uint64_t grant_id;
    enum oauth_poll said;
    struct oauth_grant grant;
};

static enum oauth_poll judge(const struct poll *p, const struct device_row *r, int64_t now_ms)
{
    if (!str_eq(r->is.client, p->client->id))
        return POLL_WRONG;
    if (r->is.expires_ms <= now_ms)
        return POLL_EXPIRED;
    if (r->is.state == DEVICE_DECLINED)
        return POLL_DECLINED;
    if (r->is.state == DEVICE_ALLOWED)
        return POLL_TOKENS;
    return r->is.polled_ms > now_ms - DEVICE_POLL_S * 1000 ? POLL_SLOWER : POLL_PENDING;
}

static enum code poll_in(struct ctx *cx, struct txn *t, void *arg)
{
    struct poll *p = arg;
    struct device_row row;
    struct str value;
    p->said = POLL_WRONG;
    enum code code = txn_get(cx, t, key_str(&p->key), &value);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    TRY(decode(cx, value, &row));
    p->said = judge(p, &row, cx->now_ms);
    if (p->said == POLL_PENDING) {
        row.is.polled_ms = cx->now_ms;
        txn_put(t, key_str(&p->key), encode(cx->arena, &row));
    } else if (p->said == POLL_TOKENS) {
        p->grant = grant_of(cx, p->o, &row.approval, p->client->id);
        p->grant.id = p->grant_id;
        TRY(grant_begin(cx, t, &p->grant));
        txn_delete(t, key_str(&p->key));
    } else if (p->said == POLL_DECLINED) {
        txn_delete(t, key_str(&p->key));
    }
    return OK;
}

/* What changes nothing is answered without a commit: who polls too quickly pays no disk. */
static enum code look(struct ctx *cx, struct poll *p)
{
    struct device_row row;
    struct str value;
    p->said = POLL_WRONG;
    enum code code = store_get(cx, p->o->core->store, OAUTH_PART, key_str(&p->key), &value);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    TRY(decode(cx, value, &row));
    p->said = judge(p, &row, cx->now_ms);
    return OK;
}

enum code oauth_device_poll(struct ctx *cx, struct oauth *o, const struct oauth_client *client,
                            struct str device_code, enum oauth_poll *poll, struct oauth_tokens *out)
{
    struct poll p = {.o = o, .client = client, .key = row_hash_key(ROW_DEVICE, device_code)};
    struct principal who;
    p.grant_id = random_u64(cx->random) | 1;
    TRY(look(cx, &p));
    if (p.said == POLL_PENDING || p.said == POLL_TOKENS || p.said == POLL_DECLINED)
        TRY(store_update(cx, o->core->store, OAUTH_PART, poll_in, &p));
    *poll = p.said;
    if (p.said != POLL_TOKENS)
        return OK;
    TRY(oauth_grant_alive(cx, o, &p.grant, &who));
    const struct oauth_subject s = {.grant = &p.grant, .client = client};
    TRY(mint_tokens(cx, o, &s, p.grant.scopes, out));
    oauth_tell(o, OAUTH_ISSUED);
    return OK;
}

struct sweep {
    struct str *keys;
    size_t count;
};

static enum code sweep_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct sweep *s = arg;
    (void)cx;
    for (size_t i = 0; i < s->count; i++)
        txn_delete(t, s->keys[i]);
    return OK;
}

enum code oauth_device_sweep(struct ctx *cx, struct oauth *o)
{
    enum { PAGE = 2000 };
    struct sweep s = {.keys = ARENA_ARRAY(cx->arena, PAGE, struct str)};
    struct scan *w AUTO(scan_close) = row_family(cx, o, ROW_DEVICE);
    struct device_row row;
    struct str key, value;
    while (s.count + 2 <= PAGE && scan_next(w, &key, &value)) {
        TRY(decode(cx, value, &row));
        if (row.is.expires_ms > cx->now_ms)
            continue;
        struct key user = user_key(normal(cx->arena, row.is.user_code));
        s.keys[s.count++] = str_dup(cx->arena, key);
        s.keys[s.count++] = str_dup(cx->arena, key_str(&user));
    }
    TRY(scan_error(w));
    return s.count ? store_update(cx, o->core->store, OAUTH_PART, sweep_in, &s) : OK;
}
