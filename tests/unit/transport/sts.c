/* The texts of MTA-STS: RFC 8461 sections 3.1, 3.2 and 4.1. */
#include "base/buf.h"
#include "service/transport/sts/policy.h"
#include "unit.h"

static struct ctx cx;

static int set_up(void **state)
{
    (void)state;
    cx = (struct ctx){.arena = arena_open()};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(cx.arena);
    return 0;
}

static void records(void **state)
{
    static const struct {
        const char *text, *id; /* NULL: none */
    } rows[] = {
        {"v=STSv1; id=20160831085700Z;", "20160831085700Z"}, /* section 3.1 */
        {"v=STSv1; id=20160831085700Z", "20160831085700Z"},
        {"v=STSv1;id=a", "a"},
        {"v=STSv1 ; more=x,y ; id=a ; ", "a"},
        {"v=STSv1; id=a; id=b", "a"},
        {"v=STSv1", NULL},
        {"v=STSv1;", NULL},
        {"v=STSv10; id=a", NULL},
        {"V=STSv1; id=a", NULL},
        {"v=stsv1; id=a", NULL},
        {" v=STSv1; id=a", NULL},
        {"v=STSv1; id=", NULL},
        {"v=STSv1; id=a-b", NULL},
        {"v=STSv1; id=a b", NULL},
        {"v=STSv1; id=a;; x=1", NULL},
        {"v=STSv1; id=123456789012345678901234567890123", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str id = {0};
        bool good = sts_record_parse(str_z(rows[i].text), &id);
        if (good != (rows[i].id != NULL))
            fail_msg("\"%s\" is %s", rows[i].text, good ? "taken" : "refused");
        assert_str(id, str_z(rows[i].id));
    }
}

static void policies(void **state)
{
    static const struct {
        const char *text;
        enum sts_mode mode; /* 0: refused */
        uint32_t max_age_s;
        size_t mx_count;
    } rows[] = {
        {"version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\n"
         "mx: backupmx.example.com\nmax_age: 604800\n",
         STS_ENFORCE, 604800, 3}, /* section 3.2 */
        {"version: STSv1\r\nmode: testing\r\nmx: a.example\r\nmax_age: 1\r\n", STS_TESTING, 1, 1},
        {"version: STSv1\r\nmode: none\r\nmax_age: 86400", STS_NONE, 86400, 0},
        {"Version:STSv1\nMode:none\nMax_Age:86400", STS_NONE, 86400, 0},
        {"version: STSv1 \nmode: none\t\nmax_age: 5 \n", STS_NONE, 5, 0},
        {"max_age: 5\nmode: none\nversion: STSv1", STS_NONE, 5, 0},
        {"version: STSv1\nmode: none\nmode: enforce\nmax_age: 5\nmax_age: x", STS_NONE, 5, 0},
        {"version: STSv1\nx-new.1_a: what?\nmode: none\nmax_age: 5", STS_NONE, 5, 0},
        {"version: STSv1\nmode: none\nmax_age: 9999999999", STS_NONE, STS_AGE_MAX_S, 0},
        {"version: STSv1\nmode: none\nmax_age: 5\n  ", STS_NONE, 5, 0},
        {"version: STSv2\nmode: none\nmax_age: 5", 0, 0, 0},
        {"mode: none\nmax_age: 5", 0, 0, 0},
        {"version: STSv1\nmax_age: 5", 0, 0, 0},
        {"version: STSv1\nmode: none", 0, 0, 0},
        {"version: STSv1\nmode: Enforce\nmx: a.example\nmax_age: 5", 0, 0, 0},
        {"version: STSv1\nmode: enforce\nmax_age: 5", 0, 0, 0},
        {"version: STSv1\nmode: none\nmax_age: 12345678901", 0, 0, 0},
        {"version: STSv1\nmode: none\nmax_age: -5", 0, 0, 0},
        {"version: STSv1\nmode: enforce\nmax_age: 5\nmx: *", 0, 0, 0},
        {"version: STSv1\nmode: enforce\nmax_age: 5\nmx: a.*.example", 0, 0, 0},
        {"version: STSv1\nmode: enforce\nmax_age: 5\nmx: b\xc3\xbc.example", 0, 0, 0},
        {"version: STSv1\n\nmode: none\nmax_age: 5", 0, 0, 0},
        {"version: STSv1\nmode\nmax_age: 5", 0, 0, 0},
        {"version: STSv1\nmode: none\nmax_age: 5\nx: a\001b", 0, 0, 0},
        {"version: STSv1\nmode: none\nmax_age: 5\nx:", 0, 0, 0},
        {" version: STSv1\nmode: none\nmax_age: 5", 0, 0, 0},
        {"", 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sts_policy p = {0};
        enum code code = sts_policy_parse(&cx, str_z(rows[i].text), &p);
        if ((code == OK) != (rows[i].mode != 0))
            fail_msg("row %zu is %s: %s", i, code == OK ? "taken" : "refused", cx.err.what);
        assert_int_equal(p.mode, rows[i].mode);
        assert_int_equal(p.max_age_s, rows[i].max_age_s);
        assert_int_equal(p.mx_count, rows[i].mx_count);
    }
}

static void limits(void **state)
{
    struct buf b = buf_of(cx.arena, STS_POLICY_MAX + 100);
    struct sts_policy p;
    (void)state;
    buf_add(&b, STR("version: STSv1\nmode: enforce\nmax_age: 5\n"));
    for (int i = 0; i < STS_MX_MAX; i++)
        buf_printf(&b, "mx: h%d.example\n", i);
    assert_int_equal(sts_policy_parse(&cx, buf_str(&b), &p), OK);
    buf_add(&b, STR("mx: more.example\n"));
    assert_int_equal(sts_policy_parse(&cx, buf_str(&b), &p), E_LIMIT);
    buf_reset(&b);
    buf_add(&b, STR("version: STSv1\nmode: none\nmax_age: 5\nx: "));
    buf_fill(&b, 'y', STS_POLICY_MAX - b.n);
    assert_int_equal(sts_policy_parse(&cx, buf_str(&b), &p), OK);
    buf_byte(&b, 'y');
    assert_int_equal(sts_policy_parse(&cx, buf_str(&b), &p), E_LIMIT);
}

static void hosts(void **state)
{
    static const struct {
        const char *mx, *host;
        bool allowed;
    } rows[] = {
        {"mail.example.com", "mail.example.com", true},
        {"mail.example.com", "MAIL.Example.com", true},
        {"mail.example.com", "a.mail.example.com", false},
        {"mail.example.com", "example.com", false},
        {"*.example.com", "mail.example.com", true}, /* section 4.1 */
        {"*.example.com", "foo.bar.example.com", false},
        {"*.example.com", "example.com", false},
        {"*.example.com", ".example.com", false},
        {"*.example.com", "badexample.com", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sts_policy p = {.mx = {STR("other.example"), str_z(rows[i].mx)}, .mx_count = 2};
        if (sts_policy_allows(&p, str_z(rows[i].host)) != rows[i].allowed)
            fail_msg("%s for %s", rows[i].host, rows[i].mx);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {TEST(records), TEST(policies), TEST(limits), TEST(hosts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
