/* What the queue gives to a road (the SMTP client, LMTP, a file) and what comes back. The queue
   knows messages, times and fairness; a road knows how to reach one destination. */
#ifndef SERVICE_TRANSPORT_ERRAND_H
#define SERVICE_TRANSPORT_ERRAND_H

#include "store/store.h"

/* How it went for one recipient. 0 is "not tried": the queue tries again at once elsewhere. */
enum errand_result {
    ERRAND_DELIVERED = 1, /* taken over by the next hop: 2xx after the message */
    ERRAND_DEFERRED,      /* 4xx, or a fault on the way: again later */
    ERRAND_FAILED,        /* 5xx: never again */
};

struct errand_recipient {
    struct str address; /* "local@domain" as to be sent */
    struct str orcpt;   /* "rfc822;address" decoded, or empty */
    uint32_t notify;    /* enum delivery_notify, 0: not said */
    enum errand_result result;
    struct str status;     /* out: "5.1.1" (RFC 3463) */
    struct str diagnostic; /* out: the next hop's reply, or our own words; one line, for reports */
    struct str next_hop;   /* out: its host name, or empty */
    bool
        next_hop_reports; /* out: it took DSN over (RFC 3461); else a wanted success is told here */
};

/* One message for some recipients of one destination. Lives in an arena of its own. */
struct errand {
    struct arena *arena; /* for the outs; ends with settle() */
    uint64_t id;         /* of the message in the queue; in every log line */
    struct str return_path, envid;
    struct str trace; /* fields to send in front of the body; CRLF */
    struct blob_id body;
    uint64_t size_bytes; /* trace and body */
    bool headers_only;   /* RET=HDRS */
    bool utf8;           /* needs SMTPUTF8: addresses or header */
    bool eight_bit;      /* the body is not 7-bit */
    bool binary;         /* came as BINARYMIME */
    bool require_tls;    /* RFC 8689 */
    int8_t priority;     /* MT-PRIORITY, RFC 6710: -9 to 9 */
    int64_t arrived_ms;
    int64_t by_ms;  /* DELIVERBY, RFC 2852; 0: none */
    bool by_return; /* its mode R: give it back when too late */
    struct errand_recipient *to;
    size_t to_count;
};

/* How a connection's work ended, for the whole destination: what its concurrency learns from. */
enum slot_end {
    SLOT_DONE = 1,    /* spoke to it; every errand has its own results */
    SLOT_UNREACHABLE, /* no host, no connection, no greeting, no TLS that is demanded: back off */
    SLOT_BUSY,        /* 421 or 4xx to the session: fewer connections */
    SLOT_IMPOSSIBLE,  /* the domain does not exist, null MX (RFC 7505): its errands fail */
};

/* One connection's worth of work for a destination. Who got it calls next() until it says false,
   settle() for each, and end() once. All are quick or wait for the store: call them from a worker.
 */
struct slot {
    void *queue;
    struct str destination; /* of the routing table: "example.org", or a route's name */
    bool hurried;           /* nothing is known of it: the first call is short */
    /* The next errand, or false when there is none that may go now. */
    bool (*next)(struct ctx *cx, struct slot *s, struct errand **out);
    /* Takes the results; when it returns they are durable, and the errand is gone. */
    void (*settle)(struct ctx *cx, struct slot *s, struct errand *e);
    /* status and text tell why, for the log, `queue list` and reports ("4.4.1", "mx.example.org:
       connection refused"). The slot is gone. */
    void (*end)(struct ctx *cx, struct slot *s, enum slot_end how, struct str status,
                struct str text);
};

/* Where work goes. */
struct road {
    void *self;
    /* Takes the slot over; returns at once. */
    void (*start)(void *self, struct slot *s);
};

#endif
