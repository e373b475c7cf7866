/* Many sessions log in at once: the same answers, and under TSan no race. */
#include "auth_bench.h"
#include <pthread.h>

enum { SESSIONS = 4, ROUNDS = 300 };

struct session {
    struct auth_bench *b;
    int number, good, bad, busy, other;
};

static void *log_in_often(void *arg)
{
    struct session *s = arg;
    struct random random = {(uint64_t)s->number + 1};
    struct ctx cx = {.arena = arena_open(), .random = &random, .now_ms = FOREST_NOW_MS};
    char address[32];
    for (int i = 0; i < ROUNDS; i++) {
        struct peer peer = s->b->peer;
        struct auth_result r = {0};
        snprintf(address, sizeof address, "10.0.%d.%d", s->number, i % 250);
        peer.address = str_z(address);
        enum code code = auth_password(&cx, s->b->auth, &peer, STR("jane@health.example"),
                                       i % 3   ? STR("pencil")
                                       : i % 2 ? STR("wrong")
                                               : STR("never seen"),
                                       &r);
        s->good += code == OK && r.account == s->b->jane;
        s->bad += code == E_DENIED;
        s->busy += code == E_BUSY;
        s->other += code != OK && code != E_DENIED && code != E_BUSY;
        arena_reset(cx.arena);
    }
    arena_close(cx.arena);
    return NULL;
}

static void sessions_do_not_disturb_each_other(void **state)
{
    struct auth_bench *b = *state;
    struct session sessions[SESSIONS];
    pthread_t threads[SESSIONS];
    struct auth_result r;
    assert_int_equal(auth_bench_try(b, "10.0.0.1", "jane@health.example", "wrong", &r), E_DENIED);
    assert_int_equal(auth_bench_try(b, "10.0.0.1", "jane@health.example", "pencil", &r), OK);
    for (int i = 0; i < SESSIONS; i++) {
        sessions[i] = (struct session){.b = b, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, log_in_often, &sessions[i]), 0);
    }
    for (int i = 0; i < SESSIONS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(sessions[i].good, ROUNDS - ROUNDS / 3);
        assert_int_equal(sessions[i].bad, ROUNDS / 6);
        assert_int_equal(sessions[i].busy, ROUNDS / 6);
        assert_int_equal(sessions[i].other, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sessions_do_not_disturb_each_other, auth_bench_open,
                                        auth_bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
