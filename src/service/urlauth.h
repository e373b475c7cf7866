/* URLs of messages that others may use (RFC 4467), for IMAP's URLFETCH and SMTP's BURL. The
   mechanism INTERNAL: an HMAC over the URL with the key of its user and mailbox. */
#ifndef SERVICE_URLAUTH_H
#define SERVICE_URLAUTH_H

#include "core/access/urlkey.h"
#include "format/imap_url.h"

/* Who wants what the URL names. */
struct urlauth_asker {
    principal_id who; /* 0: nobody has logged in */
    bool submission;  /* a submission server, for a message of who's */
};

/* Appends ":internal:" and the token to the URL's text, which is its rump; in cx->arena. of: the
   mailbox that it names and its user. */
MUST_USE enum code urlauth_sign(struct ctx *cx, struct core *c, const struct url_key_of *of,
                                struct str rump, struct str *out);
/* OK when the URL was signed so, is not expired, and is meant for the asker; else E_DENIED. */
MUST_USE enum code urlauth_verify(struct ctx *cx, struct core *c, const struct url_key_of *of,
                                  const struct imap_url *url, const struct urlauth_asker *asker);
/* Whose URL it is: the user that it names. E_NOT_FOUND. */
MUST_USE enum code urlauth_user(struct ctx *cx, struct core *c, const struct imap_url *url,
                                principal_id *out);

#endif
