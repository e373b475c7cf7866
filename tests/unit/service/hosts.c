/* Which hosts take a domain's mail: RFC 5321 section 5, RFC 7505, RFC 7672, from a table as the
 * DNS. */
#include "service/transport/remote/hosts.h"
#include "io/io.h"
#include "unit.h"
#include <pthread.h>

#include "../../world/dns_table.h"

#define DIGEST "0000000000000000000000000000000000000000000000000000000000000000"

static const struct dns_row rows[] = {
    {.name = "two.example", .type = DNS_MX, .text = "20 b.example", .secure = true},
    {.name = "two.example", .type = DNS_MX, .text = "10 a.example", .secure = true},
    {.name = "a.example", .type = DNS_A, .text = "192.0.2.1", .secure = true},
    {.name = "a.example", .type = DNS_AAAA, .text = "2001:db8::1", .secure = true},
    {.name = "b.example", .type = DNS_A, .text = "192.0.2.2"},
    {.name = "_25._tcp.a.example", .type = DNS_TLSA, .text = "3 1 1 " DIGEST, .secure = true},
    {.name = "_25._tcp.a.example", .type = DNS_TLSA, .text = "1 1 1 " DIGEST, .secure = true},
    {.name = "_25._tcp.b.example", .type = DNS_TLSA, .text = "3 1 1 " DIGEST, .secure = true},
    {.name = "implicit.example", .type = DNS_A, .text = "192.0.2.3"},
    {.name = "null.example", .type = DNS_MX, .text = "0 "},
    {.name = "lame.example", .type = DNS_MX, .status = DNS_FAILED},
    {.name = "forged.example", .type = DNS_MX, .status = DNS_BOGUS},
    {.name = "empty.example", .type = DNS_MX, .text = "10 nothing.example"},
    {.name = "unsure.example", .type = DNS_MX, .text = "10 slow.example"},
    {.name = "slow.example", .type = DNS_A, .status = DNS_FAILED},
    {.name = "backup.example", .type = DNS_MX, .text = "10 a.example"},
    {.name = "backup.example", .type = DNS_MX, .text = "20 OURS.example"},
    {.name = "backup.example", .type = DNS_MX, .text = "30 b.example"},
    {.name = "ring.example", .type = DNS_MX, .text = "10 ours.example"},
    {.name = "useless.example", .type = DNS_MX, .text = "10 u.example", .secure = true},
    {.name = "u.example", .type = DNS_A, .text = "192.0.2.4", .secure = true},
    {.name = "_25._tcp.u.example", .type = DNS_TLSA, .text = "0 0 1 " DIGEST, .secure = true},
    {.name = "broken.example", .type = DNS_MX, .text = "10 v.example", .secure = true},
    {.name = "v.example", .type = DNS_A, .text = "192.0.2.5", .secure = true},
    {.name = "_25._tcp.v.example", .type = DNS_TLSA, .status = DNS_BOGUS},
    {.name = "alias.example", .type = DNS_CNAME, .text = "two.example", .secure = true},
    {.name = "loose.example", .type = DNS_CNAME, .text = "two.example"},
    {.name = "named.example", .type = DNS_MX, .text = "10 m.example", .secure = true},
    {.name = "m.example", .type = DNS_CNAME, .text = "a.example", .secure = true},
    {.name = "initial.example", .type = DNS_MX, .text = "10 i.example", .secure = true},
    {.name = "i.example", .type = DNS_CNAME, .text = "u2.example", .secure = true},
    {.name = "u2.example", .type = DNS_A, .text = "192.0.2.6", .secure = true},
    {.name = "_25._tcp.i.example", .type = DNS_TLSA, .text = "3 1 1 " DIGEST, .secure = true},
    {.name = "circle.example", .type = DNS_CNAME, .text = "elcric.example"},
    {.name = "elcric.example", .type = DNS_CNAME, .text = "circle.example"},
};

struct world {
    struct arena *arena;
    struct io *io;
    struct dns_table table;
    struct resolver resolver;
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool done;
    struct destination to;
    struct hosts found;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct ctx cx = {0};
    w->arena = arena_open();
    w->table = (struct dns_table){.rows = rows, .count = sizeof rows / sizeof *rows};
    w->resolver = dns_table_resolver(&w->table);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->told, NULL);
    w->io = io_open(&(struct io_config){.workers = 2, .random_seed = 1});
    assert_int_equal(io_start(&cx, w->io), OK);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    io_stop(w->io, 100);
    io_close(w->io);
    arena_close(w->arena);
    pthread_cond_destroy(&w->told);
    pthread_mutex_destroy(&w->lock);
    free(w);
    return 0;
}

static void take(struct ctx *cx, void *arg, const struct hosts *found)
{
    struct world *w = arg;
    (void)cx;
    pthread_mutex_lock(&w->lock);
    w->found = *found;
    w->done = true;
    pthread_cond_signal(&w->told);
    pthread_mutex_unlock(&w->lock);
}

static void begin(struct ctx *cx, void *arg)
{
    struct world *w = arg;
    const struct hosts_ask ask = {.io = w->io,
                                  .resolver = &w->resolver,
                                  .arena = w->arena,
                                  .to = &w->to,
                                  .host_name = STR("ours.example"),
                                  .port = 25,
                                  .dane = true,
                                  .done = take,
                                  .arg = w};
    hosts_find(cx, &ask);
}

static const struct hosts *find(struct world *w)
{
    w->done = false;
    io_post(w->io, begin, w, false);
    pthread_mutex_lock(&w->lock);
    while (!w->done)
        pthread_cond_wait(&w->told, &w->lock);
    pthread_mutex_unlock(&w->lock);
    return &w->found;
}

