/* Lists of networks: what they take, and whom they have. */
#include "unit.h"

#include "format/host/networks.h"

static void test_has(void **state)
{
    static const struct {
        const char *list, *address;
        bool has;
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.8", false},
        {"0.0.0.0/0", "203.0.113.1", true},
        {"0.0.0.0/0", "::1", false},
        {"0.0.0.0/0", "unix:0", false},
        {"2001:db8::/32", "2001:db8:1::1", true},
        {"::1", "::1", true},
        {"192.0.2.0/24", "::ffff:192.0.2.1", true},
        {"unix", "unix:1000", true},
        {"unix", "unix", true},
        {"unix", "127.0.0.1", false},
        {"unix", "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ip_networks n = {0};
        assert_true(ip_networks_add(&n, str_z(rows[i].list)));
        if (ip_networks_have(&n, str_z(rows[i].address)) != rows[i].has)
            fail_msg("%s in %s", rows[i].address, rows[i].list);
    }
}

static void test_refused(void **state)
{
    static const char *const words[] = {"",          "/",       "192.0.2.0/33", "192.0.2.0/",
                                        "::/129",    "192.0.2", "name.example", "unix:0",
                                        "10.0.0.0/x"};
    struct ip_networks n = {0};
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ip_networks_add(&n, str_z(words[i])))
            fail_msg("taken: \"%s\"", words[i]);
    assert_int_equal(n.count, 0);
    for (size_t i = 0; i < NETWORKS_MAX; i++)
        assert_true(ip_networks_add(&n, STR("::1")));
    assert_false(ip_networks_add(&n, STR("::1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
