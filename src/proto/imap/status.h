/* STATUS and what LIST shares with it (RFC 5819). */
#ifndef PROTO_IMAP_STATUS_H
#define PROTO_IMAP_STATUS_H

#include "proto/imap/mailbox/mailbox.h"

/* Takes "(MESSAGES UIDNEXT …)". out: bits for imap_status_put. HIGHESTMODSEQ makes the session
   aware of CONDSTORE. E_SYNTAX. */
MUST_USE enum code imap_status_items(struct ctx *cx, struct imap_session *s, struct cur *c,
                                     uint32_t *out);
/* "* STATUS name (…)". E_DENIED when the mailbox may not be read. */
MUST_USE enum code imap_status_put(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                                   const struct imap_box *box, uint32_t bits);

#endif
