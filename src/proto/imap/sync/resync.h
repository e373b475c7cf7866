/* SELECT's QRESYNC parameter (RFC 7162 section 3.2.5). */
#ifndef PROTO_IMAP_RESYNC_H
#define PROTO_IMAP_RESYNC_H

#include "proto/imap/command.h"

struct imap_resync {
    uint32_t uid_validity;
    uint64_t modseq;
    bool has_known;
    struct imap_set known;         /* uids */
    struct imap_set numbers, uids; /* pairs that the client believes in */
};

/* Takes " (67890007 20050715194045000 41:211 (1,3 41,43))". E_SYNTAX; UIDREQUIRED is E_DENIED. */
MUST_USE enum code imap_resync_parse(struct ctx *cx, const struct imap_session *s, struct cur *c,
                                     struct imap_resync *out);
/* For the mailbox that was just selected: VANISHED (EARLIER), and FETCH responses, by a job when
   they are many. Nothing when UIDVALIDITY is another one. */
MUST_USE enum code imap_resync_tell(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                                    const struct imap_resync *resync);

#endif
