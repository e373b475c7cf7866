/* The authorization endpoint: who signs in, what is asked, what was said. */
#include "proto/oauth/inner.h"

enum { FRESH_MS = 300 * 1000 };

/* One request and who sent it. */
struct visit {
    const struct oauth_env *env;
    const struct http_request *q;
    struct asked asked;
    struct visitor visitor;
    bool is_known;
};

static struct str here(struct ctx *cx, const struct asked *r)
{
    return str_printf(cx->arena, OAUTH_AUTHORIZE "?%.*s", STR_ARG(r->query));
}

/* The cookie of a session is not sent with a request that another site began (SameSite=Strict): our
   own page begins it anew. */
static enum code bounce(struct ctx *cx, const struct visit *v, struct http_response *a)
{
    struct page p = page_begin(cx, v->q, STR("Signing in"));
    struct buf to = buf_of(cx->arena, (size_t)8 * OAUTH_QUERY_MAX);
    buf_add(&to, here(cx, &v->asked));
    buf_add(&to, STR("&again=1"));
    page_markup(&p, STR("<meta http-equiv=\"refresh\" content=\"0;url="));
    page_plain(&p, buf_str(&to));
    page_markup(&p, STR("\"><p><a class=\"button\" href=\""));
    page_plain(&p, buf_str(&to));
    page_markup(&p, STR("\">"));
    page_text(&p, STR("Go on"));
    page_markup(&p, STR("</a></p>"));
    page_end(cx, &p, (struct str){0}, 200, a);
    return OK;
}

static bool from_elsewhere(const struct http_request *q)
{
    struct str site;
    return http_field_of(q, STR("Sec-Fetch-Site"), &site) && !str_eq(site, STR("none")) &&
           !str_eq(site, STR("same-origin"));
}

/* That the person has signed in for this request: the seal came with the redirection after it. */
static bool is_fresh(struct ctx *cx, const struct visit *v)
{
    return v->asked.fresh.n && v->visitor.session.proved_ms > cx->now_ms - FRESH_MS &&
           oauth_sealed(cx, v->env->oauth, "fresh", v->visitor.mark, v->asked.fresh);
}

static bool must_sign_in(struct ctx *cx, const struct visit *v)
{
    const struct asked *r = &v->asked;
    if (!v->is_known)
        return true;
    int64_t age_s = r->max_age_s > INT32_MAX ? INT32_MAX : (int64_t)r->max_age_s;
    bool old = r->has_age && v->visitor.session.proved_ms < cx->now_ms - age_s * 1000;
    return (r->login || old) && !is_fresh(cx, v);
}

/* Asked once is enough of a client that proves who it is; a public one may be another program that
   says the same name (RFC 8252 section 8.6). */
static enum code is_granted(struct ctx *cx, const struct visit *v, bool *out)
{
    struct oauth_grant *all;
    size_t count;
    *out = false;
    if (!v->asked.client.secret_hash.n || v->asked.client.strange || v->asked.consent)
        return OK;
    TRY(oauth_grant_list(cx, v->env->oauth, v->visitor.who.id, &all, &count));
    for (size_t i = 0; i < count; i++) {
        struct principal who;
        if (str_eq(all[i].client, v->asked.client.id) && !(v->asked.scopes & ~all[i].scopes) &&
            oauth_grant_alive(cx, v->env->oauth, &all[i], &who) == OK)
            *out = true;
    }
    return OK;
}

static enum code allow(struct ctx *cx, const struct visit *v, struct http_response *a)
{
    const struct asked *r = &v->asked;
    const struct session *s = &v->visitor.session;
    const struct oauth_agreed agreed = {
        .client = r->client.id,
        .redirect = r->redirect,
        .challenge = r->challenge,
        .nonce = r->nonce,
        .scopes = r->scopes,
        .who = v->visitor.who.id,
        .session = s->id,
        .auth_time_ms = s->proved_ms,
        .how = s->how,
    };
    struct str code;
    TRY(oauth_code_make(cx, v->env->oauth, &agreed, &code));
    request_answer(cx, v->env, r, code, a);
    return OK;
}

