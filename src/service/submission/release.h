/* Messages that wait for their time: whoever sends one later lays it into the folder of the role
   ROLE_OUTBOX, and when the queue has let it go it is moved to the sent ones. What is due when
   lies in DUE_PART, so a restart loses nothing, and nothing is done twice. */
#ifndef SERVICE_SUBMISSION_RELEASE_H
#define SERVICE_SUBMISSION_RELEASE_H

#include "core/item.h"

struct queue;

struct held {
    account_id account;
    item_id item;           /* the message that was sent */
    struct str delivery_id; /* as the queue knows it */
    int64_t release_ms;
};

/* Notes when it goes. Durable with OK. */
MUST_USE enum code submission_hold(struct ctx *cx, struct core *c, const struct held *h);
/* Moves what has gone to the sent ones, if it lies in the outbox yet. What was taken back stays. At
   most limit; *done: how many have gone. To be called each few seconds. */
MUST_USE enum code submission_release(struct ctx *cx, struct core *c, struct queue *q, size_t limit,
                                      size_t *done);

#endif
