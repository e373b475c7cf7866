/* A thread that owns sockets and their timers. */
#ifndef IO_REACTOR_H
#define IO_REACTOR_H

#include "io/inner.h"

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

struct reactor {
    struct io *io;
    int epoll_fd, event_fd;
    pthread_t thread;
    bool running;
    struct lane lane;
    struct timer_heap timers;
    _Atomic(struct conn *) inbox;
    struct conn *conns;
    bool told_stop, told_kill;
    bool accepting;
};

/* number: which of the io's reactors it is. E_IO. */
MUST_USE enum code reactor_open(struct ctx *cx, struct reactor *r, struct io *io, unsigned number);
/* Starts its thread. E_IO. */
MUST_USE enum code reactor_start(struct ctx *cx, struct reactor *r, unsigned number);
/* Makes it look around. Any thread. */
void reactor_wake(struct reactor *r);
/* Leaves a note (INBOX_*) about a connection. Any thread that serves it. */
void reactor_note(struct lane *lane, struct conn *c, unsigned why);
/* The deadline that the connection's server wants from now on. */
void reactor_deadline(struct lane *lane, struct conn *c, int64_t at_ms);
/* After its thread ended. */
void reactor_close(struct reactor *r);

#endif
