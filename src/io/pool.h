/* Threads that run tasks. The thread that slept last is woken first: its stack is still warm. */
#ifndef IO_POOL_H
#define IO_POOL_H

#include "io/lane.h"

/* Embedded in what is to be run. */
struct task {
    struct task *next;
    void (*run)(struct lane *lane, struct task *self);
    int64_t queued_us;
};

struct pool_config {
    struct io *io;
    const char *name; /* of the threads */
    unsigned threads;
    unsigned spare; /* of them are woken by pool_submit_first() alone */
    size_t stack_bytes;
    bool slow;
    uint64_t random_seed;
    struct metric *waited; /* time in the queue */
};

struct pool;

/* No thread runs yet. */
struct pool *pool_open(const struct pool_config *config);
/* E_IO when the system has no more threads. */
MUST_USE enum code pool_start(struct ctx *cx, struct pool *p);
/* Any thread. The task is the pool's until its run() is called. */
void pool_submit(struct pool *p, struct task *t);
/* The same before all others, and with a spare thread if need be. */
void pool_submit_first(struct pool *p, struct task *t);
/* More threads than the spare ones are idle. A guess: they may be gone the next moment. */
bool pool_has_spare(const struct pool *p);
/* Runs what is queued, then ends the threads. */
void pool_stop(struct pool *p);
/* After pool_stop(): runs what came late on the caller's thread; true if there was any. */
bool pool_drain(struct pool *p);
/* After pool_stop(), or without pool_start(). */
void pool_close(struct pool *p);

#endif
