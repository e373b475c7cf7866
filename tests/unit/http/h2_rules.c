/* HTTP/2 by the byte: heads that RFC 9113 forbids reach no row, lengths are kept, and windows that
   nobody opens hold up nobody else. */
#include "../unit.h"

#include "../../wire/http_rows.h"
#include "base/buf.h"
#include "base/cur.h"
#include "proto/http/h2/h2.h"
#include "proto/http/session.h"

void waker_ring(struct waker *w);
void waker_ring(struct waker *w)
{
    (void)w;
}

enum { DATA, HEADERS, RESET = 3, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION };
enum { END_STREAM = 1, END_HEADERS = 4 };
enum { PROTOCOL_ERROR = 1, REFUSED_STREAM = 7 };
enum { ABSENT = -1, FRAME_HEAD = 9, OUT_MAX = 4 * 1024 * 1024 };
/* Whole heads of answers begin with their status, of the static table (RFC 7541 appendix A). */
enum { STATUS_200 = 0x88, STATUS_400 = 0x8c };

/* What a connection was told. */
struct heard {
    int reset, goodbye; /* the error, or ABSENT */
    size_t oks, bads, data;
};

struct wire {
    struct arena *a;
    struct http_env env;
    struct tls_facts tls;
    struct peer peer;
    void *session;
    struct buf out;
    struct heard heard;
    bool closed;
};

static void frame_put(struct wire *w, uint8_t kind, uint8_t flags, uint32_t stream, struct str load)
{
    const char head[FRAME_HEAD] = {(char)(load.n >> 16), (char)(load.n >> 8), (char)load.n,
                                   (char)kind,           (char)flags,         (char)(stream >> 24),
                                   (char)(stream >> 16), (char)(stream >> 8), (char)stream};
    buf_add(&w->out, str_of(head, sizeof head));
    buf_add(&w->out, load);
}

static struct wire *wire_open(void)
{
    struct wire *w = calloc(1, sizeof *w);
    must(w);
    w->a = arena_open();
    w->env = (struct http_env){
        .sites = {{http_test_rows, NULL}}, .site_count = 1, .limits = http_limits_default};
    http_env_open(&w->env);
    w->tls.alpn = STR("h2");
    w->peer = (struct peer){.address = STR("192.0.2.1"), .role = STR("https"), .tls = &w->tls};
    w->session = arena_alloc(w->a, http_engine.session_bytes);
    w->heard = (struct heard){.reset = ABSENT, .goodbye = ABSENT};
    w->out = buf_of(w->a, OUT_MAX);
    struct ctx cx = {.arena = w->a};
    struct reply r = {.out = rope_of(w->a)};
    http_engine.open(&cx, w->session, &w->env, &w->peer, &r);
    buf_add(&w->out, STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    frame_put(w, SETTINGS, 0, 0, STR(""));
    return w;
}

static void wire_close(struct wire *w)
{
    http_engine.close(w->session);
    http_env_close(&w->env);
    arena_close(w->a);
    free(w);
}

static int big_endian(struct str s)
{
    uint32_t v = 0;
    for (size_t i = 0; i < s.n; i++)
        v = v << 8 | (unsigned char)s.p[i];
    return (int)v;
}

static void frame_hear(struct heard *h, uint8_t kind, struct str load)
{
    unsigned char first = load.n ? (unsigned char)load.p[0] : 0;
    if (kind == RESET)
        h->reset = big_endian(load);
    if (kind == GOAWAY)
        h->goodbye = big_endian(str_sub(str_from(load, 4), 0, 4));
    if (kind == DATA)
        h->data += load.n;
    h->oks += kind == HEADERS && first == STATUS_200;
    h->bads += kind == HEADERS && first == STATUS_400;
}

static void hear(struct wire *w, struct reply *r, struct arena *a)
{
    struct str said = rope_flatten(&r->out, a);
    rope_drop(&r->out);
    w->closed |= r->close;
    for (size_t at = 0; at + FRAME_HEAD <= said.n;) {
        size_t n = (size_t)big_endian(str_sub(str_from(said, at), 0, 3));
        frame_hear(&w->heard, (uint8_t)said.p[at + 3],
                   str_sub(str_from(said, at + FRAME_HEAD), 0, n));
        at += FRAME_HEAD + n;
    }
}

/* All that was put, in one piece. */
static void say(struct wire *w)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct reply r = {.out = rope_of(a)};
    http_engine.run(&cx, w->session, buf_str(&w->out), &r);
    bool more = r.more;
    hear(w, &r, a);
    while (more && !w->closed) {
        r = (struct reply){.out = rope_of(a)};
        http_engine.more(&cx, w->session, &r);
        more = r.more;
        hear(w, &r, a);
    }
    w->out = buf_of(w->a, OUT_MAX);
}

