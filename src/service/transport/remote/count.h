/* What sessions with other hosts say for reports of TLS (RFC 8460). */
#ifndef SERVICE_TRANSPORT_REMOTE_COUNT_H
#define SERVICE_TRANSPORT_REMOTE_COUNT_H

#include "service/transport/remote/client.h"
#include "service/transport/remote/hosts.h"
#include "service/transport/sts/sts.h"

struct reports;

struct count {
    struct reports *reports; /* NULL: nobody counts */
    struct str domain;
    const struct sts_found *sts;
};

/* A session is over, under the host's TLSA records, the domain's policy, or none. */
void count_session(struct ctx *cx, const struct count *c, const struct host *h,
                   const struct client_job *job);
/* A host that is not called: its TLSA records cannot be had, or the policy does not name it. */
void count_host(struct ctx *cx, const struct count *c, const struct host *h, bool allowed);
/* A policy that is announced and cannot be had. */
void count_policy(struct ctx *cx, const struct count *c);

#endif
