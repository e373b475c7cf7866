/* HTTP/2 against a client made of nghttp2: limits that take many bytes, and windows. */
#include "../unit.h"

#include "../../wire/http_rows.h"
#include "base/buf.h"
#include "proto/http/h2/h2.h"
#include "proto/http/session.h"
#include <nghttp2/nghttp2.h>

void waker_ring(struct waker *w);
void waker_ring(struct waker *w)
{
    (void)w;
}

enum { STREAMS = 2 * H2_REQUESTS_MAX + 10 };

/* What the client saw. */
struct talk {
    struct arena *a;
    struct http_env env;
    struct tls_facts tls;
    struct peer peer;
    void *session;
    nghttp2_session *client;
    int status; /* of the last answer */
    size_t answers, bytes, resets;
    uint32_t reset_error;
    bool closed, goodbye;
    size_t left; /* of a body to send */
};

static int on_header(nghttp2_session *c, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_n, const uint8_t *value, size_t value_n, uint8_t flags, void *user)
{
    struct talk *t = user;
    uint64_t status;
    (void)c, (void)frame, (void)flags;
    if (str_eq(str_of(name, name_n), STR(":status")) && str_u64(str_of(value, value_n), &status)) {
        t->status = (int)status;
        t->answers++;
    }
    return 0;
}

static int on_data(nghttp2_session *c, uint8_t flags, int32_t id, const uint8_t *data, size_t n,
                   void *user)
{
    struct talk *t = user;
    (void)c, (void)flags, (void)id, (void)data;
    t->bytes += n;
    return 0;
}

static int on_frame(nghttp2_session *c, const nghttp2_frame *frame, void *user)
{
    struct talk *t = user;
    (void)c;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
        t->resets++;
        t->reset_error = frame->rst_stream.error_code;
    }
    t->goodbye |= frame->hd.type == NGHTTP2_GOAWAY;
    return 0;
}

static struct talk *talk_open(void)
{
    struct talk *t = calloc(1, sizeof *t);
    nghttp2_session_callbacks *callbacks;
    must(t);
    t->a = arena_open();
    t->env = (struct http_env){
        .sites = {{http_test_rows, NULL}}, .site_count = 1, .limits = http_limits_default};
    http_env_open(&t->env);
    t->tls.alpn = STR("h2");
    t->peer = (struct peer){.address = STR("192.0.2.1"), .role = STR("https"), .tls = &t->tls};
    t->session = arena_alloc(t->a, http_engine.session_bytes);
    struct ctx cx = {.arena = t->a};
    struct reply r = {.out = rope_of(t->a)};
    http_engine.open(&cx, t->session, &t->env, &t->peer, &r);
    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    assert_int_equal(nghttp2_session_client_new(&t->client, callbacks, t), 0);
    nghttp2_session_callbacks_del(callbacks);
    assert_int_equal(nghttp2_submit_settings(t->client, NGHTTP2_FLAG_NONE, NULL, 0), 0);
    return t;
}

static void talk_close(struct talk *t)
{
    http_engine.close(t->session);
    http_env_close(&t->env);
    nghttp2_session_del(t->client);
    arena_close(t->a);
    free(t);
}

static void hear(struct talk *t, struct reply *r, struct arena *a)
{
    struct str said = rope_flatten(&r->out, a);
    rope_drop(&r->out);
    t->closed |= r->close;
    (void)nghttp2_session_mem_recv(t->client, (const uint8_t *)said.p, said.n);
}

/* The client's bytes to the server, and what it says to the client, until both are silent. */
static void exchange(struct talk *t)
{
    const uint8_t *p;
    ssize_t n;
    while (!t->closed && (n = nghttp2_session_mem_send(t->client, &p)) > 0) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        struct reply r = {.out = rope_of(a)};
        http_engine.run(&cx, t->session, str_of(p, (size_t)n), &r);
        bool more = r.more;
        hear(t, &r, a);
        while (more && !t->closed) {
            r = (struct reply){.out = rope_of(a)};
            http_engine.more(&cx, t->session, &r);
            more = r.more;
            hear(t, &r, a);
        }
    }
}

