#include "base/banned.h"
#include "base/clock.h"
#include "base/metric.h"
#include "io/conn.h"
#include "io/out/dial_inner.h"
#include "io/seat.h"
#include "io/tls.h"

enum {
    BATCH_REQUESTS = 128,     /* pipelined requests answered with one write... */
    BATCH_BYTES = 128 * 1024, /* ...if the answers are not larger */
};

enum call {
    CALL_NONE,
    CALL_OPEN,
    CALL_TLS,
    CALL_MORE,
    CALL_TOO_LONG,
    CALL_SHUTDOWN,
    CALL_RUN,
    CALL_TIMEOUT,
    CALL_WAKE,
};

static enum call due(const struct conn *c)
{
    if (c->phase == PHASE_OPENING)
        return CALL_OPEN;
    if (c->tls_done)
        return CALL_TLS;
    if (c->more)
        return CALL_MORE;
    if (c->too_long)
        return CALL_TOO_LONG;
    if (c->stopping || c->no_room)
        return CALL_SHUTDOWN;
    if (c->request_bytes)
        return CALL_RUN;
    if (c->expired)
        return CALL_TIMEOUT;
    return c->rung && c->listener->is.engine->wake ? CALL_WAKE : CALL_NONE;
}

struct arena *conn_arena(struct lane *lane, struct conn *c)
{
    if (!c->arena) {
        c->arena = lane_arena(lane);
        c->out = rope_of(c->arena);
    }
    return c->arena;
}

static void open_session(struct ctx *cx, struct conn *c, struct reply *r)
{
    const struct engine *engine = c->listener->is.engine;
    c->session = calloc(1, engine->session_bytes ? engine->session_bytes : 1);
    must(c->session);
    c->has_session = true;
    c->phase = PHASE_SERVING;
    c->phase_ms = c->quiet_ms = c->woken_ms = clock_mono_ms();
    c->peer.tls = c->facts;
    void *env = c->dial ? dial_env(c->dial) : c->listener->is.env;
    engine->open(cx, c->session, env, &c->peer, r);
}

static void run_request(struct ctx *cx, struct conn *c, struct reply *r)
{
    struct str request = str_sub(input_str(&c->in), 0, c->request_bytes);
    c->listener->is.engine->run(cx, c->session, request, r);
    c->slow = r->slow && !cx->slow;
    if (c->slow)
        return;
    metric_add(c->listener->metrics.requests, 1);
    input_take(&c->in, c->request_bytes);
    c->request_bytes = 0;
    c->quiet_ms = c->request_ms = c->woken_ms = clock_mono_ms();
}

static void call_engine(struct ctx *cx, struct conn *c, enum call call, struct reply *r)
{
    const struct engine *engine = c->listener->is.engine;
    switch (call) {
    case CALL_OPEN:
        open_session(cx, c, r);
        break;
    case CALL_TLS:
        c->tls_done = false;
        c->peer.tls = c->facts;
        c->peer.can_start_tls = false;
        c->quiet_ms = clock_mono_ms();
        engine->tls(cx, c->session, r);
        break;
    case CALL_MORE:
        c->more = false;
        engine->more(cx, c->session, r);
        break;
    case CALL_TOO_LONG:
        engine->too_long(cx, c->session, r);
        break;
    case CALL_SHUTDOWN:
        engine->shutdown(cx, c->session, r);
        break;
    case CALL_RUN:
        run_request(cx, c, r);
        break;
    case CALL_TIMEOUT:
        engine->timeout(cx, c->session, r);
        break;
    case CALL_WAKE:
        c->rung = false;
        engine->wake(cx, c->session, r);
        c->woken_ms = clock_mono_ms();
        break;
    case CALL_NONE:
        break;
    }
}

static void take_out(struct lane *lane, struct conn *c, struct reply *r)
{
    if (c->squeezed)
        r->out = squeeze(lane, &r->out);
    if (!c->out.first)
        c->out = r->out;
    else
        rope_join(&c->out, &r->out);
}

/* Who sends from within a request. */
struct teller {
    struct lane *lane;
    struct conn *conn;
    struct arena *arena;
};

static void tell(struct reply *r)
{
    const struct teller *t = r->teller;
    take_out(t->lane, t->conn, r);
    r->out = rope_of(t->arena);
    if (!t->conn->hold_until_ms)
        (void)conn_send(t->lane, t->conn); /* the rest goes with the reply */
}

static void absorb(struct lane *lane, struct conn *c, enum call call, struct reply *r)
{
    take_out(lane, c, r);
    c->close_after |=
        r->close || call == CALL_TOO_LONG || call == CALL_SHUTDOWN || call == CALL_TIMEOUT;
    bool has_tls = c->dial ? dial_tls(c->dial) != NULL : tls_server_is_ready(c->listener->is.tls);
    c->tls_after |= r->start_tls && has_tls && !c->tls;
    c->deflate_after |= r->start_deflate && !c->squeezed;
    c->more = r->more && c->listener->is.engine->more;
    c->write_ms = clock_mono_ms();
    if (r->delay_ms)
        c->hold_until_ms = c->write_ms + r->delay_ms;
}

/* more() gets an arena for each part; the request's own one stays until the last was written. */
static struct arena *arena_for(struct lane *lane, struct conn *c, enum call call)
{
    struct arena *a = conn_arena(lane, c);
    if (call != CALL_MORE)
        return a;
    if (!c->part)
        c->part = lane_arena(lane);
    arena_reset(c->part);
    return c->part;
}

/* Who answers what was not asked yet is not heard before it was: what a request refers to holds
   until its reply was written, and an early "answer" could end that. */
static bool may_go_on(const struct lane *lane, const struct conn *c, unsigned requests)
{
    if (c->dial && c->out.bytes)
        return false;
    return !lane->slow && !c->part && !c->close_after && !c->tls_after && !c->deflate_after &&
           !c->more && !c->hold_until_ms && !c->slow && requests < BATCH_REQUESTS &&
           c->out.bytes < BATCH_BYTES;
}

enum next session_advance(struct lane *lane, struct conn *c)
{
    enum call call = due(c);
    if (call == CALL_NONE)
        return WAIT;
    if ((call == CALL_RUN && c->slow && !lane->slow) || (lane->slow && !c->slow))
        return HAND_OVER;
    if (!seat_enter(lane))
        return HAND_OVER;
    for (unsigned requests = 1;; requests++) {
        lane->requests++;
        struct arena *a = arena_for(lane, c, call);
        struct ctx cx = lane_ctx(lane, a);
        struct teller teller = {lane, c, a};
        struct reply r = {.out = rope_of(a), .tell = tell, .teller = &teller};
        call_engine(&cx, c, call, &r);
        absorb(lane, c, call, &r);
        if (!may_go_on(lane, c, requests))
            return GO_ON;
        conn_frame(lane, c);
        call = CALL_RUN;
        if (!c->request_bytes || c->too_long)
            return GO_ON;
    }
}

void session_end(struct conn *c)
{
    c->peer.ended = str_z(c->why);
    c->peer.ended_in_tls |= c->phase == PHASE_HANDSHAKE;
    c->listener->is.engine->close(c->session);
    free(c->session);
    c->session = NULL;
    c->has_session = false;
}
