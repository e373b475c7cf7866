/* The queue in the hands of an operator. */
#ifndef SERVICE_TRANSPORT_ADMIN_H
#define SERVICE_TRANSPORT_ADMIN_H

#include "base/err.h"
#include "base/str.h"

struct queue;

/* A message: its number in the queue, or the id that SMTP gave it. Also when it has left, as long
   as its history is kept. E_NOT_FOUND. */
MUST_USE enum code queue_find(struct ctx *cx, struct queue *q, struct str name, uint64_t *id);

struct queue_message_facts {
    uint64_t id, size_bytes;
    struct str delivery_id, return_path, envid;
    int64_t arrived_ms, release_ms, by_ms, expires_ms;
    int priority;
    bool held;
    size_t to_count;
    struct queue_recipient_facts {
        struct str address, destination, state, status, reply; /* state: "waiting"... */
        uint32_t attempts;
        int64_t next_ms;
    } * to;
};

/* All that are given must hold; empty ones do not count. */
struct queue_filter {
    uint64_t id;
    struct str destination, sender; /* sender: the whole return path */
    bool held;                      /* those that are held alone */
    uint64_t after;                 /* of queue_list: ids above that */
};
/* The oldest limit messages. In cx->arena. */
MUST_USE enum code queue_list(struct ctx *cx, struct queue *q, const struct queue_filter *filter,
                              size_t limit, struct queue_message_facts **out, size_t *count);

struct queue_destination_facts {
    struct str name, state, why; /* state: "works", "new", "unreachable" */
    uint32_t jobs, ready, slots, window, fails;
    int64_t retry_ms; /* 0: now */
};
/* Those with the most jobs first, at most limit. */
MUST_USE enum code queue_destinations(struct ctx *cx, struct queue *q, size_t limit,
                                      struct queue_destination_facts **out, size_t *count);

enum queue_act {
    QUEUE_HOLD = 1, /* not tried until released; its time does not run out */
    QUEUE_RELEASE,
    QUEUE_REQUEUE, /* tried now, by the routes of now */
    QUEUE_REROUTE, /* the same at its own time */
    QUEUE_DROP,    /* thrown away; nobody is told */
};
/* *done: how many messages. What a road has in hand is held or dropped when it comes back. */
MUST_USE enum code queue_act(struct ctx *cx, struct queue *q, const struct queue_filter *filter,
                             enum queue_act act, uint64_t *done);
/* The table of routes changed: all find their way anew, soon. */
void queue_reroute(struct queue *q);

struct queue_event_facts {
    int64_t at_ms;
    struct str what, address, status, text;
};
/* All that happened to a message, and when its destinations could not be reached. E_NOT_FOUND. */
MUST_USE enum code queue_trace(struct ctx *cx, struct queue *q, uint64_t id,
                               struct queue_event_facts **out, size_t *count);
/* Ends the history of messages that came too long ago and have left; bounded. *more: call again. */
MUST_USE enum code queue_trim(struct ctx *cx, struct queue *q, bool *more);

/* ETRN: as delivery_etrn. */
MUST_USE enum code queue_etrn(struct ctx *cx, struct queue *q, struct str domain, bool *allowed,
                              uint64_t *waiting);

#endif
