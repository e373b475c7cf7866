/* Our client in memory: what a host may answer, in pieces or at once, to a few errands. The first
   byte chooses the errands; whatever is heard, each of them is settled once at most, and what is
   sent are lines. Replies to what was not asked yet come in, too. */
#include "../world/errands.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void waker_ring(struct waker *w);

void waker_ring(struct waker *w)
{
    (void)w;
}

struct talk {
    struct ctx cx;
    struct errands *w;
    struct peer peer;
    struct tls_facts tls;
    void *session;
    struct buf said;
    bool closed;
};

static void take(struct talk *t, struct reply *r)
{
    for (;;) {
        buf_add(&t->said, rope_flatten(&r->out, t->cx.arena));
        rope_drop(&r->out);
        t->closed |= r->close;
        if (r->start_tls) {
            t->peer.tls = &t->tls;
            *r = (struct reply){.out = rope_of(t->cx.arena)};
            client_engine.tls(&t->cx, t->session, r);
        } else if (r->more) {
            *r = (struct reply){.out = rope_of(t->cx.arena)};
            client_engine.more(&t->cx, t->session, r);
        } else {
            return;
        }
    }
}

static void hear(struct talk *t, struct str in)
{
    size_t seen = 0;
    while (!t->closed && in.n) {
        struct framing f = client_engine.frame(t->session, in, seen);
        if (f.what != FRAME_REQUEST)
            return;
        must(f.n && f.n <= in.n);
        struct reply r = {.out = rope_of(t->cx.arena)};
        client_engine.run(&t->cx, t->session, str_sub(in, 0, f.n), &r);
        take(t, &r);
        in = str_from(in, f.n);
    }
}

static void choose(struct errands *w, unsigned char what)
{
    if (what & 1)
        must(errands_set(w, STR("job lmtp")));
    if (what & 2)
        must(errands_set(w, STR("job login tim secret")));
    if (what & 4)
        must(errands_set(w, STR("job clear-auth")));
    if (what & 8)
        must(errands_set(w, STR("job tls encrypted")));
    must(errands_set(w, STR("errand from=a@b.example to=c@d.example to=e@f.example notify=6 "
                            "trace=X:\\r\\n body=.a\\r\\n.\\r\\nb")));
    must(errands_set(w, STR("errand from= to=c@d.example 8bit requiretls by=5 body=")));
    must(errands_set(w, STR("errand from=a@b.example to=c@d.example body=x\\r\\n")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    struct random random = {.seed = 1};
    struct talk t = {.cx = {.arena = arena_open(), .now_ms = 1767225600000, .random = &random}};
    t.w = errands_open(&t.cx);
    choose(t.w, data[0]);
    t.peer =
        (struct peer){.address = STR("192.0.2.1"), .role = STR("remote"), .can_start_tls = true};
    t.said = buf_of(t.cx.arena, 1 << 20);
    t.session = calloc(1, client_engine.session_bytes);
    must(t.session);
    struct reply r = {.out = rope_of(t.cx.arena)};
    client_engine.open(&t.cx, t.session, &t.w->job, &t.peer, &r);
    take(&t, &r);
    hear(&t, str_of(data + 1, n - 1));
    must(t.said.n == 0 || str_ends(buf_str(&t.said), STR("\n")) || t.said.overflow ||
         str_find(buf_str(&t.said), STR("BDAT")) != SIZE_MAX);
    client_engine.close(t.session);
    must(t.w->over);
    free(t.session);
    errands_close(t.w);
    arena_close(t.cx.arena);
    return 0;
}