/* Fields as "name: value\n" lines; a name may begin with a colon. As they stand: without the static
   table, without Huffman (RFC 7541 section 6.2.2). */
static struct str head_of(struct arena *a, const char *lines)
{
    struct buf b = buf_of(a, 4096);
    struct cur c = cur_of(str_z(lines));
    struct str line;
    while (cur_until(&c, '\n', &line)) {
        size_t colon = str_find(line, STR(": "));
        assert_true(colon != SIZE_MAX && colon < 127 && line.n - colon < 127);
        buf_byte(&b, 0);
        buf_byte(&b, (char)colon);
        buf_add(&b, str_sub(line, 0, colon));
        buf_byte(&b, (char)(line.n - colon - 2));
        buf_add(&b, str_from(line, colon + 2));
    }
    return buf_str(&b);
}

#define GET ":method: GET\n:scheme: https\n:authority: a\n:path: /hello.txt\n"
#define POST ":method: POST\n:scheme: https\n:authority: a\n:path: /echo/\n"

/* RFC 9113 section 8.2 and 8.3. None of these may reach a row. */
static void heads_that_are_forbidden(void **state)
{
    (void)state;
    static const char *const heads[] = {
        /* pseudo fields: behind others, twice, unknown, of an answer, missing, empty */
        ":method: GET\n:scheme: https\n:authority: a\nx: y\n:path: /hello.txt\n",
        GET ":path: /hello.txt\n",
        ":method: GET\n" GET,
        ":unknown: x\n" GET,
        ":status: 200\n" GET,
        ":scheme: https\n:authority: a\n:path: /hello.txt\n",
        ":method: GET\n:authority: a\n:path: /hello.txt\n",
        ":method: GET\n:scheme: https\n:authority: a\n",
        ":method: GET\n:scheme: https\n:authority: a\n:path: \n",
        ":method: GET\n:scheme: https\n:authority: a\n:path: hello.txt\n",
        ":method: GET\n:scheme: https\n:path: /hello.txt\n",
        ":method: G T\n:scheme: https\n:authority: a\n:path: /hello.txt\n",
        ":method: GET\n:scheme: https\n:authority: a b\n:path: /hello.txt\n",
        ":method: GET\n:scheme: https\n:authority: u@a\n:path: /hello.txt\n",
        ":method: GET\n:scheme: https\n:authority: a\n:path: /hello.txt\r\n",
        ":method: GET\n:scheme: https\n:authority: a\n:path: /hello.txt HTTP/1.1\r\n",
        ":method: GET\n:scheme: https\n:authority: a\n:path: /../hello.txt\n",
        ":protocol: websocket\n" GET,
        /* fields of a connection (section 8.2.2) */
        GET "connection: close\n",
        GET "keep-alive: 1\n",
        GET "proxy-connection: close\n",
        GET "transfer-encoding: chunked\n",
        GET "upgrade: websocket\n",
        GET "te: gzip\n",
        /* names and values (section 8.2.1) */
        GET "X: y\n",
        GET "x y: z\n",
        GET "x:y: z\n",
        GET ": z\n",
        GET "x: a\rb\n",
        GET "x: a\x01\n",
        /* two hosts, two lengths */
        GET "content-length: 0\ncontent-length: 1\n",
        GET "content-length: +0\n",
        GET "host: a\nhost: b\n",
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct wire *w = wire_open();
        frame_put(w, HEADERS, END_STREAM | END_HEADERS, 1, head_of(w->a, heads[i]));
        say(w);
        if (w->heard.oks)
            fail_msg("head %zu is taken", i);
        if (w->heard.reset == ABSENT && w->heard.goodbye == ABSENT && !w->heard.bads)
            fail_msg("head %zu has no answer", i);
        wire_close(w);
    }
    struct wire *w = wire_open(); /* and that it is not the bytes that are wrong */
    frame_put(w, HEADERS, END_STREAM | END_HEADERS, 1, head_of(w->a, GET "te: trailers\nx: y\n"));
    say(w);
    assert_int_equal(w->heard.oks, 1);
    wire_close(w);
}

