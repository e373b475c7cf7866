/* How often an address may ask. */
#include "../unit.h"

#include "service/signin/rate.h"

enum { PER_MINUTE = 5, MINUTE_MS = 60 * 1000 };

static void a_minute_has_so_many(void **state)
{
    struct rate *r = rate_open(PER_MINUTE);
    (void)state;
    for (int i = 0; i < PER_MINUTE; i++)
        assert_true(rate_take(r, STR("192.0.2.1"), i));
    assert_false(rate_take(r, STR("192.0.2.1"), MINUTE_MS - 1));
    assert_true(rate_take(r, STR("192.0.2.2"), MINUTE_MS - 1));
    assert_true(rate_take(r, STR("192.0.2.1"), MINUTE_MS));
    rate_close(r);
}

static void ipv6_counts_by_network(void **state)
{
    struct rate *r = rate_open(1);
    (void)state;
    assert_true(rate_take(r, STR("2001:db8::1"), 0));
    assert_false(rate_take(r, STR("2001:db8::ffff:2"), 0));
    assert_true(rate_take(r, STR("2001:db8:0:1::1"), 0));
    rate_close(r);
}

static void none_is_no_limit(void **state)
{
    struct rate *r = rate_open(0);
    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(rate_take(r, STR("192.0.2.1"), 0));
    rate_close(r);
    rate_close(NULL);
}

/* Many others do not wash a counter away: who asked least gives way. */
static void a_flood_does_not_wash_it_away(void **state)
{
    struct rate *r = rate_open(PER_MINUTE);
    char text[32];
    (void)state;
    for (int i = 0; i < PER_MINUTE; i++)
        assert_true(rate_take(r, STR("192.0.2.1"), 0));
    for (unsigned i = 0; i < 200000; i++) {
        snprintf(text, sizeof text, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        (void)rate_take(r, str_z(text), 0);
    }
    assert_false(rate_take(r, STR("192.0.2.1"), 0));
    rate_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minute_has_so_many),
        cmocka_unit_test(ipv6_counts_by_network),
        cmocka_unit_test(none_is_no_limit),
        cmocka_unit_test(a_flood_does_not_wash_it_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
