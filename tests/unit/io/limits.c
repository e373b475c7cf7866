/* Every limit is met with a clear answer, while others are served. */
#include "echo.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* cmocka.h wants the headers above */
#include <cmocka.h>

static void a_quiet_session_times_out(void **state)
{
    (void)state;
    struct echo_server s = {.env = {.timeout_ms = 60}};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2}, false);
    int fd = echo_connect(&s);
    hear(fd, "hello\ntimeout\n");
    hear_end(fd);
    assert_int_equal(echo_metric(&s, "postroad_timeouts_total", ""), 1);
    echo_stop(&s, 1000);
}

static void a_session_is_woken_by_the_clock(void **state)
{
    (void)state;
    struct echo_server s = {.env = {.wake_ms = 20}};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2}, false);
    int fd = echo_connect(&s);
    say(fd, "x\n");
    hear(fd, "hello\nx\nwake\nwake\n");
    assert_int_equal(echo_metric(&s, "postroad_timeouts_total", ""), 0);
    close(fd);
    echo_stop(&s, 1000);
}

static void the_first_request_must_come(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2, .first_ms = 50}, false);
    int silent = echo_connect(&s), fd = echo_connect(&s);
    say(fd, "x\n");
    hear(fd, "hello\nx\n");
    hear(silent, "hello\ntimeout\n");
    hear_end(silent);
    say(fd, "still here\n");
    hear(fd, "still here\n");
    close(fd);
    echo_stop(&s, 1000);
}

static void a_slow_sender_is_ended(void **state)
{
    (void)state;
    struct echo_server s = {0};
    struct io_config config = {.reactors = 1, .workers = 2, .request_ms = 60, .rate_min = 1 << 20};
    echo_start(&s, &config, false);
    int fd = echo_connect(&s), other = echo_connect(&s);
    hear(fd, "hello\n");
    hear(other, "hello\n");
    say(fd, "a line that never");
    hear(fd, "timeout\n");
    hear_end(fd);
    say(other, "fine\n");
    hear(other, "fine\n");
    close(other);
    echo_stop(&s, 1000);
}

static void who_does_not_read_is_cut_off(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 1, .write_ms = 60}, false);
    int fd = echo_connect(&s), other = echo_connect(&s);
    say(fd, "big 50000000\n");
    echo_await(&s.env, &s.env.closed, 1);
    say(other, "fine\n");
    hear(other, "hello\nfine\n");
    close(fd);
    close(other);
    echo_stop(&s, 1000);
}

static void an_address_gets_so_many_connections(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2, .per_address = 3}, false);
    int fds[3];
    for (size_t i = 0; i < 3; i++) {
        fds[i] = echo_connect(&s);
        hear(fds[i], "hello\n");
    }
    int more = echo_connect(&s);
    hear(more, "busy\n");
    hear_end(more);
    assert_int_equal(
        echo_metric(&s, "postroad_connections_refused_total", ",limit=\"per_address\""), 1);
    /* Another address (the whole of 127/8 is here) is not concerned. */
    int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET};
    assert_int_equal(inet_pton(AF_INET, "127.0.0.9", &a.sin_addr), 1);
    assert_int_equal(bind(other, (struct sockaddr *)&a, sizeof a), 0);
    a.sin_port = htons(s.port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(other, (struct sockaddr *)&a, sizeof a), 0);
    hear(other, "hello\n");
    /* A place that was left is free again. */
    say(fds[0], "quit\n");
    hear(fds[0], "bye\n");
    hear_end(fds[0]);
    echo_await(&s.env, &s.env.closed, 1);
    int again = -1;
    char got[7] = "";
    while (strcmp(got, "hello\n") != 0) { /* our end of it may not have been seen yet */
        if (again >= 0)
            close(again);
        again = echo_connect(&s);
        memset(got, 0, sizeof got);
        for (size_t n = 0, k; n < 6 && (k = hear_some(again, got + n, 6 - n)) > 0;)
            n += k;
    }
    close(again);
    close(fds[1]);
    close(fds[2]);
    close(other);
    echo_stop(&s, 1000);
}

static void so_many_connections_in_all(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2, .connections = 2}, false);
    int a = echo_connect(&s), b = echo_connect(&s), c = echo_connect(&s);
    hear(a, "hello\n");
    hear(b, "hello\n");
    hear(c, "busy\n");
    hear_end(c);
    close(a);
    close(b);
    echo_stop(&s, 1000);
}

static void no_file_descriptors_left(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2}, false);
    int first = echo_connect(&s);
    hear(first, "hello\n");
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct rlimit before, now;
    getrlimit(RLIMIT_NOFILE, &before);
    int highest = dup(0);
    now = (struct rlimit){(rlim_t)highest, before.rlim_max};
    close(highest);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(s.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(client, (struct sockaddr *)&a, sizeof a), 0);
    hear(client, "busy\n");
    hear_end(client);
    setrlimit(RLIMIT_NOFILE, &before);
    say(first, "fine\n");
    hear(first, "fine\n");
    assert_int_equal(echo_metric(&s, "postroad_connections_refused_total", ",limit=\"files\""), 1);
    close(first);
    echo_stop(&s, 1000);
}

/* Large inputs over the budget move to files; small ones wait until there is room. */
static void input_memory_is_bounded(void **state)
{
    (void)state;
    struct echo_server s = {0};
    struct io_config config = {.reactors = 1, .workers = 2, .input_bytes = 300 * 1024};
    echo_start(&s, &config, false);
    enum { N = 8, BYTES = 200 * 1024 };
    static char junk[BYTES];
    memset(junk, 'j', sizeof junk);
    int fds[N];
    for (size_t i = 0; i < N; i++) {
        fds[i] = echo_connect(&s);
        hear(fds[i], "hello\n");
        say_bytes(fds[i], junk, sizeof junk);
    }
    char got[2];
    for (size_t i = 0; i < N; i++)
        say(fds[i], "\n");
    for (size_t i = 0; i < N; i++) {
        for (size_t left = sizeof junk; left;) {
            static char room[BYTES];
            size_t n = hear_some(fds[i], room, left);
            assert_true(n > 0);
            left -= n;
        }
        assert_int_equal(hear_some(fds[i], got, 1), 1);
        close(fds[i]);
    }
    echo_stop(&s, 1000);
}

