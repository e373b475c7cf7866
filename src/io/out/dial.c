#include "io/out/dial.h"
#include "base/arena.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/conn.h"
#include "io/out/dial_inner.h"
#include "io/reactor.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECT_MS = 30000, STAGGER_MS = 250, HANDSHAKE_MS = 60000, EVENTS = 64 };

struct io_caller {
    struct listener listener; /* connections point to it */
    struct io_calls is;
    struct metric *failures;
    struct io_caller *next;
    struct attempt *oldest, *newest; /* in order of time: all have the same time to go */
};

/* One address. Listed with its caller as long as it has a socket. */
struct attempt {
    struct attempt *older, *newer;
    struct dial *dial;
    struct sockaddr_storage to;
    socklen_t to_n;
    int fd; /* -1: none */
    int64_t begun_ms;
};

struct dial {
    struct dial *inbox_next, *earlier, *later, *done_next;
    struct io_caller *caller;
    struct arena *arena;
    struct io_dial is;
    struct attempt attempts[DIAL_TARGETS_MAX];
    size_t next; /* target */
    unsigned open;
    bool waits, opened, over;
    int64_t next_ms; /* another target is tried then, if it waits */
    int fd;          /* the connection that came about, or -1 */
    struct sockaddr_storage to;
    struct str why;
};

struct dialer {
    struct io *io;
    int epoll_fd, event_fd;
    pthread_t thread;
    bool running;
    struct io_caller *callers;
    struct dial *first_waiting, *last_waiting;
    struct dial *done; /* given on when no event can name them any more */
    pthread_mutex_t lock;
    struct dial *inbox; /* these two with the lock; the newest first */
    bool stopped;
};

struct io_caller *io_caller_open(struct io *io, const struct io_calls *calls)
{
    struct io_caller *c = calloc(1, sizeof *c);
    must(c && !io->started);
    c->is = *calls;
    char label[80];
    snprintf(label, sizeof label, "role=\"%.*s\"", STR_ARG(str_sub(calls->role, 0, 60)));
    c->listener = (struct listener){
        .is = {.fd = -1, .engine = calls->engine, .role = calls->role},
        .io = io,
        .metrics = io_role_metrics(io->config.metrics, calls->role),
        .handshake_ms = calls->handshake_ms ? calls->handshake_ms : HANDSHAKE_MS,
    };
    c->failures = metric_of(io->config.metrics, METRIC_COUNTER, "postroad_connect_failures_total",
                            label, "Addresses that no connection came about with");
    c->next = io->dialer->callers;
    io->dialer->callers = c;
    return c;
}

static uint32_t connect_ms(const struct io_caller *c)
{
    return c->is.connect_ms ? c->is.connect_ms : CONNECT_MS;
}

static uint32_t stagger_ms(const struct io_caller *c)
{
    return c->is.stagger_ms ? c->is.stagger_ms : STAGGER_MS;
}

static void dial_free(struct dial *d)
{
    arena_close(d->arena);
    free(d);
}

static void tell_failure(struct ctx *cx, void *arg)
{
    struct dial *d = arg;
    d->is.failed(cx, d->is.env, d->why);
    dial_free(d);
}

static void fail_dial(struct dial *d)
{
    io_post(d->caller->listener.io, tell_failure, d, false);
}

void *dial_env(struct dial *d)
{
    d->opened = true;
    return d->is.env;
}

struct tls_client *dial_tls(const struct dial *d)
{
    return d->caller->is.tls;
}

const struct tls_ask *dial_tls_ask(const struct dial *d)
{
    return &d->is.tls;
}

bool dial_tls_at_once(const struct dial *d)
{
    return d->is.tls_at_once;
}

void dial_ended(struct dial *d, const char *why)
{
    if (d->opened) {
        dial_free(d);
        return;
    }
    d->why = str_z(why ? why : "the connection was closed");
    fail_dial(d);
}

static void attempt_list(struct attempt *a)
{
    struct io_caller *c = a->dial->caller;
    a->older = c->newest;
    a->newer = NULL;
    if (c->newest)
        c->newest->newer = a;
    else
        c->oldest = a;
    c->newest = a;
}

