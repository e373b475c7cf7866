#include "service/oauth/keys.h"
#include "format/base64.h"
#include "format/json/tree.h"
#include "service/oauth/inner.h"
#include <pthread.h>

enum { VALUE_MAX = 8192 };
static const int64_t kept_ms = INT64_C(86400000) * OAUTH_KEY_RETIRED_DAYS;

struct held {
    struct oauth_key key;
    struct str jwk;
    struct jose_key *pair;
};

/* A picture of the rows; another takes its place when they change here. Another server process
   would see a new key when it is started again. */
struct key_ring {
    pthread_rwlock_t lock;
    struct arena *arena;
    struct held held[OAUTH_KEYS_MAX];
    size_t count;
};

static struct key key_row(int64_t created_ms, struct str id)
{
    struct key k = key_of(ROW_KEY);
    if (created_ms)
        key_u64(&k, (uint64_t)created_ms);
    if (id.n)
        key_text(&k, id);
    return k;
}

static struct str encode(struct ctx *cx, const struct oauth *o, const struct held *h)
{
    struct buf b = buf_of(cx->arena, VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le8(&b, (uint8_t)h->key.algorithm);
    buf_le64(&b, (uint64_t)h->key.retired_ms);
    buf_le_str(&b, secret_put(cx, o, jose_key_pem(cx->arena, h->pair), h->key.id));
    must(!b.overflow);
    return buf_str(&b);
}

static enum code decode(struct ctx *cx, const struct oauth *o, struct str key, struct str value,
                        struct held *out)
{
    struct arena *a = o->ring->arena;
    struct cur k = cur_of(str_from(str_dup(a, key), 1)), c = cur_of(value);
    uint64_t created, retired;
    uint8_t version, algorithm;
    struct str pem;
    if (!cur_key_u64(&k, &created) || !cur_key_text(&k, a, &out->key.id) ||
        !cur_le8(&c, &version) || version != ROW_VERSION || !cur_le8(&c, &algorithm) ||
        !cur_le64(&c, &retired) || !cur_le_str(&c, &pem))
        return fail(cx, E_CORRUPT, "oauth: the row of a key cannot be read");
    out->key.algorithm = algorithm;
    out->key.created_ms = (int64_t)created;
    out->key.retired_ms = (int64_t)retired;
    TRY(secret_get(cx, o, pem, out->key.id, &pem));
    TRY(jose_key_read(cx, pem, &out->pair));
    out->jwk = jose_jwk(a, out->pair);
    return OK;
}

static void drop_all(struct key_ring *r)
{
    for (size_t i = 0; i < r->count; i++)
        jose_key_close(r->held[i].pair);
    r->count = 0;
    arena_reset(r->arena);
}

/* Reads all rows, newest first. The lock is held. */
static enum code load(struct ctx *cx, struct oauth *o)
{
    struct key_ring *r = o->ring;
    struct key from = key_of(ROW_KEY), to = key_after(&from);
    const struct range range = {.from = key_str(&from), .to = key_str(&to), .backward = true};
    struct scan *w AUTO(scan_close) = store_scan(cx, o->core->store, OAUTH_PART, range);
    struct str key, value;
    drop_all(r);
    while (r->count < OAUTH_KEYS_MAX && scan_next(w, &key, &value)) {
        struct held *h = &r->held[r->count];
        *h = (struct held){0};
        TRY(decode(cx, o, key, value, h));
        r->count++;
    }
    return scan_error(w);
}

static struct held made(struct ctx *cx, enum jose_algorithm algorithm)
{
    struct held h = {.pair = jose_key_make(algorithm)};
    h.key.algorithm = algorithm;
    h.key.created_ms = cx->now_ms;
    h.jwk = jose_jwk(cx->arena, h.pair);
    h.key.id = jose_thumbprint(cx->arena, h.jwk);
    return h;
}

struct change {
    struct oauth *o;
    const struct held *fresh;
    size_t fresh_count;
};

/* What signed until now is retired, the fresh ones come. */
static enum code rotate_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct change *change = arg;
    const struct key_ring *r = change->o->ring;
    for (size_t i = 0; i < r->count; i++) {
        struct held h = r->held[i];
        if (h.key.retired_ms)
            continue;
        struct key k = key_row(h.key.created_ms, h.key.id);
        h.key.retired_ms = cx->now_ms;
        txn_put(t, key_str(&k), encode(cx, change->o, &h));
    }
    for (size_t i = 0; i < change->fresh_count; i++) {
        struct key k = key_row(change->fresh[i].key.created_ms, change->fresh[i].key.id);
        txn_put(t, key_str(&k), encode(cx, change->o, &change->fresh[i]));
    }
    return OK;
}

/* The lock is held. */
static enum code rotate(struct ctx *cx, struct oauth *o)
{
    struct held fresh[] = {made(cx, JOSE_ES256), made(cx, JOSE_RS256)};
    struct change change = {o, fresh, 2};
    enum code code = store_update(cx, o->core->store, OAUTH_PART, rotate_in, &change);
    for (size_t i = 0; i < 2; i++)
        jose_key_close(fresh[i].pair);
    return code == OK ? load(cx, o) : code;
}

enum code key_ring_open(struct ctx *cx, struct oauth *o)
{
    struct key_ring *r = calloc(1, sizeof *r);
    must(r);
    pthread_rwlock_init(&r->lock, NULL);
    r->arena = arena_open();
    o->ring = r;
    TRY(load(cx, o));
    return r->count ? OK : rotate(cx, o);
}

void key_ring_close(struct key_ring *r)
{
    if (!r)
        return;
    drop_all(r);
    arena_close(r->arena);
    pthread_rwlock_destroy(&r->lock);
    free(r);
}

