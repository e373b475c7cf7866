/* A dialogue played to a real server over TCP and TLS. The world is there already. */
#include "base/buf.h"
#include "base/clock.h"
#include "wire.h"
#include <errno.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 20000, SILENCE_MS = 50 };

struct connection {
    int fd; /* -1: not open */
    SSL *tls;
    bool used, closed;
};

struct live {
    const char *host, *port;
    bool tls_first;
    SSL_CTX *tls;
    struct connection connections[WIRE_SESSIONS];
};

static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static bool handshake(struct live *l, struct connection *c)
{
    c->tls = SSL_new(l->tls);
    must(c->tls);
    return SSL_set_fd(c->tls, c->fd) == 1 && SSL_connect(c->tls) == 1;
}

static struct connection *connection_of(struct live *l, int session)
{
    struct connection *c = &l->connections[session];
    if (c->used)
        return c;
    c->used = true;
    c->fd = connect_to(l->host, l->port);
    c->closed = c->fd < 0 || (l->tls_first && !handshake(l, c));
    return c;
}

static void live_send(void *self, int session, struct str bytes)
{
    struct connection *c = connection_of(self, session);
    while (bytes.n && !c->closed) {
        int most = bytes.n < 65536 ? (int)bytes.n : 65536;
        ssize_t sent = c->tls ? SSL_write(c->tls, bytes.p, most)
                              : send(c->fd, bytes.p, (size_t)most, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* what the server said before it closed can still be read */
        bytes = str_from(bytes, (size_t)sent);
    }
}

static bool is_readable(struct connection *c, int wait_ms)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    if (c->tls && SSL_pending(c->tls) > 0)
        return true;
    return poll(&p, 1, wait_ms) > 0;
}

static void live_receive(void *self, int session, bool wait, struct buf *out)
{
    struct connection *c = connection_of(self, session);
    int wait_ms = wait ? WAIT_MS : SILENCE_MS;
    while (!c->closed && is_readable(c, wait_ms)) {
        char bytes[16384];
        ssize_t n =
            c->tls ? SSL_read(c->tls, bytes, sizeof bytes) : recv(c->fd, bytes, sizeof bytes, 0);
        if (n <= 0) {
            c->closed = true;
            return;
        }
        buf_add(out, str_of(bytes, (size_t)n));
        wait_ms = 0;
    }
}

static bool live_is_closed(void *self, int session)
{
    return connection_of(self, session)->closed;
}

static const char *live_tls(void *self, int session)
{
    struct live *l = self;
    struct connection *c = connection_of(l, session);
    return handshake(l, c) ? NULL : "the TLS handshake failed";
}

static const char *live_clock(void *self, int64_t ms)
{
    (void)self, (void)ms;
    return "a live server has its own clock";
}

static const char *live_shutdown(void *self)
{
    (void)self;
    return "a live server is stopped by its owner";
}

static const char *live_set(void *self, struct str line)
{
    (void)self, (void)line;
    return NULL; /* who started the server has done it */
}

static void live_close(void *self)
{
    struct live *l = self;
    for (int i = 0; i < WIRE_SESSIONS; i++) {
        struct connection *c = &l->connections[i];
        SSL_free(c->tls);
        if (c->used && c->fd >= 0)
            close(c->fd);
    }
    SSL_CTX_free(l->tls);
    free(l);
}

static const struct wire_ops live_ops = {
    live_send,  live_receive,  live_is_closed, live_tls,
    live_clock, live_shutdown, live_set,       live_close,
};

enum code wire_live(struct ctx *cx, struct str host, struct str port, const struct dialog *d,
                    struct wire *out)
{
    struct live *l = calloc(1, sizeof *l);
    must(l);
    l->host = str_zdup(cx->arena, host);
    l->port = str_zdup(cx->arena, port);
    l->tls_first = d->tls;
    l->tls = SSL_CTX_new(TLS_client_method());
    must(l->tls);
    *out = (struct wire){&live_ops, l};
    if (!connection_of(l, 1)->closed)
        return OK;
    live_close(l);
    return fail(cx, E_IO, "cannot connect to %.*s:%.*s", STR_ARG(host), STR_ARG(port));
}
