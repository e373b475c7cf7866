/* The threads of a process that run reactors and requests: they drive the engines of base/engine.h.
 */
#ifndef IO_IO_H
#define IO_IO_H

#include "base/err.h"
#include "base/str.h"

struct engine;
struct log;
struct metrics;
struct tls_server;
struct io;
struct io_timer;

/* Whatever is 0 or NULL takes the default in brackets. */
struct io_config {
    unsigned reactors;         /* loops that own sockets [half of the processors, 1 to 4] */
    unsigned workers;          /* threads that run requests; they block in the store [64] */
    unsigned slow_workers;     /* threads for reply.slow and slow jobs [2] */
    size_t worker_stack_bytes; /* [256 KiB] */

    size_t connections;    /* open at a time, in all [20000] */
    size_t per_address;    /* open at a time from an IPv4 address or an IPv6 /64 [200] */
    size_t input_bytes;    /* memory for input of all connections; above, reading stops [256 MiB] */
    size_t spill_at_bytes; /* a request larger than this goes to a file [256 KiB] */
    size_t spill_bytes;    /* all such files; above, reading stops [8 GiB] */
    const char *spill_dir; /* unlinked files are made here ["/tmp"] */

    uint32_t proxy_ms;     /* a proxy's header must be there in [5 s] */
    uint32_t handshake_ms; /* a TLS handshake must be done in [10 s] */
    uint32_t first_ms;     /* the first request must start to come in [5 min] */
    uint32_t request_ms;   /* a request must be complete in this plus its bytes/rate_min [5 min] */
    uint32_t rate_min;     /* bytes a second [1000] */
    uint32_t write_ms;     /* output that waits must make progress in [5 min] */
    uint32_t linger_ms;    /* how long to wait for the peer's end after our own [2 s] */
    uint32_t look_ms;      /* a request of twice that does not hold up others [1 ms] */

    uint64_t random_seed; /* for tests: see base/random.h [the kernel's generator] */
    struct log *log;      /* may be NULL, and so may be metrics */
    struct metrics *metrics;
};

/* A bound and listening socket (or one that is about to listen) and what serves it. Everything it
   points to must live until io_close(). */
struct io_listener {
    int fd; /* TCP or unix stream socket; io listens on it and closes it */
    const struct engine *engine;
    void *env;              /* handed to engine->open() */
    struct tls_server *tls; /* NULL: no TLS here */
    bool tls_at_once;       /* handshake first (imaps, submissions) */
    struct str role;        /* peer->role, and the label of the metrics */
    struct str busy_text;   /* sent in clear to whom a limit refuses; may be empty */
    size_t per_address;     /* 0: as in the configuration */
    int backlog;            /* 0: 1024 */
    /* Not NULL: each connection must begin with a header of the PROXY protocol, and come from an
       address that this takes. */
    bool (*may_proxy)(const void *proxy_env, struct str address);
    const void *proxy_env;
};

/* Nothing runs yet. Names and texts of config are kept, not copied. */
struct io *io_open(const struct io_config *config);
/* Only before io_start(). E_IO. */
MUST_USE enum code io_listen(struct ctx *cx, struct io *io, const struct io_listener *listener);
/* Starts all threads; signals are blocked in them. E_IO. */
MUST_USE enum code io_start(struct ctx *cx, struct io *io);
/* Stops accepting new connections, or takes it up again; they wait in the backlog. Any thread. */
void io_pause(struct io *io, bool pause);
/* Takes a connected stream socket (a socketpair's end, say) as if it came to the role's listener.
   Any thread, after io_start(). io owns fd in any case. E_NOT_FOUND: no such role. */
MUST_USE enum code io_adopt(struct ctx *cx, struct io *io, struct str role, int fd);
/* Stops: no more connections, engine->shutdown() for every session once its request is done, then
   their output is written. Connections that are not done after drain_ms are cut off; a request that
   runs is waited for in any case. Jobs that were posted are run, timers end. Returns when all
   threads have ended. Not from a worker. */
void io_stop(struct io *io, uint32_t drain_ms);
/* After io_stop(), or without io_start(). */
void io_close(struct io *io);

/* Runs fn(cx, arg) on a worker soon; cx->arena dies when fn returns. Any thread, never blocks.
   slow: on the slow lane, with cx->slow. After io_stop() began, jobs are still taken until the
   workers have ended. */
void io_post(struct io *io, void (*fn)(struct ctx *cx, void *arg), void *arg, bool slow);

/* Runs fn(cx, arg) on a worker after delay_ms, and then every period_ms (0: once; the timer must be
   cancelled even so). A run never overlaps with the next. Any thread. */
struct io_timer *io_timer(struct io *io, uint32_t delay_ms, uint32_t period_ms,
                          void (*fn)(struct ctx *cx, void *arg), void *arg);
/* Ends and frees the timer; when this returns fn does not run any more (if called from fn: it will
   not run again). Before io_close(). */
void io_timer_cancel(struct io_timer *timer);

/* Connections open now. Any thread. */
size_t io_connections(const struct io *io);

#endif
