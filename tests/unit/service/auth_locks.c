/* The tables of failures: bounded, and not to be washed clean. */
#include "service/auth_locks.h"
#include "../unit.h"
#include "service/auth.h"

enum { NOW = 1000000000, WINDOW_MS = 600000, LOCKOUT_MS = 300000 };

static struct auth_locks *open_locks(uint32_t address_failures, uint32_t account_failures)
{
    const struct auth_config config = {.address_failures = address_failures,
                                       .account_failures = account_failures,
                                       .window_s = WINDOW_MS / 1000,
                                       .lockout_s = LOCKOUT_MS / 1000};
    return auth_locks_open(&config);
}

static void networks_are_what_addresses_count_by(void **state)
{
    (void)state;
    static const struct row {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1", "::ffff:192.0.2.1", true},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
        {"2001:db8::1", "2001:db8::ffff:1", true},
        {"2001:db8::1", "2001:0DB8:0:0:5::", true},
        {"2001:db8::1", "2001:db8:0:1::1", false},
        {"", "", true},
        {"unix", "192.0.2.1", false},
        {"x:12345678901234567890123456789012345678901234567890", "x", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct auth_trier a = auth_trier_of(str_z(rows[i].a), STR("#1"));
        struct auth_trier b = auth_trier_of(str_z(rows[i].b), STR("#1"));
        assert_int_equal(a.address == b.address, rows[i].same);
        assert_int_equal(a.pair == b.pair, rows[i].same);
        assert_true(a.account == b.account);
    }
}

/* Half a million other failures do not wash away a lock, nor a victim's count. */
static void a_flood_does_not_wash_counters_away(void **state)
{
    (void)state;
    struct auth_locks *l = open_locks(0, 5);
    struct auth_trier locked = auth_trier_of(STR("192.0.2.1"), STR("#1"));
    struct auth_trier counted = auth_trier_of(STR("192.0.2.1"), STR("#2"));
    for (uint64_t i = 1; i <= 5; i++)
        auth_locks_failed(l, &locked, i, NOW);
    for (uint64_t i = 1; i <= 4; i++)
        auth_locks_failed(l, &counted, i, NOW);
    for (uint64_t i = 0; i < 500000; i++) {
        char name[32], address[32];
        int n = snprintf(name, sizeof name, "x%llu", (unsigned long long)i);
        snprintf(address, sizeof address, "2001:db8:%x:%x::", (unsigned)(i >> 16),
                 (unsigned)(i & 0xffff));
        struct auth_trier t = auth_trier_of(str_z(address), str_of(name, (size_t)n));
        auth_locks_failed(l, &t, 0, NOW + 1);
    }
    assert_true(auth_locks_refuse(l, &locked, NOW + 2));
    assert_false(auth_locks_refuse(l, &counted, NOW + 2));
    auth_locks_failed(l, &counted, 9, NOW + 2);
    assert_true(auth_locks_refuse(l, &counted, NOW + 2));
    auth_locks_close(l);
}

static void a_lock_ends_in_time_and_is_not_prolonged(void **state)
{
    (void)state;
    struct auth_locks *l = open_locks(0, 3);
    struct auth_trier t = auth_trier_of(STR("192.0.2.1"), STR("#1"));
    for (uint64_t i = 1; i <= 3; i++) {
        assert_false(auth_locks_refuse(l, &t, NOW));
        auth_locks_failed(l, &t, i, NOW);
    }
    auth_locks_failed(l, &t, 7, NOW + LOCKOUT_MS - 1);
    assert_true(auth_locks_refuse(l, &t, NOW + LOCKOUT_MS - 1));
    assert_false(auth_locks_refuse(l, &t, NOW + LOCKOUT_MS));
    auth_locks_close(l);
}

static void zero_never_locks(void **state)
{
    (void)state;
    struct auth_locks *l = open_locks(0, 0);
    struct auth_trier t = auth_trier_of(STR("192.0.2.1"), STR("#1"));
    for (uint64_t i = 1; i <= 1000; i++)
        auth_locks_failed(l, &t, i, NOW);
    assert_false(auth_locks_refuse(l, &t, NOW));
    auth_locks_close(l);
}

/* Slow guessing: one failure in each tenth of the window comes to ten in it, and not to more. */
static void the_window_slides(void **state)
{
    (void)state;
    struct auth_locks *a = open_locks(0, 12), *b = open_locks(0, 9);
    struct auth_trier t = auth_trier_of(STR("192.0.2.1"), STR("#1"));
    bool a_locked = false, b_locked = false;
    for (uint64_t i = 1; i <= 100; i++) {
        int64_t now = NOW + (int64_t)i * WINDOW_MS / 10;
        auth_locks_failed(a, &t, i, now);
        auth_locks_failed(b, &t, i, now);
        a_locked = a_locked || auth_locks_refuse(a, &t, now);
        b_locked = b_locked || auth_locks_refuse(b, &t, now);
    }
    assert_false(a_locked);
    assert_true(b_locked);
    auth_locks_close(a);
    auth_locks_close(b);
}

/* Fourteen days after the last right password an account and a network are strangers again. */
static void trust_grows_old(void **state)
{
    (void)state;
    const int64_t days_ms = INT64_C(14) * 24 * 3600 * 1000;
    const int64_t times[] = {NOW + days_ms - 1, NOW + days_ms + LOCKOUT_MS};
    struct auth_locks *l = open_locks(100, 5);
    struct auth_trier owner = auth_trier_of(STR("192.0.2.1"), STR("#1"));
    struct auth_trier thief = auth_trier_of(STR("198.51.100.1"), STR("#1"));
    auth_locks_succeeded(l, &owner, NOW);
    for (size_t k = 0; k < 2; k++) {
        for (uint64_t i = 1; i <= 5; i++)
            auth_locks_failed(l, &thief, 10 * k + i, times[k]);
        assert_true(auth_locks_refuse(l, &thief, times[k]));
        assert_int_equal(auth_locks_refuse(l, &owner, times[k]), k == 1);
    }
    auth_locks_close(l);
}

static void a_lock_is_shown_and_ended_early(void **state)
{
    (void)state;
    struct auth_locks *l = open_locks(5, 5);
    struct auth_trier t = auth_trier_of(STR("192.0.2.1"), STR("#1"));
    for (uint64_t i = 1; i <= 5; i++)
        auth_locks_failed(l, &t, i, NOW);
    struct auth_lock lock = auth_locks_account(l, t.account, NOW);
    assert_int_equal(lock.failures, 5);
    assert_int_equal(lock.locked_until_ms, NOW + LOCKOUT_MS);
    assert_int_equal(auth_locks_address(l, t.address, NOW).locked_until_ms, NOW + LOCKOUT_MS);
    assert_int_equal(auth_locks_account(l, t.account, NOW + LOCKOUT_MS).locked_until_ms, 0);
    auth_locks_clear(l, &t);
    assert_int_equal(auth_locks_account(l, t.account, NOW).failures, 0);
    assert_false(auth_locks_refuse(l, &t, NOW));
    auth_locks_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_is_shown_and_ended_early),
        cmocka_unit_test(networks_are_what_addresses_count_by),
        cmocka_unit_test(a_flood_does_not_wash_counters_away),
        cmocka_unit_test(a_lock_ends_in_time_and_is_not_prolonged),
        cmocka_unit_test(zero_never_locks),
        cmocka_unit_test(the_window_slides),
        cmocka_unit_test(trust_grows_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
