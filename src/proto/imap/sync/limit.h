/* Limits on how many messages one command works on (RFC 9738); both are off unless configured. */
#ifndef PROTO_IMAP_SYNC_LIMIT_H
#define PROTO_IMAP_SYNC_LIMIT_H

#include "proto/imap/session.h"

/* Keeps the last messages of a set when there are more than MESSAGELIMIT, and notes in the call
   which is the lowest of them. Numbers at: the view's. */
void imap_limit_places(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                       struct imap_set *places);
/* E_LIMIT, with the response code, when so many messages may not be saved by one command. */
MUST_USE enum code imap_limit_saves(struct ctx *cx, const struct imap_session *s,
                                    struct imap_call *call, uint64_t count);
/* E_LIMIT, with the response code, for what cannot be done with a part of a mailbox of so many
   messages (RFC 9738: THREAD). */
MUST_USE enum code imap_limit_whole(struct ctx *cx, const struct imap_session *s,
                                    struct imap_call *call, uint32_t count);
/* Tells what call->limited says: in the tagged reply unless that has another response code. */
void imap_limit_tell(struct ctx *cx, const struct imap_session *s, struct imap_call *call);

#endif
