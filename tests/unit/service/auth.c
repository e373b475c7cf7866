/* Passwords: right, wrong, remembered, locked out. Time is injected. */
#include "auth_bench.h"

#include "base/log.h"
#include "core/credential.h"
#include <unistd.h>

#define JANE "jane@health.example"
#define JOE "joe@works.example"

static void a_password_is_verified_slowly_and_then_remembered(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r = {0};
    struct str login = STR(JANE), right = STR("pencil");
    b->cx->slow = false;
    assert_int_equal(auth_password(b->cx, b->auth, &b->peer, login, right, &r), E_BUSY);
    b->cx->slow = true;
    assert_int_equal(auth_password(b->cx, b->auth, &b->peer, login, right, &r), OK);
    assert_int_equal(r.who.id, b->jane);
    assert_int_equal(r.account, b->jane);
    b->cx->slow = false;
    assert_int_equal(auth_password(b->cx, b->auth, &b->peer, login, right, &r), OK);
    assert_int_equal(auth_password(b->cx, b->auth, &b->peer, STR("JANE@Health.example"), right, &r),
                     OK);
    assert_int_equal(auth_password(b->cx, b->auth, &b->peer, login, STR("Pencil"), &r), E_BUSY);
    assert_int_equal(auth_password(b->cx, b->auth, &b->peer, STR(JOE), right, &r), E_BUSY);
    b->cx->now_ms += BENCH_REMEMBER_S * 1000;
    assert_int_equal(auth_password(b->cx, b->auth, &b->peer, login, right, &r), E_BUSY);
}

static void a_new_password_voids_what_was_remembered(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    assert_int_equal(auth_bench_try(b, "192.0.2.1", JANE, "pencil", &r), OK);
    assert_int_equal(credential_set_password(b->cx, b->f->core, b->jane, STR("crayon")), OK);
    assert_int_equal(auth_bench_try(b, "192.0.2.1", JANE, "pencil", &r), E_DENIED);
    assert_int_equal(auth_bench_try(b, "192.0.2.1", JANE, "crayon", &r), OK);
    assert_int_equal(credential_clear(b->cx, b->f->core, b->jane), OK);
    assert_int_equal(auth_bench_try(b, "192.0.2.1", JANE, "crayon", &r), E_DENIED);
}

static void refusals_look_alike(void **state)
{
    struct auth_bench *b = *state;
    struct principal p;
    static const char *logins[] = {JANE, "nobody@health.example", "nobody@nowhere.example",
                                   "",   "desk@health.example",   "\xff"};
    for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
        struct auth_result r = {0};
        b->cx->slow = false;
        assert_int_equal(
            auth_password(b->cx, b->auth, &b->peer, str_z(logins[i]), STR("wrong"), &r), E_BUSY);
        assert_int_equal(r.delay_ms, 0);
        assert_int_equal(auth_bench_try(b, "192.0.2.1", logins[i], "wrong", &r), E_DENIED);
        assert_int_equal(r.delay_ms, BENCH_DELAY_MS);
        assert_int_equal(r.who.id, 0);
    }
    assert_int_equal(directory_by_id(b->cx, b->f->core, b->jane, &p), OK);
    p.enabled = false;
    assert_int_equal(directory_set(b->cx, b->f->core, &p), OK);
    struct auth_result r;
    assert_int_equal(auth_bench_try(b, "192.0.2.1", JANE, "pencil", &r), E_DENIED);
    assert_int_equal(r.delay_ms, BENCH_DELAY_MS);
}

static void a_disabled_domain_lets_nobody_in(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    struct domain d;
    assert_int_equal(auth_bench_try(b, "192.0.2.1", JANE, "pencil", &r), OK);
    assert_int_equal(directory_domain_by_id(b->cx, b->f->core, b->f->health, &d), OK);
    d.enabled = false;
    assert_int_equal(directory_domain_set(b->cx, b->f->core, &d), OK);
    assert_int_equal(auth_bench_try(b, "192.0.2.1", JANE, "pencil", &r), E_DENIED);
    assert_int_equal(auth_bench_try(b, "192.0.2.1", JOE, "brush", &r), OK);
    assert_int_equal(directory_remove(b->cx, b->f->core, b->joe), OK);
    assert_int_equal(auth_bench_try(b, "192.0.2.1", JOE, "brush", &r), E_DENIED);
}

static void fail_from_everywhere(struct auth_bench *b, const char *login, int times)
{
    struct auth_result r;
    char address[32], password[32];
    for (int i = 0; i < times; i++) {
        snprintf(address, sizeof address, "198.51.100.%d", i + 1);
        snprintf(password, sizeof password, "guess %d", i);
        assert_int_equal(auth_bench_try(b, address, login, password, &r), E_DENIED);
    }
}

/* Guessers lock an account for themselves, not for its owner where the owner was before. */
static void an_account_is_locked_but_not_for_its_owner(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    assert_int_equal(auth_bench_try(b, "203.0.113.9", JANE, "pencil", &r), OK);
    fail_from_everywhere(b, JANE, BENCH_FAILURES);
    assert_int_equal(auth_bench_try(b, "192.0.2.77", JANE, "pencil", &r), E_LIMIT);
    assert_int_equal(r.delay_ms, BENCH_DELAY_MS);
    assert_int_equal(auth_bench_try(b, "192.0.2.77", JOE, "brush", &r), OK);
    assert_int_equal(auth_bench_try(b, "203.0.113.9", JANE, "pencil", &r), OK);
    b->cx->now_ms += BENCH_LOCKOUT_S * 1000;
    assert_int_equal(auth_bench_try(b, "192.0.2.77", JANE, "pencil", &r), OK);
}