static ssize_t give(nghttp2_session *c, int32_t id, uint8_t *to, size_t n, uint32_t *flags,
                    nghttp2_data_source *source, void *user)
{
    struct talk *t = user;
    (void)c, (void)id, (void)source;
    size_t part = n < t->left ? n : t->left;
    memset(to, 'x', part);
    t->left -= part;
    if (!t->left)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)part;
}

#define PAIR(name, value)                                                                          \
    {                                                                                              \
        (uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(value), strlen(name), strlen(value),  \
            NGHTTP2_NV_FLAG_NONE                                                                   \
    }

/* body: bytes of one, or 0 for GET. */
static void ask(struct talk *t, const char *path, size_t body)
{
    nghttp2_data_provider data = {.read_callback = give};
    const nghttp2_nv pairs[] = {PAIR(":method", body ? "POST" : "GET"), PAIR(":scheme", "https"),
                                PAIR(":authority", "a.example"), PAIR(":path", path)};
    t->left = body;
    assert_true(nghttp2_submit_request(t->client, NULL, pairs, 4, body ? &data : NULL, NULL) > 0);
}

static void answers_are_those_of_the_rows(void **state)
{
    struct talk *t = talk_open();
    (void)state;
    ask(t, "/hello.txt", 0);
    exchange(t);
    assert_int_equal(t->status, 200);
    assert_int_equal(t->bytes, 51);
    t->bytes = 0;
    ask(t, "/echo/a", HTTP_TEST_BODY_MAX);
    exchange(t);
    assert_int_equal(t->status, 200);
    assert_true(t->bytes > HTTP_TEST_BODY_MAX);
    ask(t, "/%2e%2e/a", 0);
    exchange(t);
    assert_int_equal(t->status, 400);
    t->bytes = 0;
    ask(t, "/large", 0); /* many times the client's window */
    exchange(t);
    assert_int_equal(t->bytes, 1000000);
    assert_false(t->closed || t->goodbye);
    talk_close(t);
}

static void bodies_have_their_limits(void **state)
{
    struct talk *t = talk_open();
    (void)state;
    ask(t, "/echo/a", HTTP_TEST_BODY_MAX + 1);
    exchange(t);
    assert_int_equal(t->status, 413);
    ask(t, "/nowhere", 100000); /* taken and forgotten */
    exchange(t);
    assert_int_equal(t->status, 404);
    assert_int_equal(t->resets, 0);
    ask(t, "/nowhere", 3 * H2_WINDOW);
    exchange(t);
    assert_int_equal(t->resets, 1);
    assert_int_equal(t->reset_error, NGHTTP2_NO_ERROR);
    ask(t, "/hello.txt", 0);
    exchange(t);
    assert_int_equal(t->status, 200);
    talk_close(t);
}

static enum code swallow(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a)
{
    (void)cx, (void)self, (void)q, (void)a;
    return OK;
}

static void all_bodies_have_a_limit_together(void **state)
{
    static const struct http_route rows[] = {
        {"all", STR("/"), HTTP_POST, HTTP_BY_TLS, HTTP_ANYBODY, HTTP_BODY_MAX, swallow}, {0}};
    struct talk *t = talk_open();
    (void)state;
    t->env.sites[0].rows = rows;
    ask(t, "/", H2_BODIES_MAX);
    exchange(t);
    assert_int_equal(t->status, 200);
    ask(t, "/", H2_BODIES_MAX + 1);
    exchange(t);
    assert_int_equal(t->status, 503);
    talk_close(t);
}

static void all_connections_have_a_limit_together(void **state)
{
    static const struct http_route rows[] = {
        {"all", STR("/"), HTTP_POST, HTTP_BY_TLS, HTTP_ANYBODY, HTTP_BODY_MAX, swallow}, {0}};
    enum { ALL = 100 * 1000 };
    struct talk *t = talk_open();
    (void)state;
    t->env.sites[0].rows = rows;
    t->env.limits.bodies_bytes = ALL;
    for (int i = 0; i < 3; i++) { /* each gives back what it took, also the one that fails */
        ask(t, "/", ALL);
        exchange(t);
        assert_int_equal(t->status, 200);
        ask(t, "/", ALL + 1);
        exchange(t);
        assert_int_equal(t->status, 503);
    }
    talk_close(t);
}

static void heads_have_their_limits(void **state)
{
    struct talk *t = talk_open();
    nghttp2_nv pairs[HTTP_FIELDS_MAX + 5] = {PAIR(":method", "GET"), PAIR(":scheme", "https"),
                                             PAIR(":authority", "a"), PAIR(":path", "/echo/")};
    (void)state;
    for (size_t i = 4; i < HTTP_FIELDS_MAX + 5; i++)
        pairs[i] = (nghttp2_nv)PAIR("x", "y");
    assert_true(nghttp2_submit_request(t->client, NULL, pairs, HTTP_FIELDS_MAX + 4, NULL, NULL) >
                0);
    exchange(t);
    assert_int_equal(t->status, 200);
    assert_true(nghttp2_submit_request(t->client, NULL, pairs, HTTP_FIELDS_MAX + 5, NULL, NULL) >
                0);
    exchange(t);
    assert_int_equal(t->status, 431);
    talk_close(t);
}

static void many_requests_end_the_connection(void **state)
{
    struct talk *t = talk_open();
    (void)state;
    for (int i = 0; i < H2_REQUESTS_MAX; i++) {
        assert_false(t->goodbye);
        ask(t, "/hello.txt", 0);
        exchange(t);
    }
    assert_int_equal(t->answers, H2_REQUESTS_MAX);
    assert_true(t->goodbye && t->closed);
    talk_close(t);
}

static void settings_are_few(void **state)
{
    for (int over = 0; over < 2; over++) {
        struct talk *t = talk_open();
        struct buf b = buf_of(t->a, 10000);
        (void)state;
        exchange(t);
        unsigned count = H2_SETTINGS_MAX + (unsigned)over;
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        struct reply r = {.out = rope_of(a)};
        const char head[] = {0, (char)(count * 6 / 256), (char)(count * 6 % 256), 4, 0, 0, 0, 0, 0};
        buf_add(&b, str_of(head, sizeof head));
        for (unsigned i = 0; i < count; i++)
            buf_add(&b, STR("\0\3\0\0\0\144"));
        http_engine.run(&cx, t->session, buf_str(&b), &r);
        hear(t, &r, a);
        assert_int_equal(t->goodbye, over);
        talk_close(t);
    }
}

/* An event of the session, and all that is said then. */
static void happens(struct talk *t, void (*event)(struct ctx *cx, void *s, struct reply *r))
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct reply r = {.out = rope_of(a)};
    event(&cx, t->session, &r);
    hear(t, &r, a);
    exchange(t);
}

