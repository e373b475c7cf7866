#include "io/out/web.h"
#include "base/clock.h"
#include "base/metric.h"
#include "base/resolver.h"
#include "unit.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

/* A question that the DNS has not answered yet. */
struct held {
    dns_done_fn *done;
    void *arg;
};

/* A web server on loopback, one connection at a time. What it says follows from the path. */
enum { REQUEST_MAX = 8192 };

struct world {
    struct ctx cx;
    int fd;
    uint16_t port;
    pthread_t thread;
    int held; /* the connection that is never answered */
    struct metrics *metrics;
    struct resolver dns;
    struct held waiting[2 * WEB_OPEN_MAX];
    size_t waiting_count;
    struct io_web *web;
};

static const struct {
    const char *path, *answer;
} answers[] = {
    {"/hello", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nReplay-Nonce: abc\r\n"
               "Content-Length: 5\r\n\r\nhello"},
    {"/made", "HTTP/1.1 201 Created\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"},
    {"/moved", "HTTP/1.1 302 Found\r\nLocation: /hello\r\nContent-Length: 0\r\n\r\n"},
    {"/chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "4\r\nnine\r\n5\r\n more\r\n0\r\nLate: field\r\n\r\n"},
    {"/large", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789"},
    {"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n12345"},
    {"/nonsense", "220 mx.example ESMTP\r\n"},
};

static void say(int fd, struct str s)
{
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        s = str_from(s, (size_t)n);
    }
}

/* All of a request; of POST with its body. */
static struct str hear(int fd, char *in, size_t room)
{
    size_t n = 0;
    for (;;) {
        ssize_t got = recv(fd, in + n, room - n, 0);
        struct str all = str_of(in, n += got > 0 ? (size_t)got : 0);
        size_t end = str_find(all, STR("\r\n\r\n")), at = str_ifind(all, STR("content-length: "));
        size_t body = at == SIZE_MAX ? 0 : (size_t)(all.p[at + 16] - '0');
        if (got <= 0 || in[0] == 0x16 || (end != SIZE_MAX && n >= end + 4 + body))
            return all;
    }
}

static bool serve_one(struct world *w, int fd)
{
    char in[REQUEST_MAX];
    struct str asked = hear(fd, in, sizeof in);
    struct str path = str_sub(asked, str_chr(asked, ' ') + 1, 100);
    if (str_starts(path, STR("/echo"))) {
        char head[100];
        int n =
            snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", asked.n);
        say(fd, str_of(head, (size_t)n));
        say(fd, asked);
    }
    if (str_starts(path, STR("/fields"))) {
        say(fd, STR("HTTP/1.1 200 OK\r\n"));
        for (int i = 0; i < 2000; i++)
            say(fd, STR("X-Much: 0123456789012345678901234567890123456789\r\n"));
    }
    if (str_starts(path, STR("/silent"))) {
        w->held = fd;
        return true;
    }
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (str_starts(path, str_z(answers[i].path)))
            say(fd, str_z(answers[i].answer));
    close(fd);
    return true;
}

static void *serve(void *arg)
{
    struct world *w = arg;
    for (int fd; (fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0;)
        serve_one(w, fd);
    return NULL;
}

/* The DNS: "held.test" waits for dns_release; "host.test" and "inner.test" are loopback,
 * "lost.test" fails, others are not there. */
static void dns_start(void *self, struct dns_question q, dns_done_fn *done, void *arg)
{
    static struct str loopback = {"\x7f\0\0\1", 4};
    struct world *w = self;
    struct dns_answer a = {.status = DNS_NO_NAME, .canonical = q.name};
    if (str_eq(q.name, STR("held.test"))) {
        assert_true(w->waiting_count < sizeof w->waiting / sizeof *w->waiting);
        w->waiting[w->waiting_count++] = (struct held){done, arg};
        return;
    }
    if (str_eq(q.name, STR("lost.test")))
        a.status = DNS_FAILED;
    if (str_eq(q.name, STR("host.test")))
        a.status = q.type == DNS_A ? DNS_FOUND : DNS_NO_DATA;
    if (a.status == DNS_FOUND) {
        a.records = &loopback;
        a.count = 1;
    }
    done(arg, &a);
}

/* None of them is there. */
static void dns_release(struct world *w)
{
    size_t count = w->waiting_count;
    w->waiting_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct dns_answer a = {.status = DNS_NO_NAME, .canonical = STR("held.test")};
        w->waiting[i].done(w->waiting[i].arg, &a);
    }
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    w->cx.arena = arena_open();
    w->metrics = metrics_open();
    w->held = -1;
    w->dns = (struct resolver){w, dns_start};
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(w->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(w->fd, 16), 0);
    assert_int_equal(getsockname(w->fd, (struct sockaddr *)&at, &n), 0);
    w->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&w->thread, NULL, serve, w), 0);
    const struct io_web_config config = {.resolver = &w->dns, .metrics = w->metrics};
    assert_int_equal(io_web_open(&w->cx, &config, &w->web), OK);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    io_web_close(w->web);
    shutdown(w->fd, SHUT_RDWR);
    pthread_join(w->thread, NULL);
    close(w->fd);
    if (w->held >= 0)
        close(w->held);
    metrics_close(w->metrics);
    arena_close(w->cx.arena);
    free(w);
    return 0;
}

