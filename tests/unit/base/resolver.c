#include "base/resolver.h"
#include "base/clock.h"
#include "unit.h"
#include <pthread.h>

#include "../../world/dns_table.h"

static const struct dns_row rows[] = {
    {.name = "example.org", .type = DNS_MX, .text = "10 MX.example.org", .secure = true},
    {.name = "example.org", .type = DNS_MX, .text = "20 b.example.org", .secure = true},
    {.name = "example.org", .type = DNS_TXT, .text = "v=spf1 -all"},
    {.name = "mx.example.org", .type = DNS_A, .text = "192.0.2.1", .secure = true},
    {.name = "mx.example.org", .type = DNS_AAAA, .text = "2001:db8::1"},
    {.name = "www.example.org", .type = DNS_CNAME, .text = "web.example.net"},
    {.name = "web.example.net", .type = DNS_A, .text = "192.0.2.2", .secure = true},
    {.name = "ring.example.net", .type = DNS_CNAME, .text = "ring.example.net"},
    {.name = "lame.example.net", .type = DNS_A, .status = DNS_FAILED},
    {.name = "forged.example.net", .type = DNS_A, .status = DNS_BOGUS},
};

struct fixture {
    struct ctx cx;
    struct dns_table table;
    struct resolver resolver;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->cx.arena = arena_open();
    f->table = (struct dns_table){.rows = rows, .count = sizeof rows / sizeof *rows};
    f->resolver = dns_table_resolver(&f->table);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_close(f->cx.arena);
    free(f);
    return 0;
}

static struct dns_answer ask(struct fixture *f, const char *name, enum dns_type type)
{
    return resolver_ask(&f->cx, &f->resolver, (struct dns_question){str_z(name), type});
}

static void mx_records_are_read(void **state)
{
    struct fixture *f = *state;
    struct dns_answer a = ask(f, "Example.org.", DNS_MX);
    uint16_t preference;
    struct str host;
    assert_int_equal(a.status, DNS_FOUND);
    assert_int_equal(a.count, 2);
    assert_true(a.secure);
    assert_str(a.canonical, STR("example.org"));
    assert_true(dns_mx(a.records[0], f->cx.arena, &preference, &host));
    assert_int_equal(preference, 10);
    assert_str(host, STR("mx.example.org"));
    assert_true(dns_mx(STR("\1\2\0"), f->cx.arena, &preference, &host));
    assert_int_equal(preference, 258);
    assert_str(host, STR(""));
}

static void addresses_and_aliases(void **state)
{
    struct fixture *f = *state;
    struct str text;
    struct dns_answer a = ask(f, "www.example.org", DNS_A);
    assert_str(a.canonical, STR("web.example.net"));
    assert_false(a.secure); /* the alias is not */
    assert_true(dns_address(a.records[0], f->cx.arena, &text));
    assert_str(text, STR("192.0.2.2"));
    a = ask(f, "mx.example.org", DNS_AAAA);
    assert_true(dns_address(a.records[0], f->cx.arena, &text));
    assert_str(text, STR("2001:db8::1"));
    assert_false(dns_address(STR("12345"), f->cx.arena, &text));
}

static void absence_and_failure_differ(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ask(f, "example.net", DNS_A).status, DNS_NO_DATA);
    assert_int_equal(ask(f, "mx.example.org", DNS_TXT).status, DNS_NO_DATA);
    assert_int_equal(ask(f, "other.example.org", DNS_A).status, DNS_NO_NAME);
    assert_int_equal(ask(f, "ring.example.net", DNS_A).status, DNS_FAILED);
    assert_int_equal(ask(f, "lame.example.net", DNS_A).status, DNS_FAILED);
    assert_int_equal(ask(f, "forged.example.net", DNS_A).status, DNS_BOGUS);
    assert_int_equal(ask(f, "a..b", DNS_A).status, DNS_NO_NAME);
    assert_int_equal(f->table.questions, 7);
}

