/* The whole engine in memory: what a client says over one connection (by TLS when the first byte is
   below "a"). Said at once and in two pieces it is answered the same. */
#include "../../wire/http_rows.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void waker_ring(struct waker *w);

enum { INPUT_MAX = 48 * 1024, OUTPUT_MAX = 1 << 28 };

void waker_ring(struct waker *w)
{
    (void)w;
}

struct talk {
    struct http_env env;
    struct peer peer;
    struct tls_facts tls;
    void *session;
    struct arena *arena;
    struct buf in, said;
    size_t seen;
    bool closed;
};

static void run_one(struct talk *t, struct str request)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a, .now_ms = 784111777000};
    struct reply r = {.out = rope_of(a)};
    http_engine.run(&cx, t->session, str_dup(a, request), &r);
    for (struct rope_piece *p = r.out.first; p; p = p->next)
        buf_add(&t->said, p->bytes);
    rope_drop(&r.out);
    t->closed |= r.close;
}

/* Adds bytes to what has come, and runs what is whole of it. */
static void say(struct talk *t, struct str bytes)
{
    struct str all = str_join(t->arena, (struct str[]){buf_str(&t->in), bytes}, 2);
    while (!t->closed && all.n && all.n != t->seen) {
        struct framing f = http_engine.frame(t->session, all, t->seen);
        t->seen = all.n;
        if (f.what == FRAME_TELL)
            buf_add(&t->said, f.tell);
        if (f.what != FRAME_REQUEST)
            break;
        must(f.n && f.n <= all.n);
        t->seen = 0;
        run_one(t, str_sub(all, 0, f.n));
        all = str_from(all, f.n);
    }
    buf_reset(&t->in);
    buf_add(&t->in, all);
}

static struct str answers(struct arena *a, struct str in, size_t cut, bool secure)
{
    struct talk t = {.arena = a, .in = buf_of(a, 2 * INPUT_MAX), .said = buf_of(a, OUTPUT_MAX)};
    t.env = (struct http_env){.sites = {{http_test_rows, NULL}},
                              .site_count = 1,
                              .limits = http_limits_default,
                              .tls_port = 443};
    t.peer = (struct peer){.id = 1, .address = STR("192.0.2.1"), .role = STR("http")};
    t.peer.tls = secure ? &t.tls : NULL;
    http_env_open(&t.env);
    t.session = calloc(1, http_engine.session_bytes);
    must(t.session);
    struct ctx cx = {.arena = a};
    struct reply r = {.out = rope_of(a)};
    http_engine.open(&cx, t.session, &t.env, &t.peer, &r);
    say(&t, str_sub(in, 0, cut));
    say(&t, str_from(in, cut));
    http_engine.close(t.session);
    free(t.session);
    http_env_close(&t.env);
    return buf_str(&t.said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2 || n > INPUT_MAX)
        return 0;
    struct arena *a AUTO(arena_close) = arena_open();
    struct str in = str_of(data, n);
    size_t cut = ((size_t)data[n - 1] * 257 + data[n / 2]) % n;
    struct str whole = answers(a, in, n, data[0] < 'a'), parts = answers(a, in, cut, data[0] < 'a');
    must(str_eq(whole, parts));
    must(!whole.n || str_starts(whole, STR("HTTP/1.1 ")));
    return 0;
}
