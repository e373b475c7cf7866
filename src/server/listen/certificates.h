/* The certificates of the listeners: files of the configuration, and those got by ACME. */
#ifndef SERVER_LISTEN_CERTIFICATES_H
#define SERVER_LISTEN_CERTIFICATES_H

#include "server/server.h"

struct certificates {
    struct server *server;
    struct tls_server *tls;
    struct tls_server *of_listener[LISTENERS_MAX]; /* of those that differ */
};

/* Reads them; server has its services. Without any there is no TLS until a reload brings one. */
MUST_USE enum code certificates_open(struct ctx *cx, struct certificates *c, struct server *s);
/* Begins to get them by ACME, if that is set. Once io runs. */
void certificates_start(struct certificates *c);
/* After all connections ended. */
void certificates_close(struct certificates *c);
/* Of the listener with that index. */
struct tls_server *certificates_for(const struct certificates *c, size_t listener);
/* Reads all anew, as a new configuration says. What was there stays on any error. */
MUST_USE enum code certificates_reload(struct ctx *cx, struct certificates *c,
                                       const struct config *config, size_t *count);

/* Says in metrics and log which end soon: a job of housekeeping. */
MUST_USE enum code certificates_watch(struct ctx *cx, struct server *s);

#endif