static void answers_go_on(void **state)
{
    struct talk *t = talk_open();
    (void)state;
    ask(t, "/ticks/", 0);
    ask(t, "/ticks/bare", 0);
    exchange(t);
    assert_int_equal(t->answers, 2);
    assert_int_equal(t->bytes, strlen("ready\n"));
    assert_int_equal(http_engine.timeout_ms(t->session), 0);
    assert_int_equal(http_engine.wake_ms(t->session), 1000);
    happens(t, http_engine.wake);
    assert_int_equal(t->bytes, strlen("ready\ntick 1\ntick 1\n"));
    ask(t, "/hello.txt", 0); /* beside them */
    exchange(t);
    assert_int_equal(t->answers, 3);
    happens(t, http_engine.wake);
    happens(t, http_engine.wake); /* that was the last of both */
    assert_int_equal(http_engine.wake_ms(t->session), 0);
    assert_int_equal(http_engine.timeout_ms(t->session), http_limits_default.keep_timeout_ms);
    t->bytes = 0;
    ask(t, "/ticks/bare", 0);
    exchange(t);
    happens(t, http_engine.shutdown);
    assert_int_equal(t->bytes, strlen("goodbye\n"));
    assert_true(t->goodbye && t->closed);
    talk_close(t);
}

/* RFC 8441 section 5.1. */
static ssize_t give_frames(nghttp2_session *c, int32_t id, uint8_t *to, size_t n, uint32_t *flags,
                           nghttp2_data_source *source, void *user)
{
    struct str *frames = source->ptr;
    (void)c, (void)id, (void)user, (void)flags;
    if (!frames->n)
        return NGHTTP2_ERR_DEFERRED;
    size_t part = n < frames->n ? n : frames->n;
    memcpy(to, frames->p, part);
    *frames = str_from(*frames, part);
    return (ssize_t)part;
}

