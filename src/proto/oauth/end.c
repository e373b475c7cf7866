/* Signing out by a client's wish (OpenID Connect RP-Initiated Logout): the person is asked. */
#include "format/json/tree.h"
#include "proto/http/cookie.h"
#include "proto/oauth/inner.h"
#include "service/oauth/keys.h"
#include "service/oauth/redirect.h"

struct wish {
    struct str client, redirect, state;
};

/* The client that it is for: named, or by an ID token that it got of us, however old. */
static struct str client_of(struct ctx *cx, const struct oauth_env *e, const struct http_form *f)
{
    struct str hint = http_form_get(f, STR("id_token_hint")), claims;
    const struct json_tree *j = NULL;
    if (hint.n && oauth_verify(cx, e->oauth, hint, &claims) == OK &&
        json_tree_read(cx, claims, &j) == OK)
        return json_tree_text(j, STR("aud"));
    return http_form_get(f, STR("client_id"));
}

static bool may_lead(struct ctx *cx, const struct oauth_env *e, const struct wish *w)
{
    struct oauth_client c;
    if (!w->redirect.n || oauth_client_get(cx, e->oauth, w->client, &c) != OK)
        return false;
    for (size_t i = 0; i < c.ending_count; i++)
        if (str_eq(c.endings[i], w->redirect))
            return true;
    return false;
}

static struct str query_of(struct ctx *cx, const struct wish *w)
{
    struct buf b = buf_of(cx->arena, (size_t)8 * OAUTH_QUERY_MAX);
    http_form_put(&b, 0, STR("client_id"), w->client);
    http_form_put(&b, '&', STR("post_logout_redirect_uri"), w->redirect);
    http_form_put(&b, '&', STR("state"), w->state);
    return buf_str(&b);
}

static struct wish wish_of(struct ctx *cx, const struct oauth_env *e, const struct http_form *f)
{
    return (struct wish){.client = client_of(cx, e, f),
                         .redirect = http_form_get(f, STR("post_logout_redirect_uri")),
                         .state = http_form_get(f, STR("state"))};
}

static enum code leave(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                       const struct wish *w, struct http_response *a)
{
    struct buf b = buf_of(cx->arena, (size_t)8 * OAUTH_QUERY_MAX);
    if (!may_lead(cx, e, w))
        return page_notice(cx, q, a, 200, STR("Signed out"), STR("You are signed out."));
    buf_add(&b, w->redirect);
    if (w->state.n)
        http_form_put(&b, str_chr(w->redirect, '?') == SIZE_MAX ? '?' : '&', STR("state"),
                      w->state);
    answer_redirect(a, buf_str(&b));
    return OK;
}

static enum code ask(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                     const struct visitor *v, const struct wish *w, struct http_response *a)
{
    struct page p = page_begin(cx, q, STR("Sign out?"));
    struct str about = query_of(cx, w);
    struct str text = str_printf(cx->arena, "%.*s %.*s", STR_ARG(v->mark), STR_ARG(about));
    page_markup(&p, STR("<p>"));
    page_text(&p, STR("Account:"));
    page_markup(&p, STR(" <strong>"));
    page_plain(&p, v->who.address);
    page_markup(&p, STR("</strong></p>\r\n<form method=\"post\" action=\"" OAUTH_END "\">\r\n"));
    page_hidden(&p, "about", about);
    page_hidden(&p, "seal", oauth_seal(cx, e->oauth, "end", text));
    page_markup(&p, STR("<button class=\"first\">"));
    page_text(&p, STR("Sign out"));
    page_markup(&p, STR("</button>\r\n</form>\r\n"));
    page_end(cx, &p, may_lead(cx, e, w) ? redirect_origin(w->redirect) : (struct str){0}, 200, a);
    return OK;
}

static enum code finish(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                        const struct visitor *v, const struct http_form *f, struct http_response *a)
{
    const struct session_end by = {.actor = v->who.address, .why = "sign-out"};
    struct http_form *about = ARENA_NEW(cx->arena, struct http_form);
    TRY(http_form_parse(cx, http_form_get(f, STR("about")), about));
    enum code code = sessions_end(cx, oauth_sessions(e->oauth), &v->who, v->session.id, by);
    if (code != E_NOT_FOUND)
        TRY(code);
    const struct wish w = wish_of(cx, e, about);
    http_cookie_clear(a);
    return leave(cx, e, q, &w, a);
}

enum code oauth_end(struct ctx *cx, void *self, const struct http_request *q,
                    struct http_response *a)
{
    const struct oauth_env *e = self;
    struct visitor *v = ARENA_NEW(cx->arena, struct visitor);
    struct http_form *f = ARENA_NEW(cx->arena, struct http_form);
    bool post = q->method == HTTP_POST;
    bool known = visitor_find(cx, e, q, v);
    if (http_form_parse(cx, post ? q->body : q->query, f) != OK)
        return page_notice(cx, q, a, 400, STR("This does not work"),
                           STR("The page was too old, or not ours. Please begin again."));
    if (known && post && visitor_sent(cx, e, q, v, "end", f))
        return finish(cx, e, q, v, f, a);
    const struct wish w = wish_of(cx, e, f);
    return known ? ask(cx, e, q, v, &w, a) : leave(cx, e, q, &w, a);
}