static void attempt_unlist(struct attempt *a)
{
    struct io_caller *c = a->dial->caller;
    if (a->older)
        a->older->newer = a->newer;
    else
        c->oldest = a->newer;
    if (a->newer)
        a->newer->older = a->older;
    else
        c->newest = a->older;
}

static void wait_list(struct dialer *r, struct dial *d)
{
    d->waits = true;
    d->earlier = r->last_waiting;
    d->later = NULL;
    if (r->last_waiting)
        r->last_waiting->later = d;
    else
        r->first_waiting = d;
    r->last_waiting = d;
}

static void wait_unlist(struct dialer *r, struct dial *d)
{
    if (!d->waits)
        return;
    d->waits = false;
    if (d->earlier)
        d->earlier->later = d->later;
    else
        r->first_waiting = d->later;
    if (d->later)
        d->later->earlier = d->earlier;
    else
        r->last_waiting = d->earlier;
}

/* Gives the socket up, or to the caller. */
static int attempt_end(struct dialer *r, struct attempt *a, bool keep)
{
    int fd = a->fd;
    epoll_ctl(r->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    attempt_unlist(a);
    a->fd = -1;
    a->dial->open--;
    if (!keep)
        close(fd);
    return keep ? fd : -1;
}

static void note_failure(struct dial *d, const struct io_target *t, const char *why)
{
    metric_add(d->caller->failures, 1);
    if (t->port)
        d->why = str_printf(d->arena, "%.*s port %u: %s", STR_ARG(t->address), t->port, why);
    else
        d->why = str_printf(d->arena, "%.*s: %s", STR_ARG(t->address), why);
}

/* Nothing of it is open or listed any more; it is given on after this turn. */
static void finish(struct dialer *r, struct dial *d)
{
    wait_unlist(r, d);
    for (size_t i = 0; i < d->next; i++)
        if (d->attempts[i].fd >= 0)
            attempt_end(r, &d->attempts[i], false);
    d->over = true;
    d->done_next = r->done;
    r->done = d;
}

static void succeed(struct dialer *r, struct attempt *a)
{
    struct dial *d = a->dial;
    int on = 1;
    d->to = a->to;
    d->fd = attempt_end(r, a, true);
    if (d->to.ss_family != AF_UNIX) {
        (void)!setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)!setsockopt(d->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    }
    finish(r, d);
}

/* False: text is no address. */
static bool address_of(struct arena *arena, struct str text, uint16_t port,
                       struct sockaddr_storage *out, socklen_t *n)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    struct sockaddr_un *path = (struct sockaddr_un *)out;
    const char *z = str_zdup(arena, text);
    *out = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, z, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        *n = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, z, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        *n = sizeof *v6;
        return true;
    }
    if (!str_starts(text, STR("/")) || text.n >= sizeof path->sun_path)
        return false;
    path->sun_family = AF_UNIX;
    memcpy(path->sun_path, z, text.n + 1);
    *n = sizeof *path;
    return true;
}

static bool bind_own(struct dial *d, int fd, sa_family_t family)
{
    struct str own = family == AF_INET    ? d->is.bind_v4
                     : family == AF_INET6 ? d->is.bind_v6
                                          : (struct str){0};
    struct sockaddr_storage at;
    socklen_t n;
    int on = 1;
    if (!own.n)
        return true;
    if (!address_of(d->arena, own, 0, &at, &n) || at.ss_family != family)
        return false;
    (void)!setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    return bind(fd, (const struct sockaddr *)&at, n) == 0;
}

