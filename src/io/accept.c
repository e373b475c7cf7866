#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "io/conn.h"
#include "io/out/dial_inner.h"
#include "io/proxy/proxy.h"
#include "io/reactor.h"
#include "io/tls.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTS_AT_ONCE = 64, WARN_EVERY_MS = 1000 };

struct str accept_key(const struct sockaddr_storage *from)
{
    if (from->ss_family == AF_INET)
        return str_of(&((const struct sockaddr_in *)from)->sin_addr, 4);
    if (from->ss_family != AF_INET6)
        return (struct str){0};
    const struct in6_addr *a = &((const struct sockaddr_in6 *)from)->sin6_addr;
    return IN6_IS_ADDR_V4MAPPED(a) ? str_of(&a->s6_addr[12], 4) : str_of(a, 8);
}

/* The map holds the count in place of a pointer. */
static bool address_add(struct io *io, const struct sockaddr_storage *from, size_t max)
{
    struct str key = accept_key(from);
    if (key.n == 0)
        return true;
    pthread_mutex_lock(&io->addresses.lock);
    uintptr_t count = (uintptr_t)map_get(io->addresses.counts, key);
    bool fits = count < max;
    if (fits)
        map_put(io->addresses.counts, key, (void *)(count + 1));
    pthread_mutex_unlock(&io->addresses.lock);
    return fits;
}

static void address_remove(struct io *io, const struct sockaddr_storage *from)
{
    struct str key = accept_key(from);
    if (key.n == 0)
        return;
    pthread_mutex_lock(&io->addresses.lock);
    uintptr_t count = (uintptr_t)map_get(io->addresses.counts, key);
    must(count > 0);
    if (count == 1)
        map_remove(io->addresses.counts, key);
    else
        map_put(io->addresses.counts, key, (void *)(count - 1));
    pthread_mutex_unlock(&io->addresses.lock);
}

void accept_forget(struct io *io, const struct sockaddr_storage *from)
{
    address_remove(io, from);
    atomic_fetch_sub(&io->connections, 1);
}

/* At most one line a second, whatever comes. */
static void warn(const struct listener *l, const char *limit)
{
    int64_t now_ms = clock_mono_ms(), last = atomic_load(&l->io->warned_ms);
    if (now_ms - last < WARN_EVERY_MS ||
        !atomic_compare_exchange_strong(&l->io->warned_ms, &last, now_ms))
        return;
    log_event(l->io->config.log, LOG_WARN, "conn.refused", "role=%.*s limit=%s",
              STR_ARG(l->is.role), limit);
}

/* In a socket's empty buffer there is room; if not, nothing is lost. */
static void say_busy(const struct listener *l, int fd)
{
    if (l->is.busy_text.n && !l->is.tls_at_once)
        (void)!send(fd, l->is.busy_text.p, l->is.busy_text.n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void refuse(struct listener *l, int fd, struct metric *why, const char *limit)
{
    metric_add(why, 1);
    warn(l, limit);
    say_busy(l, fd);
    shutdown(fd, SHUT_WR);
    close(fd);
}

static void name_of(const struct sockaddr_storage *a, char *out, struct str *text, uint16_t *port)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;
    if (a->ss_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, out, INET6_ADDRSTRLEN);
        *port = ntohs(v4->sin_port);
    } else if (a->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, INET6_ADDRSTRLEN);
        *port = ntohs(v6->sin6_port);
    } else if (a->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, out, INET6_ADDRSTRLEN);
        *port = ntohs(v6->sin6_port);
    } else {
        snprintf(out, INET6_ADDRSTRLEN, "unix");
    }
    *text = str_z(out);
}

/* Behind a unix socket the kernel knows the user. */
static void name_user(struct conn *c)
{
    struct ucred user;
    socklen_t n = sizeof user;
    if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &user, &n) != 0)
        return;
    snprintf(c->address, sizeof c->address, "unix:%u", (unsigned)user.uid);
    c->peer.address = str_z(c->address);
}

static void fill_peer(struct conn *c)
{
    struct sockaddr_storage local = {0};
    socklen_t n = sizeof local;
    if (getsockname(c->fd, (struct sockaddr *)&local, &n) != 0)
        local.ss_family = AF_UNIX;
    name_of(&c->from, c->address, &c->peer.address, &c->peer.port);
    name_of(&local, c->local_address, &c->peer.local_address, &c->peer.local_port);
    if (local.ss_family == AF_UNIX)
        name_user(c);
    c->peer.id = atomic_fetch_add(&c->io->next_id, 1) + 1;
    c->peer.role = c->listener->is.role;
    c->peer.can_start_tls =
        !c->listener->is.tls_at_once && tls_server_is_ready(c->listener->is.tls);
    c->peer.waker = &c->waker;
}

