/* What the files of io share: the process-wide state, limits and jobs. */
#ifndef IO_INNER_H
#define IO_INNER_H

#include "io/input.h"
#include "io/io.h"
#include "io/pool.h"
#include "io/seat.h"
#include <netinet/in.h>
#include <pthread.h>

struct map;
struct metric;
struct reactor;
struct conn;
struct dial;
struct dialer;

/* Metrics with the role as their label. */
struct role_metrics {
    struct metric *open, *accepted, *refused_total, *refused_address, *refused_files;
    struct metric *bytes_in, *bytes_out, *requests, *handshakes, *tls_failures, *timeouts;
    struct metric *proxied, *proxy_refused;
};

/* Also stands for a kind of connections that we begin (io/out/dial.h). */
struct listener {
    struct io_listener is;
    struct io *io;
    bool inet;
    struct role_metrics metrics;
    struct reactor *reactor; /* which accepts */
    uint32_t handshake_ms;
};

/* Connections per address. */
struct addresses {
    pthread_mutex_t lock;
    struct map *counts;
};

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t done;    /* a timer's fn returned */
    struct io_timer *first; /* sorted by time */
    bool closed;
};

struct io {
    struct io_config config;
    struct listener *listeners;
    size_t listener_count;
    struct reactor *reactors;
    atomic_uint next_reactor;
    atomic_uint_least64_t next_id;
    struct pool *pool, *slow;
    struct watchman watchman;
    sem_t loop_ended; /* of a reactor */
    struct input_budget input;
    struct addresses addresses;
    struct jobs jobs;
    struct dialer *dialer;
    int spare_fd; /* given up for a moment when there are no more */
    pthread_mutex_t spare_lock;
    atomic_size_t connections;
    atomic_bool paused, stopping;
    _Atomic int64_t drain_until_ms; /* when stopping */
    _Atomic int64_t warned_ms;      /* the last warning about a limit */
    bool started;
};

/* accept.c: what counts as one address: an IPv4 address (also inside of IPv6), an IPv6 /64; empty
   for others. It lies in from. */
struct str accept_key(const struct sockaddr_storage *from);
/* Takes what waits at the listener, up to a budget. */
void accept_ready(struct listener *l);
/* A proxy has told whose connection it is. False: a limit refused it, and it was told so. */
bool accept_becomes(struct conn *c, const struct sockaddr_storage *from,
                    const struct sockaddr_storage *to);
/* One connection ended, or was refused after all. */
void accept_forget(struct io *io, const struct sockaddr_storage *from);
/* A connection that we began, for conn->dial. */
struct conn *accept_dialled(struct listener *l, int fd, const struct sockaddr_storage *to,
                            struct dial *dial);
/* A new connection on fd, or NULL when a limit refused it (fd is closed then). */
struct conn *accept_take(struct listener *l, int fd, const struct sockaddr_storage *from);

/* io.c: the counters of a role. */
struct role_metrics io_role_metrics(struct metrics *m, struct str role);

/* jobs.c: hands timers that are due to the workers; returns when the next is due (INT64_MAX: none).
 */
int64_t jobs_fire(struct io *io, int64_t now_ms);
void jobs_open(struct jobs *j);
/* No timer fires any more. */
void jobs_stop(struct jobs *j);
void jobs_close(struct jobs *j);

#endif