static int32_t connect_to(struct talk *t, const char *protocol, struct str *frames)
{
    const nghttp2_nv pairs[] = {PAIR(":method", "CONNECT"),
                                PAIR(":protocol", protocol),
                                PAIR(":scheme", "https"),
                                PAIR(":authority", "a.example"),
                                PAIR(":path", "/chat"),
                                PAIR("sec-websocket-version", "13"),
                                PAIR("sec-websocket-protocol", "superchat, chat")};
    nghttp2_data_provider data = {.source = {.ptr = frames}, .read_callback = give_frames};
    int32_t id = nghttp2_submit_request(t->client, NULL, pairs, 7, &data, NULL);
    assert_true(id > 0);
    exchange(t);
    return id;
}

static void a_websocket_over_a_stream(void **state)
{
    struct talk *t = talk_open();
    struct str frames = STR("\x81\x85\0\0\0\0Hello\x89\x80\0\0\0\0"), none = {0};
    (void)state;
    exchange(t);
    assert_true(
        nghttp2_session_get_remote_settings(t->client, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL));
    int32_t id = connect_to(t, "websocket", &frames);
    assert_int_equal(t->status, 200);
    assert_int_equal(t->bytes, 2 + 5 + 2); /* the text again, and a pong */
    happens(t, http_engine.wake);
    assert_int_equal(t->bytes, 9 + 2 + 4);
    ask(t, "/hello.txt", 0); /* beside it */
    exchange(t);
    frames = STR("\x83\x80\0\0\0\0"); /* a fault ends the stream, not the connection */
    assert_int_equal(nghttp2_session_resume_data(t->client, id), 0);
    t->bytes = 0;
    exchange(t);
    assert_true(t->bytes > 4);
    assert_int_equal(http_engine.wake_ms(t->session), 0);
    assert_false(t->closed || t->goodbye);
    connect_to(t, "something", &none);
    assert_int_equal(t->status, 501);
    talk_close(t);
}

/* Many windows of input, each frame answered: what is not read yet holds the rest back. */
static void a_websocket_has_back_pressure(void **state)
{
    enum { COUNT = 3000, SIZE = 1000 };
    struct talk *t = talk_open();
    struct buf all = buf_of(t->a, COUNT * (SIZE + 8));
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        buf_add(&all, STR("\x81\xfe\x03\xe8\0\0\0\0"));
        buf_fill(&all, 'x', SIZE);
    }
    struct str frames = buf_str(&all);
    connect_to(t, "websocket", &frames);
    assert_int_equal(t->bytes, COUNT * (SIZE + 4));
    assert_int_equal(t->resets, 0);
    talk_close(t);
}

static void silence_and_the_end(void **state)
{
    struct talk *t = talk_open();
    (void)state;
    exchange(t);
    assert_int_equal(http_engine.timeout_ms(t->session), http_limits_default.keep_timeout_ms);
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct reply r = {.out = rope_of(a)};
    http_engine.shutdown(&cx, t->session, &r);
    hear(t, &r, a);
    assert_true(t->goodbye && t->closed);
    talk_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_the_rows),
        cmocka_unit_test(bodies_have_their_limits),
        cmocka_unit_test(all_bodies_have_a_limit_together),
        cmocka_unit_test(all_connections_have_a_limit_together),
        cmocka_unit_test(heads_have_their_limits),
        cmocka_unit_test(many_requests_end_the_connection),
        cmocka_unit_test(settings_are_few),
        cmocka_unit_test(answers_go_on),
        cmocka_unit_test(a_websocket_over_a_stream),
        cmocka_unit_test(a_websocket_has_back_pressure),
        cmocka_unit_test(silence_and_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
