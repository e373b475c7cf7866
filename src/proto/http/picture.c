#include "proto/http/picture.h"
#include "format/uri/percent.h"
#include "service/auth.h"
#include "service/picture/picture.h"

/* The client asks again: a second would be long for a reader, so a page need not wait for it. */
static void not_yet(struct http_response *a)
{
    a->status = 202;
    http_answer_field(a, STR("Retry-After"), STR("1"));
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
}

static enum code picture(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a)
{
    struct str key, url;
    struct picture p;
    if (!percent_query(cx->arena, q->query, STR("key"), &key) ||
        !percent_query(cx->arena, q->query, STR("url"), &url))
        return fail(cx, E_SYNTAX, "a picture without key or url");
    TRY(picture_get(cx, self, q->who->who.id, key, url, &p));
    if (p.state == PICTURE_COMES) {
        not_yet(a);
        return OK;
    }
    a->type = p.type;
    rope_own(&a->body, p.bytes, picture_release, p.holder);
    http_answer_field(a, STR("Cache-Control"), STR("private, max-age=600"));
    http_answer_field(a, STR("Content-Security-Policy"), STR("default-src 'none'; sandbox"));
    http_answer_field(a, STR("Cross-Origin-Resource-Policy"), STR("same-origin"));
    http_answer_field(a, STR("Referrer-Policy"), STR("no-referrer"));
    return OK;
}

const struct http_route http_picture_routes[] = {
    {"picture", STR("/proxy/picture"), HTTP_GET, HTTP_BY_TLS, HTTP_LOGIN, 0, picture},
    {0},
};
