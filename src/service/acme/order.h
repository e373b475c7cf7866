/* One certificate, from the order to the file: RFC 8555 section 7.4. Goes on where a stopped server
   left off. */
#ifndef SERVICE_ACME_ORDER_H
#define SERVICE_ACME_ORDER_H

#include "service/acme/client.h"

struct acme_want {
    struct str name; /* of the file */
    const struct str *names;
    size_t count;
};

/* What an order needs of its keeper. */
struct acme_keeping {
    void *self;
    /* Makes the proof for name reachable, or ends that. digest: SHA-256 of authorization. */
    enum code (*prove)(struct ctx *cx, void *self, struct str name, struct str token,
                       struct str authorization);
    void (*unprove)(void *self, struct str name, struct str token);
    /* Waits; false: the server stops. */
    bool (*pause)(void *self, int64_t ms);
};

/* Gets a certificate and writes its file. Errors as acme_post; E_CONFLICT: what came is not what
   was ordered; E_DENIED: a proof failed. */
MUST_USE enum code acme_order_run(struct ctx *cx, struct acme_client *c,
                                  const struct acme_want *want, const struct acme_keeping *keeping);
/* base64url(authority).base64url(serial) of RFC 9773 section 4.1; empty when it cannot be had. */
struct str acme_renewal_id(struct arena *a, const struct acme_facts *f);

/* Where the certificate with its key is kept. */
struct str acme_certificate_path(struct arena *a, struct str dir, struct str name);

#endif
