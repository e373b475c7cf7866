/* The control socket's framing and its exit statuses; hostile bytes are refused, not read past. */
#include "unit.h"

#include "base/buf.h"
#include "server/args.h"
#include "server/control.h"
#include "server/metrics_http.h"

static struct reply run(struct unit *u, struct str body)
{
    char session[64] = {0};
    struct buf request = buf_of(u->cx.arena, 4096);
    buf_le_str(&request, body);
    struct framing f = control_engine.frame(session, buf_str(&request), 0);
    assert_int_equal(f.what, FRAME_REQUEST);
    assert_int_equal(f.n, request.n);
    struct reply r = {.out = rope_of(u->cx.arena)};
    control_engine.run(&u->cx, session, buf_str(&request), &r);
    return r;
}

static void assert_refused(struct unit *u, struct str body, const char *said)
{
    struct reply r = run(u, body);
    struct str answer = rope_flatten(&r.out, u->cx.arena);
    assert_true(answer.n > 5);
    assert_int_equal(answer.p[4], 2);
    assert_true(str_find(answer, str_z(said)) != SIZE_MAX);
}

static void a_request_is_framed_by_its_length(void **state)
{
    (void)state;
    char session[64] = {0};
    struct str whole = STR("\x03\0\0\0abcX");
    for (size_t n = 0; n < 7; n++)
        assert_int_equal(control_engine.frame(session, str_sub(whole, 0, n), 0).what, FRAME_MORE);
    struct framing f = control_engine.frame(session, whole, 0);
    assert_int_equal(f.what, FRAME_REQUEST);
    assert_int_equal(f.n, 7);
}

static void broken_requests_are_refused(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    assert_refused(&u, STR(""), "more than");
    assert_refused(&u, STR("\xff\xff\xff\xff"), "more than");
    assert_refused(&u, STR("\x02\0\0\0\x01\0\0\0a"), "cut short");
    assert_refused(&u, STR("\x01\0\0\0\xff\xff\xff\xff"), "cut short");
    assert_refused(&u, STR("\x01\0\0\0\x04\0\0\0frob\0\0\0\0\0\0\0\0\0\0\0\0"), "no such command");
    unit_end(&u);
}

static void words_are_few(void **state)
{
    (void)state;
    for (uint32_t over = 0; over < 2; over++) {
        struct unit u;
        unit_begin(&u);
        struct buf b = buf_of(u.cx.arena, 4096);
        buf_le32(&b, ARGS_MAX + over);
        for (uint32_t i = 0; i < ARGS_MAX + over; i++)
            buf_le_str(&b, STR("x"));
        buf_le_str(&b, STR(""));
        buf_le64(&b, 0);
        assert_refused(&u, buf_str(&b), over ? "more than" : "no such command");
        unit_end(&u);
    }
}

/* io holds them to it (tests/unit/io/limits.c); this is what it is told, and what is answered. */
static void requests_have_their_sizes(void **state)
{
    (void)state;
    struct unit u;
    char session[64] = {0};
    unit_begin(&u);
    struct reply r = {.out = rope_of(u.cx.arena)};
    assert_int_equal(control_engine.request_max, 64 * 1024 * 1024);
    control_engine.too_long(&u.cx, session, &r);
    assert_true(str_find(rope_flatten(&r.out, u.cx.arena), STR("too long")) != SIZE_MAX);
    r = (struct reply){.out = rope_of(u.cx.arena)};
    assert_int_equal(metrics_engine.request_max, 8192);
    assert_int_equal(metrics_engine.timeout_ms(session), 30000);
    metrics_engine.too_long(&u.cx, session, &r);
    assert_true(str_starts(rope_flatten(&r.out, u.cx.arena), STR("HTTP/1.1 431 ")));
    assert_true(r.close);
    r.close = false;
    metrics_engine.timeout(&u.cx, session, &r);
    assert_true(r.close);
    unit_end(&u);
}

static void each_failure_has_a_status(void **state)
{
    (void)state;
    for (int code = OK + 1; code < CODE_COUNT; code++)
        assert_int_not_equal(control_exit_status((enum code)code), 0);
    assert_int_equal(control_exit_status(OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_framed_by_its_length),
        cmocka_unit_test(broken_requests_are_refused),
        cmocka_unit_test(words_are_few),
        cmocka_unit_test(requests_have_their_sizes),
        cmocka_unit_test(each_failure_has_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
