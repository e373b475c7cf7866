/* DNS lists: what one is, what its answers mean, and when it is not believed. */
#include "../../world/dns_table.h"
#include "../../world/world.h"
#include "service/admission/lists.h"
#include "unit.h"

static void texts_of_lists(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    static const struct {
        const char *text;
        enum code wanted;
        int weight;
        size_t codes;
    } rows[] = {
        {"addresses 10 *", OK, 10, 0},
        {"names -5 127.0.0.2", OK, -5, 1},
        {"addresses 3 127.0.0.2-11,127.0.*.4", OK, 3, 2},
        {"addresses 1001 *", E_SYNTAX, 0, 0},
        {"addresses 1 128.0.0.2", E_SYNTAX, 0, 0},
        {"addresses 1 *.0.0.2", E_SYNTAX, 0, 0},
        {"addresses 1 127.0.0", E_SYNTAX, 0, 0},
        {"addresses 1 127.0.0.9-2", E_SYNTAX, 0, 0},
        {"addresses 1 127.0.0.256", E_SYNTAX, 0, 0},
        {"addresses 1 127.0.0.2 ", E_SYNTAX, 0, 0},
        {"addresses 1 127.0.0.2,", E_SYNTAX, 0, 0},
        {"addresses", E_SYNTAX, 0, 0},
        {"12 *", E_SYNTAX, 0, 0},
        {"", E_SYNTAX, 0, 0},
        {"names 1 127.0.0.1,127.0.0.1,127.0.0.1,127.0.0.1,127.0.0.1,127.0.0.1,127.0.0.1,127.0.0.1,"
         "127.0.0.1",
         E_LIMIT, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct list_zone z = {0};
        enum code code = list_zone_parse(&cx, a, STR("Zen.Example"), str_z(rows[i].text), &z);
        if (code != rows[i].wanted)
            fail_msg("%s: %s", rows[i].text, code_name(code));
        if (code != OK)
            continue;
        assert_int_equal(z.weight, rows[i].weight);
        assert_int_equal(z.code_count, rows[i].codes);
        assert_true(str_eq(z.zone, STR("zen.example")));
    }
}

static void patterns_of_answers(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct list_zone z;
    (void)state;
    world_must(
        &cx,
        list_zone_parse(&cx, a, STR("z.example"), STR("addresses 1 127.0.0.2-11,127.0.*.40"), &z),
        "parse");
    assert_true(list_zone_means(&z, (const uint8_t[]){127, 0, 0, 2}));
    assert_true(list_zone_means(&z, (const uint8_t[]){127, 0, 0, 11}));
    assert_true(list_zone_means(&z, (const uint8_t[]){127, 0, 200, 40}));
    assert_false(list_zone_means(&z, (const uint8_t[]){127, 0, 0, 12}));
    assert_false(list_zone_means(&z, (const uint8_t[]){127, 0, 1, 2}));
    assert_false(list_zone_means(&z, (const uint8_t[]){127, 1, 0, 40}));
}

struct place {
    struct dns_table dns;
    struct resolver resolver;
    struct world *w;
};

static void place_open(struct place *p, const struct dns_row *rows, size_t count)
{
    p->dns = (struct dns_table){.rows = rows, .count = count};
    p->resolver = dns_table_resolver(&p->dns);
    const struct world_config config = {.delivery = world_delivery, .resolver = &p->resolver};
    p->w = world_open(&config);
}

static void set(struct place *p, const char *kind, const char *name, const char *value)
{
    const struct policy_row row = {str_z(kind), str_z(name), STR("*"), str_z(value)};
    world_must(&p->w->cx, policy_put(&p->w->cx, admission_policy(p->w->admission), &row), name);
}

/* RFC 5782 section 5: what is always there and what never is. */
static void lists_that_are_ill(void **state)
{
    static const struct dns_row rows[] = {
        {.name = "2.0.0.127.good.example", .type = DNS_A, .text = "127.0.0.2"},
        {.name = "2.0.0.127.all.example", .type = DNS_A, .text = "127.0.0.2"},
        {.name = "1.0.0.127.all.example", .type = DNS_A, .text = "127.0.0.2"},
        {.name = "2.0.0.127.parked.example", .type = DNS_A, .text = "198.51.100.1"},
        {.name = "2.0.0.127.refuses.example", .type = DNS_A, .text = "127.255.255.254"},
        {.name = "test.names.example", .type = DNS_A, .text = "127.0.1.2"},
        {.name = "invalid.names.example", .type = DNS_A, .text = "127.0.1.2"},
        {.name = "x.silent.example", .type = DNS_A, .text = "127.0.0.2"},
    };
    static const struct {
        const char *zone, *value, *why;
    } wanted[] = {
        {"all.example", "addresses 1 *", "lists everything"},
        {"good.example", "addresses 1 *", "well"},
        {"names.example", "names 1 *", "lists everything"},
        {"parked.example", "addresses 1 *", "answers outside of 127.0.0.0/8"},
        {"refuses.example", "addresses 1 *", "refuses to answer us"},
        {"silent.example", "addresses 1 *", "has no test entry"},
    };
    enum { COUNT = sizeof wanted / sizeof *wanted };
    struct place p;
    struct policy_view *v AUTO(policy_view_unref) = NULL;
    struct list_state found[COUNT];
    (void)state;
    place_open(&p, rows, sizeof rows / sizeof *rows);
    for (size_t i = 0; i < COUNT; i++)
        set(&p, "list", wanted[i].zone, wanted[i].value);
    world_must(&p.w->cx, policy_get(&p.w->cx, admission_policy(p.w->admission), &v), "policy_get");
    lists_check(&p.w->cx, admission_lists(p.w->admission), v, found);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(str_eq(found[i].zone, str_z(wanted[i].zone)));
        assert_string_equal(found[i].why, wanted[i].why);
    }
    assert_int_equal(world_metric(p.w, "postroad_admission_lists_off"), 4);
    /* What is off is not asked. */
    struct ip ip;
    assert_true(ip_parse(STR("192.0.2.9"), &ip));
    p.dns.questions = 0;
    struct listing *l = listing_open(admission_lists(p.w->admission), v, ip);
    assert_int_equal(p.dns.questions, 3); /* good, silent, and the client's name */
    listing_close(l);
    world_close(p.w);
}