enum code oauth_key_rotate(struct ctx *cx, struct oauth *o)
{
    enum code code;
    pthread_rwlock_wrlock(&o->ring->lock);
    if (o->ring->count + 2 > OAUTH_KEYS_MAX)
        code = fail(cx, E_LIMIT, "there are %zu keys already: wait until old ones are swept",
                    o->ring->count);
    else
        code = rotate(cx, o);
    pthread_rwlock_unlock(&o->ring->lock);
    return code;
}

static bool is_old(const struct oauth_key *k, int64_t now_ms)
{
    return k->retired_ms && k->retired_ms <= now_ms - kept_ms;
}

static enum code sweep_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct key_ring *r = arg;
    for (size_t i = 0; i < r->count; i++) {
        struct key k = key_row(r->held[i].key.created_ms, r->held[i].key.id);
        if (is_old(&r->held[i].key, cx->now_ms))
            txn_delete(t, key_str(&k));
    }
    return OK;
}

enum code key_ring_sweep(struct ctx *cx, struct oauth *o)
{
    enum code code = OK;
    bool any = false;
    pthread_rwlock_wrlock(&o->ring->lock);
    for (size_t i = 0; i < o->ring->count; i++)
        any |= is_old(&o->ring->held[i].key, cx->now_ms);
    if (any)
        code = store_update(cx, o->core->store, OAUTH_PART, sweep_in, o->ring);
    if (any && code == OK)
        code = load(cx, o);
    pthread_rwlock_unlock(&o->ring->lock);
    return code;
}

enum code oauth_key_list(struct ctx *cx, struct oauth *o, struct oauth_key **out, size_t *count)
{
    pthread_rwlock_rdlock(&o->ring->lock);
    size_t n = o->ring->count;
    struct oauth_key *list = ARENA_ARRAY(cx->arena, n + 1, struct oauth_key);
    for (size_t i = 0; i < n; i++) {
        list[i] = o->ring->held[i].key;
        list[i].id = str_dup(cx->arena, list[i].id);
    }
    pthread_rwlock_unlock(&o->ring->lock);
    *out = list;
    *count = n;
    return OK;
}

/* The members of its RFC 7638 form, and what says what it is for. */
static enum code jwk_put(struct ctx *cx, struct json *j, const struct held *h)
{
    const struct json_tree *jwk = NULL;
    TRY(json_tree_read(cx, h->jwk, &jwk));
    json_object(j);
    for (size_t i = 0; i < jwk->count; i++) {
        json_key(j, str_zdup(cx->arena, jwk->names[i]));
        json_str(j, jwk->values[i].text);
    }
    json_key(j, "alg");
    json_str(j, jose_algorithm_name(h->key.algorithm));
    json_key(j, "use");
    json_str(j, STR("sig"));
    json_key(j, "kid");
    json_str(j, h->key.id);
    json_object_end(j);
    return OK;
}

enum code oauth_jwks(struct ctx *cx, struct oauth *o, struct json *j)
{
    enum code code = OK;
    json_object(j);
    json_key(j, "keys");
    json_array(j);
    pthread_rwlock_rdlock(&o->ring->lock);
    for (size_t i = 0; i < o->ring->count && code == OK; i++)
        code = jwk_put(cx, j, &o->ring->held[i]);
    pthread_rwlock_unlock(&o->ring->lock);
    json_array_end(j);
    json_object_end(j);
    return code;
}

enum code oauth_sign(struct ctx *cx, struct oauth *o, enum jose_algorithm algorithm,
                     struct str claims, struct str *out)
{
    struct str token = {0};
    pthread_rwlock_rdlock(&o->ring->lock);
    for (size_t i = 0; i < o->ring->count && !token.n; i++) {
        const struct held *h = &o->ring->held[i];
        if (h->key.retired_ms || h->key.algorithm != algorithm)
            continue;
        struct str header =
            str_printf(cx->arena, "{\"alg\":\"%.*s\",\"kid\":\"%.*s\",\"typ\":\"JWT\"}",
                       STR_ARG(jose_algorithm_name(algorithm)), STR_ARG(h->key.id));
        token = jose_sign(cx->arena, h->pair, header, claims);
    }
    pthread_rwlock_unlock(&o->ring->lock);
    if (!token.n)
        return fail(cx, E_CORRUPT, "oauth: there is no key to sign with");
    *out = token;
    return OK;
}

static bool is_ours(struct oauth *o, struct str id, struct str text, struct str signature)
{
    bool good = false;
    pthread_rwlock_rdlock(&o->ring->lock);
    for (size_t i = 0; i < o->ring->count && !good; i++)
        good = str_eq(o->ring->held[i].key.id, id) &&
               jose_verify(o->ring->held[i].pair, text, signature);
    pthread_rwlock_unlock(&o->ring->lock);
    return good;
}

enum code oauth_verify(struct ctx *cx, struct oauth *o, struct str token, struct str *claims)
{
    struct cur c = cur_of(token);
    struct str head, body, header, payload, signature;
    const struct json_tree *j = NULL;
    if (!cur_until(&c, '.', &head) || !cur_until(&c, '.', &body) ||
        base64url_decode(cx, head, &header) != OK || base64url_decode(cx, body, &payload) != OK ||
        base64url_decode(cx, c.rest, &signature) != OK || json_tree_read(cx, header, &j) != OK)
        return fail(cx, E_DENIED, "oauth: no JWT");
    struct str text = str_sub(token, 0, head.n + 1 + body.n);
    if (!is_ours(o, json_tree_text(j, STR("kid")), text, signature))
        return fail(cx, E_DENIED, "oauth: no key of ours has signed it");
    *claims = payload;
    return OK;
}
