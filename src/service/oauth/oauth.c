#include "base/map.h"
#include "base/metric.h"
#include "base/random.h"
#include "core/credential/kdf.h"
#include "core/signin/seal.h"
#include "format/base64.h"
#include "service/oauth/client.h"
#include "service/oauth/inner.h"
#include "service/oauth/redirect.h"

static const struct {
    uint32_t most, window_s;
} acts[OAUTH_ACTS] = {
    [OAUTH_GUESS_SECRET] = {20, 600}, [OAUTH_GUESS_CODE] = {10, 600},
    [OAUTH_GUESS_TOKEN] = {60, 600},  [OAUTH_DEVICE] = {30, 600},
    [OAUTH_REGISTER] = {10, 3600},
};

struct key row_hash_key(char family, struct str secret)
{
    unsigned char hash[HASH_BYTES];
    struct key k = key_of(family);
    kdf_sha256(secret, hash);
    key_text(&k, str_of(hash, sizeof hash));
    return k;
}

struct scan *row_family(struct ctx *cx, const struct oauth *o, char family)
{
    struct key from = key_of(family), to = key_after(&from);
    const struct range range = {.from = str_dup(cx->arena, key_str(&from)),
                                .to = str_dup(cx->arena, key_str(&to))};
    return store_scan(cx, o->core->store, OAUTH_PART, range);
}

enum { KEPT_PLAIN = 0, KEPT_SEALED = 1 };

struct str secret_put(struct ctx *cx, const struct oauth *o, struct str plain, struct str about)
{
    bool sealed = o->core->seal != NULL;
    const char mark = sealed ? KEPT_SEALED : KEPT_PLAIN;
    const struct str parts[] = {str_of(&mark, 1),
                                sealed ? seal_put(cx, o->core->seal, plain, about) : plain};
    return str_join(cx->arena, parts, 2);
}

enum code secret_get(struct ctx *cx, const struct oauth *o, struct str kept, struct str about,
                     struct str *out)
{
    struct str rest = str_from(kept, 1);
    if (!kept.n || (kept.p[0] == KEPT_SEALED && !o->core->seal))
        return fail(cx, E_CORRUPT, "oauth: a secret that cannot be read");
    if (kept.p[0] == KEPT_SEALED)
        return seal_get(cx, o->core->seal, rest, about, out);
    *out = rest;
    return OK;
}

/* Keeps what is there, so that two that make it at once agree. */
static enum code secret_in(struct ctx *cx, struct txn *t, void *arg)
{
    struct oauth *o = arg;
    struct key k = key_of(ROW_SETTING);
    struct str there;
    key_text(&k, STR("secret"));
    enum code code = txn_get(cx, t, key_str(&k), &there);
    if (code == E_NOT_FOUND) {
        random_bytes(cx->random, o->secret, sizeof o->secret);
        txn_put(t, key_str(&k),
                secret_put(cx, o, str_of(o->secret, sizeof o->secret), STR("oauth secret")));
        return OK;
    }
    TRY(code);
    TRY(secret_get(cx, o, there, STR("oauth secret"), &there));
    if (there.n != sizeof o->secret)
        return fail(cx, E_CORRUPT, "oauth: the secret cannot be read");
    memcpy(o->secret, there.p, sizeof o->secret);
    return OK;
}

/* RFC 8414 section 2: https, no query, no fragment; and here no path, so that there is one place
   for the metadata. */
static enum code issuer_check(struct ctx *cx, struct str issuer)
{
    if (issuer.n > OAUTH_ISSUER_MAX || !str_starts(issuer, STR("https://")) ||
        !redirect_is_good(issuer) || !str_eq(redirect_origin(issuer), issuer))
        return fail(cx, E_SYNTAX, "%.*s: must be https://HOST or https://HOST:PORT",
                    STR_ARG(str_sub(issuer, 0, OAUTH_ISSUER_MAX)));
    return OK;
}

static void metrics_begin(struct oauth *o)
{
    static const char *const labels[OAUTH_EVENTS] = {
        [OAUTH_GRANTED] = "event=\"granted\"", [OAUTH_DECLINED] = "event=\"declined\"",
        [OAUTH_ISSUED] = "event=\"issued\"",   [OAUTH_REFRESHED] = "event=\"refreshed\"",
        [OAUTH_REFUSED] = "event=\"refused\"", [OAUTH_REUSED] = "event=\"reused\"",
        [OAUTH_REVOKED] = "event=\"revoked\"", [OAUTH_REGISTERED] = "event=\"registered\"",
    };
    for (size_t i = 0; i < OAUTH_EVENTS; i++)
        o->events[i] = metric_of(o->core->metrics, METRIC_COUNTER, "postroad_oauth_total",
                                 labels[i], "What the authorisation server did.");
}

enum code oauth_open(struct ctx *cx, struct core *c, struct sessions *sessions,
                     const struct oauth_config *config, struct oauth **out)
{
    TRY(issuer_check(cx, config->issuer));
    struct oauth *o = calloc(1, sizeof *o);
    must(o);
    *o = (struct oauth){.core = c, .sessions = sessions, .config = *config};
    o->throttle = throttle_open();
    metrics_begin(o);
    enum code code = store_update(cx, c->store, OAUTH_PART, secret_in, o);
    if (code == OK)
        code = key_ring_open(cx, o);
    if (code != OK) {
        oauth_close(o);
        return code;
    }
    *out = o;
    return OK;
}

void oauth_close(struct oauth *o)
{
    if (!o)
        return;
    key_ring_close(o->ring);
    throttle_close(o->throttle);
    kdf_wipe(o->secret, sizeof o->secret);
    free(o);
}

const struct oauth_config *oauth_config_of(const struct oauth *o)
{
    return &o->config;
}

struct core *oauth_core(const struct oauth *o)
{
    return o->core;
}

struct sessions *oauth_sessions(const struct oauth *o)
{
    return o->sessions;
}

void oauth_tell(struct oauth *o, enum oauth_event event)
{
    metric_add(o->events[event], 1);
}

static enum code judge(struct ctx *cx, struct oauth *o, enum oauth_act act, struct str name,
                       bool add)
{
    struct str whole = str_printf(cx->arena, "%d %.*s", (int)act, STR_ARG(name));
    uint32_t count =
        throttle_count(o->throttle, hash_bytes(whole), cx->now_ms, acts[act].window_s, add);
    if (count > acts[act].most - !add)
        return fail(cx, E_LIMIT, "oauth: too many attempts");
    return OK;
}

enum code oauth_count(struct ctx *cx, struct oauth *o, enum oauth_act act, struct str name)
{
    return judge(cx, o, act, name, true);
}

enum code oauth_may(struct ctx *cx, struct oauth *o, enum oauth_act act, struct str name)
{
    return judge(cx, o, act, name, false);
}

struct str oauth_seal(struct ctx *cx, const struct oauth *o, const char *purpose, struct str text)
{
    unsigned char mac[KDF_BYTES];
    struct str whole = str_printf(cx->arena, "%s %.*s", purpose, STR_ARG(text));
    kdf_hmac_sha256(str_of(o->secret, sizeof o->secret), whole, mac);
    return base64url_encode(cx->arena, str_of(mac, sizeof mac));
}

bool oauth_sealed(struct ctx *cx, const struct oauth *o, const char *purpose, struct str text,
                  struct str seal)
{
    struct str own = oauth_seal(cx, o, purpose, text);
    return own.n == seal.n && kdf_equal(own.p, seal.p, own.n);
}
