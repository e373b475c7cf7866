#include "base/buf.h"
#include "base/clock.h"
#include "base/random.h"
#include "wire.h"
#include <pthread.h>
#include <time.h>

enum { WAIT_S = 10, OUTPUT_MAX = 256 * 1024 * 1024 };

/* What the reactor has in the real server: rung by any thread. */
struct waker {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool ringing;
};

void waker_ring(struct waker *w)
{
    pthread_mutex_lock(&w->lock);
    w->ringing = true;
    pthread_cond_signal(&w->rung);
    pthread_mutex_unlock(&w->lock);
}

/* True if it rang, after at most some seconds; takes the ring. */
static bool waker_heard(struct waker *w, bool wait)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&w->lock);
    while (wait && !w->ringing && pthread_cond_timedwait(&w->rung, &w->lock, &until) == 0)
        ;
    bool ringing = w->ringing;
    w->ringing = false;
    pthread_mutex_unlock(&w->lock);
    return ringing;
}

struct session {
    void *state; /* the engine's; NULL: not open yet */
    struct peer peer;
    struct waker waker;
    struct arena *arena; /* of what was said */
    struct buf said;
    char *input; /* a block of just its size, so that ASan sees a step too far */
    size_t input_n, seen;
    int64_t heard_at_ms, woken_at_ms;
    bool closed, wants_tls;
    bool gone; /* the engine was told that it is over */
};

struct memory {
    const struct wire_fixture *fixture;
    const struct dialog *dialog;
    struct arena *world_arena, *request_arena;
    struct ctx world_cx;
    struct random random;
    void *world;
    struct tls_facts facts;
    int64_t now_ms;
    struct session sessions[WIRE_SESSIONS];
};

static struct ctx context_of(struct memory *m, bool slow)
{
    arena_reset(m->request_arena);
    return (struct ctx){
        .arena = m->request_arena, .now_ms = m->now_ms, .random = &m->random, .slow = slow};
}

static struct reply reply_of(struct memory *m)
{
    return (struct reply){.out = rope_of(m->request_arena)};
}

/* Takes over what a call of the engine handed back; asks for more as long as there is more. */
static void reply_take(struct memory *m, struct session *s, struct reply *r)
{
    for (;;) {
        buf_add(&s->said, rope_flatten(&r->out, m->request_arena));
        rope_drop(&r->out);
        m->now_ms += r->delay_ms;
        s->closed |= r->close;
        if (r->start_tls) {
            s->wants_tls = true;
            s->input_n = s->seen = 0; /* what came before the handshake is thrown away */
        }
        if (!r->more)
            return;
        struct ctx cx = context_of(m, false);
        *r = reply_of(m);
        m->fixture->engine->more(&cx, s->state, r);
    }
}

static void run_request(struct memory *m, struct session *s, struct str request)
{
    struct ctx cx = context_of(m, false);
    struct reply r = reply_of(m);
    m->fixture->engine->run(&cx, s->state, request, &r);
    if (r.slow) {
        rope_drop(&r.out);
        cx = context_of(m, true);
        r = reply_of(m);
        m->fixture->engine->run(&cx, s->state, request, &r);
        must(!r.slow);
    }
    reply_take(m, s, &r);
}

typedef void event_fn(struct ctx *cx, void *state, struct reply *r);

static void event(struct memory *m, struct session *s, event_fn *happens)
{
    struct ctx cx = context_of(m, false);
    struct reply r = reply_of(m);
    happens(&cx, s->state, &r);
    reply_take(m, s, &r);
}

