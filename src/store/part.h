/* The partitions in use: their versions, who waits to change them, who watches them. A partition
   that nobody uses costs nothing but a place among those remembered for their version. */
#ifndef STORE_PART_H
#define STORE_PART_H

#include "store/store.h"
#include <stdatomic.h>

enum { COMMIT_IDS = 4 };

struct parts;
struct waiting; /* an update in the queue of its partition (update.c) */
struct memo;    /* txn/memo.h */

/* The ids of the last commits, the newest first: they stand in the version row, so that it can be
   seen whether a commit of which nobody knows was made. */
struct commit_ids {
    uint64_t of[COMMIT_IDS];
};

struct part {
    part_id id;
    atomic_uint_least64_t version; /* of the last durable commit */
    struct commit_ids ids;         /* as of version */
    atomic_bool known;             /* both were read; the committer alone moves them from then on */
    atomic_uint doubts;            /* how often that was taken back */
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
/* The committer's: the version must be read again. */
void part_doubt(struct part *part);
/* The version row as the engine has it now; 0 and no ids when there is none. E_IO, E_CORRUPT. */
MUST_USE enum code part_row_get(struct ctx *cx, struct store *s, part_id id, uint64_t *version,
                                struct commit_ids *ids);
/* The value of a version row, in the arena. */
struct str part_row(struct arena *a, uint64_t version, const struct commit_ids *ids);
/* False when it is damaged. */
bool part_row_read(struct str row, uint64_t *version, struct commit_ids *ids);

#endif
