#include "io/out/stream.h"
#include "base/banned.h"
#include "base/clock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct socket_stream {
    struct stream stream;
    int fd;
};

struct place {
    struct sockaddr_storage at;
    socklen_t n;
};

static bool port_of(struct str text, in_port_t *out)
{
    uint64_t port;
    if (!str_u64(text, &port) || port == 0 || port > UINT16_MAX)
        return false;
    *out = htons((uint16_t)port);
    return true;
}

static bool path_place(struct str path, struct place *out)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&out->at;
    if (path.n >= sizeof un->sun_path || str_chr(path, 0) != SIZE_MAX)
        return false;
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path.p, path.n);
    out->n = sizeof *un;
    return true;
}

static bool place_of(struct str address, struct place *out)
{
    char host[INET6_ADDRSTRLEN] = "";
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out->at;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->at;
    *out = (struct place){0};
    if (str_starts(address, STR("/")))
        return path_place(address, out);
    size_t colon = str_rchr(address, ':');
    struct str name = str_sub(address, 0, colon == SIZE_MAX ? 0 : colon);
    bool six = str_starts(name, STR("[")) && str_ends(name, STR("]"));
    if (six)
        name = str_sub(name, 1, name.n - 2);
    if (name.n == 0 || name.n >= sizeof host || str_chr(name, 0) != SIZE_MAX)
        return false;
    memcpy(host, name.p, name.n);
    out->at.ss_family = six ? AF_INET6 : AF_INET;
    out->n = six ? sizeof *v6 : sizeof *v4;
    return inet_pton(out->at.ss_family, host,
                     six ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) == 1 &&
           port_of(str_from(address, colon + 1), six ? &v6->sin6_port : &v4->sin_port);
}

bool stream_address_valid(struct str address)
{
    struct place place;
    return place_of(address, &place);
}

/* Until the socket is ready. */
static enum code await(struct ctx *cx, int fd, short events, int64_t until_ms)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = events};
        int64_t left_ms = until_ms - clock_mono_ms();
        int n = left_ms > 0 ? poll(&p, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms) : 0;
        if (n > 0)
            return OK;
        if (n == 0)
            return fail(cx, E_BUSY, "no answer in time");
        if (errno != EINTR)
            return fail(cx, E_IO, "poll: %s", strerrordesc_np(errno));
    }
}

static enum code stream_write(struct ctx *cx, struct stream *s, struct str bytes,
                              uint32_t timeout_ms)
{
    int fd = ((struct socket_stream *)s)->fd;
    int64_t until_ms = clock_mono_ms() + timeout_ms;
    while (bytes.n) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            bytes = str_from(bytes, (size_t)n);
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            return fail(cx, E_IO, "send: %s", strerrordesc_np(errno));
        ctx_waits(cx);
        TRY(await(cx, fd, POLLOUT, until_ms));
    }
    return OK;
}

static enum code stream_read(struct ctx *cx, struct stream *s, char *room, size_t n, size_t *got,
                             uint32_t timeout_ms)
{
    int fd = ((struct socket_stream *)s)->fd;
    int64_t until_ms = clock_mono_ms() + timeout_ms;
    for (;;) {
        ssize_t have = recv(fd, room, n, MSG_DONTWAIT);
        if (have >= 0) {
            *got = (size_t)have;
            return OK;
        }
        if (errno != EAGAIN && errno != EINTR)
            return fail(cx, E_IO, "recv: %s", strerrordesc_np(errno));
        if (timeout_ms == 0)
            return fail(cx, E_BUSY, "nothing there");
        ctx_waits(cx);
        TRY(await(cx, fd, POLLIN, until_ms));
    }
}

static void stream_close(struct stream *s)
{
    close(((struct socket_stream *)s)->fd);
    free(s);
}

static const struct stream_ops socket_ops = {stream_write, stream_read, stream_close};

static enum code connect_to(struct ctx *cx, int fd, const struct place *place, uint32_t timeout_ms)
{
    int error = 0;
    socklen_t n = sizeof error;
    if (connect(fd, (const struct sockaddr *)&place->at, place->n) == 0)
        return OK;
    if (errno != EINPROGRESS)
        return fail(cx, E_IO, "connect: %s", strerrordesc_np(errno));
    ctx_waits(cx);
    TRY(await(cx, fd, POLLOUT, clock_mono_ms() + timeout_ms));
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0 || error)
        return fail(cx, E_IO, "connect: %s", strerrordesc_np(error ? error : errno));
    return OK;
}

static enum code dial(struct ctx *cx, void *self, struct str address, uint32_t timeout_ms,
                      struct stream **out)
{
    struct place place;
    int on = 1;
    (void)self;
    if (!place_of(address, &place))
        return fail(cx, E_SYNTAX, "\"%.*s\" is no address and port, and no path", STR_ARG(address));
    int fd = socket(place.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(cx, E_IO, "socket: %s", strerrordesc_np(errno));
    if (place.at.ss_family != AF_UNIX)
        (void)!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    enum code code = connect_to(cx, fd, &place, timeout_ms);
    if (code != OK) {
        close(fd);
        return code;
    }
    struct socket_stream *s = calloc(1, sizeof *s);
    must(s);
    s->stream.ops = &socket_ops;
    s->fd = fd;
    *out = &s->stream;
    return OK;
}

const struct stream_dialer io_stream_dialer = {NULL, dial};
