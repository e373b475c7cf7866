/* What people hand in for sending (RFC 6409): whom it may be from, what is made good, who signs.
   SMTP takes it line by line and asks here; JMAP hands in the whole at once (submission_send). */
#ifndef SERVICE_SUBMISSION_SUBMISSION_H
#define SERVICE_SUBMISSION_SUBMISSION_H

#include "format/header/facts.h"
#include "service/delivery.h"

struct admission;
struct log;
struct metric;
struct metrics;
struct milters;
struct peer;
struct queue;
struct signer;

enum {
    SUBMISSION_ID_BYTES = 16,
    SUBMISSION_AUTHORS_MAX = 20,             /* addresses in From or Sender */
    SUBMISSION_DELAY_MAX_S = 30 * 24 * 3600, /* sent at most so far ahead (FUTURERELEASE) */
};

/* May who send mail with that envelope sender now? *no: the reply that refuses it ("550 5.7.1
   ..."), or NULL. */
MUST_USE enum code submission_sender_check(struct ctx *cx, struct core *c, principal_id who,
                                           struct str sender, const char **no);
/* RFC 6409 section 6: what a person's program hands in must be in order, and From and Sender must
   be addresses that the person may use. *no as above. */
MUST_USE enum code submission_header_check(struct ctx *cx, struct core *c, principal_id who,
                                           const struct header_facts *h, const char **no);
/* RFC 6409 sections 8.2 and 8.3: Date and Message-ID go in front where they are missing; the bytes
   that came stay. */
struct str submission_complete(struct ctx *cx, struct str message, const struct header_facts *h,
                               struct str id, struct str host_name);
/* Signs for the author's domain, into m->received. A fault of a key does not stop the mail: it is
   logged. s may be NULL. */
void submission_sign(struct ctx *cx, struct signer *s, struct log *log,
                     const struct header_facts *h, struct delivery_message *m);
/* A message's id, SUBMISSION_ID_BYTES long: time and chance. */
struct str submission_new_id(struct ctx *cx);

/* What submission_send works with; outlives it. */
struct submission_env {
    struct core *core;
    struct delivery *delivery;
    struct queue *queue;         /* for who takes mail back; NULL: nothing waits */
    struct signer *signer;       /* NULL: nothing is signed */
    struct admission *admission; /* NULL: no limits of accounts */
    struct milters *milters;     /* NULL: no filters are asked */
    struct log *log;             /* may be NULL, as metrics */
    struct metrics *metrics;
    struct str host_name;
    uint64_t message_bytes;            /* 0: as SMTP's default */
    uint32_t recipients;               /* 0: likewise */
    struct metric *accepted, *refused; /* submission_env_open makes them */
};
/* Fills in what is 0 and the metrics. Once, at start-up. */
void submission_env_open(struct submission_env *e);

enum submission_fault {
    SUBMISSION_TAKEN,
    SUBMISSION_FROM_ENVELOPE, /* not an address that the person may use */
    SUBMISSION_FROM_HEADER,
    SUBMISSION_FORBIDDEN, /* the person may not send, or a filter refuses it */
    SUBMISSION_INVALID,   /* the message is not in order */
    SUBMISSION_TOO_LARGE,
    SUBMISSION_TOO_MANY, /* recipients */
    SUBMISSION_NOBODY,
    SUBMISSION_RECIPIENTS, /* some cannot be served: bad */
    SUBMISSION_LIMIT,      /* too much in a time; later it may go */
};

struct submission_to {
    struct str address, orcpt; /* orcpt: "rfc822;address", or empty */
    uint32_t notify;           /* enum delivery_notify */
    bool here;                 /* out: it went into mailboxes of this server, at once */
};

struct submission {
    const struct peer *peer; /* who hands it in */
    const struct principal *who;
    struct str protocol; /* for the trace: "HTTPS" */
    struct str sender;   /* without <>; may be empty */
    struct submission_to *to;
    size_t count;
    struct str message; /* line ends CRLF */
    struct str envid;
    bool headers_only, whole, require_tls, by_return;
    int8_t priority;
    int64_t by_ms, release_ms; /* 0: none */
    /* What became of it. In cx->arena. */
    struct str id;
    enum submission_fault fault;
    const char *why; /* the reply, as SMTP would give it; NULL when it was taken */
    struct str *bad; /* addresses */
    size_t bad_count;
};
/* Sends it, or says why not in s->fault: all recipients, or none. Durable with OK and
   SUBMISSION_TAKEN. The way is SMTP's: rights, limits, filters, signature, queue. */
MUST_USE enum code submission_send(struct ctx *cx, const struct submission_env *e,
                                   struct submission *s);

#endif
