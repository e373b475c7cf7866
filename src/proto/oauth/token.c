/* The token endpoint (RFC 6749 sections 4.1.3, 5 and 6; RFC 8628 section 3.4), revocation
   (RFC 7009), and where a device begins (RFC 8628 section 3.1). */
#include "base/engine.h"
#include "base/log.h"
#include "proto/oauth/inner.h"
#include "service/oauth/scope.h"

enum { ANSWER_MAX = 8192 };

/* One request at the token endpoint. */
struct wish {
    const struct oauth_env *env;
    const struct http_request *q;
    const struct http_form *form;
    struct oauth_client client;
};

static void text_put(struct json *j, const char *key, struct str text)
{
    json_key(j, key);
    json_str(j, text);
}

/* Scripts of any site may use it: it takes no cookie. */
static void open_to_scripts(struct http_response *a)
{
    http_answer_field(a, STR("Access-Control-Allow-Origin"), STR("*"));
}

static enum code tokens_answer(struct ctx *cx, const struct oauth_tokens *t,
                               struct http_response *a)
{
    struct buf text = buf_of(cx->arena, ANSWER_MAX);
    struct json j = json_to(&text);
    json_object(&j);
    text_put(&j, "access_token", t->access);
    text_put(&j, "token_type", STR("Bearer"));
    json_key(&j, "expires_in");
    json_u64(&j, t->expires_s);
    if (t->refresh.n)
        text_put(&j, "refresh_token", t->refresh);
    text_put(&j, "scope", scope_text(cx->arena, t->scopes));
    if (t->id.n)
        text_put(&j, "id_token", t->id);
    json_object_end(&j);
    must(!text.overflow);
    answer_json(a, 200, &text);
    return OK;
}

static enum code refuse(struct ctx *cx, const struct wish *w, struct http_response *a,
                        const char *error, const char *why)
{
    struct oauth *o = w->env->oauth;
    oauth_tell(o, OAUTH_REFUSED);
    log_event(oauth_core(o)->log, LOG_INFO, "oauth.refused", "client=%s address=%.*s error=%s",
              log_quote(cx->arena, w->client.id), STR_ARG(w->q->peer->address), error);
    return answer_error(cx, a, 400, error, why);
}

static enum code settle(struct ctx *cx, const struct wish *w, enum code code,
                        const struct oauth_tokens *t, struct http_response *a)
{
    if (code == OK)
        return tokens_answer(cx, t, a);
    if (code == E_UNSUPPORTED)
        return refuse(cx, w, a, "invalid_scope", "more than was granted");
    if (code != E_DENIED)
        return code;
    (void)!oauth_count(cx, w->env->oauth, OAUTH_GUESS_TOKEN, w->q->peer->address);
    return refuse(cx, w, a, "invalid_grant", "it is not, or no longer, good");
}

static enum code by_code(struct ctx *cx, const struct wish *w, struct http_response *a)
{
    const struct oauth_redeem r = {.code = http_form_get(w->form, STR("code")),
                                   .redirect = http_form_get(w->form, STR("redirect_uri")),
                                   .verifier = http_form_get(w->form, STR("code_verifier"))};
    struct oauth_tokens t;
    if (!r.code.n || !r.redirect.n || !r.verifier.n)
        return refuse(cx, w, a, "invalid_request",
                      "code, redirect_uri and code_verifier are wanted");
    return settle(cx, w, oauth_code_redeem(cx, w->env->oauth, &w->client, &r, &t), &t, a);
}

static enum code by_refresh(struct ctx *cx, const struct wish *w, struct http_response *a)
{
    struct str token = http_form_get(w->form, STR("refresh_token"));
    struct str scope = http_form_get(w->form, STR("scope"));
    struct oauth_tokens t;
    uint32_t scopes = 0;
    if (!token.n)
        return refuse(cx, w, a, "invalid_request", "refresh_token is wanted");
    if (scope.n && (scope_parse(cx, scope, &scopes) != OK || !scopes))
        return refuse(cx, w, a, "invalid_scope", "no such scope");
    return settle(cx, w, oauth_refresh(cx, w->env->oauth, &w->client, token, scopes, &t), &t, a);
}

static enum code by_device(struct ctx *cx, const struct wish *w, struct http_response *a)
{
    static const struct {
        const char *error, *why;
    } polls[] = {
        [POLL_PENDING] = {"authorization_pending", "nobody has decided yet"},
        [POLL_SLOWER] = {"slow_down", "five seconds more between two requests"},
        [POLL_DECLINED] = {"access_denied", "the person said no"},
        [POLL_EXPIRED] = {"expired_token", "begin anew"},
        [POLL_WRONG] = {"invalid_grant", "no such device code"},
    };
    struct oauth_tokens t;
    enum oauth_poll poll;
    TRY(oauth_device_poll(cx, w->env->oauth, &w->client, http_form_get(w->form, STR("device_code")),
                          &poll, &t));
    if (poll == POLL_TOKENS)
        return tokens_answer(cx, &t, a);
    if (poll == POLL_WRONG)
        (void)!oauth_count(cx, w->env->oauth, OAUTH_GUESS_TOKEN, w->q->peer->address);
    return answer_error(cx, a, 400, polls[poll].error, polls[poll].why);
}

