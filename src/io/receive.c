#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/conn.h"
#include "io/tls_wire.h"
#include <errno.h>
#include <sys/socket.h>

enum {
    READS_ON_REACTOR = 8, /* a sender that is faster than that goes on with a worker */
    READS_ON_WORKER = 64, /* and then waits its turn again */
    READS_IN_LINGER = 16,
};

/* Reads once, into the lane's memory. Empty: nothing there, or c->eof or c->broken was set. */
static struct str pull(struct lane *lane, struct conn *c, size_t room_bytes)
{
    char *room = lane_in(lane);
    ssize_t n;
    do
        n = recv(c->fd, room, room_bytes, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        /* Less than asked for: the socket is empty, and tells when there is more. But not once the
           peer ended: then its end must still be read. */
        if ((size_t)n < room_bytes && !c->hup)
            c->readable = false;
        metric_add(c->listener->metrics.bytes_in, n);
        return str_of(room, (size_t)n);
    }
    c->readable = false;
    if (n == 0)
        c->eof = true;
    else if (errno != EAGAIN)
        conn_broken(c, strerrordesc_np(errno));
    return (struct str){0};
}

static void store(struct conn *c, struct str s)
{
    if (s.n == 0)
        return;
    c->quiet_ms = clock_mono_ms();
    if (!c->asked || input_bytes(&c->in) == 0)
        c->request_ms = c->quiet_ms;
    c->asked = true;
    if (input_append(&c->in, &c->io->input, s, c->need) != OK) {
        log_event(c->io->config.log, LOG_ERROR, "io.spill-failed", "dir=%s error=\"%s\"",
                  c->io->config.spill_dir, strerror(errno));
        c->no_room = true;
    }
}

/* What the peer meant, or that compressed. */
static void take(struct conn *c, struct str s)
{
    if (c->squeezed)
        squeezed_keep(c->squeezed, s);
    else
        store(c, s);
}

/* Opens some of what came compressed. It is counted as if it had come in clear, and framed before
   more is opened. False: there is no room for it now. */
static bool open_some(struct lane *lane, struct conn *c)
{
    struct str plain = {0};
    size_t room = input_room(&c->in, &c->io->input, LANE_PLAIN_BYTES);
    c->paused = room == 0;
    if (room == 0)
        return false;
    if (squeezed_next(c->squeezed, lane, lane_plain(lane), room, &plain)) {
        store(c, plain);
        return true;
    }
    log_event(c->io->config.log, LOG_INFO, "deflate.failed", "id=%llu peer=%s",
              (unsigned long long)c->peer.id, c->address);
    c->close_after = true;
    return true;
}

static void tls_broken(struct conn *c)
{
    metric_add(c->listener->metrics.tls_failures, 1);
    log_event(c->io->config.log, LOG_INFO, "tls.failed", "id=%llu peer=%s reason=\"%s\"",
              (unsigned long long)c->peer.id, c->address, tls_why(c->tls));
    c->close_after = true; /* the alert may still be sent */
    c->peer.ended_in_tls = true;
    c->why = tls_why(c->tls);
    c->eof = true;
}

/* Opens all that is sealed; all of it is taken, so that nothing needs to be kept. */
static void unseal(struct lane *lane, struct conn *c, struct str sealed)
{
    struct tls_out out = {lane_sealed(lane), 0, LANE_SEALED_BYTES};
    char *plain = lane_plain(lane);
    enum tls_result result = TLS_OK;
    while (result == TLS_OK) {
        size_t n = 0;
        result = tls_unseal(c->tls, &sealed, plain, &n, &out);
        if (result == TLS_OK)
            take(c, str_of(plain, n));
    }
    conn_keep_sealed(c, str_of(out.p, out.n));
    if (result == TLS_ENDED)
        c->eof = true;
    else if (result != TLS_HUNGRY)
        tls_broken(c);
}

static void tell(struct lane *lane, struct conn *c, struct str s)
{
    struct rope said = rope_of(conn_arena(lane, c));
    rope_put(&said, s);
    if (c->squeezed)
        said = squeeze(lane, &said);
    rope_join(&c->out, &said);
}

