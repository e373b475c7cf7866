/* Application passwords: where they are taken, and what a second factor takes from the main one. */
#include "auth_bench.h"

#include "core/signin/factor.h"
#include "service/signin/app_passwords.h"

#define JANE "jane@health.example"

static struct str make(struct auth_bench *b, uint32_t scopes, struct app_password *out)
{
    struct principal who;
    struct str text;
    *out = (struct app_password){.name = STR("Telephone"), .scopes = scopes};
    assert_int_equal(directory_by_id(b->cx, b->f->core, b->jane, &who), OK);
    assert_int_equal(app_passwords_make(b->cx, b->f->core, &who, STR("jane"), out, &text), OK);
    return text;
}

static enum code by(struct auth_bench *b, const char *role, struct str password,
                    struct auth_result *out)
{
    b->peer.role = str_z(role);
    *out = (struct auth_result){0};
    return auth_password(b->cx, b->auth, &b->peer, STR(JANE), password, out);
}

static void each_scope_opens_its_protocol(void **state)
{
    static const struct {
        const char *role;
        uint32_t scope;
    } rows[] = {{"imap", APP_IMAP},  {"imaps", APP_IMAP},       {"pop3", APP_POP},
                {"pop3s", APP_POP},  {"submission", APP_SMTP},  {"submissions", APP_SMTP},
                {"https", APP_JMAP}, {"managesieve", APP_SIEVE}};
    struct auth_bench *b = *state;
    struct auth_result r;
    struct app_password p;
    for (uint32_t scope = 1; scope < APP_SCOPES_ALL; scope *= 2) {
        struct str text = make(b, scope, &p);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            b->cx->slow = false; /* no Argon2 for what is right */
            bool opens = rows[i].scope == scope;
            assert_int_equal(by(b, rows[i].role, text, &r), opens ? OK : E_BUSY);
            if (opens)
                assert_int_equal(r.how, AUTH_APP_PASSWORD);
        }
    }
    b->cx->slow = true;
    assert_int_equal(by(b, "imap", STR("pencil"), &r), OK);
    assert_int_equal(r.how, AUTH_PASSWORD);
}

static void it_is_long_random_and_kept_as_a_hash(void **state)
{
    struct auth_bench *b = *state;
    struct app_password one, two, row;
    struct str first = make(b, APP_IMAP, &one), second = make(b, APP_IMAP, &two);
    assert_int_equal(first.n, APP_PASSWORD_CHARS + 5);
    assert_false(str_eq(first, second));
    assert_int_equal(app_password_get(b->cx, b->f->core, b->jane, one.id, &row), OK);
    assert_true(str_find(str_of(row.hash, sizeof row.hash), str_sub(first, 0, 4)) == SIZE_MAX);
    assert_int_equal(row.used_ms, 0);
}

/* Its number is a part of the hash; all of it has to be right. */
static void the_whole_hash_counts(void **state)
{
    struct auth_bench *b = *state;
    struct app_password p;
    struct auth_result r;
    struct str text = make(b, APP_IMAP, &p);
    b->cx->slow = false; /* what is none of them would have to be computed */
    for (size_t i = sizeof p.id; i < sizeof p.hash; i++) {
        struct app_password other = p;
        other.hash[i] ^= 1;
        assert_int_equal(app_password_drop(b->cx, b->f->core, b->jane, p.id), OK);
        assert_int_equal(app_password_add(b->cx, b->f->core, &other), OK);
        assert_int_equal(by(b, "imap", text, &r), E_BUSY);
    }
    assert_int_equal(app_password_drop(b->cx, b->f->core, b->jane, p.id), OK);
    assert_int_equal(app_password_add(b->cx, b->f->core, &p), OK);
    assert_int_equal(by(b, "imap", text, &r), OK);
}

static void it_may_be_typed_in_other_ways(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    struct app_password p;
    struct str text = make(b, APP_IMAP, &p);
    char spaced[64], dense[64];
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        spaced[i] = text.p[i] == '-' ? ' ' : ascii_upper(text.p[i]);
        if (text.p[i] != '-')
            dense[n++] = text.p[i];
    }
    b->cx->slow = false;
    assert_int_equal(by(b, "imap", str_of(spaced, text.n), &r), OK);
    assert_int_equal(by(b, "imap", str_of(dense, n), &r), OK);
    assert_int_equal(by(b, "imap", str_of(dense, n - 1), &r), E_BUSY);
    dense[3] = dense[3] == 'a' ? 'b' : 'a';
    assert_int_equal(by(b, "imap", str_of(dense, n), &r), E_BUSY);
}