static const struct hosts *domain(struct world *w, const char *name)
{
    w->to = (struct destination){.way = WAY_MX, .domain = str_z(name)};
    return find(w);
}

static void the_best_come_first(void **state)
{
    const struct hosts *h = domain(*state, "two.example");
    assert_int_equal(h->answer, HOSTS_FOUND);
    assert_int_equal(h->count, 2);
    assert_true(h->secure);
    assert_str(h->list[0].name, STR("a.example"));
    assert_int_equal(h->list[0].target_count, 2);
    assert_int_equal(h->list[0].targets[0].port, 25);
    assert_str(h->list[1].name, STR("b.example"));
    assert_str(h->list[1].targets[0].address, STR("192.0.2.2"));
}

static void dane_wants_a_secure_way(void **state)
{
    const struct hosts *h = domain(*state, "two.example");
    assert_int_equal(h->list[0].tlsa_count, 1); /* usage 1 is none */
    assert_str(h->list[0].tlsa_name, STR("a.example"));
    assert_int_equal(h->list[1].tlsa_count, 0); /* its address is not signed */
    assert_false(h->list[1].tls_needed);
    h = domain(*state, "backup.example");
    assert_int_equal(h->list[0].tlsa_count, 0); /* the MX record is not */
    h = domain(*state, "useless.example");
    assert_int_equal(h->list[0].tlsa_count, 0);
    assert_true(h->list[0].tls_needed);
    h = domain(*state, "broken.example");
    assert_true(h->list[0].later);
}

/* RFC 5321 section 5.1: what an alias leads to is taken in its place. MX records may not lead to
   one (section 2.3.5), and do; TLSA records are then those of its end (RFC 7672 section 2.2.2). */
static void aliases_are_followed(void **state)
{
    const struct hosts *h = domain(*state, "alias.example");
    assert_int_equal(h->answer, HOSTS_FOUND);
    assert_int_equal(h->count, 2);
    assert_true(h->secure);
    assert_str(h->list[0].name, STR("a.example"));
    assert_int_equal(h->list[0].tlsa_count, 1);
    h = domain(*state, "loose.example");
    assert_str(h->list[0].name, STR("a.example"));
    assert_false(h->secure); /* the alias is not signed */
    assert_int_equal(h->list[0].tlsa_count, 0);
    h = domain(*state, "named.example");
    assert_str(h->list[0].name, STR("m.example"));
    assert_str(h->list[0].targets[0].address, STR("2001:db8::1"));
    assert_str(h->list[0].tlsa_name, STR("a.example"));
    assert_int_equal(h->list[0].tlsa_count, 1);
    h = domain(*state, "initial.example"); /* its end has none: those of the name itself */
    assert_str(h->list[0].tlsa_name, STR("i.example"));
    assert_int_equal(h->list[0].tlsa_count, 1);
    h = domain(*state, "circle.example");
    assert_int_equal(h->answer, HOSTS_LATER);
}

static void without_mx_the_domain_itself(void **state)
{
    const struct hosts *h = domain(*state, "implicit.example");
    assert_int_equal(h->answer, HOSTS_FOUND);
    assert_str(h->list[0].name, STR("implicit.example"));
    h = domain(*state, "[IPv6:2001:db8::9]");
    assert_str(h->list[0].targets[0].address, STR("2001:db8::9"));
}

static void none_for_certain_or_not(void **state)
{
    static const struct {
        const char *domain, *status;
        enum hosts_answer answer;
    } cases[] = {
        {"null.example", "5.1.10", HOSTS_NEVER},  {"none.such", "5.1.2", HOSTS_NEVER},
        {"empty.example", "5.4.4", HOSTS_NEVER},  {"ring.example", "5.4.6", HOSTS_NEVER},
        {"lame.example", "4.4.3", HOSTS_LATER},   {"forged.example", "4.4.3", HOSTS_LATER},
        {"unsure.example", "4.4.3", HOSTS_LATER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hosts *h = domain(*state, cases[i].domain);
        if (h->answer != cases[i].answer || strcmp(h->status, cases[i].status) != 0)
            fail_msg("%s: %d %s", cases[i].domain, h->answer, h->status ? h->status : "");
    }
}

static void only_who_is_better_than_we(void **state)
{
    const struct hosts *h = domain(*state, "backup.example");
    assert_int_equal(h->count, 1);
    assert_str(h->list[0].name, STR("a.example"));
}

static void hosts_of_a_route(void **state)
{
    struct world *w = *state;
    w->to = (struct destination){
        .way = WAY_HOSTS,
        .rule = {.hops = {{STR("B.example"), 587, 10, 0}, {STR("192.0.2.77"), 0, 5, 0}},
                 .hop_count = 2}};
    const struct hosts *h = find(w);
    assert_int_equal(h->count, 2);
    assert_str(h->list[0].targets[0].address, STR("192.0.2.77"));
    assert_int_equal(h->list[0].port, 25);
    assert_int_equal(h->list[1].targets[0].port, 587);
    w->to.way = WAY_LMTP;
    w->to.rule.hops[0] = (struct hop){.host = STR("/Run/lmtp")};
    w->to.rule.hop_count = 1;
    h = find(w);
    assert_str(h->list[0].targets[0].address, STR("/Run/lmtp"));
    assert_int_equal(h->list[0].targets[0].port, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_best_come_first),     TEST(dane_wants_a_secure_way),
        TEST(aliases_are_followed),    TEST(without_mx_the_domain_itself),
        TEST(none_for_certain_or_not), TEST(only_who_is_better_than_we),
        TEST(hosts_of_a_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
