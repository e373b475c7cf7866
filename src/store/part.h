/* The partitions in use: their versions, who waits to change them, who watches them. A partition
   that nobody uses costs nothing but a place among those remembered for their version. */
#ifndef STORE_PART_H
#define STORE_PART_H

#include "store/store.h"
#include <stdatomic.h>

struct parts;
struct waiting; /* an update in the queue of its partition (update.c) */
struct memo;    /* txn/memo.h */

struct part {
    part_id id;
    atomic_uint_least64_t version; /* of the last durable commit */
    atomic_bool known;             /* version was read; the committer alone moves it from then on */
    uint64_t group;                /* the committer's: the last group with a commit of this one */
    struct part *next_duty;        /* in a call's list of partitions to lead */
    struct memo *memo;             /* the leader's; NULL until there was one */
    /* All below is guarded by the lock. */
    unsigned refs;
    bool led; /* somebody runs its updates, or its commit is under way */
    struct waiting *queue, **queue_end;
    struct watch *watches, **watches_end;
    bool ringing; /* in the notifier's list */
    uint64_t rung_version;
    struct part *next_ring;
    struct part *next_hashed, *idle_prev, *idle_next;
};

/* Knows none. */
struct parts *parts_open(void);
/* Nobody may have a reference. */
void parts_close(struct parts *p);

/* The partition, kept until part_unref. */
struct part *part_ref(struct parts *p, part_id id);
void part_unref(struct parts *p, struct part *part);
/* One more reference for who has one. */
void part_ref_again(struct parts *p, struct part *part);
void part_lock(struct parts *p, const struct part *part);
void part_unlock(struct parts *p, const struct part *part);

/* Its version, read from the engine the first time. E_IO, E_CORRUPT. */
MUST_USE enum code part_version(struct ctx *cx, struct store *s, struct part *part, uint64_t *out);

#endif