/* RFC 9113 section 8.1.1: what is sent is what was said. */
static void lengths_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        size_t sent;
        bool good;
    } rows[] = {
        {POST "content-length: 5\n", 5, true},
        {POST "content-length: 4\n", 5, false},
        {POST "content-length: 6\n", 5, false},
        {POST "content-length: 0\n", 5, false},
        {POST, 5, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wire *w = wire_open();
        frame_put(w, HEADERS, END_HEADERS, 1, head_of(w->a, rows[i].head));
        frame_put(w, DATA, END_STREAM, 1, str_sub(STR("hello, world"), 0, rows[i].sent));
        say(w);
        assert_int_equal(w->heard.oks, rows[i].good ? 1 : 0);
        if (!rows[i].good)
            assert_int_equal(w->heard.reset, PROTOCOL_ERROR);
        wire_close(w);
    }
    struct wire *w = wire_open(); /* a length, and the head is all there is */
    frame_put(w, HEADERS, END_HEADERS | END_STREAM, 1, head_of(w->a, POST "content-length: 5\n"));
    say(w);
    assert_int_equal(w->heard.oks, 0);
    wire_close(w);
}

/* Section 8.1: trailers have no pseudo fields, and end the stream. */
static void trailers_are_fields(void **state)
{
    (void)state;
    static const char *const trailers[] = {":path: /echo/other\n", "x: y\n"};
    for (size_t i = 0; i < 2; i++) {
        struct wire *w = wire_open();
        frame_put(w, HEADERS, END_HEADERS, 1, head_of(w->a, POST));
        frame_put(w, DATA, 0, 1, STR("hello"));
        frame_put(w, HEADERS, END_HEADERS | END_STREAM, 1, head_of(w->a, trailers[i]));
        say(w);
        assert_int_equal(w->heard.oks, i);
        wire_close(w);
    }
}

/* Frames where they may not be (sections 5.1, 6.2 to 6.10). */
static void frames_have_their_place(void **state)
{
    (void)state;
    static const struct {
        uint8_t kind, flags;
        uint32_t stream;
        struct str load;
    } rows[] = {
        {DATA, 0, 1, {"x", 1}}, /* of a stream that is not open */
        {DATA, 0, 0, {"x", 1}}, /* of no stream */
        {HEADERS, 5, 0, {"\x82", 1}},
        {HEADERS, 5, 2, {"\x82", 1}},   /* a number that is the server's */
        {CONTINUATION, 4, 1, {"x", 1}}, /* of nothing */
        {PUSH, 4, 1, {"\0\0\0\2", 4}},  /* by a client */
        {RESET, 0, 1, {"\0\0\0\0", 4}}, /* of a stream that is not open */
        {PING, 0, 0, {"1234567", 7}},   /* of another size */
        {SETTINGS, 0, 0, {"12345", 5}},
        {SETTINGS, 0, 1, {"", 0}},
        {SETTINGS, 0, 0, {"\0\4\x80\0\0\0", 6}}, /* a window over 2^31-1 (section 6.5.2) */
        {SETTINGS, 0, 0, {"\0\5\0\0\0\1", 6}},   /* frames below 16,384 bytes */
        {SETTINGS, 0, 0, {"\0\2\0\0\0\2", 6}},   /* a switch that is neither on nor off */
        {WINDOW, 0, 0, {"\0\0\0\0", 4}},         /* no step at all (section 6.9) */
        {WINDOW, 0, 0, {"\x7f\xff\xff\xff", 4}}, /* past 2^31-1 (section 6.9.1) */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wire *w = wire_open();
        frame_put(w, rows[i].kind, rows[i].flags, rows[i].stream, rows[i].load);
        say(w);
        if (w->heard.goodbye == ABSENT || !w->closed)
            fail_msg("frame %zu is taken", i);
        wire_close(w);
    }
}