static struct web_question get(struct world *w, const char *path)
{
    return (struct web_question){
        .method = WEB_GET,
        .url = str_printf(w->cx.arena, "http://host.test:%u%s", w->port, path),
        .clear = true,
        .inside = true,
    };
}

static struct web_answer ask(struct world *w, struct web_question q)
{
    return web_ask(&w->cx, io_web_of(w->web), &q);
}

static void answers_are_told(void **state)
{
    struct world *w = *state;
    struct web_answer a = ask(w, get(w, "/hello"));
    assert_int_equal(a.result, WEB_ANSWERED);
    assert_int_equal(a.status, 200);
    assert_str(a.body, STR("hello"));
    assert_str(web_header_of(&a, STR("content-type")), STR("text/plain"));
    assert_str(web_header_of(&a, STR("replay-nonce")), STR("abc"));
    assert_str(web_header_of(&a, STR("no-such")), STR(""));
    a = ask(w, get(w, "/chunked"));
    assert_str(a.body, STR("nine more"));
    assert_str(web_header_of(&a, STR("late")), STR("")); /* a trailer is no header */
    a = ask(w, get(w, "/moved"));                        /* and nobody goes there */
    assert_int_equal(a.status, 302);
    assert_str(web_header_of(&a, STR("location")), STR("/hello"));
}

static void questions_are_asked_as_given(void **state)
{
    struct world *w = *state;
    const struct web_header fields[] = {{STR("Content-Type"), STR("application/jose+json")},
                                        {STR("Accept"), STR("text/x")}};
    struct web_question q = get(w, "/echo?a=b");
    q.method = WEB_POST;
    q.headers = fields;
    q.header_count = 2;
    q.body = STR("{\"a\":1}");
    struct web_answer a = ask(w, q);
    assert_int_equal(a.result, WEB_ANSWERED);
    assert_true(str_starts(a.body, STR("POST /echo?a=b HTTP/1.1\r\n")));
    assert_true(str_ends(a.body, STR("\r\n\r\n{\"a\":1}")));
    assert_true(str_find(a.body, STR("Content-Type: application/jose+json\r\n")) != SIZE_MAX);
    assert_true(str_find(a.body, STR("Accept: text/x\r\n")) != SIZE_MAX);
    assert_int_equal(str_ifind(a.body, STR("expect:")), SIZE_MAX);
    q = get(w, "/large");
    q.method = WEB_HEAD;
    q.body_max = 3;
    a = ask(w, q);
    assert_int_equal(a.result, WEB_ANSWERED);
    assert_int_equal(a.body.n, 0);
}

static void failures_are_told_apart(void **state)
{
    struct world *w = *state;
    struct web_question q = get(w, "/large");
    q.body_max = 9;
    assert_int_equal(ask(w, q).result, WEB_ANSWERED);
    q.body_max = 8;
    assert_int_equal(ask(w, q).result, WEB_TOO_LARGE);
    assert_int_equal(ask(w, get(w, "/fields")).result, WEB_TOO_LARGE);
    assert_int_equal(ask(w, get(w, "/cut")).result, WEB_BROKEN);
    assert_int_equal(ask(w, get(w, "/nonsense")).result, WEB_BROKEN);
    q = get(w, "/silent");
    q.timeout_ms = 100;
    assert_int_equal(ask(w, q).result, WEB_TOO_LATE);
    q.url = str_printf(w->cx.arena, "https://host.test:%u/", w->port);
    q.timeout_ms = 0;
    assert_int_equal(ask(w, q).result, WEB_NO_TLS);
    q.url = STR("https://nowhere.test/");
    assert_int_equal(ask(w, q).result, WEB_NO_HOST);
    q.url = STR("https://lost.test/");
    assert_int_equal(ask(w, q).result, WEB_NO_DNS);
    q.url = STR("https://host.test:1/");
    assert_int_equal(ask(w, q).result, WEB_NO_CONNECTION);
}

