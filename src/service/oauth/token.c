#include "service/oauth/token.h"
#include "core/signin/session.h"
#include "format/base64.h"
#include "format/json.h"
#include "service/oauth/keys.h"
#include "service/oauth/mint.h"
#include "service/oauth/scope.h"

enum { CLAIMS_MAX = 4096, DAY_S = 86400, ID_LIFE_S = 600 };

static enum code refuse(struct ctx *cx)
{
    return fail(cx, E_DENIED, "oauth: the token is no good");
}

/* The grant of a token that we have made; one that is gone is E_DENIED. */
static enum code grant_for(struct ctx *cx, struct oauth *o, const struct mint *m,
                           struct oauth_grant *out)
{
    enum code code = oauth_grant_get(cx, o, m->who, m->grant, out);
    return code == E_NOT_FOUND ? refuse(cx) : code;
}

static enum code access_of(struct ctx *cx, struct oauth *o, const struct mint *m,
                           struct oauth_access *out)
{
    struct oauth_access a = {.scopes = m->scopes, .number = m->number};
    if (m->kind != MINT_ACCESS || m->expires_ms <= cx->now_ms)
        return refuse(cx);
    TRY(grant_for(cx, o, m, &a.grant));
    if (m->number < a.grant.floor)
        return refuse(cx);
    a.expires_ms = m->expires_ms;
    TRY(oauth_grant_alive(cx, o, &a.grant, &a.who));
    *out = a;
    return OK;
}

bool oauth_was_ours(struct ctx *cx, const struct oauth *o, struct str token)
{
    struct mint m;
    return mint_read(cx, o, token, &m);
}

enum code oauth_access(struct ctx *cx, struct oauth *o, struct str token, struct oauth_access *out)
{
    struct mint m;
    return mint_read(cx, o, token, &m) ? access_of(cx, o, &m, out) : refuse(cx);
}

enum code oauth_look(struct ctx *cx, struct oauth *o, struct str token, struct oauth_access *out,
                     bool *refresh)
{
    struct mint m;
    struct oauth_access a = {0};
    if (!mint_read(cx, o, token, &m))
        return refuse(cx);
    *refresh = m.kind == MINT_REFRESH;
    if (!*refresh)
        return access_of(cx, o, &m, out);
    TRY(grant_for(cx, o, &m, &a.grant));
    if (a.grant.refresh != m.number)
        return refuse(cx);
    TRY(oauth_grant_alive(cx, o, &a.grant, &a.who));
    a.scopes = a.grant.scopes;
    a.number = m.number;
    a.expires_ms = a.grant.expires_ms;
    *out = a;
    return OK;
}

struct refresh {
    const struct oauth *o;
    struct mint mint;
    struct oauth_grant grant;
    bool reused;
};

/* A token that came before, from who has it still or from who stole it: neither can be told from
   the other, so both lose (RFC 9700 section 4.14.2). */
static enum code refresh_in(struct ctx *cx, struct txn *t, void *arg)
{
    struct refresh *r = arg;
    r->reused = false;
    TRY(grant_read(cx, t, r->mint.who, r->mint.grant, &r->grant));
    if (r->grant.refresh != r->mint.number) {
        r->reused = true;
        grant_remove(t, r->mint.who, r->mint.grant);
        return OK;
    }
    r->grant.number++;
    r->grant.refresh = r->grant.number;
    r->grant.used_ms = cx->now_ms;
    r->grant.expires_ms = cx->now_ms + INT64_C(1000) * DAY_S * r->o->config.refresh_days;
    grant_write(cx, t, &r->grant);
    return OK;
}

