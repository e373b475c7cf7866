#include "io/out/resolver.h"
#include "base/clock.h"
#include "base/metric.h"
#include "unit.h"
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* A name server on loopback. What it says follows from the first label of the question. */
enum { HEADER = 12, PACKET = 512, TYPE_AT_END = 4 };

struct world {
    struct ctx cx;
    int fd, stop_fd;
    atomic_uint asked; /* questions with a label that it knows */
    pthread_t thread;
    struct metrics *metrics;
    struct io_resolver *resolver;
};

static size_t put(char *out, size_t n, const void *bytes, size_t count)
{
    memcpy(out + n, bytes, count);
    return n + count;
}

/* The answer to the question in p (its header and name are kept), or 0 for none. */
static size_t answer(struct world *w, char *p, size_t n)
{
    static const char a[] = "\xc0\x0c\0\1\0\1\0\0\1\54\0\4\xc0\0\2\7";
    static const char alias[] = "\xc0\x0c\0\5\0\1\0\0\1\54\0\x10\1A\4test\7example\0";
    struct str label = str_of(p + HEADER + 1, (size_t)p[HEADER]);
    size_t end = HEADER + strlen(p + HEADER) + 1 + TYPE_AT_END;
    bool type_a = p[end - 3] == DNS_A;
    memcpy(p + 2, "\x84\0\0\1\0\0\0\0\0\0", 10); /* authoritative, one question */
    if (n < end)
        return 0;
    if (str_ieq(label, STR("a")) && type_a) {
        p[7] = 1;
        atomic_fetch_add(&w->asked, 1);
        return put(p, end, a, sizeof a - 1);
    }
    if (str_ieq(label, STR("alias"))) {
        p[7] = 1;
        return put(p, end, alias, sizeof alias - 1);
    }
    if (str_ieq(label, STR("none")))
        p[3] = 3;
    if (str_ieq(label, STR("broken")))
        p[3] = 2;
    if (str_ieq(label, STR("liar")) || str_istarts(label, STR("silent"))) {
        memset(p + 2, 0xff, end - 2);
        return str_ieq(label, STR("liar")) ? end : 0;
    }
    return end;
}

static void *serve(void *arg)
{
    struct world *w = arg;
    struct pollfd ready[] = {{.fd = w->fd, .events = POLLIN}, {.fd = w->stop_fd, .events = POLLIN}};
    for (;;) {
        char packet[PACKET + 64] = {0};
        struct sockaddr_in from;
        socklen_t from_n = sizeof from;
        poll(ready, 2, -1);
        if (ready[1].revents)
            return NULL;
        ssize_t n =
            recvfrom(w->fd, packet, PACKET, MSG_DONTWAIT, (struct sockaddr *)&from, &from_n);
        size_t answered = n > HEADER + TYPE_AT_END ? answer(w, packet, (size_t)n) : 0;
        if (answered)
            sendto(w->fd, packet, answered, 0, (const struct sockaddr *)&from, from_n);
    }
}

static struct resolver_config config_of(struct world *w, uint32_t timeout_ms)
{
    struct sockaddr_in at;
    socklen_t n = sizeof at;
    assert_int_equal(getsockname(w->fd, (struct sockaddr *)&at, &n), 0);
    struct str server = str_printf(w->cx.arena, "127.0.0.1@%u", ntohs(at.sin_port));
    return (struct resolver_config){
        .stubs = {{STR("test.example"), server}},
        .stub_count = 1,
        .timeout_ms = timeout_ms,
        .metrics = w->metrics,
    };
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    w->cx.arena = arena_open();
    w->metrics = metrics_open();
    w->stop_fd = eventfd(0, EFD_CLOEXEC);
    w->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(w->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(pthread_create(&w->thread, NULL, serve, w), 0);
    struct resolver_config config = config_of(w, 10000);
    assert_int_equal(io_resolver_open(&w->cx, &config, &w->resolver), OK);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    uint64_t one = 1;
    io_resolver_close(w->resolver);
    assert_int_equal(write(w->stop_fd, &one, sizeof one), sizeof one);
    pthread_join(w->thread, NULL);
    close(w->fd);
    close(w->stop_fd);
    metrics_close(w->metrics);
    arena_close(w->cx.arena);
    free(w);
    return 0;
}

static struct dns_answer ask(struct world *w, const char *name)
{
    return resolver_ask(&w->cx, io_resolver_of(w->resolver),
                        (struct dns_question){str_z(name), DNS_A});
}

static int64_t count(struct world *w, const char *label)
{
    return metric_value(metric_of(w->metrics, METRIC_COUNTER, "postroad_dns_answers_total", label,
                                  "Answers of the DNS"));
}

static void each_status_is_told(void **state)
{
    struct world *w = *state;
    struct dns_answer a = ask(w, "a.test.example");
    struct str text;
    assert_int_equal(a.status, DNS_FOUND);
    assert_int_equal(a.count, 1);
    assert_true(a.ttl_s > 0 && a.ttl_s <= 300);
    assert_false(a.secure);
    assert_true(dns_address(a.records[0], w->cx.arena, &text));
    assert_str(text, STR("192.0.2.7"));
    a = ask(w, "alias.test.example.");
    assert_int_equal(a.status, DNS_FOUND);
    assert_str(a.canonical, STR("a.test.example"));
    assert_int_equal(ask(w, "none.test.example").status, DNS_NO_NAME);
    assert_int_equal(ask(w, "other.test.example").status, DNS_NO_DATA);
    assert_int_equal(ask(w, "broken.test.example").status, DNS_FAILED);
    assert_int_equal(count(w, "result=\"found\""), 2);
    assert_int_equal(count(w, "result=\"failed\""), 1);
}

static void names_that_cannot_be_asked_for(void **state)
{
    struct world *w = *state;
    assert_int_equal(ask(w, "").status, DNS_NO_NAME);
    assert_int_equal(ask(w, "a..test.example").status, DNS_NO_NAME);
    assert_int_equal(ask(w, "\\065.test.example").status, DNS_NO_DATA); /* not "A" */
    assert_int_equal(ask(w, "a\r\n\"();.test.example").status, DNS_NO_DATA);
    assert_int_equal(atomic_load(&w->asked), 0);
}

static void the_second_answer_comes_from_the_cache(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(w, "a.test.example").status, DNS_FOUND);
    assert_int_equal(atomic_load(&w->asked), 1);
}

