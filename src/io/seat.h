/* A reactor's seat: the right to run its loop. Whoever sits in it runs requests himself, so that a
   short one costs no other thread. Before he waits for something he gives the seat to another
   thread; when a request takes long, the watchman does. Who lost it goes on as a plain worker. */
#ifndef IO_SEAT_H
#define IO_SEAT_H

#include "io/lane.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

struct pool;

enum { SEAT_REQUESTS = 128 }; /* of one connection in a row; then it goes on with a worker */

/* Even while its thread is in the loop; odd while it is in a stint of requests, and may be taken.
   Each change adds one. */
typedef atomic_uint seat_word;

/* Looks at all seats every look_ms, and takes one that is in the same stint as the last time;
   sleeps while nothing happens. */
struct watchman {
    struct io *io;
    pthread_t thread;
    bool running;
    atomic_bool dozing, stopping;
    sem_t wake, stop;
    unsigned *seen; /* each seat's word when it was looked at last */
};

/* Before the lane calls an engine. False: it may not, in its seat; a worker must. Plain workers
   always may. */
bool seat_enter(struct lane *lane);
/* After the last call. Has the lane lost its seat, it has no reactor any more. */
void seat_leave(struct lane *lane);
/* The lane is about to wait: another thread goes on with the loop. */
void seat_give(struct lane *lane);

/* E_IO. */
MUST_USE enum code watchman_start(struct ctx *cx, struct watchman *w, struct io *io);
void watchman_stop(struct watchman *w);

#endif