/* An answer that is none switches the list off at once. */
static void an_answer_of_nonsense(void **state)
{
    static const struct dns_row rows[] = {
        {.name = "9.2.0.192.zen.example", .type = DNS_A, .text = "203.0.113.1"},
    };
    struct place p;
    (void)state;
    place_open(&p, rows, 1);
    set(&p, "list", "zen.example", "addresses 10 *");
    struct ctx *cx = &p.w->cx;
    struct visit *v = visit_open(cx, p.w->admission, STR("192.0.2.9"));
    visit_mail(cx, v, STR("mx.example"), STR("a@b.example"));
    assert_null(visit_rcpt(cx, v, STR("jane.roe@commonwealth.example")));
    visit_close(v);
    assert_true(lists_state(admission_lists(p.w->admission), STR("zen.example")).off);
    world_close(p.w);
}

/* IPv6 (RFC 5782 section 2.4); names of EHLO, sender and PTR; a list counts once. */
static void weights_are_summed(void **state)
{
    static const struct dns_row rows[] = {
        {.name = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.six.example",
         .type = DNS_A,
         .text = "127.0.0.3"},
        {.name = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
         .type = DNS_PTR,
         .text = "host.bad.example"},
        {.name = "mx.bad.example.names.example", .type = DNS_A, .text = "127.0.1.2"},
        {.name = "sender.example.names.example", .type = DNS_A, .text = "127.0.1.2"},
        {.name = "host.bad.example.hosts.example", .type = DNS_A, .text = "127.0.1.2"},
    };
    struct place p;
    bool junk = false;
    (void)state;
    place_open(&p, rows, sizeof rows / sizeof *rows);
    set(&p, "list", "six.example", "addresses 3 *");
    set(&p, "list", "names.example", "names 2 *");
    set(&p, "list", "hosts.example", "names 1 *");
    set(&p, "set", "list-refuse", "7");
    set(&p, "set", "list-junk", "6");
    struct ctx *cx = &p.w->cx;
    struct visit *v = visit_open(cx, p.w->admission, STR("2001:db8::1"));
    visit_mail(cx, v, STR("mx.bad.example"), STR("a@sender.example"));
    assert_null(visit_rcpt(cx, v, STR("jane.roe@commonwealth.example")));
    struct str field = visit_message(cx, v, &junk);
    assert_true(junk);
    assert_true(str_find(field, STR("six.example (127.0.0.3, 3)")) != SIZE_MAX);
    assert_true(str_find(field, STR("names.example (127.0.1.2, 2)")) != SIZE_MAX);
    /* Another transaction, other names: those of the first count no longer. */
    visit_mail(cx, v, STR("mx.good.example"), STR("a@good.example"));
    junk = false;
    assert_null(visit_rcpt(cx, v, STR("jane.roe@commonwealth.example")));
    visit_message(cx, v, &junk);
    assert_false(junk);
    visit_close(v);
    world_close(p.w);
}

/* Of what a list says of itself so much goes into the reply, up to what is not printable. */
static void its_own_words_are_cut(void **state)
{
    char words[256];
    const struct dns_row rows[] = {
        {.name = "9.2.0.192.zen.example", .type = DNS_A, .text = "127.0.0.2"},
        {.name = "9.2.0.192.zen.example", .type = DNS_TXT, .text = words},
    };
    struct place p;
    (void)state;
    memset(words, 'x', sizeof words - 1);
    words[sizeof words - 1] = 0;
    place_open(&p, rows, 2);
    set(&p, "list", "zen.example", "addresses 10 *");
    set(&p, "set", "list-refuse", "5");
    struct ctx *cx = &p.w->cx;
    struct visit *v = visit_open(cx, p.w->admission, STR("192.0.2.9"));
    visit_mail(cx, v, STR("mx.example"), STR("a@b.example"));
    const char *no = visit_rcpt(cx, v, STR("jane.roe@commonwealth.example"));
    assert_non_null(no);
    const char *said = strstr(no, "xx");
    assert_non_null(said);
    assert_int_equal(strspn(said, "x"), 200);
    visit_close(v);
    world_close(p.w);
}

/* A session may ask so many questions, and no more. */
static void questions_are_bounded(void **state)
{
    struct place p;
    (void)state;
    place_open(&p, NULL, 0);
    set(&p, "list", "names.example", "names 2 *");
    struct ctx *cx = &p.w->cx;
    struct visit *v = visit_open(cx, p.w->admission, STR("192.0.2.9"));
    for (int i = 0; i < 3 * LIST_PROBES_MAX; i++) {
        struct str sender = str_printf(cx->arena, "a@s%d.example", i);
        visit_mail(cx, v, STR("mx.example"), sender);
        assert_null(visit_rcpt(cx, v, STR("jane.roe@commonwealth.example")));
    }
    assert_true(p.dns.questions <= LIST_PROBES_MAX + 1);
    visit_close(v);
    world_close(p.w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_lists),        cmocka_unit_test(patterns_of_answers),
        cmocka_unit_test(lists_that_are_ill),    cmocka_unit_test(an_answer_of_nonsense),
        cmocka_unit_test(weights_are_summed),    cmocka_unit_test(questions_are_bounded),
        cmocka_unit_test(its_own_words_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