/* Between HEADERS and its CONTINUATION nothing else may come (section 6.10). */
static void a_head_is_not_interrupted(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    struct str head = head_of(w->a, GET);
    frame_put(w, HEADERS, END_STREAM, 1, str_sub(head, 0, 9));
    frame_put(w, PING, 0, 0, STR("12345678"));
    frame_put(w, CONTINUATION, END_HEADERS, 1, str_from(head, 9));
    say(w);
    assert_int_equal(w->heard.goodbye, PROTOCOL_ERROR);
    assert_int_equal(w->heard.oks, 0);
    wire_close(w);
    w = wire_open();
    head = head_of(w->a, GET);
    frame_put(w, HEADERS, END_STREAM, 1, str_sub(head, 0, 9));
    frame_put(w, CONTINUATION, END_HEADERS, 1, str_from(head, 9));
    say(w);
    assert_int_equal(w->heard.oks, 1);
    wire_close(w);
}

/* A window of zero: heads are told, bodies wait, the connection goes on for others, and what waits
   is H2_STREAMS_MAX answers at most. */
static void a_window_of_zero_holds_up_nobody(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    struct str large =
        head_of(w->a, ":method: GET\n:scheme: https\n:authority: a\n:path: /large\n");
    frame_put(w, SETTINGS, 0, 0, STR("\0\4\0\0\0\0"));
    for (uint32_t i = 0; i < H2_STREAMS_MAX; i++)
        frame_put(w, HEADERS, END_STREAM | END_HEADERS, 2 * i + 1, large);
    say(w);
    assert_int_equal(w->heard.oks, H2_STREAMS_MAX);
    assert_int_equal(w->heard.data, 0);
    assert_int_equal(w->heard.goodbye, ABSENT);
    frame_put(w, HEADERS, END_STREAM | END_HEADERS, 2 * H2_STREAMS_MAX + 1, large);
    say(w);
    assert_int_equal(w->heard.oks, H2_STREAMS_MAX);
    assert_int_equal(w->heard.reset, REFUSED_STREAM);
    frame_put(w, WINDOW, 0, 1, STR("\0\0\x03\xe8")); /* one of them gets a thousand */
    say(w);
    assert_int_equal(w->heard.data, 1000);
    frame_put(w, RESET, 0, 3, STR("\0\0\0\x08")); /* one goes, so another may come */
    frame_put(w, HEADERS, END_STREAM | END_HEADERS, 2 * H2_STREAMS_MAX + 3, large);
    say(w);
    assert_int_equal(w->heard.oks, H2_STREAMS_MAX + 1);
    assert_false(w->closed);
    wire_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_that_are_forbidden),
        cmocka_unit_test(lengths_are_kept),
        cmocka_unit_test(trailers_are_fields),
        cmocka_unit_test(frames_have_their_place),
        cmocka_unit_test(a_head_is_not_interrupted),
        cmocka_unit_test(a_window_of_zero_holds_up_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