/* Runs whole requests as long as the engine sees one. */
static void run_input(struct memory *m, struct session *s)
{
    const struct engine *e = m->fixture->engine;
    while (s->input_n && !s->closed && !s->wants_tls) {
        struct framing f = e->frame(s->state, str_of(s->input, s->input_n), s->seen);
        s->seen = s->input_n;
        if (f.what == FRAME_TELL)
            buf_add(&s->said, f.tell);
        if (f.what != FRAME_REQUEST) {
            if (s->input_n <= e->request_max)
                return;
            event(m, s, e->too_long);
            s->closed = true;
            return;
        }
        must(f.n > 0 && f.n <= s->input_n);
        char *request = malloc(f.n);
        must(request);
        memcpy(request, s->input, f.n);
        size_t rest = s->input_n - f.n;
        memmove(s->input, s->input + f.n, rest);
        s->input = realloc(s->input, rest + !rest);
        must(s->input);
        s->input_n = rest;
        s->seen = 0;
        run_request(m, s, str_of(request, f.n));
        free(request);
    }
}

static struct session *session_of(struct memory *m, int number)
{
    struct session *s = &m->sessions[number];
    if (s->state)
        return s;
    const struct dialog *d = m->dialog;
    pthread_mutex_init(&s->waker.lock, NULL);
    pthread_cond_init(&s->waker.rung, NULL);
    s->arena = arena_open();
    s->said = buf_of(s->arena, OUTPUT_MAX);
    s->peer = (struct peer){.id = (uint64_t)number,
                            .address = d->address.n ? d->address : STR("192.0.2.1"),
                            .port = (uint16_t)(40000 + number),
                            .local_address = STR("192.0.2.25"),
                            .local_port = 1,
                            .role = d->role.n ? d->role : str_z(m->fixture->role),
                            .tls = d->tls ? &m->facts : NULL,
                            .can_start_tls = true,
                            .waker = &s->waker};
    s->state = calloc(1, m->fixture->engine->session_bytes);
    must(s->state);
    s->heard_at_ms = s->woken_at_ms = m->now_ms;
    struct ctx cx = context_of(m, false);
    struct reply r = reply_of(m);
    m->fixture->engine->open(&cx, s->state, m->fixture->env(m->world), &s->peer, &r);
    reply_take(m, s, &r);
    return s;
}

static void memory_send(void *self, int number, struct str bytes)
{
    struct memory *m = self;
    struct session *s = session_of(m, number);
    if (s->closed || s->wants_tls || !bytes.n)
        return; /* into the void, as on a socket */
    s->input = realloc(s->input, s->input_n + bytes.n);
    must(s->input);
    memcpy(s->input + s->input_n, bytes.p, bytes.n);
    s->input_n += bytes.n;
    s->heard_at_ms = s->woken_at_ms = m->now_ms;
    run_input(m, s);
}

static void memory_receive(void *self, int number, bool wait, struct buf *out)
{
    struct memory *m = self;
    struct session *s = session_of(m, number);
    bool may_wait = wait && !s->said.n && !s->closed;
    if (!s->closed && m->fixture->engine->wake && waker_heard(&s->waker, may_wait))
        event(m, s, m->fixture->engine->wake);
    buf_add(out, buf_str(&s->said));
    must(!s->said.overflow && !out->overflow);
    buf_reset(&s->said);
}

static bool memory_is_closed(void *self, int number)
{
    return session_of(self, number)->closed;
}

static const char *memory_tls(void *self, int number)
{
    struct memory *m = self;
    struct session *s = session_of(m, number);
    if (!s->wants_tls)
        return "the server did not ask for TLS";
    s->wants_tls = false;
    s->peer.tls = &m->facts;
    event(m, s, m->fixture->engine->tls);
    return NULL;
}

static const char *memory_clock(void *self, int64_t ms)
{
    struct memory *m = self;
    m->now_ms += ms;
    m->world_cx.now_ms = m->now_ms;
    for (int i = 0; i < WIRE_SESSIONS; i++) {
        struct session *s = &m->sessions[i];
        const struct engine *e = m->fixture->engine;
        if (!s->state || s->closed)
            continue;
        uint32_t silence_ms = e->timeout_ms(s->state);
        uint32_t wake_ms = e->wake_ms ? e->wake_ms(s->state) : 0;
        if (silence_ms && m->now_ms - s->heard_at_ms >= silence_ms) {
            event(m, s, e->timeout);
            s->closed = true;
        } else if (wake_ms && m->now_ms - s->woken_at_ms >= wake_ms) {
            s->woken_at_ms = m->now_ms;
            event(m, s, e->wake);
        }
    }
    return NULL;
}

