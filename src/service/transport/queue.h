/* The queue: mail for elsewhere, kept durably until it is there, given back, or dropped. Rows are
   in docs/STORE.md, what it does in docs/TRANSPORT.md. */
#ifndef SERVICE_TRANSPORT_QUEUE_H
#define SERVICE_TRANSPORT_QUEUE_H

#include "core/core.h"

struct delivery;
struct road;
struct queue; /* one for the server; safe for all threads */

/* 0 takes the default in brackets. */
struct queue_config {
    uint32_t lifetime_s;      /* then it is given back [5 days] */
    uint32_t warn_s;          /* then the sender is told of the delay [4 hours] */
    uint32_t retry_first_s;   /* after the first deferral; then doubled, with jitter [5 min] */
    uint32_t retry_last_s;    /* but no more than that [1 hour] */
    uint32_t slots;           /* at a time, of destinations that work [1000]; four times as many
                                 calls may wait for an answer */
    uint32_t per_destination; /* at a time, unless its route says otherwise [20] */
    uint32_t history_s;       /* events are kept so long after a message came [10 days] */
};

/* Reads what is there. Nothing is sent before queue_start. E_IO, E_CORRUPT. */
MUST_USE enum code queue_open(struct ctx *cx, struct core *c, const struct queue_config *config,
                              struct queue **out);
/* After its roads have ended: no slot is open any more. */
void queue_close(struct queue *q);
/* Sets who brings reports to mailboxes and who takes slots; before the first queue_run. The road
   may be NULL: then nothing leaves. */
struct routing;
void queue_join(struct queue *q, struct delivery *d, struct routing *r, const struct road *road);
/* Time goes on: starts what is due, tells and gives back what is late. To be called on a worker
   every fraction of a second. True when there is more to do at once. */
bool queue_run(struct ctx *cx, struct queue *q);
/* No slot is started from now on. */
void queue_stop(struct queue *q);

/* The destination of mail for mailboxes here that has to wait (FUTURERELEASE). */
#define QUEUE_HERE STR("here:")

/* A message for the queue. */
struct queue_new {
    const struct blob_new *body;
    struct str delivery_id; /* a repeat is found by it */
    bool delivery_id_is_new;
    struct str return_path, envid, trace;
    principal_id sender;                   /* logged in, or 0 */
    uint64_t agency;                       /* domain of the sender in the forest, or 0 */
    int64_t arrived_ms, release_ms, by_ms; /* release, by: 0 none */
    int8_t priority;
    bool headers_only, whole, utf8, eight_bit, binary, require_tls, by_return;
    bool tls_optional; /* "TLS-Required: No"; not with require_tls */
    bool held;         /* until an administrator releases it */
};
struct queue_to {
    struct str address, orcpt, destination;
    uint32_t notify;               /* enum delivery_notify */
    struct str status, diagnostic; /* not empty: it failed already, and the sender is to be told */
};

enum { QUEUE_TOGETHER = 400 }; /* recipients of one message row: more become several */

struct queue_adding;
/* Makes the updates that put it into the queue, for a store_update_all with others; in
   cx->arena. */
struct queue_adding *queue_adding_make(struct ctx *cx, struct queue *q, const struct queue_new *m,
                                       const struct queue_to *to, size_t count);
size_t queue_adding_count(const struct queue_adding *a);
/* Writes queue_adding_count() rows to out; each has a ctx of its own, given back by done. */
void queue_adding_updates(struct queue_adding *a, struct update *out);
/* After the store has run them: what is durable may go. The first failure, or OK. */
MUST_USE enum code queue_adding_done(struct ctx *cx, struct queue_adding *a,
                                     const struct update *ran);

#endif
