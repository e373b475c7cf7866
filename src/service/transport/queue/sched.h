/* What goes next: the queue's order in memory. Knows no store and no clock; not for use by two
   threads at once. Times are seconds since 1970. A job is a message for one destination. */
#ifndef SERVICE_TRANSPORT_QUEUE_SCHED_H
#define SERVICE_TRANSPORT_QUEUE_SCHED_H

#include "service/transport/errand.h"

struct sched;

struct sched_limits {
    uint32_t slots;           /* of destinations that work, at a time */
    uint32_t calls;           /* of those that are not known, or did not work the last time */
    uint32_t per_destination; /* the default */
    uint32_t backoff_first_s, backoff_last_s;
};
struct sched *sched_open(const struct sched_limits *limits);
void sched_close(struct sched *s);

/* Handles: small numbers, used again after the thing has gone. */
typedef uint32_t job_no;
typedef uint32_t dest_no;
enum { SCHED_NONE = 0x3fffffff };

struct sched_new {
    uint64_t id;
    struct str destination;
    uint64_t agency, sender; /* whom to be fair to: any numbers */
    uint64_t size_bytes;
    int8_t priority;
    bool held;
    uint32_t due_s, alarm_s; /* alarm 0: none */
};
job_no sched_add(struct sched *s, const struct sched_new *new, uint32_t now_s);
uint64_t sched_id(const struct sched *s, job_no job);
dest_no sched_dest_of(const struct sched *s, job_no job);

/* Moves time on. An alarm that has come (its job is locked then), or SCHED_NONE. */
job_no sched_alarm(struct sched *s, uint32_t now_s);
/* A destination that is to have one more slot, which it then has; SCHED_NONE when none. */
dest_no sched_slot_begin(struct sched *s, uint32_t now_s);
/* The next job for a slot of it; it is out then. SCHED_NONE: none that may go now. */
job_no sched_take(struct sched *s, dest_no dest, uint32_t now_s);

/* What becomes of a job that is out: it ends, waits until due_s, or goes first again at once. */
void sched_done(struct sched *s, job_no job);
void sched_defer(struct sched *s, job_no job, uint32_t due_s);
void sched_back(struct sched *s, job_no job, uint32_t now_s);
/* One message went well (or was refused for good): more at a time. */
void sched_learn(struct sched *s, dest_no dest, uint32_t now_s);

struct sched_end {
    enum slot_end how;
    bool progress; /* some errand had a result */
    struct str status, text;
    uint32_t chance; /* for jitter */
};
/* The slot is over. Returns the time before which there is no other try; 0: none is needed. */
uint32_t sched_slot_end(struct sched *s, dest_no dest, const struct sched_end *end, uint32_t now_s);
/* The next ready job of a destination that is impossible, locked; SCHED_NONE. */
job_no sched_take_locked(struct sched *s, dest_no dest);

/* A locked job is not taken; false when a slot has it. Unlocking ends it, or sets its next alarm
   (0: none). */
bool sched_lock(struct sched *s, job_no job);
void sched_unlock(struct sched *s, job_no job, bool ends, uint32_t alarm_s, uint32_t now_s);
/* Walks all jobs: start with *at 0; SCHED_NONE at the end. Gone ones are passed over. */
job_no sched_each(const struct sched *s, size_t *at);
/* The same for destinations. */
dest_no sched_each_dest(const struct sched *s, size_t *at);
/* By name; SCHED_NONE. */
dest_no sched_dest_find(const struct sched *s, struct str name);

enum sched_class { DEST_PROVEN, DEST_NEW, DEST_BAD, DEST_CLASSES };
struct sched_dest_facts {
    struct str name; /* valid as long as the destination has jobs or slots */
    enum sched_class class;
    uint32_t jobs, ready, slots, window, fails, retry_s, per_minute, limit;
    struct str status, text; /* why it does not work; valid until the next call for it */
    bool noted;              /* sched_dest_note: a row of the store says so, too */
};
struct sched_dest_facts sched_dest_facts(const struct sched *s, dest_no dest);
/* From its route; 0: the default, no limit. */
void sched_dest_limit(struct sched *s, dest_no dest, uint32_t connections, uint32_t per_minute);
/* As read at the start: it did not work. */
void sched_dest_trouble(struct sched *s, dest_no dest, uint32_t fails, uint32_t retry_s,
                        struct str status, struct str text);
void sched_dest_note(struct sched *s, dest_no dest, bool noted);
/* Forget what was learnt: it is tried at once. */
void sched_dest_retry(struct sched *s, dest_no dest, uint32_t now_s);

struct sched_sums {
    uint64_t jobs, ready, out, held;
    uint32_t slots, dests, bad;
};
/* Kept, not counted. */
struct sched_sums sched_sums(const struct sched *s);
/* When something is due by itself next; UINT32_MAX: never. */
uint32_t sched_wake_s(const struct sched *s);

#endif