static const char *memory_shutdown(void *self)
{
    struct memory *m = self;
    for (int i = 0; i < WIRE_SESSIONS; i++) {
        struct session *s = &m->sessions[i];
        if (!s->state || s->closed)
            continue;
        event(m, s, m->fixture->engine->shutdown);
        s->closed = true;
    }
    return NULL;
}

/* The peer has closed; what the engine still says is not heard. */
static const char *hang_up(struct memory *m, struct session *s, bool in_tls)
{
    if (!s->state || s->gone)
        return "there is no session to be cut off";
    s->closed = s->gone = true;
    s->peer.ended = STR("the connection was closed");
    s->peer.ended_in_tls = in_tls;
    m->fixture->engine->close(s->state);
    return NULL;
}

/* What the engine's side of TLS makes of the peer, when it called. */
static const char *set_trust(struct memory *m, struct str what)
{
    static const char *const words[] = {"none", "name", "dane"};
    m->facts.trust_why = STR("nobody knows it");
    for (size_t i = 0; i < 3; i++)
        if (str_eq(what, str_z(words[i]))) {
            m->facts.trust = (enum tls_trust)i;
            return NULL;
        }
    return "no such trust";
}

static const char *memory_set(void *self, struct str line)
{
    struct memory *m = self;
    m->world_cx.now_ms = m->now_ms;
    if (str_starts(line, STR("hang up")))
        return hang_up(m, &m->sessions[1], str_ends(line, STR("in TLS")));
    if (str_starts(line, STR("trust ")))
        return set_trust(m, str_from(line, 6));
    if (m->fixture->set && m->fixture->set(&m->world_cx, m->world, line))
        return NULL;
    return "the fixture does not understand this";
}

static void session_end(struct memory *m, struct session *s)
{
    if (!s->state)
        return;
    if (!s->gone)
        m->fixture->engine->close(s->state);
    pthread_cond_destroy(&s->waker.rung);
    pthread_mutex_destroy(&s->waker.lock);
    arena_close(s->arena);
    free(s->state);
    free(s->input);
}

static void memory_close(void *self)
{
    struct memory *m = self;
    for (int i = 0; i < WIRE_SESSIONS; i++)
        session_end(m, &m->sessions[i]);
    m->fixture->close(m->world);
    arena_close(m->request_arena);
    arena_close(m->world_arena);
    free(m);
}

static const struct wire_ops memory_ops = {
    memory_send,  memory_receive,  memory_is_closed, memory_tls,
    memory_clock, memory_shutdown, memory_set,       memory_close,
};

struct wire wire_memory(const struct wire_fixture *f, const struct dialog *d)
{
    struct memory *m = calloc(1, sizeof *m);
    must(m);
    m->fixture = f;
    m->dialog = d;
    m->world_arena = arena_open();
    m->request_arena = arena_open();
    m->now_ms = 1767225600000; /* the first of January 2026, so that dates in replies stand still */
    m->random.seed = 1;
    m->facts = (struct tls_facts){.version = STR("TLSv1.3"),
                                  .cipher = STR("TLS_AES_128_GCM_SHA256"),
                                  .server_name = STR("mail.example"),
                                  .has_exporter = true};
    for (int i = 0; i < WIRE_EXPORTER_BYTES; i++)
        m->facts.exporter[i] = (unsigned char)(i + 1);
    m->world_cx = (struct ctx){
        .arena = m->world_arena, .now_ms = m->now_ms, .random = &m->random, .slow = true};
    m->world = f->open(&m->world_cx);
    return (struct wire){&memory_ops, m};
}
