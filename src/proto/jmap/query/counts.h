/* What mailboxes hold: emails and threads, unread ones (RFC 8621 section 2). */
#ifndef PROTO_JMAP_QUERY_COUNTS_H
#define PROTO_JMAP_QUERY_COUNTS_H

#include "proto/jmap/call.h"

struct jmap_count {
    folder_id folder;
    uint32_t emails, unread, threads, unread_threads;
};

/* Of a mailbox as the person sees it; all zero where he may not read. Worked out for all mailboxes
   at once, by one walk, when the account has changed; kept in memory after that. */
MUST_USE enum code jmap_count_of(struct ctx *cx, struct jmap_call *call, folder_id folder,
                                 struct jmap_count *out);

#endif
