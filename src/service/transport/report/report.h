/* Reports of what became of a message (RFC 3461 section 6, RFC 3464, RFC 6533). */
#ifndef SERVICE_TRANSPORT_REPORT_REPORT_H
#define SERVICE_TRANSPORT_REPORT_REPORT_H

#include "base/err.h"
#include "base/str.h"

struct delivery;

enum report_kind { REPORT_FAILURE = 1, REPORT_DELAY, REPORT_SUCCESS };
enum report_action {
    REPORT_FAILED = 1,
    REPORT_DELAYED,
    REPORT_DELIVERED,
    REPORT_RELAYED,
    REPORT_EXPANDED
};

struct report_recipient {
    struct str address, orcpt; /* orcpt: "rfc822;address" decoded, or empty */
    enum report_action action;
    struct str status;     /* "5.1.1"; empty: as the action says */
    struct str diagnostic; /* the next hop's reply, or our own words; or empty */
    struct str next_hop;   /* a host's name, or empty */
};

struct report {
    enum report_kind kind;
    struct str id;          /* unique; repeats are found by it */
    struct str return_path; /* whom it is for; not empty */
    struct str envid;
    int64_t arrived_ms, retry_until_ms; /* retry_until: of REPORT_DELAY */
    struct str trace, message;          /* trace: what stood in front of it here */
    bool whole; /* the message comes back whole (RET=FULL); else its header. Failures only */
    bool utf8, require_tls;
    struct report_recipient *to;
    size_t to_count;
};

/* The bytes of the report, from host. now_ms of cx is its date. E_LIMIT. In cx->arena. */
MUST_USE enum code report_write(struct ctx *cx, const struct report *r, struct str host,
                                struct str *out);
/* Writes it and brings it to the return path: into a mailbox here at once, else into the queue,
   with the null return path. As delivery_route, delivery_run. */
MUST_USE enum code report_send(struct ctx *cx, struct delivery *d, const struct report *r);

#endif