static void what_may_not_be_asked(void **state)
{
    struct world *w = *state;
    struct web_question q = get(w, "/hello");
    const struct web_header bad = {STR("X"), STR("a\r\nHost: b")};
    q.inside = false;
    struct web_answer a = ask(w, q);
    assert_int_equal(a.result, WEB_NO_CONNECTION);
    assert_str(a.why, STR("the address is not a public one"));
    q.url = str_printf(w->cx.arena, "http://127.0.0.1:%u/hello", w->port);
    assert_int_equal(ask(w, q).result, WEB_BAD_URL);
    q.url = str_printf(w->cx.arena, "http://0177.1:%u/hello", w->port);
    assert_int_equal(ask(w, q).result, WEB_BAD_URL);
    q.inside = true;
    q.url = str_printf(w->cx.arena, "http://127.0.0.1:%u/hello", w->port);
    assert_int_equal(ask(w, q).result, WEB_ANSWERED);
    q.clear = false;
    assert_int_equal(ask(w, q).result, WEB_BAD_URL);
    q = get(w, "/hello");
    q.headers = &bad;
    q.header_count = 1;
    assert_int_equal(ask(w, q).result, WEB_BAD_URL);
    static const char *const urls[] = {"",
                                       "host.test",
                                       "file:///etc/passwd",
                                       "ftp://host.test/",
                                       "http://a:b@host.test/",
                                       "http://host.test/ HTTP/1.1\r\nX: y"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        q = get(w, "");
        q.url = str_z(urls[i]);
        assert_int_equal(ask(w, q).result, WEB_BAD_URL);
    }
}

static void note_end(void *arg, const struct web_answer *answer)
{
    *(int *)arg += answer->result == WEB_BROKEN;
}

static void the_end_answers_what_is_open(void **state)
{
    struct world *w = *state;
    const struct web *web = io_web_of(w->web);
    const struct web_question q = get(w, "/silent");
    int ended = 0;
    for (int i = 0; i < 5; i++)
        web->start(web->self, &q, note_end, &ended);
    io_web_stop(w->web);
    assert_int_equal(ended, 5);
    web->start(web->self, &q, note_end, &ended);
    assert_int_equal(ended, 6);
}

static void note_result(void *arg, const struct web_answer *answer)
{
    atomic_int *counts = arg;
    atomic_fetch_add(&counts[answer->result == WEB_BROKEN], 1);
}

/* One more than there may be fails at once; when others have ended there is room again. */
static void questions_are_not_without_end(void **state)
{
    struct world *w = *state;
    const struct web *web = io_web_of(w->web);
    struct web_question q = get(w, "/hello");
    atomic_int ends[2] = {0}; /* not found; refused */
    q.url = STR("http://held.test/");
    for (int i = 0; i < WEB_OPEN_MAX; i++)
        web->start(web->self, &q, note_result, ends);
    assert_int_equal(atomic_load(&ends[0]) + atomic_load(&ends[1]), 0);
    web->start(web->self, &q, note_result, ends);
    assert_int_equal(atomic_load(&ends[1]), 1);
    dns_release(w);
    while (atomic_load(&ends[0]) < WEB_OPEN_MAX)
        sched_yield();
    assert_int_equal(ask(w, get(w, "/hello")).result, WEB_ANSWERED);
}

static void who_waits_has_a_deadline(void **state)
{
    struct world *w = *state;
    w->cx.deadline_ms = clock_utc_ms() + 100;
    assert_int_equal(ask(w, get(w, "/silent")).result, WEB_TOO_LATE);
    w->cx.deadline_ms = 0;
}

static void bad_settings_are_told(void **state)
{
    struct world *w = *state;
    struct io_web *web;
    const struct io_web_config config = {.authorities = STR("/nonexistent/ca.pem")};
    assert_int_equal(io_web_open(&w->cx, &config, &web), E_SYNTAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(answers_are_told),
        TEST(questions_are_asked_as_given),
        TEST(failures_are_told_apart),
        TEST(what_may_not_be_asked),
        TEST(the_end_answers_what_is_open),
        TEST(questions_are_not_without_end),
        TEST(who_waits_has_a_deadline),
        TEST(bad_settings_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
