#include "io/io.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "io/conn.h"
#include "io/out/dial_inner.h"
#include "io/reactor.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_FACTOR 8 /* sanitizers' frames are large */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STACK_FACTOR 8
#endif
#endif
#ifndef STACK_FACTOR
#define STACK_FACTOR 1
#endif

enum { REACTORS_MAX = 64, WORKERS_MAX = 4096, BACKLOG = 1024 };

static unsigned default_reactors(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 4 ? 1 : processors > 8 ? 4 : (unsigned)processors / 2;
}

#define DEFAULT(field, value) c->field = c->field ? c->field : (value)

static void fill_defaults(struct io_config *c)
{
    DEFAULT(reactors, default_reactors());
    DEFAULT(workers, 64);
    DEFAULT(slow_workers, 2);
    DEFAULT(worker_stack_bytes, 256 * 1024);
    DEFAULT(connections, 20000);
    DEFAULT(per_address, 200);
    DEFAULT(input_bytes, (size_t)256 << 20);
    DEFAULT(spill_at_bytes, 256 * 1024);
    DEFAULT(spill_bytes, (size_t)8 << 30);
    DEFAULT(spill_dir, "/tmp");
    DEFAULT(proxy_ms, 5 * 1000);
    DEFAULT(handshake_ms, 10 * 1000);
    DEFAULT(first_ms, 5 * 60 * 1000);
    DEFAULT(request_ms, 5 * 60 * 1000);
    DEFAULT(rate_min, 1000);
    DEFAULT(write_ms, 5 * 60 * 1000);
    DEFAULT(linger_ms, 2 * 1000);
    DEFAULT(look_ms, 1);
    must(c->reactors <= REACTORS_MAX && c->workers <= WORKERS_MAX &&
         c->slow_workers <= WORKERS_MAX);
}

/* spare: threads in reserve, and as many sit in the reactors' seats. */
static struct pool *make_pool(struct io *io, const char *name, unsigned threads, unsigned spare,
                              bool slow)
{
    const struct io_config *c = &io->config;
    struct pool_config p = {
        .io = io,
        .name = name,
        .threads = threads + 2 * spare,
        .spare = spare,
        .slow = slow,
        .stack_bytes = c->worker_stack_bytes * STACK_FACTOR,
        .random_seed = c->random_seed ? c->random_seed + (slow ? 5000 : 0) : 0,
        .waited = metric_of(c->metrics, METRIC_SECONDS, "postroad_io_queue_seconds",
                            slow ? "lane=\"slow\"" : "lane=\"fast\"",
                            "Time that requests waited for a worker"),
    };
    return pool_open(&p);
}

struct io *io_open(const struct io_config *config)
{
    struct io *io = calloc(1, sizeof *io);
    must(io);
    io->config = *config;
    struct io_config *c = &io->config;
    fill_defaults(c);
    io->input = (struct input_budget){.memory_max = c->input_bytes,
                                      .spill_max = c->spill_bytes,
                                      .spill_at = c->spill_at_bytes,
                                      .dir = c->spill_dir};
    pthread_mutex_init(&io->addresses.lock, NULL);
    pthread_mutex_init(&io->spare_lock, NULL);
    io->addresses.counts = map_open();
    io->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    jobs_open(&io->jobs);
    io->dialer = dialer_open(io);
    sem_init(&io->loop_ended, 0, 0);
    io->pool = make_pool(io, "worker", c->workers, c->reactors, false);
    io->slow = make_pool(io, "slow", c->slow_workers, 0, true);
    return io;
}

struct role_metrics io_role_metrics(struct metrics *m, struct str role)
{
    char label[80], refused[120];
    snprintf(label, sizeof label, "role=\"%.*s\"", STR_ARG(str_sub(role, 0, 60)));
    struct role_metrics r = {
        .open = metric_of(m, METRIC_GAUGE, "postroad_connections_open", label, "Connections now"),
        .accepted =
            metric_of(m, METRIC_COUNTER, "postroad_connections_total", label, "Connections taken"),
        .bytes_in = metric_of(m, METRIC_COUNTER, "postroad_received_bytes_total", label,
                              "Bytes read from sockets"),
        .bytes_out = metric_of(m, METRIC_COUNTER, "postroad_sent_bytes_total", label,
                               "Bytes written to sockets"),
        .requests = metric_of(m, METRIC_COUNTER, "postroad_requests_total", label, "Requests run"),
        .handshakes = metric_of(m, METRIC_COUNTER, "postroad_tls_handshakes_total", label,
                                "TLS handshakes done"),
        .tls_failures = metric_of(m, METRIC_COUNTER, "postroad_tls_failures_total", label,
                                  "TLS connections that failed"),
        .timeouts = metric_of(m, METRIC_COUNTER, "postroad_timeouts_total", label,
                              "Connections ended by a time limit"),
        .proxied = metric_of(m, METRIC_COUNTER, "postroad_proxy_headers_total", label,
                             "Connections that a proxy handed over"),
        .proxy_refused = metric_of(m, METRIC_COUNTER, "postroad_proxy_refused_total", label,
                                   "Connections without a proper header, or not from a proxy"),
    };
    static const char *const limits[] = {"connections", "per_address", "files"};
    struct metric **counters[] = {&r.refused_total, &r.refused_address, &r.refused_files};
    for (size_t i = 0; i < 3; i++) {
        snprintf(refused, sizeof refused, "%s,limit=\"%s\"", label, limits[i]);
        *counters[i] = metric_of(m, METRIC_COUNTER, "postroad_connections_refused_total", refused,
                                 "Connections refused by a limit");
    }
    return r;
}

