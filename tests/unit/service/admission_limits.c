/* Limits of rate: buckets and their clock, scopes, what survives a restart. */
#include "../../world/dns_table.h"
#include "../../world/world.h"
#include "service/admission/limits.h"
#include "service/admission/policy.h"
#include "unit.h"

static void texts_of_limits(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    static const struct {
        const char *scope, *text;
        enum code wanted;
    } rows[] = {
        {"*", "account messages 500 3600", OK},
        {"x.example", "account bytes 0 1", OK},
        {"*", "network unknown 5 2678400", OK},
        {"x.example", "network messages 5 60", E_SYNTAX},
        {"*", "account unknown 5 60", E_SYNTAX},
        {"*", "account messages 5 0", E_SYNTAX},
        {"*", "account messages 5 2678401", E_SYNTAX},
        {"*", "account messages -5 60", E_SYNTAX},
        {"*", "account messages 5", E_SYNTAX},
        {"*", "account messages 5 60 ", E_SYNTAX},
        {"*", "planet messages 5 60", E_SYNTAX},
        {"*", "account letters 5 60", E_SYNTAX},
        {"*", "", E_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct limit l;
        enum code code = limit_parse(&cx, STR("n"), str_z(rows[i].scope), str_z(rows[i].text), &l);
        if (code != rows[i].wanted)
            fail_msg("%s: %s", rows[i].text, code_name(code));
    }
}

static const struct limit hourly = {
    .name = STR("hourly"), .per = PER_ACCOUNT, .of = OF_MESSAGES, .max = 4, .window_s = 3600};
static const struct limit by_minute = {
    .name = STR("by-minute"), .per = PER_ADDRESS, .of = OF_MESSAGES, .max = 2, .window_s = 60};

static uint32_t use(struct world *w, struct limits *x, const struct limit *l, const char *who,
                    uint64_t n)
{
    const struct limit_use uses[] = {{l, str_z(who), n}};
    uint32_t wait_s = 0;
    const struct limit *over = limits_take(&w->cx, x, uses, 1, false, &wait_s);
    assert_int_equal(over != NULL, wait_s > 0);
    return wait_s;
}

static void the_window_slides(void **state)
{
    struct world *w = world_open(NULL);
    struct limits *x = limits_open(w->core);
    int64_t *now = &w->cx.now_ms;
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(use(w, x, &hourly, "1", 1), 0);
    assert_int_equal(use(w, x, &hourly, "1", 1), 900);
    assert_int_equal(use(w, x, &hourly, "2", 1), 0);
    *now += 899 * 1000;
    assert_int_equal(use(w, x, &hourly, "1", 1), 1);
    *now += 1000;
    assert_int_equal(use(w, x, &hourly, "1", 1), 0);
    assert_int_equal(use(w, x, &hourly, "1", 2), 1800);
    *now += 3600 * 1000;
    /* More than fits at all fits an empty bucket. */
    assert_int_equal(use(w, x, &hourly, "1", 1000), 0);
    assert_int_equal(use(w, x, &hourly, "1", 1), 900);
    /* A clock that goes back locks nobody out for longer than the window. */
    *now -= 30 * 24 * 3600 * INT64_C(1000);
    assert_int_equal(use(w, x, &hourly, "1", 1), 900);
    limits_close(x);
    world_close(w);
}

/* Of several limits none is used up when one refuses. */
static void all_or_none(void **state)
{
    struct world *w = world_open(NULL);
    struct limits *x = limits_open(w->core);
    const struct limit_use both[] = {{&hourly, STR("1"), 1}, {&by_minute, STR("h"), 1}};
    uint32_t wait_s;
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_null(limits_take(&w->cx, x, both, 2, false, &wait_s));
    for (int i = 0; i < 9; i++)
        assert_ptr_equal(limits_take(&w->cx, x, both, 2, false, &wait_s), &by_minute);
    assert_int_equal(wait_s, 30);
    assert_int_equal(use(w, x, &hourly, "1", 2), 0);
    limits_close(x);
    world_close(w);
}

/* Those of people here survive, those of strangers do not. */
static void a_restart(void **state)
{
    struct world *w = world_open(NULL);
    struct limits *x = limits_open(w->core);
    (void)state;
    assert_int_equal(use(w, x, &hourly, "1", 4), 0);
    assert_int_equal(use(w, x, &by_minute, "h", 2), 0);
    world_must(&w->cx, limits_flush(&w->cx, x), "flush");
    limits_close(x);
    x = limits_open(w->core);
    world_must(&w->cx, limits_load(&w->cx, x), "load");
    assert_int_equal(use(w, x, &hourly, "1", 1), 900);
    assert_int_equal(use(w, x, &by_minute, "h", 2), 0);
    limits_close(x);
    world_close(w);
}

static void set(struct world *w, const char *name, const char *scope, const char *value)
{
    const struct policy_row row = {STR("limit"), str_z(name), str_z(scope), str_z(value)};
    world_must(&w->cx, policy_put(&w->cx, admission_policy(w->admission), &row), name);
}

/* How many messages somebody may send now, at most ten. */
static int may_send(struct world *w, principal_id who)
{
    struct visit *v = visit_login(&w->cx, w->admission, NULL, who, STR("192.0.2.1"));
    int n = 0;
    while (n < 10 && !visit_mail(&w->cx, v, STR("pc"), STR("x@y.example")))
        n++;
    visit_close(v);
    w->cx.now_ms += 3600 * 1000; /* empty again */
    return n;
}

static void the_narrowest_holds(void **state)
{
    static struct dns_table dns;
    const struct resolver resolver = dns_table_resolver(&dns);
    const struct world_config config = {.delivery = world_delivery, .resolver = &resolver};
    struct world *w = world_open(&config);
    (void)state;
    assert_int_equal(may_send(w, w->jane), 10);
    set(w, "out", "*", "account messages 3 3600");
    assert_int_equal(may_send(w, w->jane), 3);
    assert_int_equal(may_send(w, w->clerk), 3);
    set(w, "out", "commonwealth.example", "account messages 4 3600");
    assert_int_equal(may_send(w, w->jane), 4);
    assert_int_equal(may_send(w, w->clerk), 4); /* health.example is below it */
    set(w, "out", "health.example", "account messages 5 3600");
    assert_int_equal(may_send(w, w->jane), 4);
    assert_int_equal(may_send(w, w->clerk), 5);
    set(w, "out", "jane.roe@commonwealth.example", "account messages 6 3600");
    assert_int_equal(may_send(w, w->jane), 6);
    assert_int_equal(may_send(w, w->john), 4);
    set(w, "out", "jane.roe@commonwealth.example", "account messages 0 3600");
    assert_int_equal(may_send(w, w->jane), 10);
    /* All of a domain, together. */
    set(w, "agency", "commonwealth.example", "domain messages 2 60");
    struct visit *v = visit_login(&w->cx, w->admission, NULL, w->jane, STR("192.0.2.1"));
    assert_null(visit_mail(&w->cx, v, STR("pc"), STR("x@y.example")));
    v = visit_login(&w->cx, w->admission, v, w->john, STR("192.0.2.1"));
    assert_null(visit_mail(&w->cx, v, STR("pc"), STR("x@y.example")));
    const char *no = visit_mail(&w->cx, v, STR("pc"), STR("x@y.example"));
    assert_string_equal(no,
                        "450 4.7.1 Too many messages for one domain (agency); try again in 30 s");
    visit_close(v);
    world_close(w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_limits),     cmocka_unit_test(the_window_slides),
        cmocka_unit_test(all_or_none),         cmocka_unit_test(a_restart),
        cmocka_unit_test(the_narrowest_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
