/* Delivery: from an address to mailboxes, and a message into all of them with one sync. */
#ifndef SERVICE_DELIVERY_H
#define SERVICE_DELIVERY_H

#include "core/directory.h"

struct delivery; /* one for the server; safe for all threads */

enum sub_address_policy { SUB_ADDRESS_INBOX, SUB_ADDRESS_FOLDER }; /* jane+lists@: where it goes */
enum over_quota_policy { OVER_QUOTA_DEFER, OVER_QUOTA_REFUSE };    /* 4xx or 5xx */

struct delivery_config {
    char sub_address_separator; /* '+'; 0: none */
    enum sub_address_policy sub_address;
    enum over_quota_policy over_quota;
    struct str postmaster; /* takes mail for postmaster and abuse where neither the domain nor one
                              above it has such an address; may be empty */
};

/* Strings of config are copied. */
struct delivery *delivery_open(struct core *c, const struct delivery_config *config);
/* What it works with for mail elsewhere; without, only mailboxes here are served. Set before there
   are sessions; both outlive it. */
struct queue;
struct routing;
void delivery_join(struct delivery *d, struct queue *q, struct routing *r);
/* ETRN (RFC 1985): starts what waits for a domain, if its route allows it. */
MUST_USE enum code delivery_etrn(struct ctx *cx, struct delivery *d, struct str domain,
                                 bool *allowed, uint64_t *waiting);
/* Who counts what domains use; before there are sessions. */
struct meter;
void delivery_set_meter(struct delivery *d, struct meter *m);
/* Who rewrites return paths of what is passed on; before there are sessions. */
struct srs;
void delivery_set_srs(struct delivery *d, struct srs *s);
/* Whose scripts run on what comes; before there are sessions. f outlives it. */
struct filters;
void delivery_set_filters(struct delivery *d, struct filters *f);
/* Who is told of reports that come back to accounts; before there are sessions. */
struct admission;
void delivery_set_admission(struct delivery *d, struct admission *a);
/* After a change by IMAP that is durable: runs the mailbox's script on each message (RFC 6785).
   What goes wrong is logged. */
struct filter_event;
void delivery_event(struct ctx *cx, struct delivery *d, const struct filter_event *e);
struct meter *delivery_meter(const struct delivery *d);
bool delivery_has_queue(const struct delivery *d);
void delivery_close(struct delivery *d);
AUTO_OF(struct delivery *, delivery_close)

enum route_kind {
    ROUTE_LOCAL = 1, /* mailboxes of this server: targets */
    ROUTE_ELSEWHERE, /* nothing of ours: the queue's, for people who are logged in */
    ROUTE_REFUSED,   /* a rule says so: refusal */
    ROUTE_ROUTED,    /* of an agency with a mail system of its own: the queue's, for everybody */
};

struct route_target {
    principal_id who;
    account_id account;
    uint64_t domain;    /* of who, for the meter */
    struct str detail;  /* of the sub-address, or empty */
    bool over_quota_ok; /* takes it though it is full */
    bool in_group;      /* reached through a group: when it is full, the sender gets a bounce */
};

struct route {
    enum route_kind kind;
    struct str address;           /* as given by the client, for the reply and the trace */
    struct route_target *targets; /* LOCAL: groups expanded, each account once */
    size_t target_count;
    struct str *outside; /* addresses elsewhere: contacts, or the address itself */
    size_t outside_count;
    bool reports_only;  /* a return path of ours (SRS): mail from the null path alone */
    uint64_t domain;    /* ROUTED: of the agency, for the meter */
    struct str refusal; /* REFUSED: the reply ("551 5.1.6 ..."), ended by a NUL */
};

/* Where mail for an address goes: "local@domain", or "postmaster" alone. sender: who is logged in,
   0 for none (groups may refuse outsiders later). In cx->arena. E_NOT_FOUND: a hosted domain, no
   such address; E_LIMIT: over quota (see over_quota_policy; size_bytes as announced, 0 unknown);
   E_DENIED: disabled domain; E_UNSUPPORTED: a group with members elsewhere; E_SYNTAX. */
MUST_USE enum code delivery_route(struct ctx *cx, struct delivery *d, struct str address,
                                  principal_id sender, uint64_t size_bytes, struct route *out);
enum over_quota_policy delivery_over_quota(const struct delivery *d);

struct delivery_message {
    struct str bytes;       /* as received, line ends CRLF */
    struct str return_path; /* envelope sender without <>, empty for the null path */
    struct str received;    /* the Received field, and what was checked: whole, ended by CRLF */
    struct str id;          /* unique for the transaction: repeats are found by it */
    principal_id sender;    /* logged in, or 0 */
    int64_t received_ms;
    struct str envid;   /* RFC 3461: ENVID, decoded, or empty */
    bool headers_only;  /* RET=HDRS */
    bool whole;         /* RET=FULL was said */
    bool utf8;          /* came with SMTPUTF8 */
    bool binary;        /* BODY=BINARYMIME */
    bool held;          /* waits in the queue for an administrator */
    bool require_tls;   /* RFC 8689 */
    bool junk;          /* into Junk, whatever the address says */
    bool forged;        /* not its author's, as far as his domain has said who may write for it */
    bool by_return;     /* DELIVERBY's mode R */
    int8_t priority;    /* MT-PRIORITY, RFC 6710 */
    int64_t by_ms;      /* DELIVERBY, RFC 2852; 0: none */
    int64_t release_ms; /* FUTURERELEASE, RFC 4865: not before; 0: at once */
    bool each_is_told;  /* each recipient gets a reply of his own, so nothing is half done */
    bool no_session;    /* its client has gone: a script that refuses it sends a notice */
    bool id_is_new;     /* id was made for this very call: nobody has a message by it */
};

/* RFC 3461 NOTIFY; 0 is "not said". */
enum delivery_notify {
    NOTIFY_NEVER = 1,
    NOTIFY_SUCCESS = 2,
    NOTIFY_FAILURE = 4,
    NOTIFY_DELAY = 8,
};

struct delivery_recipient {
    struct route route;
    uint32_t notify;    /* enum delivery_notify */
    struct str orcpt;   /* "rfc822;address" with the address decoded, or empty */
    enum code result;   /* out: of the worst of its targets */
    struct str refusal; /* out, with E_DENIED: what a script says, "550 5.7.1 ...", lines by CRLF */
};

/* Puts the message into all mailboxes of all recipients, and into the queue for those elsewhere:
   hashed, compressed and summarised once, one sync for all; each account gets it once. Returns OK
   when every recipient's result is OK. When some failed and others did not, the same bytes from the
   same return path are known again for 7 days (as long as the process lives), so that a repeat
   brings no second copy. */
MUST_USE enum code delivery_run(struct ctx *cx, struct delivery *d,
                                const struct delivery_message *m, struct delivery_recipient *to,
                                size_t count);

/* After a delivery_run: tells the return path of the recipients that asked for NOTIFY=SUCCESS and
   got the message (RFC 3464), with one report into its mailbox, or by the queue. E_NOT_FOUND when a
   report is due and cannot be brought there; OK when none is due. */
MUST_USE enum code delivery_report(struct ctx *cx, struct delivery *d,
                                   const struct delivery_message *m,
                                   const struct delivery_recipient *to, size_t count);

#endif