enum code io_listen(struct ctx *cx, struct io *io, const struct io_listener *is)
{
    must(!io->started && is->engine && (!is->tls_at_once || is->tls));
    struct sockaddr_storage a = {0};
    socklen_t n = sizeof a;
    if (getsockname(is->fd, (struct sockaddr *)&a, &n) != 0)
        return fail(cx, E_IO, "listen: getsockname: %s", strerror(errno));
    bool inet = a.ss_family == AF_INET || a.ss_family == AF_INET6;
    int on = 1; /* what is accepted inherits these */
    if (inet && (setsockopt(is->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
                 setsockopt(is->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0))
        return fail(cx, E_IO, "listen: setsockopt: %s", strerror(errno));
    int flags = fcntl(is->fd, F_GETFL);
    if (flags < 0 || fcntl(is->fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return fail(cx, E_IO, "listen: fcntl: %s", strerror(errno));
    if (listen(is->fd, is->backlog ? is->backlog : BACKLOG) != 0)
        return fail(cx, E_IO, "listen: %s", strerror(errno));
    struct listener *all = realloc(io->listeners, (io->listener_count + 1) * sizeof *io->listeners);
    must(all);
    io->listeners = all;
    all[io->listener_count++] =
        (struct listener){.is = *is,
                          .io = io,
                          .inet = inet,
                          .metrics = io_role_metrics(io->config.metrics, is->role)};
    return OK;
}

static enum code start_threads(struct ctx *cx, struct io *io)
{
    for (unsigned i = 0; i < io->config.reactors; i++)
        TRY(reactor_open(cx, &io->reactors[i], io));
    TRY(pool_start(cx, io->pool));
    TRY(pool_start(cx, io->slow));
    for (unsigned i = 0; i < io->config.reactors; i++)
        reactor_start(&io->reactors[i]);
    TRY(dialer_start(cx, io->dialer));
    return watchman_start(cx, &io->watchman, io);
}

enum code io_start(struct ctx *cx, struct io *io)
{
    must(!io->started);
    io->reactors = calloc(io->config.reactors, sizeof *io->reactors);
    must(io->reactors);
    for (size_t i = 0; i < io->listener_count; i++)
        io->listeners[i].reactor = &io->reactors[i % io->config.reactors];
    io->started = true;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    enum code code = start_threads(cx, io);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != OK)
        io_stop(io, 0);
    return code;
}

static void wake_reactors(struct io *io)
{
    for (unsigned i = 0; i < io->config.reactors; i++)
        if (io->reactors[i].running)
            reactor_wake(&io->reactors[i]);
}

void io_pause(struct io *io, bool pause)
{
    atomic_store(&io->paused, pause);
    wake_reactors(io);
}

enum code io_adopt(struct ctx *cx, struct io *io, struct str role, int fd)
{
    for (size_t i = 0; i < io->listener_count; i++) {
        struct listener *l = &io->listeners[i];
        if (!str_eq(l->is.role, role))
            continue;
        struct sockaddr_storage from = {0};
        socklen_t n = sizeof from;
        if (getpeername(fd, (struct sockaddr *)&from, &n) != 0) {
            close(fd);
            return fail(cx, E_IO, "adopt: %s", strerror(errno));
        }
        struct conn *c = accept_take(l, fd, &from);
        if (c)
            reactor_note(c, INBOX_NEW);
        return OK;
    }
    close(fd);
    return fail(cx, E_NOT_FOUND, "adopt: no listener for %.*s", STR_ARG(role));
}

void io_stop(struct io *io, uint32_t drain_ms)
{
    if (!io->started)
        return;
    dialer_stop(io->dialer); /* no connection begins from now on */
    atomic_store(&io->drain_until_ms, clock_mono_ms() + drain_ms);
    atomic_store(&io->stopping, true);
    wake_reactors(io);
    for (unsigned i = 0; i < io->config.reactors; i++)
        if (io->reactors[i].running)
            while (sem_wait(&io->loop_ended) != 0)
                must(errno == EINTR);
    watchman_stop(&io->watchman);
    jobs_stop(&io->jobs);
    pool_stop(io->pool);
    pool_stop(io->slow);
    while (pool_drain(io->pool) || pool_drain(io->slow))
        ; /* a job may post another one to the other lane */
    for (unsigned i = 0; i < io->config.reactors; i++)
        reactor_close(&io->reactors[i]);
    free(io->reactors);
    io->reactors = NULL;
    io->started = false;
}

void io_close(struct io *io)
{
    if (!io)
        return;
    must(!io->started);
    for (size_t i = 0; i < io->listener_count; i++)
        close(io->listeners[i].is.fd);
    free(io->listeners);
    dialer_close(io->dialer);
    pool_close(io->pool);
    pool_close(io->slow);
    jobs_close(&io->jobs);
    map_close(io->addresses.counts);
    pthread_mutex_destroy(&io->addresses.lock);
    pthread_mutex_destroy(&io->spare_lock);
    sem_destroy(&io->loop_ended);
    if (io->spare_fd >= 0)
        close(io->spare_fd);
    free(io);
}

size_t io_connections(const struct io *io)
{
    return atomic_load(&io->connections);
}
