#include "io/proxy/proxy.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/proxy/header.h"
#include <errno.h>
#include <sys/socket.h>

bool proxy_is_asked(const struct listener *l)
{
    return l->is.may_proxy != NULL;
}

bool proxy_may_call(const struct conn *c)
{
    return c->listener->is.may_proxy(c->listener->is.proxy_env, c->peer.address);
}

static void refuse(struct conn *c, const char *why)
{
    metric_add(c->listener->metrics.proxy_refused, 1);
    log_event(c->io->config.log, LOG_WARN, "proxy.refused", "id=%llu role=%.*s peer=%s why=\"%s\"",
              (unsigned long long)c->peer.id, STR_ARG(c->peer.role), c->address, why);
    conn_broken(c, why);
}

static struct sockaddr_storage address_of(const struct proxy_end *end)
{
    struct sockaddr_storage a = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&a;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a;
    if (end->v6) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(end->port);
        memcpy(&v6->sin6_addr, end->at, 16);
    } else {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(end->port);
        memcpy(&v4->sin_addr, end->at, 4);
    }
    return a;
}

/* From here on it is as if the client had come itself. */
static void become(struct conn *c, const struct proxy_header *h)
{
    metric_add(c->listener->metrics.proxied, 1);
    if (h->kind == PROXY_FROM) {
        struct sockaddr_storage from = address_of(&h->from), to = address_of(&h->to);
        struct str proxy = c->peer.address;
        log_event(c->io->config.log, LOG_DEBUG, "proxy.taken", "id=%llu proxy=%.*s",
                  (unsigned long long)c->peer.id, STR_ARG(proxy));
        if (!accept_becomes(c, &from, &to)) {
            conn_broken(c, "too many connections of one address");
            return;
        }
    }
    c->phase = PHASE_OPENING;
    c->phase_ms = c->quiet_ms = c->request_ms = c->write_ms = clock_mono_ms();
    if (c->listener->is.tls_at_once)
        conn_begin_tls(c);
}

/* Takes what was looked at, and no byte of the client's. */
static bool take(struct conn *c, size_t n)
{
    char room[PROXY_HEADER_MAX];
    return recv(c->fd, room, n, MSG_DONTWAIT) == (ssize_t)n;
}

enum next proxy_greet(struct conn *c)
{
    char room[PROXY_HEADER_MAX];
    if (c->stopping)
        conn_broken(c, "the server stops");
    else if (!proxy_may_call(c))
        refuse(c, "no proxy of ours");
    if (c->broken)
        return GO_ON;
    if (!c->readable)
        return WAIT;
    ssize_t n;
    do
        n = recv(c->fd, room, sizeof room, MSG_DONTWAIT | MSG_PEEK);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN) {
        c->readable = false;
        return WAIT;
    }
    if (n <= 0) {
        conn_broken(c, n ? strerrordesc_np(errno) : "the connection was closed");
        return GO_ON;
    }
    struct proxy_header h = proxy_header_read(str_of(room, (size_t)n));
    if (h.kind == PROXY_BAD)
        refuse(c, h.why);
    else if (h.kind == PROXY_MORE && c->hup)
        refuse(c, "the header is cut short");
    else if (h.kind == PROXY_MORE)
        c->readable = false; /* told again when more has come */
    else if (!take(c, h.n))
        conn_broken(c, "the connection broke");
    else
        become(c, &h);
    return h.kind == PROXY_MORE && !c->broken ? WAIT : GO_ON;
}
