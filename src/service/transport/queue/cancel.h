/* The queue in the hands of those who send. */
#ifndef SERVICE_TRANSPORT_QUEUE_CANCEL_H
#define SERVICE_TRANSPORT_QUEUE_CANCEL_H

#include "core/core.h"

struct queue;

/* Takes back a message that waits for its time (FUTURERELEASE): with OK nobody gets it, and nobody
   ever will. E_CONFLICT: too late, it has been taken up, and all of it goes its way; E_NOT_FOUND:
   the queue has never had it; E_DENIED: sent by somebody else. */
MUST_USE enum code queue_cancel(struct ctx *cx, struct queue *q, struct str delivery_id,
                                principal_id sender);

enum queue_progress_state { PROGRESS_WAITING, PROGRESS_DELIVERED, PROGRESS_FAILED };
struct queue_progresses {
    struct queue_progress {
        struct str address;
        enum queue_progress_state state;
        struct str status, reply; /* the last; "2.1.5", what the other server said; or empty */
    } * at;                       /* in cx->arena */
    size_t count, room;
    bool taken_back; /* by queue_cancel */
};
/* How a message goes, by recipient, as long as its history is kept. E_NOT_FOUND: none of it was
   ever in the queue. */
MUST_USE enum code queue_progress(struct ctx *cx, struct queue *q, struct str delivery_id,
                                  struct queue_progresses *out);

#endif