static void serve_task(struct lane *lane, struct task *self)
{
    conn_serve(lane, (struct conn *)self); /* its first member */
}

static struct conn *conn_new(struct listener *l, int fd, const struct sockaddr_storage *from,
                             struct dial *dial)
{
    struct conn *c = calloc(1, sizeof *c);
    must(c);
    struct io *io = l->io;
    unsigned number = atomic_fetch_add(&io->next_reactor, 1) % io->config.reactors;
    c->task.run = serve_task;
    atomic_init(&c->events, CONN_BUSY);
    atomic_init(&c->deadline_ms, INT64_MAX);
    atomic_init(&c->timer_ms, INT64_MAX);
    c->io = io;
    c->reactor = &io->reactors[number];
    c->listener = l;
    c->fd = fd;
    c->from = *from;
    c->waker.conn = c;
    c->dial = dial;
    c->phase = PHASE_OPENING;
    c->phase_ms = c->quiet_ms = c->request_ms = c->write_ms = clock_mono_ms();
    fill_peer(c);
    if (!dial && proxy_is_asked(l))
        c->phase = PHASE_PROXY;
    else if (dial ? dial_tls_at_once(dial) : l->is.tls_at_once)
        conn_begin_tls(c);
    metric_add(l->metrics.accepted, 1);
    metric_add(l->metrics.open, 1);
    log_event(io->config.log, LOG_DEBUG, "conn.open", "id=%llu role=%.*s peer=%s:%u",
              (unsigned long long)c->peer.id, STR_ARG(l->is.role), c->address, c->peer.port);
    return c;
}

static size_t per_address_of(const struct listener *l)
{
    return l->is.per_address ? l->is.per_address : l->io->config.per_address;
}

bool accept_becomes(struct conn *c, const struct sockaddr_storage *from,
                    const struct sockaddr_storage *to)
{
    const struct listener *l = c->listener;
    if (!address_add(c->io, from, per_address_of(l))) {
        metric_add(l->metrics.refused_address, 1);
        warn(l, "per_address");
        say_busy(l, c->fd);
        return false;
    }
    c->from = *from;
    name_of(from, c->address, &c->peer.address, &c->peer.port);
    name_of(to, c->local_address, &c->peer.local_address, &c->peer.local_port);
    log_event(c->io->config.log, LOG_DEBUG, "conn.open", "id=%llu role=%.*s peer=%s:%u",
              (unsigned long long)c->peer.id, STR_ARG(l->is.role), c->address, c->peer.port);
    return true;
}

struct conn *accept_take(struct listener *l, int fd, const struct sockaddr_storage *from)
{
    struct io *io = l->io;
    if (atomic_fetch_add(&io->connections, 1) >= io->config.connections) {
        atomic_fetch_sub(&io->connections, 1);
        refuse(l, fd, l->metrics.refused_total, "connections");
        return NULL;
    }
    if (proxy_is_asked(l)) { /* the client's address counts, not the proxy's */
        struct conn *c = conn_new(l, fd, from, NULL);
        c->from.ss_family = AF_UNSPEC;
        return c;
    }
    if (!address_add(io, from, per_address_of(l))) {
        atomic_fetch_sub(&io->connections, 1);
        refuse(l, fd, l->metrics.refused_address, "per_address");
        return NULL;
    }
    return conn_new(l, fd, from, NULL);
}

/* Where it leads to is no reason to refuse it: its address does not count. */
struct conn *accept_dialled(struct listener *l, int fd, const struct sockaddr_storage *to,
                            struct dial *dial)
{
    atomic_fetch_add(&l->io->connections, 1);
    struct conn *c = conn_new(l, fd, to, dial);
    c->peer.can_start_tls = dial_tls(dial) && !c->tls;
    c->from.ss_family = AF_UNSPEC;
    return c;
}

/* No file descriptors are left: who waits is told so with the one that was kept for this. */
static bool refuse_without_files(struct listener *l)
{
    struct io *io = l->io;
    pthread_mutex_lock(&io->spare_lock);
    if (io->spare_fd >= 0)
        close(io->spare_fd);
    int fd = accept4(l->is.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        refuse(l, fd, l->metrics.refused_files, "files");
    io->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pthread_mutex_unlock(&io->spare_lock);
    return fd >= 0;
}

void accept_ready(struct listener *l)
{
    for (unsigned i = 0; i < ACCEPTS_AT_ONCE; i++) {
        struct sockaddr_storage from = {0};
        socklen_t n = sizeof from;
        int fd = accept4(l->is.fd, (struct sockaddr *)&from, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            struct conn *c = accept_take(l, fd, &from);
            if (c)
                reactor_note(c, INBOX_NEW);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE) {
            if (!refuse_without_files(l))
                return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return; /* nobody is left */
        }
    }
}
