/* The router: which row a request is for, and what is said when there is none. */
#include "base/log.h"
#include "proto/http/live.h"
#include "proto/http/session.h"

static bool fits(const struct http_route *r, bool secure, struct str path)
{
    if (!(r->where & (secure ? HTTP_BY_TLS : HTTP_IN_CLEAR)))
        return false;
    return str_ends(r->prefix, STR("/")) ? str_starts(path, r->prefix) : str_eq(path, r->prefix);
}

const struct http_route *http_route_find(const struct http_env *e, bool secure, struct str path,
                                         const struct http_site **site)
{
    for (size_t i = 0; i < e->site_count; i++)
        for (const struct http_route *r = e->sites[i].rows; r->name; r++)
            if (fits(r, secure, path)) {
                *site = &e->sites[i];
                return r;
            }
    return NULL;
}

/* What a row answers: HEAD as GET without the body, OPTIONS by the router. */
static unsigned methods_of(const struct http_route *r)
{
    return r->methods | HTTP_OPTIONS | (r->methods & HTTP_GET ? HTTP_HEAD : 0);
}

bool http_route_takes(const struct http_route *route, const struct http_head *h)
{
    return route && (methods_of(route) & http_method_of(h->method));
}

static const char *options(struct ctx *cx, struct http_response *a, unsigned methods)
{
    a->status = 204;
    http_answer_field(a, STR("Allow"), http_methods_text(cx->arena, methods));
    return "options";
}

/* To the same address by TLS (RFC 9110 section 15.4.9: the method stays). */
static const char *redirect(struct ctx *cx, const struct http_env *e, const struct http_request *q,
                            struct http_response *a)
{
    bool usual = e->tls_port == 443;
    struct str port = usual ? STR("") : str_printf(cx->arena, ":%u", e->tls_port);
    struct str mark = q->query.n ? STR("?") : STR("");
    const struct str parts[] = {STR("https://"), q->host, port, q->path, mark, q->query};
    a->status = 308;
    http_answer_field(a, STR("Location"), str_join(cx->arena, parts, sizeof parts / sizeof *parts));
    http_answer_text(a, STR("text/plain; charset=utf-8"), STR("This is served by https.\n"));
    return "redirect";
}

static const char *nowhere(struct ctx *cx, const struct http_env *e, const struct http_request *q,
                           struct http_response *a)
{
    if (!q->method)
        http_answer_fault(cx, a, 501, "no such method");
    else if (str_eq(q->path, STR("*")))
        return options(cx, a, HTTP_GET | HTTP_HEAD | HTTP_OPTIONS);
    else if (!q->secure && e->tls_port && q->host.n)
        return redirect(cx, e, q, a);
    else
        http_answer_fault(cx, a, 404, NULL);
    return "none";
}

static bool needs_login(const struct http_route *r, const struct http_request *q)
{
    return r->auth == HTTP_LOGIN || (r->auth == HTTP_SIGN_IN && q->method != HTTP_POST);
}

const char *http_route_run(struct ctx *cx, const struct http_env *e, struct http_request *q,
                           struct http_response *a)
{
    const struct http_site *site = NULL;
    const struct http_route *r = http_route_find(e, q->secure, q->path, &site);
    a->status = 200;
    if (!r)
        return nowhere(cx, e, q, a);
    if (q->method == HTTP_OPTIONS && !(r->methods & HTTP_OPTIONS)) {
        (void)options(cx, a, methods_of(r));
        return r->name;
    }
    if (!(methods_of(r) & q->method)) {
        http_answer_fault(cx, a, q->method ? 405 : 501, "not with this method");
        if (q->method)
            http_answer_field(a, STR("Allow"), http_methods_text(cx->arena, methods_of(r)));
        return r->name;
    }
    q->rest = str_from(q->path, r->prefix.n);
    if (needs_login(r, q) && !http_login(cx, e, q, a))
        return r->name;
    enum code code = r->run(cx, site->self, q, a);
    if (a->live && (code != OK || q->method == HTTP_HEAD)) {
        a->live->close(a->live_self);
        a->live = NULL;
    }
    if (code != OK) {
        rope_drop(&a->body);
        a->body = rope_of(cx->arena);
        a->field_count = 0;
        http_answer_fault(cx, a, http_status_of(code), NULL);
        if (a->status >= 500)
            log_event(e->log, LOG_WARN, "http.failed", "id=%llu route=%s code=%s why=%s",
                      (unsigned long long)q->peer->id, r->name, code_name(code),
                      log_quote(cx->arena, str_z(cx->err.what)));
    }
    return r->name;
}