static enum code ask(struct ctx *cx, const struct visit *v, struct http_response *a)
{
    struct str text =
        str_printf(cx->arena, "%.*s %.*s", STR_ARG(v->visitor.mark), STR_ARG(v->asked.query));
    const struct question question = {
        .client = &v->asked.client,
        .visitor = &v->visitor,
        .scopes = v->asked.scopes,
        .redirect = v->asked.redirect,
        .action = STR(OAUTH_DECISION),
        .value = v->asked.query,
        .seal = oauth_seal(cx, v->env->oauth, "consent", text),
    };
    return consent_page(cx, v->q, &question, a);
}

static enum code go_on(struct ctx *cx, const struct visit *v, struct http_response *a)
{
    const struct asked *r = &v->asked;
    bool granted;
    if (r->error) {
        request_fail(cx, v->env, r, r->error, r->why, a);
        return OK;
    }
    if (must_sign_in(cx, v)) {
        if (!v->is_known && !r->again && from_elsewhere(v->q))
            return bounce(cx, v, a);
        if (r->none) {
            request_fail(cx, v->env, r, "login_required", "nobody is signed in", a);
            return OK;
        }
        return signin_page(cx, v->q, a, here(cx, r), r->hint, (struct str){0});
    }
    TRY(is_granted(cx, v, &granted));
    if (granted)
        return allow(cx, v, a);
    if (r->none) {
        request_fail(cx, v->env, r, "consent_required", "the person has not agreed yet", a);
        return OK;
    }
    return ask(cx, v, a);
}

static enum code no_client(struct ctx *cx, const struct http_request *q, struct http_response *a)
{
    return page_notice(cx, q, a, 400, STR("This does not work"),
                       STR("The program that sent you here is not known, or asks for something "
                           "that it may not. Nothing was given to it."));
}

enum code oauth_authorize(struct ctx *cx, void *self, const struct http_request *q,
                          struct http_response *a)
{
    struct visit *v = ARENA_NEW(cx->arena, struct visit);
    *v = (struct visit){.env = self, .q = q};
    bool post = q->method == HTTP_POST;
    enum code code = request_parse(cx, v->env, post ? q->body : q->query, &v->asked);
    if (code == E_SYNTAX || code == E_NOT_FOUND || code == E_LIMIT)
        return no_client(cx, q, a);
    TRY(code);
    if (post) { /* OpenID Connect Core section 3.1.2.1: the same as a form; goes on as a GET */
        answer_redirect(a, here(cx, &v->asked));
        return OK;
    }
    v->is_known = visitor_find(cx, v->env, q, &v->visitor);
    return go_on(cx, v, a);
}

enum code oauth_decision(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a)
{
    struct visit *v = ARENA_NEW(cx->arena, struct visit);
    struct http_form *f = ARENA_NEW(cx->arena, struct http_form);
    *v = (struct visit){.env = self, .q = q};
    if (http_form_read(cx, q, f) != OK || !visitor_find(cx, v->env, q, &v->visitor) ||
        !visitor_sent(cx, v->env, q, &v->visitor, "consent", f))
        return page_notice(cx, q, a, 403, STR("This does not work"),
                           STR("The page was too old, or not ours. Please begin again."));
    enum code code = request_parse(cx, v->env, http_form_get(f, STR("about")), &v->asked);
    if (code == E_SYNTAX || code == E_NOT_FOUND)
        return no_client(cx, q, a);
    TRY(code);
    if (v->asked.error || !str_eq(http_form_get(f, STR("decision")), STR("allow"))) {
        oauth_tell(v->env->oauth, OAUTH_DECLINED);
        request_fail(cx, v->env, &v->asked, "access_denied", "the person said no", a);
        return OK;
    }
    return allow(cx, v, a);
}
