/* A plain form to sign in with, for who comes without a session. */
#include "service/signin/signin.h"
#include "proto/http/cookie.h"
#include "proto/oauth/inner.h"

static void field_put(struct page *p, const char *name, struct str label, const char *more)
{
    buf_printf(&p->out, "<label for=\"%s\">", name);
    page_text(p, label);
    buf_printf(&p->out, "</label>\r\n<input id=\"%s\" name=\"%s\" %s", name, name, more);
}

enum code signin_page(struct ctx *cx, const struct http_request *q, struct http_response *a,
                      struct str to, struct str hint, struct str why)
{
    struct page p = page_begin(cx, q, STR("Sign in"));
    unsigned status = a->status ? a->status : 200;
    if (why.n)
        page_alert(&p, why);
    page_markup(&p, STR("<form method=\"post\" action=\"" OAUTH_SIGNIN "\">\r\n"));
    page_hidden(&p, "to", to);
    field_put(&p, "username", STR("Mail address"),
              "autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" required "
              "value=\"");
    page_plain(&p, hint);
    page_markup(&p, STR("\">\r\n"));
    field_put(&p, "password", STR("Password"),
              "type=\"password\" autocomplete=\"current-password\" required>\r\n");
    field_put(&p, "code", STR("Code of your authenticator, if you have one"),
              "inputmode=\"numeric\" autocomplete=\"one-time-code\" maxlength=\"40\">\r\n");
    page_markup(&p, STR("<button class=\"first\">"));
    page_text(&p, STR("Sign in"));
    page_markup(&p, STR("</button>\r\n</form>\r\n"));
    page_end(cx, &p, (struct str){0}, status, a);
    return OK;
}

/* Nobody is sent elsewhere by a form of ours. */
static bool is_ours(struct str to)
{
    return to.n < (size_t)8 * OAUTH_QUERY_MAX &&
           (str_starts(to, STR(OAUTH_AUTHORIZE "?")) || str_eq(to, STR(OAUTH_ACTIVATE)) ||
            str_starts(to, STR(OAUTH_ACTIVATE "?")));
}

static enum code refuse(struct ctx *cx, const struct http_request *q, const struct http_form *f,
                        struct http_response *a, enum code code)
{
    struct str to = http_form_get(f, STR("to")), hint = http_form_get(f, STR("username"));
    if (code == E_LIMIT) {
        a->status = 429;
        return signin_page(cx, q, a, to, hint, STR("Too many failures. Try again later."));
    }
    if (code == E_CONFLICT) {
        a->status = 401;
        http_answer_field(a, STR("WWW-Authenticate"), STR("Session realm=\"mail\""));
        return signin_page(cx, q, a, to, hint,
                           STR("A code is asked for as well. With a passkey, sign in at the mail "
                               "page first."));
    }
    if (code != E_DENIED && code != E_NOT_FOUND && code != E_SYNTAX)
        return code;
    a->status = 401;
    http_answer_field(a, STR("WWW-Authenticate"), STR("Session realm=\"mail\""));
    return signin_page(cx, q, a, to, hint, STR("Wrong name or password"));
}

static enum code enter(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                       const struct signin_outcome *out, struct str to, struct http_response *a)
{
    struct session_start start = {.peer = q->peer, .how = out->how};
    struct visitor v = {.who = out->who.who};
    struct str token;
    (void)http_field_of(q, STR("User-Agent"), &start.agent);
    TRY(sessions_begin(cx, oauth_sessions(e->oauth), &out->who, start, &token, &v.session));
    http_cookie_put(cx, a, token, 0);
    v.mark = visitor_mark(cx, &v.session);
    struct str fresh = oauth_seal(cx, e->oauth, "fresh", v.mark);
    bool authorize = str_starts(to, STR(OAUTH_AUTHORIZE));
    answer_redirect(
        a, authorize ? str_printf(cx->arena, "%.*s&fresh=%.*s", STR_ARG(to), STR_ARG(fresh)) : to);
    return OK;
}

enum code oauth_signin(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a)
{
    const struct oauth_env *e = self;
    struct http_form *f = ARENA_NEW(cx->arena, struct http_form);
    struct signin_outcome out = {0};
    struct str to;
    if (http_form_read(cx, q, f) != OK || http_foreign(cx, q) ||
        !is_ours(to = http_form_get(f, STR("to"))) || !oauth_sessions(e->oauth))
        return page_notice(cx, q, a, 403, STR("This does not work"),
                           STR("The page was too old, or not ours. Please begin again."));
    const struct signin_claim claim = {.peer = q->peer,
                                       .login = http_form_get(f, STR("username")),
                                       .password = http_form_get(f, STR("password")),
                                       .code = http_form_get(f, STR("code"))};
    enum code code = signin_try(cx, e->auth, &claim, &out);
    if (code == OK)
        return enter(cx, e, q, &out, to, a);
    if (code == E_BUSY && !cx->slow) {
        a->again = true;
        return OK;
    }
    a->delay_ms = out.who.delay_ms;
    return refuse(cx, q, f, a, code);
}
