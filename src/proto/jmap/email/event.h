/* Scripts that run when emails are made or changed (RFC 6785), as they do by IMAP. */
#ifndef PROTO_JMAP_EMAIL_EVENT_H
#define PROTO_JMAP_EMAIL_EVENT_H

#include "proto/jmap/set/set.h"
#include "service/filter/event.h"

/* What became of an email. */
struct jmap_touched {
    enum filter_cause cause;
    folder_id folder; /* where it lies now */
    uint32_t uid;
    struct sieve_list flags; /* CAUSE_FLAG: names of those that changed */
};

/* x was made, and lies there now. */
void jmap_email_made(struct jmap_call *call, struct jmap_set_one *x, enum filter_cause cause,
                     const struct item_placed *placed);
/* Runs the scripts of the mailboxes, those of neighbours that were touched alike together; after
   all is durable. What goes wrong is logged. */
void jmap_email_events(struct ctx *cx, const struct jmap_call *call,
                       const struct jmap_touched *const *all, size_t count);
/* For setters that only create: finish. */
MUST_USE enum code jmap_email_finish(struct ctx *cx, struct jmap_call *call,
                                     const struct jmap_set_one *all, size_t count);

#endif
