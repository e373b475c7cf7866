#include "proto/http/cookie.h"

static const struct str cookie_name = {"__Host-postroad", 15};
static const struct str attributes = {"; Path=/; Secure; HttpOnly; SameSite=Strict", 43};

/* RFC 6265 section 4.2.1. A name that comes twice: the first. */
static bool pair_find(struct str list, struct str *token)
{
    struct cur c = cur_of(list);
    while (!cur_end(&c)) {
        struct str pair, name;
        if (!cur_until(&c, ';', &pair)) {
            pair = c.rest;
            c.rest = (struct str){0};
        }
        struct cur p = cur_of(str_trim(pair));
        if (cur_until(&p, '=', &name) && str_eq(name, cookie_name)) {
            *token = p.rest;
            return true;
        }
    }
    return false;
}

bool http_cookie_token(const struct http_request *q, struct str *token)
{
    for (size_t i = 0; i < q->field_count; i++) /* HTTP/2 may send several */
        if (str_ieq(q->fields[i].name, STR("Cookie")) && pair_find(q->fields[i].value, token))
            return true;
    return false;
}

void http_cookie_put(struct ctx *cx, struct http_response *a, struct str token, uint32_t max_age_s)
{
    struct str age = max_age_s ? str_printf(cx->arena, "; Max-Age=%u", max_age_s) : STR("");
    const struct str parts[] = {cookie_name, STR("="), token, attributes, age};
    http_answer_field(a, STR("Set-Cookie"),
                      str_join(cx->arena, parts, sizeof parts / sizeof *parts));
}

void http_cookie_clear(struct http_response *a)
{
    http_answer_field(
        a, STR("Set-Cookie"),
        STR("__Host-postroad=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"));
}

struct str http_own_origin(struct ctx *cx, const struct http_request *q)
{
    bool usual = !q->port.n || str_eq(q->port, STR("443"));
    struct str port = usual ? STR("") : str_printf(cx->arena, ":%.*s", STR_ARG(q->port));
    const struct str parts[] = {STR("https://"), str_lower(cx->arena, q->host), port};
    return str_join(cx->arena, parts, sizeof parts / sizeof *parts);
}

static bool origin_is_ours(struct ctx *cx, const struct http_request *q, struct str origin)
{
    return q->secure && str_ieq(origin, http_own_origin(cx, q));
}

const char *http_foreign(struct ctx *cx, const struct http_request *q)
{
    struct str origin, site;
    if (http_field_of(q, STR("Origin"), &origin) && !origin_is_ours(cx, q, origin))
        return "Origin is another site";
    if (http_field_of(q, STR("Sec-Fetch-Site"), &site) && !str_eq(site, STR("same-origin")) &&
        !str_eq(site, STR("none")))
        return "Sec-Fetch-Site says that another site asks";
    return NULL;
}

static bool has(const struct http_request *q, struct str name)
{
    struct str value;
    return http_field_of(q, name, &value);
}

const char *http_cookie_refuse(struct ctx *cx, const struct http_request *q)
{
    struct str mark;
    const char *why = http_foreign(cx, q);
    if (why)
        return why;
    if (has(q, STR("Sec-WebSocket-Version"))) /* scripts cannot add fields to these */
        return has(q, STR("Origin")) ? NULL : "a WebSocket by cookie must say its Origin";
    if (q->method == HTTP_GET || q->method == HTTP_HEAD)
        return NULL;
    if (!http_field_of(q, STR("Postroad-Request"), &mark) || !str_eq(mark, STR("1")))
        return "by cookie it must carry Postroad-Request: 1";
    return NULL;
}

bool http_from_page(const struct http_request *q)
{
    struct str token;
    return has(q, STR("Postroad-Request")) || has(q, STR("Sec-Fetch-Mode")) ||
           http_cookie_token(q, &token);
}
