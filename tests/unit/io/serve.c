/* Requests, answers and their order. */
#include "echo.h"
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

/* cmocka.h wants the headers above */
#include <cmocka.h>

static const struct io_config small = {.reactors = 2, .workers = 4};

static void echoes(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &small, false);
    int fd = echo_connect(&s);
    hear(fd, "hello\n");
    say(fd, "one\n");
    hear(fd, "one\n");
    say(fd, "facts\n");
    hear(fd, "clear\n");
    say(fd, "quit\n");
    hear(fd, "bye\n");
    hear_end(fd);
    echo_await(&s.env, &s.env.closed, 1);
    assert_int_equal(echo_metric(&s, "postroad_received_bytes_total", ""), 4 + 6 + 5);
    assert_int_equal(echo_metric(&s, "postroad_sent_bytes_total", ""), 6 + 4 + 6 + 4);
    assert_int_equal(echo_metric(&s, "postroad_requests_total", ""), 3);
    assert_int_equal(echo_metric(&s, "postroad_connections_total", ""), 1);
    echo_stop(&s, 1000);
}

/* All answers to what came in one piece go out in one piece. */
static void pipelined_answers_come_in_one_write(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &small, false);
    int fd = echo_connect(&s);
    hear(fd, "hello\n");
    char all[120 * 8 + 1] = "";
    for (size_t i = 0; i < 100; i++)
        snprintf(all + i * 8, 9, "line%03zu\n", i);
    say(fd, all);
    char got[sizeof all];
    size_t n = hear_some(fd, got, sizeof got - 1);
    got[n] = 0;
    assert_string_equal(got, all);
    close(fd);
    echo_stop(&s, 1000);
}

static void every_split_gives_the_same(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &small, false);
    static const char in[] = "ab\nlit 5\n12345c\n\nlit 0\nslow\nlast\n";
    static const char *const out[] = {"hello\nab\n+\n", "lit 5 ", "c\n\n", "lit 0 ",
                                      "slow\nlast\n"};
    char hash[2][20];
    snprintf(hash[0], 20, "%016llx\n", (unsigned long long)echo_hash(STR("12345")));
    snprintf(hash[1], 20, "%016llx\n", (unsigned long long)echo_hash((struct str){0}));
    for (size_t cut = 1; cut < sizeof in - 1; cut++) {
        int fd = echo_connect(&s);
        say_bytes(fd, in, cut);
        hear(fd, "hello\n"); /* by now the first part was read, or is about to be */
        say_bytes(fd, in + cut, sizeof in - 1 - cut);
        shutdown(fd, SHUT_WR);
        char all[200] = "", want[2][200];
        for (size_t n = 0, got; (got = hear_some(fd, all + n, sizeof all - 1 - n)) > 0;)
            n += got;
        /* "+" is said only when the literal had not come yet. */
        snprintf(want[0], 200, "ab\n%s%s%s%s%s%s", out[1], hash[0], out[2], out[3], hash[1],
                 out[4]);
        snprintf(want[1], 200, "ab\n+\n%s%s%s%s%s%s", out[1], hash[0], out[2], out[3], hash[1],
                 out[4]);
        assert_true(strcmp(all, want[0]) == 0 || strcmp(all, want[1]) == 0);
        close(fd);
    }
    echo_stop(&s, 1000);
}