static void a_server_that_is_silent_or_lies(void **state)
{
    struct world *w = *state;
    io_resolver_close(w->resolver);
    struct resolver_config config = config_of(w, 150);
    assert_int_equal(io_resolver_open(&w->cx, &config, &w->resolver), OK);
    int64_t begin_ms = clock_mono_ms();
    assert_int_equal(ask(w, "silent.test.example").status, DNS_FAILED);
    assert_true(clock_mono_ms() - begin_ms >= 150);
    assert_int_equal(ask(w, "liar.test.example").status, DNS_FAILED);
    assert_int_equal(ask(w, "a.test.example").status, DNS_FOUND);
}

static void note_nothing(void *arg, const struct dns_answer *answer)
{
    (void)arg;
    (void)answer;
}

/* Each of them holds a socket of libunbound's as long as it waits. */
static void silent_servers_do_not_delay_others(void **state)
{
    enum { SILENT = 400, QUITE_LATE_MS = 5000 };
    struct world *w = *state;
    io_resolver_close(w->resolver);
    struct resolver_config config = config_of(w, QUITE_LATE_MS);
    assert_int_equal(io_resolver_open(&w->cx, &config, &w->resolver), OK);
    const struct resolver *r = io_resolver_of(w->resolver);
    for (int i = 0; i < SILENT; i++)
        r->start(r->self,
                 (struct dns_question){str_printf(w->cx.arena, "silent%d.test.example", i), DNS_A},
                 note_nothing, NULL);
    assert_int_equal(ask(w, "a.test.example").status, DNS_FOUND);
}

static void note_failure(void *arg, const struct dns_answer *answer)
{
    *(atomic_int *)arg += answer->status == DNS_FAILED;
}

static void the_end_answers_what_is_open(void **state)
{
    struct world *w = *state;
    const struct resolver *r = io_resolver_of(w->resolver);
    atomic_int failed = 0;
    for (int i = 0; i < 50; i++)
        r->start(r->self, (struct dns_question){STR("silent.test.example"), DNS_A}, note_failure,
                 &failed);
    io_resolver_close(w->resolver);
    w->resolver = NULL;
    assert_int_equal(atomic_load(&failed), 50);
}

/* One more than there may be has failed at once, and takes nobody's place. */
static void questions_are_not_without_end(void **state)
{
    struct world *w = *state;
    io_resolver_close(w->resolver);
    struct resolver_config config = config_of(w, 300000);
    assert_int_equal(io_resolver_open(&w->cx, &config, &w->resolver), OK);
    const struct resolver *r = io_resolver_of(w->resolver);
    const struct dns_question q = {STR("silent.test.example"), DNS_A};
    atomic_int failed = 0, over = 0;
    for (int i = 0; i < RESOLVER_OPEN_MAX; i++)
        r->start(r->self, q, note_failure, &failed);
    assert_int_equal(atomic_load(&failed), 0);
    r->start(r->self, q, note_failure, &over);
    assert_int_equal(atomic_load(&over), 1);
    io_resolver_close(w->resolver);
    w->resolver = NULL;
    assert_int_equal(atomic_load(&failed), RESOLVER_OPEN_MAX);
}

static void bad_settings_are_told(void **state)
{
    struct world *w = *state;
    struct io_resolver *r;
    struct resolver_config config = {.forward = {STR("nowhere")}, .forward_count = 1};
    assert_int_equal(io_resolver_open(&w->cx, &config, &r), E_SYNTAX);
    config = (struct resolver_config){.stubs = {{STR("a..b"), STR("127.0.0.1")}}, .stub_count = 1};
    assert_int_equal(io_resolver_open(&w->cx, &config, &r), E_SYNTAX);
    config = (struct resolver_config){.trust_anchor_file = STR("/nonexistent/anchor")};
    assert_int_equal(io_resolver_open(&w->cx, &config, &r), E_SYNTAX);
    config.trust_anchor_file = STR("/dev/null");
    assert_int_equal(io_resolver_open(&w->cx, &config, &r), OK);
    io_resolver_close(r);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_status_is_told),
        TEST(names_that_cannot_be_asked_for),
        TEST(the_second_answer_comes_from_the_cache),
        TEST(a_server_that_is_silent_or_lies),
        TEST(silent_servers_do_not_delay_others),
        TEST(the_end_answers_what_is_open),
        TEST(questions_are_not_without_end),
        TEST(bad_settings_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