static const struct {
    struct str name;
    enum code (*run)(struct ctx *cx, const struct wish *w, struct http_response *a);
} grants[] = {
    {STR("authorization_code"), by_code},
    {STR("refresh_token"), by_refresh},
    {STR("urn:ietf:params:oauth:grant-type:device_code"), by_device},
};

/* Reads the form and finds out who asks. False: a is the answer. */
static bool wish_read(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                      struct wish *out, struct http_response *a)
{
    struct http_form *form = ARENA_NEW(cx->arena, struct http_form);
    *out = (struct wish){.env = e, .q = q, .form = form};
    open_to_scripts(a);
    if (http_form_read(cx, q, form) != OK) {
        (void)answer_error(cx, a, 400, "invalid_request", "no good form");
        return false;
    }
    return answer_client(cx, e, q, form, &out->client, a);
}

enum code oauth_token(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a)
{
    const struct oauth_env *e = self;
    struct wish w;
    if (oauth_may(cx, e->oauth, OAUTH_GUESS_TOKEN, q->peer->address) != OK)
        return answer_error(cx, a, 429, "temporarily_unavailable", "too many failures");
    if (!wish_read(cx, e, q, &w, a))
        return OK;
    struct str type = http_form_get(w.form, STR("grant_type"));
    for (size_t i = 0; i < sizeof grants / sizeof *grants; i++)
        if (str_eq(grants[i].name, type))
            return grants[i].run(cx, &w, a);
    return refuse(cx, &w, a, type.n ? "unsupported_grant_type" : "invalid_request",
                  "grant_type is not one of ours");
}

enum code oauth_revocation(struct ctx *cx, void *self, const struct http_request *q,
                           struct http_response *a)
{
    struct wish w;
    if (!wish_read(cx, self, q, &w, a))
        return OK;
    struct str token = http_form_get(w.form, STR("token"));
    if (!token.n)
        return refuse(cx, &w, a, "invalid_request", "token is wanted");
    TRY(oauth_revoke(cx, w.env->oauth, &w.client, token));
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    return OK;
}

static enum code device_answer(struct ctx *cx, const struct oauth_env *e, struct str device_code,
                               const struct oauth_device *d, struct http_response *a)
{
    struct buf text = buf_of(cx->arena, ANSWER_MAX);
    struct json j = json_to(&text);
    struct str place =
        str_printf(cx->arena, "%.*s" OAUTH_ACTIVATE, STR_ARG(oauth_config_of(e->oauth)->issuer));
    json_object(&j);
    text_put(&j, "device_code", device_code);
    text_put(&j, "user_code", d->user_code);
    text_put(&j, "verification_uri", place);
    text_put(&j, "verification_uri_complete",
             str_printf(cx->arena, "%.*s?user_code=%.*s", STR_ARG(place), STR_ARG(d->user_code)));
    json_key(&j, "expires_in");
    json_u64(&j, DEVICE_LIFE_S);
    json_key(&j, "interval");
    json_u64(&j, DEVICE_POLL_S);
    json_object_end(&j);
    answer_json(a, 200, &text);
    return OK;
}

enum code oauth_device_authorization(struct ctx *cx, void *self, const struct http_request *q,
                                     struct http_response *a)
{
    const struct oauth_env *e = self;
    struct wish w;
    struct str device_code;
    struct oauth_device d;
    uint32_t scopes = 0;
    if (!wish_read(cx, e, q, &w, a))
        return OK;
    enum code code = oauth_count(cx, e->oauth, OAUTH_DEVICE, q->peer->address);
    if (code == OK && scope_parse(cx, http_form_get(w.form, STR("scope")), &scopes) != OK)
        return refuse(cx, &w, a, "invalid_scope", "no such scope");
    scopes &= w.client.scopes;
    if (code == OK && !scopes)
        return refuse(cx, &w, a, "invalid_scope", "no scope that the client may ask for");
    if (code == OK)
        code = oauth_device_begin(cx, e->oauth, &w.client, scopes, &device_code, &d);
    if (code == E_LIMIT || code == E_BUSY)
        return answer_error(cx, a, 429, "temporarily_unavailable", "too many devices wait");
    TRY(code);
    return device_answer(cx, e, device_code, &d, a);
}