static void large_request_goes_through_a_file(void **state)
{
    (void)state;
    struct io_config config = small;
    config.input_bytes = 1 << 20; /* the request would not fit into memory */
    struct echo_server s = {0};
    echo_start(&s, &config, false);
    enum { N = 5 << 20 };
    char *bytes = malloc(N);
    for (size_t i = 0; i < N; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    int fd = echo_connect(&s);
    hear(fd, "hello\n");
    char want[100];
    snprintf(want, sizeof want, "lit %d %016llx\n", N,
             (unsigned long long)echo_hash(str_of(bytes, N)));
    for (unsigned round = 0; round < 2; round++) {
        char line[40];
        snprintf(line, sizeof line, "lit %d\n", N);
        say(fd, line);
        hear(fd, "+\n");
        say_bytes(fd, bytes, N);
        say(fd, "after\n");
        hear(fd, want);
        hear(fd, "after\n");
    }
    close(fd);
    free(bytes);
    echo_stop(&s, 1000);
}

static void what_is_too_long_is_refused_clearly(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &small, false);
    int fd = echo_connect(&s);
    say(fd, "lit 8388608\n"); /* known at once: no "+" */
    hear(fd, "hello\n");
    char first[2] = "";
    hear_some(fd, first, 1);
    if (first[0] == '+') {
        hear(fd, "\ntoo long\n");
    } else {
        hear(fd, "oo long\n");
    }
    hear_end(fd);

    fd = echo_connect(&s); /* not known: a line without end */
    hear(fd, "hello\n");
    static char junk[1 << 16];
    memset(junk, 'j', sizeof junk);
    for (size_t sent = 0; sent <= 8 << 20; sent += sizeof junk)
        if (send(fd, junk, sizeof junk, MSG_NOSIGNAL) < 0)
            break;
    hear(fd, "too long\n");
    close(fd);
    echo_stop(&s, 1000);
}

static void half_closed_peer_is_still_served(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &small, false);
    int fd = echo_connect(&s);
    say(fd, "one\ntwo\nslow\nhalf a line");
    shutdown(fd, SHUT_WR);
    hear(fd, "hello\none\ntwo\nslow\n");
    hear_end(fd);
    echo_stop(&s, 1000);
}

static void client_that_never_reads_blocks_nobody(void **state)
{
    (void)state;
    struct io_config config = {.reactors = 1, .workers = 1};
    struct echo_server s = {0};
    echo_start(&s, &config, false);
    int deaf = echo_connect(&s), fd = echo_connect(&s);
    say(deaf, "big 50000000\nnext\n");
    hear(fd, "hello\n");
    for (unsigned i = 0; i < 50; i++) {
        say(fd, "ping\n");
        hear(fd, "ping\n");
    }
    assert_true(echo_metric(&s, "postroad_requests_total", "") <= 51); /* "next" has to wait */
    close(fd);
    /* And when it reads at last, all is there. */
    hear(deaf, "hello\n");
    static char room[1 << 16];
    size_t n = 0;
    while (n < 50000001)
        n += hear_some(deaf, room, 50000001 - n < sizeof room ? 50000001 - n : sizeof room);
    hear(deaf, "next\n");
    close(deaf);
    echo_stop(&s, 1000);
}

static void parts_are_made_as_they_are_read(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &small, false);
    int fd = echo_connect(&s);
    int small_buffer = 20000;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small_buffer, sizeof small_buffer);
    hear(fd, "hello\n");
    say(fd, "parts 2000\nthen\n");
    echo_await(&s.env, &s.env.parts, 1);
    static char room[1 << 16];
    assert_true(hear_some(fd, room, 1) == 1);
    pthread_mutex_lock(&s.env.lock);
    assert_true(s.env.parts < 2000); /* 100 MB do not fit into any socket */
    pthread_mutex_unlock(&s.env.lock);
    for (size_t left = (size_t)2000 * ECHO_PART_BYTES - 1; left;)
        left -= hear_some(fd, room, left < sizeof room ? left : sizeof room);
    hear(fd, "then\n");
    close(fd);
    echo_stop(&s, 1000);
}

/* Whether it was written or not: echo_close() sees to it that nothing is owned any more. */
static void pieces_are_released_before_the_session_ends(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &small, false);
    int reads = echo_connect(&s), leaves = echo_connect(&s);
    say(leaves, "own 20000000\n");
    hear(leaves, "hello\nooo");
    close(leaves);
    echo_await(&s.env, &s.env.closed, 1);
    hear(reads, "hello\n");
    say(reads, "own 0\nown 30000\nown 0\n");
    static char room[30003];
    for (size_t n = 0; n < sizeof room;)
        n += hear_some(reads, room + n, sizeof room - n);
    assert_int_equal(room[0], '\n');
    assert_int_equal(room[1], 'o');
    close(reads);
    echo_stop(&s, 1000);
}

