/* What a client that comes back has missed (QRESYNC, RFC 7162 section 3.2): uids that are gone, and
   messages that changed, since a number that it remembers. */
#ifndef PROTO_IMAP_PAST_H
#define PROTO_IMAP_PAST_H

#include "proto/imap/session.h"

struct imap_past_ask {
    uint64_t since;               /* MODSEQ; not 0 */
    const struct imap_set *known; /* uids, rising; NULL: all */
    /* The client believes that message numbers[i] has uids[i]: what lies below the last pair that
       is right has not been removed. Both sets are rising and of one size, or empty. */
    struct imap_set numbers, uids;
};

struct imap_past {
    struct imap_set gone;    /* uids that are not there any more, of those that are known */
    struct imap_set changed; /* places in selected->view, of those that are known */
};

/* From the tombstones, by one scan that starts at the number; when these do not reach back so far,
   or that would be longer than looking at the folder, all uids that are not there. So the answer
   may name uids that the client never knew, and leaves none out. In cx->arena. */
MUST_USE enum code imap_past(struct ctx *cx, const struct imap_session *s,
                             const struct imap_past_ask *ask, struct imap_past *out);

/* "* VANISHED (EARLIER) 41,43:116"; nothing for an empty set. */
void imap_put_vanished_earlier(struct buf *out, const struct imap_set *gone);

#endif