enum code oauth_refresh(struct ctx *cx, struct oauth *o, const struct oauth_client *client,
                        struct str token, uint32_t scopes, struct oauth_tokens *out)
{
    struct refresh r = {.o = o};
    struct oauth_grant g;
    struct principal who;
    if (!mint_read(cx, o, token, &r.mint) || r.mint.kind != MINT_REFRESH)
        return refuse(cx);
    TRY(grant_for(cx, o, &r.mint, &g));
    if (!str_eq(g.client, client->id))
        return refuse(cx);
    TRY(oauth_grant_alive(cx, o, &g, &who));
    if (scopes & ~g.scopes)
        return fail(cx, E_UNSUPPORTED, "oauth: more than was granted");
    enum code code = store_update(cx, o->core->store, OAUTH_PART, refresh_in, &r);
    if (code == E_NOT_FOUND)
        return refuse(cx);
    TRY(code);
    if (r.reused) {
        mint_reused(cx, o, &g, "refresh");
        return refuse(cx);
    }
    const struct oauth_subject s = {.grant = &r.grant, .client = client};
    TRY(mint_tokens(cx, o, &s, scopes ? scopes : r.grant.scopes, out));
    oauth_tell(o, OAUTH_REFRESHED);
    return OK;
}

static enum code floor_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct mint *m = arg;
    struct oauth_grant g;
    TRY(grant_read(cx, t, m->who, m->grant, &g));
    if (g.floor <= m->number)
        g.floor = m->number + 1;
    grant_write(cx, t, &g);
    return OK;
}

enum code oauth_revoke(struct ctx *cx, struct oauth *o, const struct oauth_client *client,
                       struct str token)
{
    struct mint m;
    struct oauth_grant g;
    if (!mint_read(cx, o, token, &m))
        return OK;
    enum code code = oauth_grant_get(cx, o, m.who, m.grant, &g);
    if (code == E_NOT_FOUND || (code == OK && !str_eq(g.client, client->id)))
        return OK;
    TRY(code);
    if (m.kind == MINT_REFRESH)
        code = oauth_grant_revoke(cx, o, m.who, m.grant, client->id, "client");
    else
        code = store_update(cx, o->core->store, OAUTH_PART, floor_in, &m);
    return code == E_NOT_FOUND ? OK : code;
}

struct str oauth_subject_of(struct arena *a, principal_id who)
{
    return str_printf(a, "P%llx", (unsigned long long)who);
}

struct str oauth_at_hash(struct arena *a, struct str access)
{
    struct str whole = jose_thumbprint(a, access); /* SHA-256 in base64url */
    struct arena *own AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = own};
    struct str hash;
    must(base64url_decode(&cx, whole, &hash) == OK);
    return base64url_encode(a, str_sub(hash, 0, hash.n / 2));
}

/* RFC 8176: what was shown. */
static void methods_put(struct json *j, uint8_t how)
{
    json_key(j, "acr");
    json_str(j, how == SESSION_PASSWORD ? STR("1") : STR("2"));
    json_key(j, "amr");
    json_array(j);
    if (how == SESSION_PASSKEY) {
        json_str(j, STR("hwk"));
    } else {
        json_str(j, STR("pwd"));
        if (how == SESSION_TOTP || how == SESSION_RECOVERY)
            json_str(j, STR("otp"));
    }
    if (how != SESSION_PASSWORD)
        json_str(j, STR("mfa"));
    json_array_end(j);
}

static void text_put(struct json *j, const char *key, struct str text)
{
    json_key(j, key);
    json_str(j, text);
}

enum code oauth_id_token(struct ctx *cx, struct oauth *o, const struct oauth_subject *s,
                         struct str *out)
{
    struct buf text = buf_of(cx->arena, CLAIMS_MAX);
    struct json j = json_to(&text);
    int64_t now_s = cx->now_ms / 1000;
    json_object(&j);
    text_put(&j, "iss", o->config.issuer);
    text_put(&j, "sub", oauth_subject_of(cx->arena, s->grant->who));
    text_put(&j, "aud", s->client->id);
    json_key(&j, "exp");
    json_i64(&j, now_s + ID_LIFE_S);
    json_key(&j, "iat");
    json_i64(&j, now_s);
    json_key(&j, "auth_time");
    json_i64(&j, s->grant->auth_time_ms / 1000);
    if (s->nonce.n)
        text_put(&j, "nonce", s->nonce);
    text_put(&j, "at_hash", oauth_at_hash(cx->arena, s->access));
    methods_put(&j, s->grant->how);
    json_object_end(&j);
    must(!text.overflow);
    return oauth_sign(cx, o, s->client->id_algorithm, buf_str(&text), out);
}