/* From the owner's network, too, guesses are bounded. */
static void trust_ends_with_too_many_guesses(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    char password[32];
    int denied = 0;
    assert_int_equal(auth_bench_try(b, "203.0.113.9", JANE, "pencil", &r), OK);
    for (int i = 0; i < 3 * BENCH_FAILURES; i++) {
        snprintf(password, sizeof password, "guess %d", i);
        denied += auth_bench_try(b, "203.0.113.9", JANE, password, &r) == E_DENIED;
    }
    assert_int_equal(denied, BENCH_FAILURES);
    assert_int_equal(auth_bench_try(b, "203.0.113.9", JANE, "pencil", &r), E_LIMIT);
    b->cx->now_ms += BENCH_LOCKOUT_S * 1000;
    assert_int_equal(auth_bench_try(b, "203.0.113.9", JANE, "pencil", &r), OK);
}

static void accounts_that_do_not_exist_lock_like_others(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    fail_from_everywhere(b, "Nobody@health.example", BENCH_FAILURES);
    assert_int_equal(auth_bench_try(b, "192.0.2.77", "nobody@HEALTH.example", "x", &r), E_LIMIT);
    assert_int_equal(auth_bench_try(b, "192.0.2.77", "nobody2@health.example", "x", &r), E_DENIED);
}

/* One address that tries many accounts; the hosts of an IPv6 /64 are one. */
static void an_address_is_locked(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    char login[32], address[48];
    for (int i = 0; i < BENCH_ADDRESS_FAILURES; i++) {
        snprintf(login, sizeof login, "p%d@health.example", i);
        snprintf(address, sizeof address, "2001:db8:1:2::%x", i + 1);
        assert_int_equal(auth_bench_try(b, address, login, "summer", &r), E_DENIED);
    }
    assert_int_equal(auth_bench_try(b, "2001:db8:1:2:ffff::1", JANE, "pencil", &r), E_LIMIT);
    assert_int_equal(auth_bench_try(b, "2001:db8:1:3::1", JANE, "pencil", &r), OK);
    b->cx->now_ms += BENCH_LOCKOUT_S * 1000;
    assert_int_equal(auth_bench_try(b, "2001:db8:1:2:ffff::1", JANE, "pencil", &r), OK);
}

/* A telephone that was not told of the new password locks nobody out. */
static void one_wrong_password_again_and_again_counts_once(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    assert_int_equal(auth_bench_try(b, "198.51.100.1", JANE, "old one", &r), E_DENIED);
    assert_int_equal(auth_bench_try(b, "198.51.100.1", "no@health.example", "old", &r), E_DENIED);
    /* Nor does it cost Argon2 each time: known or not, the answer comes in the fast lane. */
    b->cx->slow = false;
    for (int i = 0; i < 2 * BENCH_FAILURES; i++) {
        assert_int_equal(auth_password(b->cx, b->auth, &b->peer, STR(JANE), STR("old one"), &r),
                         E_DENIED);
        assert_int_equal(r.delay_ms, BENCH_DELAY_MS);
        assert_int_equal(
            auth_password(b->cx, b->auth, &b->peer, STR("no@health.example"), STR("old"), &r),
            E_DENIED);
    }
    assert_int_equal(auth_password(b->cx, b->auth, &b->peer, STR(JANE), STR("other"), &r), E_BUSY);
    assert_int_equal(auth_bench_try(b, "192.0.2.77", JANE, "pencil", &r), OK);
}

static void failures_slide_out_of_the_window(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    fail_from_everywhere(b, JANE, BENCH_FAILURES - 1);
    b->cx->now_ms += 2 * BENCH_WINDOW_S * 1000;
    fail_from_everywhere(b, JANE, BENCH_FAILURES - 1);
    assert_int_equal(auth_bench_try(b, "192.0.2.77", JANE, "pencil", &r), OK);
}

static void what_happened_is_in_the_log(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    char text[4096] = {0};
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    b->f->core->log = log_open(fds[1], LOG_INFO, false);
    assert_int_equal(auth_bench_try(b, "192.0.2.5", "x\r\nauth.ok", "hunter2", &r), E_DENIED);
    assert_int_equal(auth_bench_try(b, "192.0.2.5", JANE, "pencil", &r), OK);
    log_close(b->f->core->log);
    b->f->core->log = NULL;
    close(fds[1]);
    assert_true(read(fds[0], text, sizeof text - 1) > 0);
    close(fds[0]);
    assert_non_null(strstr(text, "auth.failed"));
    assert_non_null(strstr(text, "address=192.0.2.5"));
    assert_non_null(strstr(text, "reason=unknown"));
    assert_non_null(strstr(text, "auth.ok"));
    assert_null(strstr(text, "hunter2"));
    assert_null(strstr(text, "pencil"));
    assert_null(strstr(text, "\nauth.ok"));
    size_t lines = 0;
    for (const char *p = text; (p = strchr(p, '\n')); p++)
        lines++;
    assert_int_equal(lines, 2);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, auth_bench_open, auth_bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(a_password_is_verified_slowly_and_then_remembered),
        ON_BENCH(a_new_password_voids_what_was_remembered),
        ON_BENCH(refusals_look_alike),
        ON_BENCH(a_disabled_domain_lets_nobody_in),
        ON_BENCH(an_account_is_locked_but_not_for_its_owner),
        ON_BENCH(trust_ends_with_too_many_guesses),
        ON_BENCH(accounts_that_do_not_exist_lock_like_others),
        ON_BENCH(an_address_is_locked),
        ON_BENCH(one_wrong_password_again_and_again_counts_once),
        ON_BENCH(failures_slide_out_of_the_window),
        ON_BENCH(what_happened_is_in_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
