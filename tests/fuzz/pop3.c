/* The whole engine in memory: what a client says, to a session that is logged in (or, when the
   first byte is below "a", not yet) over a small maildrop. Said at once and in two pieces it is
   answered the same, and each answer ends with a line. */
#include "proto/pop3/pop3.h"
#include "../world/kept_world.h"
#include "base/buf.h"
#include "base/cur.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void waker_ring(struct waker *w);

enum { INPUT_MAX = 16384, OUTPUT_MAX = 1 << 28 };

void waker_ring(struct waker *w)
{
    (void)w;
}

struct talk {
    struct imap_world *w;
    struct pop3_env env;
    struct peer peer;
    struct tls_facts tls;
    void *session;
    struct arena *request;
    struct buf in, said;
    size_t seen;
    bool closed;
};

static struct ctx context(struct talk *t)
{
    arena_reset(t->request);
    return (struct ctx){
        .arena = t->request, .now_ms = t->w->cx.now_ms, .random = &t->w->random, .slow = true};
}

static void take(struct talk *t, struct reply *r)
{
    for (struct rope_piece *p = r->out.first; p; p = p->next)
        buf_add(&t->said, p->bytes);
    rope_drop(&r->out);
    t->closed |= r->close;
    if (!r->start_tls)
        return;
    t->peer.tls = &t->tls;
    t->peer.can_start_tls = false;
    struct ctx cx = context(t);
    struct reply after = {.out = rope_of(t->request)};
    pop3_engine.tls(&cx, t->session, &after);
}

static void run_one(struct talk *t, struct str request)
{
    struct ctx cx = context(t);
    struct reply r = {.out = rope_of(t->request)};
    pop3_engine.run(&cx, t->session, request, &r);
    must(!r.slow);
    take(t, &r);
    while (r.more) {
        cx = context(t);
        r = (struct reply){.out = rope_of(t->request)};
        pop3_engine.more(&cx, t->session, &r);
        take(t, &r);
    }
}

/* Adds bytes to what has come, and runs what is whole of it. */
static void say(struct talk *t, struct str bytes)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct str all = str_join(a, (struct str[]){buf_str(&t->in), bytes}, 2);
    while (!t->closed && all.n) {
        struct framing f = pop3_engine.frame(t->session, all, t->seen);
        t->seen = all.n;
        if (f.what != FRAME_REQUEST)
            break;
        must(f.n && f.n <= all.n);
        t->seen = 0;
        run_one(t, str_dup(a, str_sub(all, 0, f.n)));
        all = str_from(all, f.n);
    }
    buf_reset(&t->in);
    buf_add(&t->in, all);
}

static void fill(struct imap_world *w)
{
    imap_world_password(w, w->jane, "secret");
    imap_world_deliver(w, w->jane, "INBOX", STR("Subject: one\r\n\r\n.dot\r\nText\r\n"),
                       STR("Received: from here\r\n"));
    imap_world_deliver(w, w->jane, "INBOX", STR("Subject: \xc3\xa4\n\n.\n.loose"), STR(""));
}

static struct str answers(struct arena *a, struct imap_world *w, struct str in, size_t cut,
                          bool logged_in)
{
    struct talk t = {.w = w, .request = arena_open(), .in = buf_of(a, 2 * INPUT_MAX)};
    t.said = buf_of(a, OUTPUT_MAX);
    t.env = (struct pop3_env){.core = w->core, .auth = w->auth, .limits = pop3_limits_default};
    t.env.limits.plain_in_clear = true;
    t.peer = (struct peer){
        .id = 1, .address = STR("192.0.2.1"), .role = STR("pop3"), .can_start_tls = true};
    pop3_env_open(&t.env);
    t.session = calloc(1, pop3_engine.session_bytes);
    must(t.session);
    struct ctx cx = context(&t);
    struct reply r = {.out = rope_of(t.request)};
    pop3_engine.open(&cx, t.session, &t.env, &t.peer, &r);
    take(&t, &r);
    if (logged_in)
        say(&t, STR("USER jane@example.com\r\nPASS secret\r\n"));
    say(&t, str_sub(in, 0, cut));
    say(&t, str_from(in, cut));
    pop3_engine.close(t.session);
    free(t.session);
    pop3_env_close(&t.env);
    arena_close(t.request);
    return buf_str(&t.said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2 || n > INPUT_MAX)
        return 0;
    struct arena *a AUTO(arena_close) = arena_open();
    struct str in = str_of(data, n), said[2];
    kept_world_next();
    for (int i = 0; i < 2; i++) {
        size_t cut = i ? (size_t)data[n - 1] * 31 % n : n;
        said[i] = answers(a, kept_world(fill), in, cut, data[0] >= 'a');
        must(str_ends(said[i], STR("\r\n")));
    }
    /* What came with STLS is thrown away when it came at once, by io; and nonces differ. */
    if (str_ifind(in, STR("SCRAM")) == SIZE_MAX)
        must(str_eq(said[0], said[1]));
    return 0;
}
