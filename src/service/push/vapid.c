/* Who we are to push services (RFC 8292): a key of ours signs who may be told what for half a day.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "core/core.h"
#include "format/base64.h"
#include "format/json.h"
#include "service/acme/crypto.h"
#include "service/push/webpush.h"
#include "store/key.h"
#include "store/store.h"

enum { FAMILY_KEY = 'v', CLAIMS_MAX = 4096, LIFE_S = 12 * 3600 };

static struct str row_key(struct key *k)
{
    *k = key_of(FAMILY_KEY);
    key_text(k, STR("vapid"));
    return key_str(k);
}

/* Whoever is first makes it; it stays, since browsers were told it. */
static enum code make_in(struct ctx *cx, struct txn *t, void *arg)
{
    struct key k;
    struct str pem;
    (void)arg;
    enum code code = txn_get(cx, t, row_key(&k), &pem);
    if (code != E_NOT_FOUND)
        return code;
    struct acme_key *key AUTO(acme_key_close) = acme_key_make();
    txn_put(t, row_key(&k), acme_key_pem(cx->arena, key));
    return OK;
}

static enum code key_get(struct ctx *cx, struct core *c, struct acme_key **out)
{
    struct key k;
    struct str pem;
    enum code code = store_get(cx, c->store, PUSH_PART, row_key(&k), &pem);
    if (code == E_NOT_FOUND) {
        TRY(store_update(cx, c->store, PUSH_PART, make_in, NULL));
        code = store_get(cx, c->store, PUSH_PART, row_key(&k), &pem);
    }
    TRY(code);
    return acme_key_read(cx, pem, out);
}

static struct str public_of(struct arena *a, const struct acme_key *key)
{
    struct str x, y;
    acme_key_point(a, key, &x, &y);
    const struct str parts[] = {STR("\4"), x, y};
    return base64url_encode(a, str_join(a, parts, 3));
}

enum code webpush_key(struct ctx *cx, struct core *c, struct str *out)
{
    struct acme_key *key AUTO(acme_key_close) = NULL;
    TRY(key_get(cx, c, &key));
    *out = public_of(cx->arena, key);
    return OK;
}

/* "https://push.example:444" of "https://push.example:444/a/b" */
static struct str origin_of(struct str url)
{
    size_t host = str_find(url, STR("://"));
    if (host == SIZE_MAX)
        return url;
    size_t end = str_chr(str_from(url, host + 3), '/');
    return end == SIZE_MAX ? url : str_sub(url, 0, host + 3 + end);
}

enum code webpush_authorize(struct ctx *cx, struct core *c, struct str url, struct str *out)
{
    struct acme_key *key AUTO(acme_key_close) = NULL;
    struct buf claims = buf_of(cx->arena, CLAIMS_MAX);
    struct json j = json_to(&claims);
    TRY(key_get(cx, c, &key));
    json_object(&j);
    json_key(&j, "aud");
    json_str(&j, origin_of(url));
    json_key(&j, "exp");
    json_i64(&j, cx->now_ms / 1000 + LIFE_S);
    json_key(&j, "sub");
    json_str(&j, str_printf(cx->arena, "mailto:postmaster@%.*s", STR_ARG(c->host_name)));
    json_object_end(&j);
    if (claims.overflow)
        return fail(cx, E_LIMIT, "the address of a push service is too long");
    const struct str parts[] = {
        base64url_encode(cx->arena, STR("{\"typ\":\"JWT\",\"alg\":\"ES256\"}")), STR("."),
        base64url_encode(cx->arena, buf_str(&claims))};
    struct str text = str_join(cx->arena, parts, 3);
    struct str mark = base64url_encode(cx->arena, acme_sign(cx->arena, key, text));
    struct str own = public_of(cx->arena, key);
    *out = str_printf(cx->arena, "vapid t=%.*s.%.*s, k=%.*s", STR_ARG(text), STR_ARG(mark),
                      STR_ARG(own));
    return OK;
}
