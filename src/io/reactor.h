/* A loop that owns sockets and their timers. A thread of the pool runs it, as long as it has the
   seat (io/seat.h); then another one goes on where it stopped. */
#ifndef IO_REACTOR_H
#define IO_REACTOR_H

#include "io/inner.h"
#include <sys/epoll.h>

enum { REACTOR_EVENTS = 128 }; /* fetched at once */

struct timer_slot {
    int64_t at_ms;
    struct conn *conn;
};

/* A binary heap, the earliest first; each connection knows its place. */
struct timer_heap {
    struct timer_slot *slots;
    size_t count, cap;
};

/* Sets (or moves) the connection's timer. */
void heap_set(struct timer_heap *h, struct conn *c, int64_t at_ms);
/* Does nothing if it has none. */
void heap_remove(struct timer_heap *h, struct conn *c);

/* Touched by who has the seat alone, but for what is atomic. */
struct reactor {
    struct task task; /* first: runs the loop */
    struct io *io;
    seat_word seat;
    int epoll_fd, event_fd;
    bool running; /* set before it starts, for good */
    struct timer_heap timers;
    _Atomic(struct conn *) inbox; /* the newest first */
    struct conn *mail;            /* taken from the inbox and not read yet */
    struct epoll_event events[REACTOR_EVENTS];
    int event_at, event_count; /* the next, and how many there are */
    atomic_bool sleeping;      /* who puts something into the inbox wakes it */
    struct conn *conns;
    bool told_stop, told_kill, ended;
    bool accepting;
};

/* E_IO. */
MUST_USE enum code reactor_open(struct ctx *cx, struct reactor *r, struct io *io);
/* Has a thread of the pool run its loop. */
void reactor_start(struct reactor *r);
/* Makes it look around. Any thread. */
void reactor_wake(struct reactor *r);
/* Leaves a note (INBOX_*) about a connection. Any thread that serves it. */
void reactor_note(struct conn *c, unsigned why);
/* The deadline that the connection's server wants from now on. */
void reactor_deadline(struct lane *lane, struct conn *c, int64_t at_ms);
/* After its loop ended. */
void reactor_close(struct reactor *r);

#endif