/* The socket of a, connecting or connected; -1 with errno. */
static int open_socket(struct dial *d, struct attempt *a)
{
    int fd = socket(a->to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (bind_own(d, fd, a->to.ss_family) &&
        (connect(fd, (const struct sockaddr *)&a->to, a->to_n) == 0 || errno == EINPROGRESS))
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* True when a connection is on its way to the next target. */
static bool try_next(struct dialer *r, struct dial *d)
{
    const struct io_target *t = &d->is.targets[d->next];
    struct attempt *a = &d->attempts[d->next++];
    *a = (struct attempt){.dial = d, .fd = -1, .begun_ms = clock_mono_ms()};
    if (!address_of(d->arena, t->address, t->port, &a->to, &a->to_n)) {
        note_failure(d, t, "no address");
        return false;
    }
    int fd = open_socket(d, a);
    struct epoll_event e = {.events = EPOLLOUT | EPOLLONESHOT, .data.ptr = a};
    if (fd >= 0 && epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0) {
        close(fd);
        fd = -1;
    }
    if (fd < 0) {
        note_failure(d, t, strerrordesc_np(errno));
        return false;
    }
    a->fd = fd;
    d->open++;
    attempt_list(a);
    return true;
}

/* Tries targets until one is on its way; ends the dial when there are none left. */
static void go_on(struct dialer *r, struct dial *d)
{
    wait_unlist(r, d);
    while (d->next < d->is.count && !try_next(r, d))
        ;
    if (d->next < d->is.count) {
        d->next_ms = clock_mono_ms() + stagger_ms(d->caller);
        wait_list(r, d);
    } else if (d->open == 0) {
        finish(r, d);
    }
}

static void attempt_failed(struct dialer *r, struct attempt *a, const char *why)
{
    struct dial *d = a->dial;
    attempt_end(r, a, false);
    note_failure(d, &d->is.targets[a - d->attempts], why);
    go_on(r, d); /* RFC 8305 section 5: at once */
}

static void on_event(struct dialer *r, struct attempt *a)
{
    int error = 0;
    socklen_t n = sizeof error;
    if (a->dial->over || a->fd < 0)
        return;
    if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
        error = errno;
    if (error)
        attempt_failed(r, a, strerrordesc_np(error));
    else
        succeed(r, a);
}

static void on_time(struct dialer *r, int64_t now_ms)
{
    while (r->first_waiting && r->first_waiting->next_ms <= now_ms)
        go_on(r, r->first_waiting);
    for (struct io_caller *c = r->callers; c; c = c->next)
        while (c->oldest && c->oldest->begun_ms + connect_ms(c) <= now_ms)
            attempt_failed(r, c->oldest, "no answer");
}

static int wait_ms(const struct dialer *r)
{
    int64_t until = INT64_MAX;
    if (r->first_waiting)
        until = r->first_waiting->next_ms;
    for (const struct io_caller *c = r->callers; c; c = c->next)
        if (c->oldest && c->oldest->begun_ms + connect_ms(c) < until)
            until = c->oldest->begun_ms + connect_ms(c);
    int64_t left = until == INT64_MAX ? -1 : until - clock_mono_ms();
    return until == INT64_MAX ? -1 : left < 0 ? 0 : (int)left;
}

static void bury(struct dialer *r)
{
    while (r->done) {
        struct dial *d = r->done;
        r->done = d->done_next;
        if (d->fd >= 0) {
            reactor_note(accept_dialled(&d->caller->listener, d->fd, &d->to, d), INBOX_NEW);
            continue;
        }
        if (d->why.n == 0)
            d->why = STR("no address to go to");
        fail_dial(d);
    }
}

/* The oldest first; true when the thread is to end. */
static bool take_inbox(struct dialer *r)
{
    struct dial *mine = NULL;
    pthread_mutex_lock(&r->lock);
    struct dial *newest = r->inbox;
    r->inbox = NULL;
    bool stopped = r->stopped;
    pthread_mutex_unlock(&r->lock);
    while (newest) {
        struct dial *older = newest->inbox_next;
        newest->inbox_next = mine;
        mine = newest;
        newest = older;
    }
    while (mine) {
        struct dial *d = mine;
        mine = d->inbox_next;
        go_on(r, d);
    }
    return stopped;
}

static void give_up(struct dialer *r)
{
    for (struct io_caller *c = r->callers; c; c = c->next)
        while (c->oldest) {
            struct dial *d = c->oldest->dial;
            d->why = STR("the server stops");
            finish(r, d);
        }
    bury(r);
}

static void *run(void *arg)
{
    struct dialer *r = arg;
    struct epoll_event events[EVENTS];
    for (;;) {
        int n = epoll_wait(r->epoll_fd, events, EVENTS, wait_ms(r));
        must(n >= 0 || errno == EINTR);
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr)
                on_event(r, events[i].data.ptr);
        bool stopped = take_inbox(r);
        on_time(r, clock_mono_ms());
        bury(r);
        if (stopped)
            break;
    }
    give_up(r);
    return NULL;
}

struct dialer *dialer_open(struct io *io)
{
    struct dialer *r = calloc(1, sizeof *r);
    must(r);
    r->io = io;
    r->epoll_fd = r->event_fd = -1;
    r->stopped = true;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

enum code dialer_start(struct ctx *cx, struct dialer *r)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
    if (!r->callers)
        return OK;
    r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    r->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->epoll_fd < 0 || r->event_fd < 0 ||
        epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, r->event_fd, &e) != 0 ||
        pthread_create(&r->thread, NULL, run, r) != 0)
        return fail(cx, E_IO, "dial: %s", strerrordesc_np(errno));
    r->stopped = false;
    r->running = true;
    return OK;
}

