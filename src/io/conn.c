#include "io/conn.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/out/dial_inner.h"
#include "io/proxy/proxy.h"
#include "io/reactor.h"
#include "io/seat.h"
#include "io/tls_wire.h"
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAUSE_MS = 100 }; /* over the budget of input: look again after so long */

void conn_broken(struct conn *c, const char *why)
{
    c->broken = true;
    if (!c->why)
        c->why = why;
}

bool conn_post(struct conn *c, unsigned events)
{
    return !(atomic_fetch_or(&c->events, events | CONN_BUSY) & CONN_BUSY);
}

void conn_free(struct conn *c)
{
    must(!c->has_session && !c->arena && !c->part && !c->tls && !c->in.p && !c->sealed.p &&
         !c->squeezed);
    free(c->facts);
    free(c);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A request that began to come in must be complete by then. */
static int64_t request_deadline(const struct conn *c)
{
    const struct io_config *config = &c->io->config;
    int64_t grace_ms = (int64_t)(input_bytes(&c->in) * 1000 / config->rate_min);
    return c->request_ms + config->request_ms + grace_ms;
}

/* When the engine wants to be woken without a ring. */
static int64_t wake_at(const struct conn *c)
{
    const struct engine *engine = c->listener->is.engine;
    uint32_t ms = engine->wake_ms ? engine->wake_ms(c->session) : 0;
    return ms ? c->woken_ms + ms : INT64_MAX;
}

/* When a session that has nothing to say is over. */
static int64_t silence_deadline(const struct conn *c)
{
    uint32_t timeout_ms = c->listener->is.engine->timeout_ms(c->session);
    int64_t at_ms = timeout_ms ? c->quiet_ms + timeout_ms : INT64_MAX;
    if (!c->asked)
        at_ms = least(at_ms, c->phase_ms + c->io->config.first_ms);
    if (input_bytes(&c->in))
        at_ms = least(at_ms, request_deadline(c));
    return at_ms;
}

/* Follows from the state alone, so no timer needs to be cancelled. */
static int64_t deadline_of(const struct conn *c)
{
    const struct io_config *config = &c->io->config;
    if (c->phase == PHASE_LINGER)
        return c->phase_ms + config->linger_ms;
    if (c->phase == PHASE_PROXY)
        return c->phase_ms + config->proxy_ms;
    if (c->phase == PHASE_HANDSHAKE)
        return c->phase_ms + (c->dial ? c->listener->handshake_ms : config->handshake_ms);
    if (c->hold_until_ms)
        return c->hold_until_ms;
    if (conn_has_output(c))
        return c->write_ms + config->write_ms;
    if (!c->has_session)
        return INT64_MAX;
    return least(wake_at(c), silence_deadline(c));
}

static void on_timer(struct conn *c)
{
    c->paused = false;
    if (clock_mono_ms() < deadline_of(c))
        return;
    if (c->hold_until_ms) {
        c->hold_until_ms = 0;
        c->write_ms = clock_mono_ms();
        return;
    }
    bool is_quiet = c->phase == PHASE_SERVING && !conn_has_output(c);
    if (is_quiet && clock_mono_ms() < silence_deadline(c)) {
        c->rung = true;
        return;
    }
    if (c->phase != PHASE_LINGER)
        metric_add(c->listener->metrics.timeouts, 1);
    if (is_quiet)
        c->expired = true;
    else
        conn_broken(c, c->phase == PHASE_PROXY       ? "the proxy's header takes too long"
                       : c->phase == PHASE_HANDSHAKE ? "the TLS handshake takes too long"
                                                     : "nobody reads what is sent");
}

static void take_events(struct conn *c)
{
    unsigned e = atomic_fetch_and(&c->events, ~(unsigned)EV_ALL);
    c->readable |= (e & EV_IN) != 0;
    c->writable |= (e & EV_OUT) != 0;
    c->hup |= (e & EV_HUP) != 0;
    if (e & (EV_ERR | EV_KILL))
        conn_broken(c, e & EV_KILL ? "the server stops" : "the connection broke");
    c->rung |= (e & EV_WAKE) != 0;
    c->stopping |= (e & EV_STOP) != 0;
    if (e & EV_TIMER)
        on_timer(c);
}

/* Gives the socket back. Nobody may touch c after the note. */
static enum next dead(struct conn *c)
{
    struct io *io = c->io;
    epoll_ctl(c->reactor->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
    close(c->fd);
    if (c->tls)
        tls_close(c->tls);
    c->tls = NULL;
    metric_add(c->listener->metrics.open, -1);
    log_event(io->config.log, LOG_DEBUG, "conn.closed", "id=%llu", (unsigned long long)c->peer.id);
    accept_forget(io, &c->from);
    if (c->dial)
        dial_ended(c->dial, c->why);
    c->dial = NULL;
    reactor_note(c, INBOX_DEAD);
    return GONE;
}

static void release(struct lane *lane, struct conn *c)
{
    rope_drop(&c->out);
    free((char *)(uintptr_t)c->sealed.p);
    c->sealed = (struct str){0};
    squeezed_close(c->squeezed);
    c->squeezed = NULL;
    if (c->part)
        lane_arena_back(lane, c->part);
    if (c->arena)
        lane_arena_back(lane, c->arena);
    c->part = c->arena = NULL;
    input_drop(&c->in, &c->io->input);
}

/* The last part of a connection: what it held is given back, at once or after the peer read our
 * end. */
static enum next end(struct lane *lane, struct conn *c)
{
    if (c->has_session && !seat_enter(lane))
        return HAND_OVER; /* close() may wait for the store */
    rope_drop(&c->out);   /* what is released may belong to the session */
    if (c->has_session)
        session_end(c);
    bool polite = !c->broken && !c->eof;
    if (polite && c->tls) {
        conn_seal_end(lane, c);
        conn_send(lane, c); /* if it does not fit now, so be it */
    }
    release(lane, c);
    if (c->broken || (polite && shutdown(c->fd, SHUT_WR) != 0) || !polite)
        return dead(c);
    c->phase = PHASE_LINGER;
    c->phase_ms = clock_mono_ms();
    c->readable = true;
    return GO_ON;
}

void conn_begin_tls(struct conn *c)
{
    c->tls_after = false;
    input_drop(&c->in, &c->io->input); /* what came in clear must not survive into the session */
    c->request_bytes = c->seen = c->need = 0;
    c->tls_begins = c->dial;
    c->tls = c->dial ? tls_connect(dial_tls(c->dial), dial_tls_ask(c->dial))
                     : tls_open(c->listener->is.tls);
    c->phase = PHASE_HANDSHAKE;
    c->phase_ms = clock_mono_ms();
}

/* What came behind the command is compressed already. */
static void begin_deflate(struct conn *c)
{
    c->deflate_after = false;
    c->squeezed = squeezed_open(input_str(&c->in));
    input_drop(&c->in, &c->io->input);
    c->request_bytes = c->seen = c->need = 0;
}

/* All output is written and no request is under way: nothing needs the request's memory any more.
 */
static void settle(struct lane *lane, struct conn *c)
{
    if (c->arena) {
        lane_arena_back(lane, c->arena);
        c->arena = NULL;
        c->out = (struct rope){0};
    }
    if (c->part) {
        lane_arena_back(lane, c->part);
        c->part = NULL;
    }
    if (!c->request_bytes)
        input_settle(&c->in, &c->io->input);
}

static enum next output_step(struct lane *lane, struct conn *c)
{
    if (c->hold_until_ms && !c->stopping)
        return WAIT;
    c->hold_until_ms = 0;
    return conn_send(lane, c);
}

static enum next step(struct lane *lane, struct conn *c)
{
    if (c->broken)
        return end(lane, c);
    if (c->phase == PHASE_LINGER)
        return conn_linger(lane, c);
    if (c->phase == PHASE_PROXY)
        return proxy_greet(c);
    bool we_talk_next = c->phase == PHASE_OPENING || c->tls_done; /* one write for both */
    if (!we_talk_next && (conn_has_output(c) || c->hold_until_ms)) {
        enum next next = output_step(lane, c);
        if (next != GO_ON || c->broken)
            return next;
    }
    if (c->phase == PHASE_HANDSHAKE) {
        c->broken = c->stopping;
        if (c->broken)
            return GO_ON;
        if (lane->reactor)
            return c->readable || c->tls_begins ? HAND_OVER : WAIT;
        return conn_handshake(lane, c);
    }
    if (!c->more)
        settle(lane, c);
    if (c->close_after)
        return end(lane, c);
    if (c->tls_after) {
        conn_begin_tls(c);
        return GO_ON;
    }
    if (c->deflate_after)
        begin_deflate(c);
    enum next next = session_advance(lane, c);
    return next == WAIT ? conn_receive(lane, c) : next;
}

static void hand_over(struct conn *c)
{
    pool_submit(c->slow ? c->io->slow : c->io->pool, &c->task);
}

void conn_serve(struct lane *lane, struct conn *c)
{
    lane->requests = 0;
    for (;;) {
        take_events(c);
        enum next next;
        do
            next = step(lane, c);
        while (next == GO_ON);
        seat_leave(lane);
        if (next == GONE)
            return;
        if (next == HAND_OVER) {
            hand_over(c);
            return;
        }
        int64_t at_ms = deadline_of(c);
        if (c->paused)
            at_ms = least(at_ms, clock_mono_ms() + PAUSE_MS);
        if (squeezed_is_awake(c->squeezed))
            at_ms = least(at_ms, c->quiet_ms + DEFLATE_REST_MS);
        reactor_deadline(lane, c, at_ms);
        unsigned only_busy = CONN_BUSY;
        if (atomic_compare_exchange_strong(&c->events, &only_busy, 0))
            return;
    }
}
