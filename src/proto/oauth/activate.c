/* Where a person types the code that a device shows (RFC 8628 section 3.3). */
#include "base/err.h"
#include "proto/oauth/inner.h"

static struct str person_name(struct ctx *cx, const struct visitor *v)
{
    return str_printf(cx->arena, "%llu", (unsigned long long)v->who.id);
}

static enum code code_page(struct ctx *cx, const struct http_request *q, struct http_response *a,
                           unsigned status, struct str why)
{
    struct page p = page_begin(cx, q, STR("Connect a device"));
    if (why.n)
        page_alert(&p, why);
    page_markup(&p, STR("<form method=\"get\" action=\"" OAUTH_ACTIVATE "\">\r\n"
                        "<label for=\"user_code\">"));
    page_text(&p, STR("The code that the device shows"));
    page_markup(&p, STR("</label>\r\n<input id=\"user_code\" name=\"user_code\" class=\"code\" "
                        "autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" "
                        "maxlength=\"20\" required>\r\n<button class=\"first\">"));
    page_text(&p, STR("Go on"));
    page_markup(&p, STR("</button>\r\n</form>\r\n"));
    page_end(cx, &p, (struct str){0}, status, a);
    return OK;
}

/* A person guesses a few times, no more: with 20^8 codes nobody finds another's. */
static enum code find(struct ctx *cx, const struct oauth_env *e, const struct visitor *v,
                      struct str user_code, struct oauth_device *out)
{
    struct str name = person_name(cx, v);
    TRY(oauth_may(cx, e->oauth, OAUTH_GUESS_CODE, name));
    enum code code = oauth_device_find(cx, e->oauth, user_code, out);
    if (code == E_NOT_FOUND)
        TRY(oauth_count(cx, e->oauth, OAUTH_GUESS_CODE, name));
    return code;
}

static enum code not_found(struct ctx *cx, const struct http_request *q, enum code code,
                           struct http_response *a)
{
    if (code == E_LIMIT)
        return page_notice(cx, q, a, 429, STR("Connect a device"),
                           STR("Too many failures. Try again later."));
    if (code != E_NOT_FOUND)
        return code;
    return code_page(cx, q, a, 404, STR("No device waits with this code."));
}

static enum code ask(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                     const struct visitor *v, struct http_response *a)
{
    struct http_form *f = ARENA_NEW(cx->arena, struct http_form);
    struct oauth_client client;
    struct oauth_device d;
    if (http_form_parse(cx, q->query, f) != OK)
        return code_page(cx, q, a, 400, STR("No device waits with this code."));
    struct str typed = http_form_get(f, STR("user_code"));
    if (!typed.n)
        return code_page(cx, q, a, 200, (struct str){0});
    enum code code = find(cx, e, v, typed, &d);
    if (code == OK)
        code = oauth_client_get(cx, e->oauth, d.client, &client);
    if (code != OK)
        return not_found(cx, q, code, a);
    struct str text = str_printf(cx->arena, "%.*s %.*s", STR_ARG(v->mark), STR_ARG(d.user_code));
    const struct question question = {
        .client = &client,
        .visitor = v,
        .scopes = d.scopes,
        .user_code = d.user_code,
        .action = STR(OAUTH_ACTIVATE),
        .value = d.user_code,
        .seal = oauth_seal(cx, e->oauth, "device", text),
    };
    return consent_page(cx, q, &question, a);
}

static enum code decide(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                        const struct visitor *v, struct http_response *a)
{
    struct http_form *f = ARENA_NEW(cx->arena, struct http_form);
    struct oauth_device d;
    if (http_form_read(cx, q, f) != OK || !visitor_sent(cx, e, q, v, "device", f))
        return page_notice(cx, q, a, 403, STR("This does not work"),
                           STR("The page was too old, or not ours. Please begin again."));
    struct str user_code = http_form_get(f, STR("about"));
    bool allowed = str_eq(http_form_get(f, STR("decision")), STR("allow"));
    enum code code = oauth_device_find(cx, e->oauth, user_code, &d);
    const struct oauth_agreed agreed = {
        .client = code == OK ? d.client : (struct str){0},
        .scopes = code == OK ? d.scopes : 0,
        .who = v->who.id,
        .auth_time_ms = v->session.proved_ms,
        .how = v->session.how,
    };
    if (code == OK)
        code = oauth_device_decide(cx, e->oauth, user_code, &agreed, allowed);
    if (code != OK)
        return not_found(cx, q, code, a);
    return page_notice(cx, q, a, 200, STR("Connect a device"),
                       allowed ? STR("Done. You can go on at the device.")
                               : STR("The device was told no."));
}

enum code oauth_activate(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a)
{
    const struct oauth_env *e = self;
    struct visitor *v = ARENA_NEW(cx->arena, struct visitor);
    bool known = visitor_find(cx, e, q, v);
    if (known)
        return q->method == HTTP_POST ? decide(cx, e, q, v, a) : ask(cx, e, q, v, a);
    bool long_query = q->query.n > OAUTH_QUERY_MAX;
    struct str to = q->query.n && !long_query
                        ? str_printf(cx->arena, OAUTH_ACTIVATE "?%.*s", STR_ARG(q->query))
                        : STR(OAUTH_ACTIVATE);
    return signin_page(cx, q, a, to, (struct str){0}, (struct str){0});
}
