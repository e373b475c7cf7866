/* One connection and its session. It is in the hands of one thread at a time: whoever posts an
   event to a connection that nobody serves becomes its server until there is nothing more to do. */
#ifndef IO_CONN_H
#define IO_CONN_H

#include "base/arena.h"
#include "base/engine.h"
#include "io/deflate.h"
#include "io/inner.h"

struct tls;

enum {
    CONN_BUSY = 1, /* somebody serves it */
    EV_IN = 2,
    EV_OUT = 4,
    EV_HUP = 8, /* the peer sends no more */
    EV_ERR = 16,
    EV_WAKE = 32,
    EV_TIMER = 64, /* a deadline may have passed */
    EV_STOP = 128, /* the server stops */
    EV_KILL = 256, /* and has no more time */
    EV_ALL = 510,
};

/* Why it is in its reactor's inbox. */
enum { INBOX_NEW = 1, INBOX_TIMER = 2, INBOX_DEAD = 4, INBOX_SERVE = 8 };

enum phase {
    PHASE_PROXY,     /* the header of a proxy */
    PHASE_HANDSHAKE, /* TLS */
    PHASE_OPENING,   /* the engine's open() comes next */
    PHASE_SERVING,
    PHASE_LINGER, /* the session is closed; the peer may still read our last words */
};

struct waker {
    struct conn *conn;
};

struct conn {
    struct task task;
    atomic_uint events;
    atomic_uint inbox;
    struct conn *inbox_next;
    _Atomic int64_t deadline_ms; /* set by who serves; kept by the reactor */
    _Atomic int64_t timer_ms;    /* when the reactor looks next */
    size_t heap_at;              /* reactor's: index in its heap plus 1, or 0 */
    struct conn *prev, *next;    /* reactor's list */

    struct io *io;
    struct reactor *reactor;
    const struct listener *listener;
    struct dial *dial; /* NULL: it came to us */
    int fd;
    enum phase phase;
    bool readable, writable, hup, eof, broken, rung, stopping, expired, paused, blocked;
    bool has_session, asked;                /* asked: a first request began to come */
    bool tls_begins;                        /* the handshake's first word is ours, and due */
    bool slow, too_long, no_room, tls_done; /* what the engine is to be called for */
    bool close_after, tls_after, deflate_after, more; /* what reply said */

    void *session;
    struct input in;
    size_t request_bytes, seen, need;
    struct arena *arena, *part; /* part: of more()'s last output */
    struct rope out;
    struct tls *tls;
    struct tls_facts *facts;
    struct squeezed *squeezed; /* NULL unless compressed */
    struct str sealed;         /* malloc'ed ciphertext that the socket did not take */

    int64_t phase_ms, quiet_ms, request_ms, write_ms, hold_until_ms, woken_ms;
    const char *why; /* it ended without the engine; a constant */
    struct peer peer;
    struct waker waker;
    struct sockaddr_storage from;
    char address[INET6_ADDRSTRLEN], local_address[INET6_ADDRSTRLEN];
};

enum next { GO_ON, WAIT, HAND_OVER, GONE };

/* Posts events; true if the caller must serve the connection now. */
bool conn_post(struct conn *c, unsigned events);
/* Serves it until there is nothing to do, or hands it to a worker. Only after conn_post() was true.
 */
void conn_serve(struct lane *lane, struct conn *c);
/* It ends before its time; why is a constant. */
void conn_broken(struct conn *c, const char *why);
/* The handshake comes next. */
void conn_begin_tls(struct conn *c);
/* Frees the memory; the reactor's last act. */
void conn_free(struct conn *c);

/* send.c: writes what can be written; sets broken. WAIT: the socket is full. GO_ON: all is written.
 */
enum next conn_send(struct lane *lane, struct conn *c);
bool conn_has_output(const struct conn *c);
/* Queues the end of TLS. */
void conn_seal_end(struct lane *lane, struct conn *c);
/* Keeps ciphertext for conn_send(). */
void conn_keep_sealed(struct conn *c, struct str s);

/* receive.c: reads and frames. GO_ON: a request or something else to do is there. */
enum next conn_receive(struct lane *lane, struct conn *c);
/* Looks for a request in what is there. */
void conn_frame(struct lane *lane, struct conn *c);
/* One step of the handshake; on workers only. */
enum next conn_handshake(struct lane *lane, struct conn *c);
/* Reads and throws away. */
enum next conn_linger(struct lane *lane, struct conn *c);

/* session.c: does the engine call that is due. GO_ON: it was done. WAIT: none is due. HAND_OVER:
   not on this lane. */
enum next session_advance(struct lane *lane, struct conn *c);
void session_end(struct conn *c);
/* The arena for output and for the running request. */
struct arena *conn_arena(struct lane *lane, struct conn *c);

#endif
