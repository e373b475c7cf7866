/* The parts of the conformance test. */
#ifndef TESTS_STORE_CONFORMANCE_H
#define TESTS_STORE_CONFORMANCE_H

#include "common.h"
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 8, ROUNDS = 60 };

struct worker {
    pthread_t thread;
    struct bench *b;
    unsigned n;
    atomic_uint *failures;
};

/* Runs fn(struct worker *) in so many threads; none may count a failure. */
void run_workers(struct bench *b, void *(*fn)(void *), unsigned count);

/* Cases of watches and of many partitions (conformance_watch.c). */
void watchers_hear_of_commits_in_order(void **state);
void a_slow_watcher_delays_no_commit(void **state);
void forgotten_partitions_keep_their_versions(void **state);
void nobody_rings_who_left(void **state);

#endif