static void use_is_noted_and_an_ended_one_is_wrong(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    struct app_password p, row;
    struct principal who;
    struct str text = make(b, APP_IMAP, &p);
    b->cx->now_ms += 5;
    assert_int_equal(by(b, "imap", text, &r), OK);
    assert_int_equal(app_password_get(b->cx, b->f->core, b->jane, p.id, &row), OK);
    assert_int_equal(row.used_ms, b->cx->now_ms);
    assert_true(str_eq(row.address, b->peer.address));
    b->cx->now_ms += APP_PASSWORD_TOUCH_MS - 1;
    assert_int_equal(by(b, "imap", text, &r), OK);
    assert_int_equal(app_password_get(b->cx, b->f->core, b->jane, p.id, &row), OK);
    assert_int_equal(row.used_ms, b->cx->now_ms - APP_PASSWORD_TOUCH_MS + 1);
    assert_int_equal(directory_by_id(b->cx, b->f->core, b->jane, &who), OK);
    assert_int_equal(app_passwords_end(b->cx, b->f->core, &who, STR("jane"), p.id), OK);
    assert_int_equal(app_passwords_end(b->cx, b->f->core, &who, STR("jane"), p.id), E_NOT_FOUND);
    b->cx->slow = true;
    assert_int_equal(by(b, "imap", text, &r), E_DENIED);
}

static void limits_hold(void **state)
{
    struct auth_bench *b = *state;
    struct app_password p;
    struct principal who;
    struct str text;
    char name[APP_PASSWORD_NAME_MAX + 1];
    assert_int_equal(directory_by_id(b->cx, b->f->core, b->jane, &who), OK);
    memset(name, 'x', sizeof name);
    const struct app_password bad[] = {
        {.name = STR(""), .scopes = APP_IMAP},
        {.name = str_of(name, sizeof name), .scopes = APP_IMAP},
        {.name = STR("a"), .scopes = 0},
        {.name = STR("a"), .scopes = APP_SCOPES_ALL + 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        p = bad[i];
        assert_int_equal(app_passwords_make(b->cx, b->f->core, &who, STR("jane"), &p, &text),
                         E_SYNTAX);
    }
    for (int i = 0; i < APP_PASSWORDS_MAX; i++)
        (void)make(b, APP_IMAP, &p);
    p = (struct app_password){.name = STR("one more"), .scopes = APP_IMAP};
    assert_int_equal(app_passwords_make(b->cx, b->f->core, &who, STR("jane"), &p, &text), E_LIMIT);
}

static enum code one_factor(struct ctx *cx, struct txn *t, void *arg)
{
    const struct auth_bench *b = arg;
    return factor_adjust(cx, t, b->jane, (struct factor_change){.totps = 1});
}

static void a_second_factor_demands_them(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    struct app_password p;
    struct domain d;
    struct str text = make(b, APP_IMAP, &p);
    b->cx->slow = true;
    assert_int_equal(by(b, "imap", STR("pencil"), &r), OK);
    assert_int_equal(store_update(b->cx, b->f->store, SIGNIN_PART, one_factor, b), OK);
    assert_int_equal(by(b, "imap", STR("pencil"), &r), E_DENIED);
    assert_int_equal(r.delay_ms, BENCH_DELAY_MS);
    assert_int_equal(by(b, "imap", text, &r), OK);
    assert_int_equal(directory_domain_by_id(b->cx, b->f->core, b->f->health, &d), OK);
    d.password_alone = true;
    assert_int_equal(directory_domain_set(b->cx, b->f->core, &d), OK);
    assert_int_equal(by(b, "imap", STR("pencil"), &r), OK);
}

static void who_is_disabled_has_none(void **state)
{
    struct auth_bench *b = *state;
    struct auth_result r;
    struct app_password p;
    struct principal who;
    struct str text = make(b, APP_IMAP, &p);
    assert_int_equal(directory_by_id(b->cx, b->f->core, b->jane, &who), OK);
    who.enabled = false;
    assert_int_equal(directory_set(b->cx, b->f->core, &who), OK);
    b->cx->slow = true;
    assert_int_equal(by(b, "imap", text, &r), E_DENIED);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, auth_bench_open, auth_bench_close)
    const struct CMUnitTest tests[] = {
        CASE(each_scope_opens_its_protocol),
        CASE(it_is_long_random_and_kept_as_a_hash),
        CASE(the_whole_hash_counts),
        CASE(it_may_be_typed_in_other_ways),
        CASE(use_is_noted_and_an_ended_one_is_wrong),
        CASE(limits_hold),
        CASE(a_second_factor_demands_them),
        CASE(who_is_disabled_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
