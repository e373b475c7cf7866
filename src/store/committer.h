/* One thread writes for all: it merges what is queued into one synced write. */
#ifndef STORE_COMMITTER_H
#define STORE_COMMITTER_H

#include "store/engine.h"

struct blob_change;
struct committer;
struct part;
struct chore;

/* What one commit wants. Stays with its owner, who may not touch it until done() is called. */
struct batch {
    struct batch *next;
    struct part *part;
    uint64_t base;             /* the version that it was made from */
    struct op *ops, **ops_end; /* its rows and references */
    struct blob_change *blobs;
    struct chore *chore; /* not NULL: there is no part, and the chore makes the ops */
    size_t bytes;
    bool frees_space; /* goes on below the reserve */
    uint64_t id;      /* the committer's: in the version row */
    /* out. E_CONFLICT; E_LIMIT: disk; E_NOT_FOUND: a blob; E_IO; E_BUSY: nobody knows */
    struct err err;
    /* In the committer's thread. The batch is its owner's again. */
    void (*done)(struct batch *b);
    void *owner;
};

/* Work that must see what is durable while nothing else is on its way: run by the committer between
   two groups. It adds ops to the list whose end is *end; those are written at once. */
struct chore {
    enum code (*run)(struct ctx *cx, struct store *s, void *arg, struct op ***end);
    void *arg;
};

struct committer_stats {
    uint64_t commits, syncs, bytes;
};

/* Starts the thread. config: metrics, dir and reserve_bytes. */
struct committer *committer_open(struct store *s, const struct store_config *config);
/* Writes what is queued first. */
void committer_close(struct committer *c);
/* Batches on their way together, linked from the newest on: {0} is none. */
struct chain {
    struct batch *newest, *oldest;
};
void chain_add(struct chain *chain, struct batch *b);
/* All of a chain come into one group, if they fit: one sync. The chain is empty then. Never waits.
 */
void committer_submit(struct committer *c, struct chain *chain);
/* Waits until what the chore wanted is durable. */
MUST_USE enum code committer_run_chore(struct ctx *cx, struct committer *c, struct chore chore);
struct committer_stats committer_stats(const struct committer *c);

#endif
