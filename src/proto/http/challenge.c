/* What a certificate authority fetches to see that a name is ours (RFC 8555 section 8.3). */
#include "proto/http/challenge.h"
#include "service/acme.h"

static enum code challenge(struct ctx *cx, void *self, const struct http_request *q,
                           struct http_response *a)
{
    struct str text;
    if (!acme_token(cx, self, q->rest, &text))
        return fail(cx, E_NOT_FOUND, "no such token");
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    http_answer_text(a, STR("application/octet-stream"), text);
    return OK;
}

const struct http_route http_challenge_routes[] = {
    {"acme-challenge", STR("/.well-known/acme-challenge/"), HTTP_GET, HTTP_IN_CLEAR | HTTP_BY_TLS,
     HTTP_ANYBODY, 0, challenge},
    {0},
};
