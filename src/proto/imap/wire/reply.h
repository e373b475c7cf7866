/* From codes to replies, and the pieces that replies are made of. */
#ifndef PROTO_IMAP_REPLY_H
#define PROTO_IMAP_REPLY_H

#include "proto/imap/session.h"

struct imap_reply_row {
    struct str status;   /* "OK", "NO" or "BAD" */
    struct str response; /* response code without brackets, or empty */
    struct str text;     /* for people; empty: what the error says */
};
/* The only table from codes to replies. */
const struct imap_reply_row *imap_reply_row(enum code code);

/* Appends the tagged reply of a call that ended with code. */
void imap_tagged(const struct ctx *cx, struct imap_call *call, enum code code);
/* "* BYE text"; the session ends with it. */
void imap_bye(struct imap_session *s, struct imap_call *call, struct str response, struct str text);

/* Message numbers where UIDONLY is on (RFC 9586 section 3.2): BAD with UIDREQUIRED. */
enum code imap_uid_required(struct ctx *cx, struct imap_call *call);

/* A string for people in a response: quoted where that does, else a literal. */
void imap_put_string(struct buf *out, struct str s);

#endif
