#include "base/banned.h"
#include "base/clock.h"
#include "base/metric.h"
#include "io/conn.h"
#include "io/tls_wire.h"
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { IOVECS = 256 };

bool conn_has_output(const struct conn *c)
{
    return c->out.bytes || c->sealed.n;
}

/* How many bytes the socket took; 0 when it is full, or c->broken was set. */
static size_t push(struct conn *c, struct iovec *iov, size_t count, int flags)
{
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = count};
    ssize_t n;
    flags |= MSG_DONTWAIT | MSG_NOSIGNAL;
    do /* the plain call has less to look at */
        n = count == 1 ? send(c->fd, iov->iov_base, iov->iov_len, flags)
                       : sendmsg(c->fd, &m, flags);
    while (n < 0 && errno == EINTR);
    if (n >= 0) {
        metric_add(c->listener->metrics.bytes_out, n);
        c->write_ms = clock_mono_ms();
        return (size_t)n;
    }
    if (errno == EAGAIN)
        c->writable = false; /* an edge will tell */
    else
        conn_broken(c, strerrordesc_np(errno));
    return 0;
}

static void send_plain(struct conn *c)
{
    while (c->out.bytes && c->writable && !c->broken) {
        struct iovec iov[IOVECS];
        size_t count = rope_iovec(&c->out, iov, IOVECS);
        size_t bytes = 0;
        for (size_t i = 0; i < count; i++)
            bytes += iov[i].iov_len;
        /* With more pieces than fit here, no packet ends here. */
        rope_eat(&c->out, push(c, iov, count, bytes < c->out.bytes ? MSG_MORE : 0));
    }
}

void conn_keep_sealed(struct conn *c, struct str s)
{
    if (s.n == 0)
        return;
    char *p = malloc(c->sealed.n + s.n);
    must(p);
    if (c->sealed.n)
        memcpy(p, c->sealed.p, c->sealed.n);
    memcpy(p + c->sealed.n, s.p, s.n);
    free((char *)(uintptr_t)c->sealed.p);
    c->sealed = str_of(p, c->sealed.n + s.n);
}

/* The next record's clear bytes: a large piece is taken where it lies, small ones are gathered. */
static struct str next_plain(struct lane *lane, const struct rope *out)
{
    const struct rope_piece *p = out->first;
    if (p->bytes.n >= TLS_PLAIN_MAX || !p->next)
        return str_sub(p->bytes, 0, TLS_PLAIN_MAX);
    char *room = lane_plain(lane);
    size_t n = 0;
    for (; p && n < TLS_PLAIN_MAX; p = p->next) {
        struct str s = str_sub(p->bytes, 0, TLS_PLAIN_MAX - n);
        if (s.n)
            memcpy(room + n, s.p, s.n);
        n += s.n;
    }
    return str_of(room, n);
}

static void seal_some(struct lane *lane, struct conn *c, struct tls_out *out)
{
    while (c->out.bytes && out->cap - out->n >= TLS_SEALED_MAX) {
        struct str plain = next_plain(lane, &c->out);
        if (plain.n && !tls_seal(c->tls, plain, out)) {
            conn_broken(c, tls_why(c->tls));
            return;
        }
        rope_eat(&c->out, plain.n);
    }
}

/* Ciphertext that waited goes first, in the same write as what is sealed now. */
static void take_kept(struct conn *c, struct tls_out *out)
{
    size_t n = c->sealed.n < out->cap ? c->sealed.n : out->cap;
    if (n == 0)
        return;
    memcpy(out->p, c->sealed.p, n);
    out->n = n;
    struct str rest = str_from(c->sealed, n), old = c->sealed;
    c->sealed = (struct str){0};
    conn_keep_sealed(c, rest);
    free((char *)(uintptr_t)old.p);
}

/* Puts back, before what is still kept, what the socket did not take. */
static void keep_rest(struct conn *c, struct str rest)
{
    struct str old = c->sealed;
    c->sealed = (struct str){0};
    conn_keep_sealed(c, rest);
    conn_keep_sealed(c, old);
    free((char *)(uintptr_t)old.p);
}

static void send_sealed(struct lane *lane, struct conn *c)
{
    while (conn_has_output(c) && c->writable && !c->broken) {
        struct tls_out out = {lane_sealed(lane), 0, LANE_SEALED_BYTES};
        take_kept(c, &out);
        if (!c->sealed.n && c->phase != PHASE_HANDSHAKE)
            seal_some(lane, c, &out);
        size_t sent = 0;
        while (sent < out.n && c->writable && !c->broken) {
            struct iovec iov = {out.p + sent, out.n - sent};
            sent += push(c, &iov, 1, 0);
        }
        if (sent < out.n)
            keep_rest(c, str_of(out.p + sent, out.n - sent));
    }
}

enum next conn_send(struct lane *lane, struct conn *c)
{
    if (c->tls)
        send_sealed(lane, c);
    else
        send_plain(c);
    if (c->broken)
        return GO_ON;
    c->blocked |= conn_has_output(c);
    if (conn_has_output(c))
        return WAIT;
    rope_drop(&c->out); /* pieces without bytes */
    if (c->blocked)
        c->quiet_ms = c->write_ms; /* the peer was busy reading until now */
    c->blocked = false;
    return GO_ON;
}

void conn_seal_end(struct lane *lane, struct conn *c)
{
    if (c->phase == PHASE_HANDSHAKE)
        return;
    struct tls_out out = {lane_sealed(lane), 0, LANE_SEALED_BYTES};
    tls_end(c->tls, &out);
    conn_keep_sealed(c, str_of(out.p, out.n));
}