static void delay_holds_no_worker(void **state)
{
    (void)state;
    struct io_config config = {.reactors = 1, .workers = 1};
    struct echo_server s = {0};
    echo_start(&s, &config, false);
    int late = echo_connect(&s), fd = echo_connect(&s);
    hear(late, "hello\n");
    hear(fd, "hello\n");
    say(late, "delay 300\nafter\n");
    for (unsigned i = 0; i < 20; i++) {
        say(fd, "ping\n");
        hear(fd, "ping\n");
    }
    char byte;
    assert_int_equal(recv(late, &byte, 1, MSG_DONTWAIT), -1);
    hear(late, "delayed\nafter\n");
    close(late);
    close(fd);
    echo_stop(&s, 1000);
}

static void slow_lane_leaves_the_fast_one_free(void **state)
{
    (void)state;
    struct io_config config = {.reactors = 1, .workers = 1, .slow_workers = 1};
    struct echo_server s = {0};
    echo_start(&s, &config, false);
    int a = echo_connect(&s), b = echo_connect(&s);
    hear(a, "hello\n");
    hear(b, "hello\n");
    say(a, "block\n"); /* holds the only worker */
    echo_await(&s.env, &s.env.blocked, 1);
    say(b, "slow\n"); /* waits for it: it must be tried there first */
    echo_unblock(&s.env);
    hear(a, "unblocked\n");
    hear(b, "slow\n");
    say(b, "x\nslow\ny\nslow\nz\n");
    hear(b, "x\nslow\ny\nslow\nz\n");
    close(a);
    close(b);
    echo_stop(&s, 1000);
}

static void rings_reach_all_sessions(void **state)
{
    (void)state;
    enum { N = 1000 };
    struct io_config config = small;
    config.per_address = N;
    struct echo_server s = {0};
    echo_start(&s, &config, false);
    static int fds[N];
    for (size_t i = 0; i < N; i++)
        fds[i] = echo_connect(&s);
    for (size_t i = 0; i < N; i++)
        hear(fds[i], "hello\n");
    assert_int_equal(echo_ring_all(&s.env), N);
    for (size_t i = 0; i < N; i++)
        hear(fds[i], "wake\n");
    /* Rings while a request runs are kept, and many are as one. */
    say(fds[0], "block\n");
    echo_await(&s.env, &s.env.blocked, 1);
    for (unsigned i = 0; i < 10; i++)
        echo_ring_all(&s.env);
    echo_unblock(&s.env);
    hear(fds[0], "unblocked\nwake\n");
    say(fds[0], "end\n");
    hear(fds[0], "end\n");
    for (size_t i = 0; i < N; i++)
        close(fds[i]);
    echo_stop(&s, 1000);
}

static void rings_and_requests_at_once(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &small, false);
    int fd = echo_connect(&s);
    hear(fd, "hello\n");
    for (unsigned i = 0; i < 2000; i++) {
        echo_ring_all(&s.env);
        say(fd, "q\n");
        char got[16] = "";
        do
            hear_some(fd, got, 1);
        while (got[0] != 'q'); /* "wake" has no q */
    }
    close(fd);
    echo_stop(&s, 1000);
}

static void adopted_socket_is_served(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &small, false);
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct ctx cx = {0};
    assert_int_equal(io_adopt(&cx, s.io, STR("echo"), pair[0]), OK);
    hear(pair[1], "hello\n");
    say(pair[1], "over a pair\n");
    hear(pair[1], "over a pair\n");
    close(pair[1]);
    echo_await(&s.env, &s.env.closed, 1);
    assert_int_equal(io_adopt(&cx, s.io, STR("nobody"), dup(0)), E_NOT_FOUND);
    echo_stop(&s, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echoes),
        cmocka_unit_test(pipelined_answers_come_in_one_write),
        cmocka_unit_test(every_split_gives_the_same),
        cmocka_unit_test(large_request_goes_through_a_file),
        cmocka_unit_test(what_is_too_long_is_refused_clearly),
        cmocka_unit_test(half_closed_peer_is_still_served),
        cmocka_unit_test(client_that_never_reads_blocks_nobody),
        cmocka_unit_test(parts_are_made_as_they_are_read),
        cmocka_unit_test(pieces_are_released_before_the_session_ends),
        cmocka_unit_test(delay_holds_no_worker),
        cmocka_unit_test(slow_lane_leaves_the_fast_one_free),
        cmocka_unit_test(rings_reach_all_sessions),
        cmocka_unit_test(rings_and_requests_at_once),
        cmocka_unit_test(adopted_socket_is_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
