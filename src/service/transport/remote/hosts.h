/* Which hosts take a destination's mail, at which addresses, and what the DNS proves of them. */
#ifndef SERVICE_TRANSPORT_REMOTE_HOSTS_H
#define SERVICE_TRANSPORT_REMOTE_HOSTS_H

#include "io/out/dial.h"
#include "service/transport/routing.h"

struct io;

enum { HOSTS_MAX = 10, HOST_ADDRESSES_MAX = 16 };

struct host {
    struct str name; /* as MX or route have it: lower case; or an address, or a path */
    uint16_t port;
    struct io_target targets[HOST_ADDRESSES_MAX];
    size_t target_count;
    bool forged;           /* what the DNS says of it is not what was signed */
    bool later;            /* what is known of it is not enough: not now */
    bool tls_needed;       /* it has TLSA records, none of them usable (RFC 7672 section 2.2) */
    struct str tlsa_name;  /* where they are */
    struct dns_tlsa *tlsa; /* that can be used */
    size_t tlsa_count;
};

enum hosts_answer {
    HOSTS_FOUND = 1,
    HOSTS_LATER, /* the DNS does not say */
    HOSTS_NEVER, /* there are none, and that is certain */
};

/* The best first. */
struct hosts {
    enum hosts_answer answer;
    const char *status; /* of RFC 3463, and why; when not FOUND */
    struct str why;
    struct host *list;
    size_t count;
    bool secure; /* the list itself is proved, or configured */
};

struct hosts_ask {
    struct io *io;
    const struct resolver *resolver;
    struct arena *arena; /* of all that is found; nobody else's until done() */
    const struct destination *to;
    struct str host_name; /* ours: hosts that are no better than we are left out */
    uint16_t port;        /* where none is named */
    bool dane;            /* look for TLSA records */
    void (*done)(struct ctx *cx, void *arg, const struct hosts *found); /* on a worker */
    void *arg;
};

/* Calls done() once, soon or after some seconds. a is copied; what it points to is not. */
void hosts_find(struct ctx *cx, const struct hosts_ask *a);

#endif
