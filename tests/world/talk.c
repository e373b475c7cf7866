/* What io does around an engine, without sockets and threads. */
#include "base/buf.h"
#include "world.h"

struct talk {
    struct world *world;
    struct peer peer;
    struct tls_facts tls;
    void *session;
    struct arena *arena;
    char *in; /* not taken yet */
    size_t in_n, in_cap, seen, piece;
    bool closed;
    uint32_t delay_ms;
    struct buf out;
    size_t told; /* of out */
};

enum { OUT_MAX = 16 * 1024 * 1024 };

static struct ctx context(struct talk *t, struct arena *a)
{
    return (struct ctx){.arena = a, .now_ms = t->world->cx.now_ms, .random = &t->world->random};
}

static void reply_take(struct talk *t, struct reply *r)
{
    struct arena *a = arena_open();
    buf_add(&t->out, rope_flatten(&r->out, a));
    rope_drop(&r->out);
    arena_close(a);
    t->closed |= r->close;
    t->delay_ms += r->delay_ms;
    if (!r->start_tls)
        return;
    t->in_n = t->seen = 0; /* what came in clear does not survive */
    talk_tls(t);
    struct arena *b = arena_open();
    struct ctx cx = context(t, b);
    struct reply after = {.out = rope_of(b)};
    smtp_engine.tls(&cx, t->session, &after);
    arena_close(b);
}

static void request_run(struct talk *t, struct str request)
{
    struct arena *a = arena_open();
    struct ctx cx = context(t, a);
    struct reply r = {.out = rope_of(a)};
    smtp_engine.run(&cx, t->session, request, &r);
    if (r.slow) {
        cx.slow = true;
        r = (struct reply){.out = rope_of(a)};
        smtp_engine.run(&cx, t->session, request, &r);
    }
    reply_take(t, &r);
    arena_close(a);
}

/* Runs what is whole. The request is a block of its own, so that ASan sees reads past it. */
static void buffered_run(struct talk *t)
{
    while (!t->closed && t->in_n > t->seen) {
        struct framing f = smtp_engine.frame(t->session, str_of(t->in, t->in_n), t->seen);
        if (f.what != FRAME_REQUEST) {
            t->seen = t->in_n;
            return;
        }
        must(f.n > 0 && f.n <= t->in_n);
        char *request = malloc(f.n);
        must(request);
        memcpy(request, t->in, f.n);
        memmove(t->in, t->in + f.n, t->in_n - f.n);
        t->in_n -= f.n;
        t->seen = 0;
        request_run(t, str_of(request, f.n));
        free(request);
    }
}

static void append(struct talk *t, struct str bytes)
{
    if (t->in_cap - t->in_n < bytes.n) {
        t->in_cap = (t->in_n + bytes.n) * 2;
        t->in = realloc(t->in, t->in_cap);
        must(t->in);
    }
    if (bytes.n)
        memcpy(t->in + t->in_n, bytes.p, bytes.n);
    t->in_n += bytes.n;
}

struct talk *talk_open(struct world *w, const char *role)
{
    struct talk *t = calloc(1, sizeof *t);
    must(t);
    t->world = w;
    t->arena = arena_open();
    t->out = buf_of(t->arena, OUT_MAX);
    t->tls = (struct tls_facts){.version = STR("TLSv1.3"), .cipher = STR("TLS_AES_128_GCM_SHA256")};
    t->peer = (struct peer){.id = 1,
                            .address = STR("192.0.2.1"),
                            .port = 40000,
                            .local_address = STR("192.0.2.25"),
                            .local_port = 25,
                            .role = str_z(role),
                            .can_start_tls = true};
    if (!strcmp(role, "submissions"))
        talk_tls(t);
    t->session = calloc(1, smtp_engine.session_bytes);
    must(t->session);
    struct arena *a = arena_open();
    struct ctx cx = context(t, a);
    struct reply r = {.out = rope_of(a)};
    smtp_engine.open(&cx, t->session, &w->env, &t->peer, &r);
    reply_take(t, &r);
    arena_close(a);
    t->told = t->out.n;
    return t;
}

void talk_close(struct talk *t)
{
    smtp_engine.close(t->session);
    arena_close(t->arena);
    free(t->session);
    free(t->in);
    free(t);
}

void talk_tls(struct talk *t)
{
    t->peer.tls = &t->tls;
    t->peer.can_start_tls = false;
}

void talk_cut(struct talk *t, size_t piece)
{
    t->piece = piece;
}

struct str talk_send(struct talk *t, struct str bytes)
{
    size_t step = t->piece ? t->piece : bytes.n;
    for (size_t at = 0; at < bytes.n && !t->closed; at += step) {
        append(t, str_sub(bytes, at, step));
        buffered_run(t);
    }
    struct str all = buf_str(&t->out);
    struct str new = str_dup(t->arena, str_from(all, t->told));
    t->told = all.n;
    return new;
}

bool talk_is_closed(const struct talk *t)
{
    return t->closed;
}

uint32_t talk_delay_ms(const struct talk *t)
{
    return t->delay_ms;
}

struct str talk_wake(struct talk *t)
{
    struct arena *a = arena_open();
    struct ctx cx = context(t, a);
    struct reply r = {.out = rope_of(a)};
    smtp_engine.wake(&cx, t->session, &r);
    reply_take(t, &r);
    arena_close(a);
    struct str said = str_from(buf_str(&t->out), t->told);
    t->told = t->out.n;
    return said;
}

struct str talk_say(struct talk *t, const char *text)
{
    struct str said = talk_send(t, str_z(text));
    size_t at = str_find(said, STR("250 2.0.0 Ok: "));
    if (at == SIZE_MAX)
        return said;
    struct str id = STR("250 2.0.0 Ok: ID"), rest = str_from(said, at + 14 + 16);
    return str_join(t->arena, (struct str[]){str_sub(said, 0, at), id, rest}, 3);
}
