#include "server/listen/pages.h"
#include "server/server.h"
#include "store/store.h"

static enum code health(struct ctx *cx, void *self, const struct http_request *q,
                        struct http_response *a)
{
    const struct server *s = self;
    (void)q;
    if (!store_is_healthy(s->store))
        return fail(cx, E_BUSY, "the store stopped after a write error");
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    http_answer_text(a, STR("text/plain; charset=utf-8"), STR("ok\n"));
    return OK;
}

const struct http_route server_routes[] = {
    {"health", STR("/health"), HTTP_GET, HTTP_IN_CLEAR | HTTP_BY_TLS, HTTP_ANYBODY, 0, health},
    {0},
};
