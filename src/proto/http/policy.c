#include "proto/http/policy.h"
#include "core/directory.h"
#include "format/domain.h"
#include "service/transport/sts/sts.h"

/* The host says whose policy it is: mta-sts.DOMAIN. */
static enum code policy(struct ctx *cx, void *self, const struct http_request *q,
                        struct http_response *a)
{
    static const struct str label = {"mta-sts.", 8};
    struct sts_own own;
    struct domain d;
    struct str name;
    if (!str_istarts(q->host, label) ||
        domain_to_ascii(cx, str_from(q->host, label.n), &name) != OK)
        return fail(cx, E_NOT_FOUND, "no host of a policy");
    TRY(directory_domain_by_name(cx, self, name, &d));
    TRY(sts_own_get(cx, self, d.name, &own));
    http_answer_text(a, STR("text/plain"), sts_own_text(cx, &own));
    return OK;
}

const struct http_route http_policy_routes[] = {
    {"mta-sts", STR("/.well-known/mta-sts.txt"), HTTP_GET, HTTP_BY_TLS, HTTP_ANYBODY, 0, policy},
    {0},
};