void conn_frame(struct lane *lane, struct conn *c)
{
    const struct engine *engine = c->listener->is.engine;
    size_t bytes = input_bytes(&c->in);
    if (bytes == 0 || bytes < c->need || (bytes == c->seen))
        return;
    struct framing f = engine->frame(c->session, input_str(&c->in), c->seen);
    if (f.what == FRAME_REQUEST) {
        must(f.n > 0 && f.n <= bytes);
        c->too_long = f.n > engine->request_max;
        c->request_bytes = f.n;
        c->seen = c->need = 0;
        return;
    }
    c->seen = bytes;
    c->need = f.n;
    c->too_long = bytes >= engine->request_max || f.n > engine->request_max;
    if (f.what == FRAME_TELL) {
        tell(lane, c, f.tell);
        c->write_ms = clock_mono_ms();
    }
}

/* True if there is something to do before more is read. */
static bool enough(const struct conn *c)
{
    return c->request_bytes || c->too_long || c->broken || c->no_room || c->close_after ||
           conn_has_output(c);
}

/* How much may be read now; 0 also when there is nothing to read. */
static size_t may_read(struct conn *c)
{
    if (!c->readable || c->eof)
        return 0;
    size_t room = input_room(&c->in, &c->io->input, LANE_IN_BYTES);
    c->paused = room == 0;
    return room;
}

enum next conn_receive(struct lane *lane, struct conn *c)
{
    unsigned reads = lane->reactor ? READS_ON_REACTOR : READS_ON_WORKER;
    for (;;) {
        conn_frame(lane, c);
        if (enough(c))
            return GO_ON;
        bool opens = squeezed_has(c->squeezed);
        size_t room = opens ? 1 : may_read(c);
        if (room == 0)
            break;
        if (reads-- == 0)
            return HAND_OVER;
        if (opens) {
            if (!open_some(lane, c))
                return WAIT;
            continue;
        }
        struct str s = pull(lane, c, room);
        if (c->tls)
            unseal(lane, c, s);
        else
            take(c, s);
    }
    if (squeezed_is_awake(c->squeezed) && clock_mono_ms() >= c->quiet_ms + DEFLATE_REST_MS)
        squeezed_rest(c->squeezed, lane);
    if (!c->eof)
        return WAIT;
    c->close_after = true; /* what was whole has been served */
    if (!c->why)
        c->why = "the connection was closed";
    return GO_ON;
}

static void handshake_done(struct lane *lane, struct conn *c, struct str rest)
{
    metric_add(c->listener->metrics.handshakes, 1);
    c->facts = calloc(1, sizeof *c->facts);
    must(c->facts);
    tls_facts_of(c->tls, c->facts);
    c->tls_done = c->has_session;
    if (tls_is_challenge(c->tls)) { /* nobody is to be served */
        c->close_after = true;
        c->phase = PHASE_SERVING;
        return;
    }
    c->phase = c->has_session ? PHASE_SERVING : PHASE_OPENING;
    c->phase_ms = clock_mono_ms();
    if (rest.n)
        unseal(lane, c, rest);
}

enum next conn_handshake(struct lane *lane, struct conn *c)
{
    if (!c->readable && !c->tls_begins)
        return WAIT;
    struct str s = c->tls_begins ? (struct str){0} : pull(lane, c, LANE_IN_BYTES);
    struct tls_out out = {lane_sealed(lane), 0, LANE_SEALED_BYTES};
    enum tls_result result = s.n || c->tls_begins ? tls_handshake(c->tls, &s, &out) : TLS_HUNGRY;
    c->tls_begins = false;
    /* Kept, not sent at once: what the engine says first can go with it. */
    conn_keep_sealed(c, str_of(out.p, out.n));
    if (result == TLS_OK)
        handshake_done(lane, c, s);
    else if (result != TLS_HUNGRY)
        tls_broken(c);
    if (c->eof && c->phase == PHASE_HANDSHAKE) {
        if (conn_has_output(c))
            conn_send(lane, c);
        conn_broken(c, "the connection was closed");
    }
    c->write_ms = clock_mono_ms();
    return GO_ON;
}

enum next conn_linger(struct lane *lane, struct conn *c)
{
    for (unsigned i = 0; i < READS_IN_LINGER && c->readable && !c->eof && !c->broken; i++)
        pull(lane, c, LANE_IN_BYTES);
    if (c->eof)
        c->broken = true;
    if (c->broken)
        return GO_ON;
    return c->readable ? HAND_OVER : WAIT;
}
