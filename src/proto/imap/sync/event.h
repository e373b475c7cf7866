/* Scripts that run when mailboxes are changed (RFC 6785). */
#ifndef PROTO_IMAP_SYNC_EVENT_H
#define PROTO_IMAP_SYNC_EVENT_H

#include "core/item.h"
#include "proto/imap/session.h"
#include "service/filter/event.h"

/* After messages were put into a folder, durably. Fills in who did it. */
void imap_event_added(struct ctx *cx, const struct imap_session *s, struct filter_event *e);
/* After flags of messages of the selected mailbox were changed. */
void imap_event_flags(struct ctx *cx, const struct imap_session *s, const struct item_flags *change,
                      const uint32_t *uids, size_t count);

#endif
