/* What NOTIFY tells of mailboxes that are not selected. */
#ifndef PROTO_IMAP_NOTIFY_TELL_H
#define PROTO_IMAP_NOTIFY_TELL_H

#include "proto/imap/sync/notify_boxes.h"

/* STATUS of all that MessageNew is wanted of (RFC 5465 section 3.1). */
MUST_USE enum code imap_notify_tell_first(struct ctx *cx, struct imap_session *s,
                                          struct imap_call *call);
/* What changed since it was told last. May end NOTIFY: NOTIFICATIONOVERFLOW. */
MUST_USE enum code imap_notify_tell(struct ctx *cx, struct imap_session *s, struct imap_call *call);

#endif