static void names_that_fit(void **state)
{
    (void)state;
    char label[65], name[256];
    memset(label, 'a', sizeof label);
    memset(name, 'b', sizeof name);
    for (size_t i = 50; i < sizeof name; i += 50)
        name[i] = '.';
    assert_true(dns_name_fits(STR("a")));
    assert_true(dns_name_fits(STR("_dmarc.example.org.")));
    assert_true(dns_name_fits(str_of(label, 63)));
    assert_true(dns_name_fits(str_of(name, 253)));
    assert_false(dns_name_fits(str_of(label, 64)));
    assert_false(dns_name_fits(str_of(name, 254)));
    assert_false(dns_name_fits(STR("")));
    assert_false(dns_name_fits(STR(".")));
    assert_false(dns_name_fits(STR(".a")));
    assert_false(dns_name_fits(STR("a..")));
}

static void malformed_rdata(void **state)
{
    struct fixture *f = *state;
    struct arena *a = f->cx.arena;
    struct str out;
    struct dns_tlsa tlsa;
    uint16_t preference;
    assert_false(dns_name(STR(""), a, &out));
    assert_false(dns_name(STR("\1a"), a, &out));           /* no end */
    assert_false(dns_name(STR("\2a\0"), a, &out));         /* cut */
    assert_false(dns_name(STR("\1a\0x"), a, &out));        /* more behind it */
    assert_false(dns_name(STR("\xc0\x0c"), a, &out));      /* a pointer */
    assert_false(dns_name(STR("\3a.b\0"), a, &out));       /* no host has that */
    assert_false(dns_name(STR("\3a\xc3\xa4\0"), a, &out)); /* nor that */
    assert_false(dns_mx(STR("\0"), a, &preference, &out));
    assert_false(dns_mx(STR("\0\12"), a, &preference, &out));
    assert_false(dns_txt(STR(""), a, &out));
    assert_false(dns_txt(STR("\4abc"), a, &out));
    assert_true(dns_txt(STR("\3abc\0\2de"), a, &out));
    assert_str(out, STR("abcde"));
    assert_false(dns_tlsa(STR("\3\1\1"), &tlsa));
    assert_true(dns_tlsa(STR("\3\1\2xy"), &tlsa));
    assert_int_equal(tlsa.usage, 3);
    assert_int_equal(tlsa.selector, 1);
    assert_int_equal(tlsa.matching, 2);
    assert_str(tlsa.data, STR("xy"));
}

/* Answers when it is told to, from another thread. */
struct late {
    dns_done_fn *done;
    void *arg;
};

static void keep(void *self, struct dns_question q, dns_done_fn *done, void *arg)
{
    (void)q;
    *(struct late *)self = (struct late){done, arg};
}

static void *answer_late(void *arg)
{
    struct late *l = arg;
    const struct dns_answer a = {.status = DNS_NO_DATA, .canonical = STR("x")};
    l->done(l->arg, &a);
    return NULL;
}

static void start_and_answer(void *self, struct dns_question q, dns_done_fn *done, void *arg)
{
    pthread_t thread;
    keep(self, q, done, arg);
    assert_int_equal(pthread_create(&thread, NULL, answer_late, self), 0);
    pthread_detach(thread);
}

static void waits_for_another_thread(void **state)
{
    struct fixture *f = *state;
    struct late *late = test_malloc(sizeof *late);
    f->resolver = (struct resolver){late, start_and_answer};
    assert_int_equal(ask(f, "x", DNS_A).status, DNS_NO_DATA);
    test_free(late);
}

static void the_deadline_ends_the_wait(void **state)
{
    struct fixture *f = *state;
    struct late late;
    f->resolver = (struct resolver){&late, keep};
    f->cx.deadline_ms = clock_utc_ms() + 5;
    assert_int_equal(ask(f, "x", DNS_A).status, DNS_FAILED);
    answer_late(&late); /* nobody waits any more: it frees what is left */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(mx_records_are_read),
        TEST(addresses_and_aliases),
        TEST(absence_and_failure_differ),
        TEST(names_that_fit),
        TEST(malformed_rdata),
        TEST(waits_for_another_thread),
        TEST(the_deadline_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
