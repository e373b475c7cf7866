/* What the files of reports share. */
#ifndef SERVICE_REPORTS_PARTS_H
#define SERVICE_REPORTS_PARTS_H

#include "service/reports/reports.h"
#include "service/reports/tally.h"

struct cage_host;
struct metric;
struct tls_watch;

enum { REPORT_URIS_MAX = 10 };

struct reports {
    struct reports_parts is;
    struct arena *arena; /* of the strings of config */
    struct reports_config config;
    struct str from_domain;
    struct tally *tally;
    struct tls_watch *tls_watch; /* which domains want reports of TLS */
    struct cage_host *cage;      /* NULL: no mailbox */
    struct metric *sent[3], *failed[3], *taken[3], *broken;
};

/* A mail of ours with one packed report in it. */
struct report_mail {
    struct str id; /* unique; repeats are found by it. Also of Message-ID */
    struct str to; /* an address */
    struct str subject;
    struct str fields;          /* more of the header, each with CRLF, or empty */
    struct str type;            /* "multipart/mixed", or with report-type */
    struct str text;            /* for people; CRLF */
    struct str file, file_type; /* name and type of what is attached */
    struct str bytes;
};
/* Written, signed with the domain's keys (DKIM), and on its way when it returns OK. */
MUST_USE enum code report_mail_send(struct ctx *cx, struct reports *r, const struct report_mail *m);

/* Sends one domain's day. E_NOT_FOUND: nobody wants it; E_BUSY: try again later. */
MUST_USE enum code tls_report_send(struct ctx *cx, struct reports *r, const struct tally_day *day);
MUST_USE enum code dmarc_report_send(struct ctx *cx, struct reports *r,
                                     const struct tally_day *day);

/* Which domains want reports of TLS: asked once a day, with what is counted meanwhile kept. */
struct tls_watch *tls_watch_open(struct reports *r);
void tls_watch_close(struct tls_watch *w);

#endif
