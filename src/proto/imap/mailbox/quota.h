/* Quota roots (RFC 9208): one for each account, named by its address; one's own is "". */
#ifndef PROTO_IMAP_QUOTA_H
#define PROTO_IMAP_QUOTA_H

#include "proto/imap/session.h"

struct imap_quota_root {
    account_id account;
    bool reads;       /* the session's user reads a mailbox of it, or it is one's own */
    bool administers; /* the account's domain */
};
/* Whose root that is. E_NOT_FOUND when it is nobody's, or neither holds. */
MUST_USE enum code imap_quota_root(struct ctx *cx, const struct imap_session *s,
                                   struct imap_call *call, struct str root,
                                   struct imap_quota_root *out);
/* "* QUOTA root (…)". */
void imap_quota_put(struct imap_call *call, struct str root, const struct account_view *v);

#endif
