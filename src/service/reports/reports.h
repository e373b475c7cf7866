/* Reports between mail systems: of TLS (RFC 8460) and of DMARC (RFC 7489 section 7, RFC 9990).
   Counted as mail comes and goes, sent once a day, taken in and shown. See docs/MAILAUTH.md and
   docs/TRANSPORT.md. */
#ifndef SERVICE_REPORTS_REPORTS_H
#define SERVICE_REPORTS_REPORTS_H

#include "core/core.h"

struct delivery;
struct reports; /* one for the server; safe for all threads */
struct resolver;
struct signer;
struct web;

enum {
    REPORTS_SPREAD_S = 4 * 3600, /* after midnight UTC reports go within so long */
    REPORTS_TRY_DAYS = 3,        /* a day that could not be reported by then is dropped */
    REPORTS_KEEP_DAYS = 400,     /* reports that were taken in */
    REPORT_BYTES_MAX = 8 << 20,  /* of one that we write, before it is packed */
};

struct reports_config {
    struct str from;         /* who sends them, an address of a domain of ours; empty: none are
                                counted or sent */
    struct str organization; /* in them; empty: the domain of from */
    struct str mailbox;      /* an account's address that others' reports come to; or empty */
    bool no_tls, no_dmarc;   /* are not counted or sent */
};

/* All that it points to outlives it; web may be NULL: none go by HTTPS. */
struct reports_parts {
    struct core *core;
    const struct reports_config *config;
    const struct resolver *resolver;
    const struct web *web;
    struct signer *signer;
    struct delivery *delivery;
    const char *reader; /* the helper program, for reports of others */
};
struct reports *reports_open(const struct reports_parts *parts);
/* Flush first. */
void reports_close(struct reports *r);
AUTO_OF(struct reports *, reports_close)

/* Writes down what was counted; every few seconds, and at the end. */
MUST_USE enum code reports_flush(struct ctx *cx, struct reports *r);
/* Sends what is due: whole days, each domain at its own time within REPORTS_SPREAD_S. now: all days
   at once, today's so far too. One that fails is tried again, and no reason not to send others. */
MUST_USE enum code reports_send(struct ctx *cx, struct reports *r, bool now);
/* Reads what came to the mailbox since the last time. */
MUST_USE enum code reports_take(struct ctx *cx, struct reports *r);
/* Forgets what was taken in more than REPORTS_KEEP_DAYS ago. */
MUST_USE enum code reports_sweep(struct ctx *cx, struct reports *r);

/* What is counted; quick, any thread. r may be NULL. */
struct tls_session;
struct dmarc_seen;
void reports_count_tls(struct reports *r, int64_t now_ms, const struct tls_session *s);
void reports_count_dmarc(struct reports *r, int64_t now_ms, const struct dmarc_seen *s);

#endif
