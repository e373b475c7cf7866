/* What dialogues cannot well say: limits that take many bytes, and the tables. */
#include "../unit.h"

#include "../../wire/http_rows.h"
#include "base/buf.h"
#include "proto/http/session.h"

void waker_ring(struct waker *w);
void waker_ring(struct waker *w)
{
    (void)w;
}

struct talk {
    struct arena *a;
    struct http_env env;
    struct peer peer;
    struct http_session *s;
};

static struct talk *talk_open(void)
{
    struct talk *t = calloc(1, sizeof *t);
    must(t);
    t->a = arena_open();
    t->env = (struct http_env){
        .sites = {{http_test_rows, NULL}}, .site_count = 1, .limits = http_limits_default};
    http_env_open(&t->env);
    t->peer = (struct peer){.address = STR("192.0.2.1"), .role = STR("http")};
    t->s = arena_alloc(t->a, http_engine.session_bytes);
    struct ctx cx = {.arena = t->a};
    struct reply r = {.out = rope_of(t->a)};
    http_engine.open(&cx, t->s, &t->env, &t->peer, &r);
    return t;
}

static void talk_close(struct talk *t)
{
    http_engine.close(t->s);
    http_env_close(&t->env);
    arena_close(t->a);
    free(t);
}

/* What the first request of in is answered. */
static struct str answer(struct talk *t, struct str in, struct reply *r)
{
    struct framing f = http_engine.frame(t->s, in, 0);
    struct ctx cx = {.arena = t->a};
    assert_int_equal(f.what, FRAME_REQUEST);
    *r = (struct reply){.out = rope_of(t->a)};
    http_engine.run(&cx, t->s, str_sub(in, 0, f.n), r);
    return rope_flatten(&r->out, t->a);
}

static void many_requests_end_the_connection(void **state)
{
    struct talk *t = talk_open();
    struct reply r;
    (void)state;
    for (int i = 1; i <= HTTP_REQUESTS_MAX; i++) {
        struct str said = answer(t, STR("GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"), &r);
        assert_true(str_starts(said, STR("HTTP/1.1 200 ")));
        assert_int_equal(r.close, i == HTTP_REQUESTS_MAX);
    }
    talk_close(t);
}

/* Chunks of a byte each that cost many more. */
static void chunks_must_be_worth_it(void **state)
{
    static const struct http_route rows[] = {
        {"all", STR("/"), HTTP_POST, HTTP_IN_CLEAR, HTTP_ANYBODY, HTTP_BODY_MAX, NULL}, {0}};
    struct talk *t = talk_open();
    struct buf in = buf_of(t->a, 64 * 1024 * 1024);
    (void)state;
    t->env.sites[0].rows = rows;
    buf_add(&in, STR("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
    size_t head_n = in.n;
    unsigned chunks = 0;
    for (; t->s->frame.fault.status == 0 && chunks < HTTP_CHUNK_OVERHEAD_MAX; chunks++) {
        buf_add(&in, STR("1\r\nx\r\n"));
        (void)http_engine.frame(t->s, buf_str(&in), in.n - 6);
    }
    assert_int_equal(t->s->frame.fault.status, 413);
    assert_true(in.n - head_n > HTTP_CHUNK_OVERHEAD_MAX);
    assert_true(chunks < HTTP_CHUNK_OVERHEAD_MAX / 3);
    talk_close(t);
}

static void each_code_has_a_status_that_has_words(void **state)
{
    (void)state;
    for (int code = 0; code < CODE_COUNT; code++) {
        assert_true(http_status_of((enum code)code) >= 200);
        assert_true(*http_reason(http_status_of((enum code)code)));
    }
    assert_string_equal(http_reason(299), "");
}

static void a_large_answer_is_whole(void **state)
{
    struct talk *t = talk_open();
    struct reply r;
    (void)state;
    struct str said = answer(t, STR("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"), &r);
    assert_true(str_find(said, STR("Content-Length: 1000000\r\n")) != SIZE_MAX);
    assert_int_equal(said.n - str_find(said, STR("\r\n\r\n")) - 4, 1000000);
    talk_close(t);
}

static void fields_are_found_without_case(void **state)
{
    const struct http_field fields[] = {{STR("X-One"), STR("1")}, {STR("x-two"), STR("2")}};
    const struct http_request q = {.fields = fields, .field_count = 2};
    struct str value = STR("as before");
    (void)state;
    assert_false(http_field_of(&q, STR("X-Three"), &value));
    assert_str(value, STR("as before"));
    assert_true(http_field_of(&q, STR("X-TWO"), &value));
    assert_str(value, STR("2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_requests_end_the_connection),
        cmocka_unit_test(chunks_must_be_worth_it),
        cmocka_unit_test(each_code_has_a_status_that_has_words),
        cmocka_unit_test(a_large_answer_is_whole),
        cmocka_unit_test(fields_are_found_without_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
