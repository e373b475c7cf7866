/* Requests that stand still do not stop the others. */
#include "echo.h"
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

/* cmocka.h wants the headers above */
#include <cmocka.h>

static const struct io_config one_loop = {.reactors = 1, .workers = 4};
/* Nobody looks whether a request takes long. */
static const struct io_config unwatched = {.reactors = 1, .workers = 4, .look_ms = 60 * 1000};

static void others_go_on(const struct io_config *config, const char *how)
{
    struct echo_server s = {0};
    echo_start(&s, config, false);
    int stands = echo_connect(&s), other = echo_connect(&s);
    hear(stands, "hello\n");
    hear(other, "hello\n");
    say(stands, how);
    echo_await(&s.env, &s.env.blocked, 1);
    say(other, "one\n");
    hear(other, "one\n");
    int new = echo_connect(&s);
    hear(new, "hello\n");
    echo_unblock(&s.env);
    hear(stands, "unblocked\n");
    say(stands, "two\n");
    hear(stands, "two\n");
    close(stands);
    close(other);
    close(new);
    echo_stop(&s, 1000);
}

static void a_long_request_loses_its_seat(void **state)
{
    (void)state;
    others_go_on(&one_loop, "block\n");
}

static void who_waits_gives_his_seat(void **state)
{
    (void)state;
    others_go_on(&unwatched, "wait\n");
}

/* What a request tells is heard before it ends, behind what was answered before. */
static void a_long_request_tells(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &one_loop, false);
    int fd = echo_connect(&s);
    hear(fd, "hello\n");
    say(fd, "one\ntell\n");
    hear(fd, "one\ntold\n");
    echo_await(&s.env, &s.env.blocked, 1);
    echo_unblock(&s.env);
    hear(fd, "unblocked\n");
    close(fd);
    echo_stop(&s, 1000);
}

/* What was fetched with the request that stands is not lost: all that came in one go is served. */
static void what_is_left_is_taken_over(void **state)
{
    (void)state;
    enum { N = 50, ROUNDS = 20 };
    struct echo_server s = {0};
    struct io_config config = unwatched;
    config.workers = 8;
    echo_start(&s, &config, false);
    int fds[N];
    for (size_t i = 0; i < N; i++) {
        fds[i] = echo_connect(&s);
        hear(fds[i], "hello\n");
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        s.env.unblocked = false;
        unsigned before = s.env.blocked;
        for (size_t i = 0; i < N; i++)
            say(fds[i], i % 10 == 5 ? "wait\n" : "quick\n");
        for (size_t i = 0; i < N; i++)
            if (i % 10 != 5)
                hear(fds[i], "quick\n");
        echo_await(&s.env, &s.env.blocked, before + N / 10);
        echo_unblock(&s.env);
        for (size_t i = 5; i < N; i += 10)
            hear(fds[i], "unblocked\n");
    }
    for (size_t i = 0; i < N; i++)
        close(fds[i]);
    echo_stop(&s, 1000);
}

/* With all workers at a stand the loop still runs: it accepts, and requests wait in the queue. */
static void the_last_thread_stays_in_the_loop(void **state)
{
    (void)state;
    enum { N = 8 };
    struct echo_server s = {0};
    echo_start(&s, &one_loop, false);
    int fds[N];
    for (size_t i = 0; i < N; i++) {
        fds[i] = echo_connect(&s);
        hear(fds[i], "hello\n");
    }
    for (size_t i = 0; i < N; i++)
        say(fds[i], i % 2 ? "block\n" : "wait\n");
    echo_await(&s.env, &s.env.blocked, 4);
    int late = echo_connect(&s);
    while (echo_metric(&s, "postroad_connections_total", "") < N + 1)
        usleep(1000); /* the test's own time limit ends it */
    assert_int_equal(s.env.opened, N);
    echo_unblock(&s.env);
    for (size_t i = 0; i < N; i++) {
        hear(fds[i], "unblocked\n");
        close(fds[i]);
    }
    hear(late, "hello\n");
    close(late);
    echo_stop(&s, 1000);
}

/* Seats that are taken and given at the same moment, with two loops. */
static void takers_and_givers_race(void **state)
{
    (void)state;
    enum { N = 16, ROUNDS = 200 };
    struct echo_server s = {0};
    struct io_config config = {.reactors = 2, .workers = 6};
    echo_start(&s, &config, false);
    echo_unblock(&s.env);
    int fds[N];
    for (size_t i = 0; i < N; i++) {
        fds[i] = echo_connect(&s);
        hear(fds[i], "hello\n");
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < N; i++)
            say(fds[i], i % 3 ? "wait\n" : "quick\nwait\n");
        for (size_t i = 0; i < N; i++)
            hear(fds[i], i % 3 ? "unblocked\n" : "quick\nunblocked\n");
    }
    for (size_t i = 0; i < N; i++)
        close(fds[i]);
    echo_stop(&s, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_request_loses_its_seat),
        cmocka_unit_test(a_long_request_tells),
        cmocka_unit_test(who_waits_gives_his_seat),
        cmocka_unit_test(what_is_left_is_taken_over),
        cmocka_unit_test(the_last_thread_stays_in_the_loop),
        cmocka_unit_test(takers_and_givers_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
