/* IMAP URLs (RFC 5092) with URLAUTH (RFC 4467), as CATENATE, URLFETCH and BURL take them. */
#ifndef FORMAT_IMAP_URL_H
#define FORMAT_IMAP_URL_H

#include "base/err.h"
#include "base/str.h"

enum { IMAP_URL_MAX = 8 * 1024 };

/* Who may use an authorized URL (RFC 4467 section 3). */
enum imap_url_access {
    IMAP_URL_NOT_AUTHORIZED, /* no URLAUTH at all */
    IMAP_URL_USER,           /* "user+name": that user */
    IMAP_URL_SUBMIT,         /* "submit+name": a submission server for that user */
    IMAP_URL_AUTHUSER,       /* who logged in, whoever that is */
    IMAP_URL_ANONYMOUS,      /* all */
};

struct imap_url {
    struct str user, host;      /* decoded; host is empty in a relative URL */
    uint32_t port;              /* 0: none was named */
    bool absolute, rooted;      /* rooted: the mailbox is named from the server's root */
    struct str mailbox;         /* decoded, UTF-8; empty: the base's */
    uint32_t uid_validity, uid; /* 0: none */
    struct str section;         /* decoded: "1.2", "HEADER", "1.MIME" */
    bool partial;
    uint64_t from, count; /* count 0: to the end */
    bool expires;
    int64_t expires_at_ms;
    enum imap_url_access access;
    struct str access_name;      /* decoded: of user+ and submit+ */
    struct str mechanism, token; /* empty when it was not signed yet; token: hexadecimal */
    struct str rump;             /* what is signed: all up to the mechanism's colon, as written */
};

/* Takes a URL of one message or part of it; a query (RFC 5092 "?") is not taken. Slices of in, and
   memory in cx->arena. E_SYNTAX; E_LIMIT past IMAP_URL_MAX. */
MUST_USE enum code imap_url_parse(struct ctx *cx, struct str in, struct imap_url *out);
/* Appends "imap://jane%40example.com;AUTH=*@host/Shared/x": a mailbox of a user on another server;
   mailbox may be empty. */
struct buf;
void imap_url_put(struct buf *out, struct str user, struct str host, struct str mailbox);

#endif