/* Those who hold all the memory there is do not keep others from small requests. */
static void hogs_do_not_stop_others(void **state)
{
    (void)state;
    struct echo_server s = {0};
    struct io_config config = {.reactors = 1, .workers = 2, .input_bytes = 64 * 1024};
    echo_start(&s, &config, false);
    enum { N = 12 };
    static char junk[9000];
    memset(junk, 'j', sizeof junk);
    int hogs[N], fd = echo_connect(&s);
    hear(fd, "hello\n");
    for (size_t i = 0; i < N; i++) {
        hogs[i] = echo_connect(&s);
        hear(hogs[i], "hello\n");
        say_bytes(hogs[i], junk, sizeof junk);
    }
    for (unsigned i = 0; i < 20; i++) {
        say(fd, "ping\n");
        hear(fd, "ping\n");
    }
    /* As each ends its request, there is room for the next. */
    for (size_t i = 0; i < N; i++)
        say(hogs[i], "\n");
    for (size_t i = 0; i < N; i++) {
        static char room[sizeof junk + 1];
        for (size_t left = sizeof room, n; left; left -= n) {
            n = hear_some(hogs[i], room, left);
            assert_true(n > 0);
        }
        close(hogs[i]);
    }
    close(fd);
    echo_stop(&s, 1000);
}

static void a_full_spill_directory_is_a_goodbye(void **state)
{
    (void)state;
    struct echo_server s = {0};
    struct io_config config = {.reactors = 1, .workers = 2, .spill_dir = "/proc/self"};
    echo_start(&s, &config, false);
    int fd = echo_connect(&s), other = echo_connect(&s);
    hear(other, "hello\n");
    say(fd, "lit 4000000\n");
    hear(fd, "hello\n+\n");
    say(fd, "x");
    hear(fd, "shutdown\n");
    say(other, "fine\n");
    hear(other, "fine\n");
    close(fd);
    close(other);
    echo_stop(&s, 1000);
}

static void *stop(void *arg)
{
    struct echo_server *s = arg;
    io_stop(s->io, 5000);
    return NULL;
}

static void stop_says_goodbye_and_lets_requests_end(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 2, .workers = 2}, false);
    int idle = echo_connect(&s), busy = echo_connect(&s), held = echo_connect(&s);
    hear(idle, "hello\n");
    hear(held, "hello\n");
    say(busy, "block\nmore\n");
    say(held, "delay 3600000\n");
    echo_await(&s.env, &s.env.blocked, 1);
    echo_await(&s.env, &s.env.delayed, 1);
    pthread_t stopper;
    assert_int_equal(pthread_create(&stopper, NULL, stop, &s), 0);
    hear(idle, "shutdown\n");
    hear(held, "delayed\nshutdown\n");
    echo_unblock(&s.env);
    hear(busy, "hello\nunblocked\n");
    char rest[32] = ""; /* "more" came with it, so it may be served or not */
    for (size_t n = 0, k; (k = hear_some(busy, rest + n, sizeof rest - 1 - n)) > 0;)
        n += k;
    assert_true(strcmp(rest, "shutdown\n") == 0 || strcmp(rest, "more\nshutdown\n") == 0);
    close(busy);
    close(idle);
    close(held);
    pthread_join(stopper, NULL);
    echo_stop(&s, 0);
}

static void stop_does_not_wait_for_ever(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2}, false);
    int deaf = echo_connect(&s);
    hear(deaf, "hello\n");
    say(deaf, "big 50000000\n");
    char byte;
    hear_some(deaf, &byte, 1);
    echo_stop(&s, 50); /* returns, with the output unread */
    close(deaf);
}

static void pause_leaves_newcomers_waiting(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2}, false);
    int fd = echo_connect(&s);
    hear(fd, "hello\n");
    io_pause(s.io, true);
    say(fd, "a\n"); /* two rounds through the reactor: it has seen the pause */
    hear(fd, "a\n");
    say(fd, "b\n");
    hear(fd, "b\n");
    int later = echo_connect(&s); /* by the kernel's backlog */
    say(fd, "c\n");
    hear(fd, "c\n");
    char byte;
    assert_int_equal(recv(later, &byte, 1, MSG_DONTWAIT), -1);
    io_pause(s.io, false);
    hear(later, "hello\n");
    close(fd);
    close(later);
    echo_stop(&s, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_session_times_out),
        cmocka_unit_test(a_session_is_woken_by_the_clock),
        cmocka_unit_test(the_first_request_must_come),
        cmocka_unit_test(a_slow_sender_is_ended),
        cmocka_unit_test(who_does_not_read_is_cut_off),
        cmocka_unit_test(an_address_gets_so_many_connections),
        cmocka_unit_test(so_many_connections_in_all),
        cmocka_unit_test(no_file_descriptors_left),
        cmocka_unit_test(input_memory_is_bounded),
        cmocka_unit_test(hogs_do_not_stop_others),
        cmocka_unit_test(a_full_spill_directory_is_a_goodbye),
        cmocka_unit_test(stop_says_goodbye_and_lets_requests_end),
        cmocka_unit_test(stop_does_not_wait_for_ever),
        cmocka_unit_test(pause_leaves_newcomers_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
