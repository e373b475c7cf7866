/* Authorization requests: read, and answered by redirection. */
#include "base/cur.h"
#include "proto/oauth/inner.h"
#include "service/oauth/scope.h"

enum { STATE_MAX = 1000, ANSWER_MAX = 8192, CHALLENGE_CHARS = 43 };

/* What we have added ourselves does not go with it a second time. */
static bool is_ours(struct str name)
{
    return str_eq(name, STR("fresh")) || str_eq(name, STR("again"));
}

static struct str query_of(struct ctx *cx, const struct http_form *f)
{
    struct buf b = buf_of(cx->arena, (size_t)4 * OAUTH_QUERY_MAX);
    for (size_t i = 0; i < f->count; i++)
        if (!is_ours(f->at[i].name))
            http_form_put(&b, b.n ? '&' : 0, f->at[i].name, f->at[i].value);
    return buf_str(&b);
}

static void wrong(struct asked *r, const char *error, const char *why)
{
    if (r->error)
        return;
    r->error = error;
    r->why = why;
}

static bool is_letter(char c)
{
    return c != ' ';
}

static void prompt_parse(struct asked *r, struct str text)
{
    struct cur c = cur_of(text);
    size_t words = 0;
    while (!cur_end(&c)) {
        struct str word = cur_while(&c, is_letter);
        words++;
        r->none |= str_eq(word, STR("none"));
        r->login |= str_eq(word, STR("login")) || str_eq(word, STR("select_account"));
        r->consent |= str_eq(word, STR("consent"));
        while (cur_char(&c, ' '))
            continue;
    }
    if (r->none && words > 1)
        wrong(r, "invalid_request", "prompt none stands alone");
}

/* OpenID Connect Core section 6: requests inside of tokens, which we do not take. */
static void refuse_objects(struct asked *r, const struct http_form *f)
{
    if (http_form_get(f, STR("request")).n)
        wrong(r, "request_not_supported", "no request objects");
    if (http_form_get(f, STR("request_uri")).n)
        wrong(r, "request_uri_not_supported", "no request objects");
    if (http_form_get(f, STR("registration")).n)
        wrong(r, "registration_not_supported", "no registration within a request");
}

static void check(struct ctx *cx, const struct http_form *f, struct asked *r)
{
    struct str mode = http_form_get(f, STR("response_mode"));
    struct str age = http_form_get(f, STR("max_age"));
    if (!str_eq(http_form_get(f, STR("response_type")), STR("code")))
        wrong(r, "unsupported_response_type", "response_type is code");
    if (mode.n && !str_eq(mode, STR("query")))
        wrong(r, "invalid_request", "response_mode is query");
    refuse_objects(r, f);
    if (!str_eq(http_form_get(f, STR("code_challenge_method")), STR("S256")) ||
        r->challenge.n != CHALLENGE_CHARS || !oauth_verifier_is_good(r->challenge))
        wrong(r, "invalid_request", "a code_challenge by S256 is wanted");
    if (scope_parse(cx, http_form_get(f, STR("scope")), &r->scopes) != OK)
        wrong(r, "invalid_scope", "scope");
    r->scopes &= r->client.scopes;
    if (!r->scopes)
        wrong(r, "invalid_scope", "no scope that the client may ask for");
    if (r->nonce.n > OAUTH_NONCE_MAX)
        wrong(r, "invalid_request", "nonce is too long");
    r->has_age = age.n > 0;
    if (r->has_age && !str_u64(age, &r->max_age_s))
        wrong(r, "invalid_request", "max_age");
    prompt_parse(r, http_form_get(f, STR("prompt")));
}

enum code request_parse(struct ctx *cx, const struct oauth_env *e, struct str query,
                        struct asked *out)
{
    struct http_form *f = ARENA_NEW(cx->arena, struct http_form);
    struct asked r = {0};
    if (query.n > OAUTH_QUERY_MAX)
        return fail(cx, E_SYNTAX, "authorize: a query over %d bytes", OAUTH_QUERY_MAX);
    TRY(http_form_parse(cx, query, f));
    TRY(oauth_client_get(cx, e->oauth, http_form_get(f, STR("client_id")), &r.client));
    r.redirect = http_form_get(f, STR("redirect_uri"));
    if (!oauth_client_redirects(&r.client, r.redirect))
        return fail(cx, E_SYNTAX, "authorize: a redirect_uri that is not registered");
    r.state = http_form_get(f, STR("state"));
    if (r.state.n > STATE_MAX) {
        r.state = (struct str){0};
        wrong(&r, "invalid_request", "state is too long");
    }
    r.challenge = http_form_get(f, STR("code_challenge"));
    r.nonce = http_form_get(f, STR("nonce"));
    r.hint = http_form_get(f, STR("login_hint"));
    r.fresh = http_form_get(f, STR("fresh"));
    r.again = http_form_get(f, STR("again")).n > 0;
    r.query = query_of(cx, f);
    check(cx, f, &r);
    *out = r;
    return OK;
}

/* Every answer says who gives it (RFC 9207). */
static void send(struct ctx *cx, const struct oauth_env *e, const struct asked *r, struct buf *b,
                 struct http_response *a)
{
    (void)cx;
    if (r->state.n)
        http_form_put(b, '&', STR("state"), r->state);
    http_form_put(b, '&', STR("iss"), oauth_config_of(e->oauth)->issuer);
    must(!b->overflow);
    answer_redirect(a, buf_str(b));
}

static struct buf uri_begin(struct ctx *cx, const struct asked *r, struct str name,
                            struct str value)
{
    struct buf b = buf_of(cx->arena, ANSWER_MAX);
    buf_add(&b, r->redirect);
    http_form_put(&b, str_chr(r->redirect, '?') == SIZE_MAX ? '?' : '&', name, value);
    return b;
}

void request_fail(struct ctx *cx, const struct oauth_env *e, const struct asked *r,
                  const char *error, const char *why, struct http_response *a)
{
    struct buf b = uri_begin(cx, r, STR("error"), str_z(error));
    http_form_put(&b, '&', STR("error_description"), str_z(why));
    send(cx, e, r, &b, a);
}

void request_answer(struct ctx *cx, const struct oauth_env *e, const struct asked *r,
                    struct str code, struct http_response *a)
{
    struct buf b = uri_begin(cx, r, STR("code"), code);
    send(cx, e, r, &b, a);
}
