/* What the files of the queue share. */
#ifndef SERVICE_TRANSPORT_QUEUE_INNER_H
#define SERVICE_TRANSPORT_QUEUE_INNER_H

#include "base/arena.h"
#include "base/map.h"
#include "service/delivery.h"
#include "service/transport/queue/row.h"
#include "service/transport/queue/sched.h"
#include "service/transport/routing.h"
#include <pthread.h>
#include <stdatomic.h>

struct log;
struct meter;
struct metric;

struct queue {
    struct core *core;
    struct delivery *delivery; /* set by queue_join, as the next two */
    struct routing *routing;
    const struct road *road; /* NULL: nothing leaves */
    struct queue_config config;
    pthread_mutex_t lock; /* of sched, chores, last_id */
    struct sched *sched;
    uint64_t last_id;
    struct chore *first_chore, *last_chore;
    struct own_slot *inside;      /* slots of destinations that no road serves */
    struct own_errand *unsettled; /* the store failed when they came back */
    atomic_bool stopping;
    atomic_size_t slots; /* handed out */
    struct metric *accepted, *delivered, *deferred, *failed, *reports;
    struct metric *jobs, *ready, *held, *connections, *dests, *bad;
};

/* A message with all its recipients, out of the store; slices are in cx->arena. */
struct queued {
    uint64_t id;
    struct message_row m;
    struct recipient_row *to;
    size_t count;
};
/* E_NOT_FOUND when it is gone. */
MUST_USE enum code queued_load(struct ctx *cx, struct queue *q, uint64_t id, struct queued *out);

/* When the sender is told of a delay, and when time is up: the next of both, UTC ms. */
int64_t queue_expires_ms(const struct queue *q, const struct message_row *m);
int64_t queue_warns_ms(const struct queue *q, const struct message_row *m);
/* The time at which the message has to be looked at next, in seconds. */
uint32_t queue_alarm_s(const struct queue *q, const struct message_row *m, int64_t now_ms);
static inline uint32_t queue_seconds(int64_t ms)
{
    return ms <= 0 ? 0 : ms / 1000 < UINT32_MAX ? (uint32_t)(ms / 1000) : UINT32_MAX - 1;
}

/* Puts a job for a destination into the order of things. Under the lock. */
struct queue_job {
    uint64_t id;
    const struct message_row *m;
    struct str destination;
    int64_t due_ms;
    bool unwarned; /* nobody was told of a delay yet */
};
void queue_schedule(struct queue *q, const struct queue_job *job, int64_t now_ms);
/* Starts slots for what may go. Not under the lock. */
void queue_pump(struct ctx *cx, struct queue *q);

/* Work on one message that a job stands for; it is locked meanwhile. */
enum chore_kind {
    CHORE_LATE,    /* an alarm: warn or give back */
    CHORE_FAIL,    /* its destination is impossible */
    CHORE_OWED,    /* reports; no job */
    CHORE_REROUTE, /* the table of routes changed; no job */
};
struct chore {
    struct chore *next;
    enum chore_kind kind;
    job_no job;          /* SCHED_NONE for CHORE_OWED */
    uint64_t id;         /* of the message */
    char *status, *text; /* of CHORE_FAIL */
};
void queue_chore_free(struct chore *c);
/* Under the lock. */
void queue_chore_add(struct queue *q, enum chore_kind kind, job_no job, uint64_t id);
/* The same, with what the recipients' failure is. */
void queue_chore_fail(struct queue *q, job_no job, struct str status, struct str text);
/* Runs one, if there is any. Not under the lock. */
bool queue_chore_run(struct ctx *cx, struct queue *q);
struct own_slot {
    struct slot s; /* first: what the road sees */
    struct own_slot *next;
    struct queue *q;
    dest_no dest;
    bool progress;
};
/* Works off the slots whose destination lies in this server (inside.c). Not under the lock. */
void queue_inside_run(struct ctx *cx, struct queue *q);
/* Again for those that the store did not take. */
void queue_settle_again(struct ctx *cx, struct queue *q);
void queue_unsettled_drop(struct queue *q);
/* Tells the sender what is owed for a message (reports of failure and of success), then ends those
   rows. */
MUST_USE enum code queue_report_owed(struct ctx *cx, struct queue *q, uint64_t id);

/* Inside an update: writes or ends a recipient's row, and keeps the message's count. When the last
   has gone the message goes, with its reference. */
struct queue_change {
    uint64_t id;
    struct message_row m;
    bool ended;
};
MUST_USE enum code queue_change_begin(struct ctx *cx, struct txn *t, uint64_t id,
                                      struct queue_change *out);
void queue_change_put(struct ctx *cx, struct txn *t, const struct queue_change *c,
                      const struct recipient_row *row);
void queue_change_end(struct txn *t, struct queue_change *c, uint32_t n);
void queue_change_finish(struct ctx *cx, struct txn *t, struct queue_change *c);
void queue_event_put(struct ctx *cx, struct txn *t, uint64_t id, uint32_t n, const struct event *e);

/* Something became of a message of a person who is logged in: what is kept of it there counts as
   changed. Not under the lock, and not inside an update. */
void queue_sender_told(struct ctx *cx, struct queue *q, const struct message_row *m);

#endif
