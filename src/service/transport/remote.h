/* The road out by SMTP and LMTP: from a slot of the queue to a host that takes its mail. */
#ifndef SERVICE_TRANSPORT_REMOTE_H
#define SERVICE_TRANSPORT_REMOTE_H

#include "base/err.h"
#include "base/str.h"

struct io;
struct log;
struct metrics;
struct remote;
struct reports;
struct resolver;
struct road;
struct routing;
struct signer;
struct store;
struct sts;
struct tls_client;

/* All that it points to outlives the road; log and metrics may be NULL. */
struct remote_config {
    struct io *io; /* before io_start() */
    struct store *store;
    const struct resolver *resolver;
    struct routing *routing;
    struct tls_client *tls;
    struct sts *sts;         /* NULL: nobody asks for policies (RFC 8461) */
    struct reports *reports; /* who counts sessions for reports of TLS; or NULL */
    struct signer *signer;   /* signs anew what is converted to 7 bits; or NULL */
    struct log *log;
    struct metrics *metrics;
    struct str host_name;            /* ours */
    struct str source_v4, source_v6; /* addresses to call from; may be empty */
    uint16_t port;                   /* of MX hosts and smart hosts that name none [25] */
    uint32_t reply_timeout_s;        /* silence that is borne; 0: as RFC 5321 asks */
    uint32_t final_timeout_s;        /* the same after the end of a message */
};

/* Takes no slot before it is joined to the queue. */
struct remote *remote_open(const struct remote_config *config);
/* For queue_join(). */
const struct road *remote_road(const struct remote *r);
/* After io_stop(): every slot has ended. */
void remote_close(struct remote *r);

#endif