static void ring(struct dialer *r)
{
    uint64_t one = 1;
    must(write(r->event_fd, &one, sizeof one) == sizeof one || errno == EAGAIN);
}

void dialer_stop(struct dialer *r)
{
    pthread_mutex_lock(&r->lock);
    r->stopped = true;
    pthread_mutex_unlock(&r->lock);
    if (!r->running)
        return;
    ring(r);
    pthread_join(r->thread, NULL);
    r->running = false;
}

void dialer_close(struct dialer *r)
{
    while (r->callers) {
        struct io_caller *c = r->callers;
        r->callers = c->next;
        free(c);
    }
    if (r->epoll_fd >= 0)
        close(r->epoll_fd);
    if (r->event_fd >= 0)
        close(r->event_fd);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static bool is_v6(const struct io_target *t)
{
    return str_chr(t->address, ':') != SIZE_MAX && !str_starts(t->address, STR("/"));
}

/* IPv6 first, then by turns (RFC 8305 section 4), each family in its own order. */
static struct io_target *targets_of(struct arena *arena, const struct io_dial *dial)
{
    struct io_target *out = ARENA_ARRAY(arena, dial->count, struct io_target);
    size_t at[2] = {0, 0};
    bool v6 = true;
    for (size_t n = 0; n < dial->count; v6 = !v6) {
        size_t *i = &at[v6];
        while (*i < dial->count && is_v6(&dial->targets[*i]) != v6)
            (*i)++;
        if (*i == dial->count)
            continue;
        out[n] = dial->targets[(*i)++];
        out[n].address = str_dup(arena, out[n].address);
        n++;
    }
    return out;
}

static struct dns_tlsa *tlsa_of(struct arena *arena, const struct tls_ask *ask)
{
    struct dns_tlsa *out = ARENA_ARRAY(arena, ask->tlsa_count, struct dns_tlsa);
    for (size_t i = 0; i < ask->tlsa_count; i++) {
        out[i] = ask->tlsa[i];
        out[i].data = str_dup(arena, out[i].data);
    }
    return out;
}

void io_dial(struct io_caller *caller, const struct io_dial *dial)
{
    struct dialer *r = caller->listener.io->dialer;
    struct dial *d = calloc(1, sizeof *d);
    must(d);
    d->caller = caller;
    d->fd = -1;
    d->arena = arena_open();
    d->is = *dial;
    if (d->is.count > DIAL_TARGETS_MAX)
        d->is.count = DIAL_TARGETS_MAX;
    d->is.targets = targets_of(d->arena, &d->is);
    d->is.bind_v4 = str_dup(d->arena, dial->bind_v4);
    d->is.bind_v6 = str_dup(d->arena, dial->bind_v6);
    d->is.tls.server_name = str_dup(d->arena, dial->tls.server_name);
    d->is.tls.other_name = str_dup(d->arena, dial->tls.other_name);
    d->is.tls.tlsa = tlsa_of(d->arena, &dial->tls);
    pthread_mutex_lock(&r->lock);
    bool taken = !r->stopped;
    d->inbox_next = r->inbox;
    if (taken)
        r->inbox = d;
    pthread_mutex_unlock(&r->lock);
    if (taken) {
        ring(r);
        return;
    }
    d->why = STR("the server stops");
    fail_dial(d);
}
