/* What the files of the order in memory share. */
#ifndef SERVICE_TRANSPORT_QUEUE_SCHED_INNER_H
#define SERVICE_TRANSPORT_QUEUE_SCHED_INNER_H

#include "base/map.h"
#include "service/transport/queue/lane.h"
#include "service/transport/queue/sched.h"

enum job_state {
    JOB_FREE,
    JOB_READY,  /* in a lane */
    JOB_TIMED,  /* waits for due_s */
    JOB_OUT,    /* a slot has it */
    JOB_HELD,   /* waits for somebody */
    JOB_PARKED, /* its time came while it was locked */
    JOB_DEAD,   /* over, but still in a lane */
};

enum { PRIORITY_CLASSES = 3 };

struct job {
    uint64_t id;
    uint32_t next; /* in its lane, or of the free */
    uint32_t due_s, alarm_s;
    dest_no dest;
    uint32_t kib;
    struct lane_place place;
    unsigned state : 3, class : 2, locked : 1;
};

struct dest {
    char *name;
    struct lanes lanes[PRIORITY_CLASSES];
    uint32_t jobs, ready, out, slots, fails, retry_s, picks;
    uint32_t limit, per_minute, minute_s, minute_n, idle_s;
    float window, threshold;
    dest_no next, prev; /* in the ring of its class */
    bool in_ring, noted;
    enum sched_class class;
    char *status, *text;
};

/* kind and number in one word */
enum timer_kind { TIMER_DUE, TIMER_ALARM, TIMER_DEST };
struct timer {
    uint32_t at_s, what;
};

enum { SLAB = 4096 };

struct sched {
    struct sched_limits limits;
    struct job **slabs;
    size_t slab_count;
    job_no free_job, job_top;
    struct dest **dests;
    size_t dest_count, dest_room;
    dest_no *free_dests;
    size_t free_dest_count;
    struct map *by_name;
    struct timer *timers;
    size_t timer_count, timer_room;
    struct {
        dest_no first;
        uint32_t slots;
    } rings[DEST_CLASSES];
    struct sched_sums sums;
    struct lane_links links;
};

static inline struct job *job_at(const struct sched *s, job_no n)
{
    return &s->slabs[n / SLAB][n % SLAB];
}

/* number: of a job, or of a destination; at most SCHED_NONE. */
void timer_add(struct sched *s, uint32_t at_s, enum timer_kind kind, uint32_t number);
/* The first of them, if its time has come. */
bool timer_take(struct sched *s, uint32_t now_s, struct timer *out);
static inline enum timer_kind timer_kind_of(const struct timer *t)
{
    return (enum timer_kind)(t->what >> 30);
}
static inline uint32_t timer_number(const struct timer *t)
{
    return t->what & SCHED_NONE;
}

/* Made when it is not there. */
dest_no dest_get(struct sched *s, struct str name, uint32_t now_s);
/* It or its lanes have changed: puts it into its ring or takes it out. */
void dest_look(struct sched *s, dest_no n, uint32_t now_s);
void dest_class_set(struct sched *s, dest_no n, enum sched_class class);
void dest_text_set(struct dest *d, struct str status, struct str text);
/* Without work, it is remembered for a while: then it may end. */
void dest_rest(struct sched *s, dest_no n, uint32_t now_s);
bool dest_is_idle(const struct dest *d, uint32_t now_s);
void dest_free(struct sched *s, dest_no n);

#endif
