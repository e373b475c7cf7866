/* HTTP/2: what a client says behind its preface, in two pieces, over the rows of the tests.
   Whatever comes, the session ends or waits, and gives back all that it held. */
#include "../../wire/http_rows.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void waker_ring(struct waker *w);

enum { INPUT_MAX = 64 * 1024, OUTPUT_MAX = 64 * 1024 * 1024 };

void waker_ring(struct waker *w)
{
    (void)w;
}

struct talk {
    void *session;
    size_t said;
    bool closed;
};

/* Output is asked for until there is no more, or it is closed. */
static void take(struct talk *t, struct reply *r)
{
    t->said += r->out.bytes;
    must(t->said <= OUTPUT_MAX);
    rope_drop(&r->out);
    t->closed |= r->close;
}

static void say(struct talk *t, struct str bytes)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a, .now_ms = 784111777000};
    if (t->closed || !bytes.n)
        return;
    struct framing f = http_engine.frame(t->session, bytes, 0);
    must(f.what == FRAME_REQUEST && f.n == bytes.n);
    struct reply r = {.out = rope_of(a)};
    http_engine.run(&cx, t->session, str_dup(a, bytes), &r);
    bool more = r.more;
    take(t, &r);
    while (more && !t->closed) {
        r = (struct reply){.out = rope_of(a)};
        http_engine.more(&cx, t->session, &r);
        more = r.more;
        take(t, &r);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct tls_facts tls = {.alpn = {"h2", 2}};
    const struct peer peer = {
        .id = 1, .address = STR("192.0.2.1"), .role = STR("https"), .tls = &tls};
    if (n < 2 || n > INPUT_MAX)
        return 0;
    struct arena *a AUTO(arena_close) = arena_open();
    struct http_env env = {
        .sites = {{http_test_rows, NULL}}, .site_count = 1, .limits = http_limits_default};
    struct talk t = {.session = calloc(1, http_engine.session_bytes)};
    struct ctx cx = {.arena = a};
    struct reply r = {.out = rope_of(a)};
    struct str in = str_of(data, n);
    must(t.session);
    http_env_open(&env);
    http_engine.open(&cx, t.session, &env, &peer, &r);
    say(&t, STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    size_t cut = ((size_t)data[n - 1] * 257 + data[n / 2]) % n;
    say(&t, str_sub(in, 0, cut));
    say(&t, str_from(in, cut));
    must(http_engine.timeout_ms(t.session) > 0);
    if (!t.closed) {
        http_engine.timeout(&cx, t.session, &r);
        must(r.close);
        rope_drop(&r.out);
    }
    http_engine.close(t.session);
    free(t.session);
    http_env_close(&env);
    return 0;
}
