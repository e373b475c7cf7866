/* A new main password by its owner: the rule, and what goes on or ends. */
#include "../auth_bench.h"

#include "core/audit.h"
#include "core/credential.h"
#include "service/signin/app_passwords.h"
#include "service/signin/password.h"
#include "service/signin/sessions.h"

static const struct principal jane_roe = {
    .address = STR("jane.roe@health.example"),
    .display = STR("Jane Roe Ärztin"),
};

static void the_rule(void **state)
{
    static const struct {
        struct str password;
        enum password_fault fault;
    } rows[] = {
        {STR("violet ladder 7 owls"), PASSWORD_IS_GOOD},
        {STR("kX9#mQ2vLp4!"), PASSWORD_IS_GOOD},
        {STR("correct horse battery staple"), PASSWORD_IS_GOOD},
        {STR("kX9#mQ2vLp4"), PASSWORD_TOO_SHORT},
        {STR(""), PASSWORD_TOO_SHORT},
        {STR("ÄÖÜäöüßÄÖÜ"), PASSWORD_TOO_SHORT}, /* 20 bytes, 10 characters */
        {STR("bell\007 and a whistle"), PASSWORD_NOT_ALLOWED},
        {STR("\xff\xfe good and long one"), PASSWORD_NOT_ALLOWED},
        {STR("passwordpassword"), PASSWORD_WEAK},
        {STR("P@ssw0rd123456"), PASSWORD_WEAK},
        {STR("Summer2026!!!!"), PASSWORD_WEAK},
        {STR("aaaaaaaaaaaaaaaaaaaa"), PASSWORD_WEAK},
        {STR("qwertzuiop1234567890"), PASSWORD_WEAK},
        {STR("0987654321poiuytrewq"), PASSWORD_WEAK},
        {STR("Jane.Roe.Health.1984"), PASSWORD_WEAK},
        {STR("x7!kx7!kx7!kx7!k"), PASSWORD_WEAK}, /* four, again and again */
    };
    struct auth_bench *b = *state;
    char longest[PASSWORD_MAX + 1];
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = (char)('!' + i * 7 % 90);
    assert_int_equal(password_rule(b->cx, str_of(longest, PASSWORD_MAX), &jane_roe),
                     PASSWORD_IS_GOOD);
    assert_int_equal(password_rule(b->cx, str_of(longest, PASSWORD_MAX + 1), &jane_roe),
                     PASSWORD_TOO_LONG);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%.*s\n", STR_ARG(rows[i].password));
        assert_int_equal(password_rule(b->cx, rows[i].password, &jane_roe), rows[i].fault);
    }
}

static void pieces(void **state)
{
    static const struct {
        struct str password;
        size_t pieces;
    } rows[] = {
        {STR(""), 0},       {STR("xq"), 2},   {STR("password"), 1}, {STR("p4ssw0rd"), 1},
        {STR("ärztin"), 1}, {STR("2026"), 1}, {STR("2126"), 4},     {STR("abcd9876"), 2},
        {STR("zzz"), 1},    {STR("zz"), 2},   {STR("k!vk!v"), 4},
    };
    struct auth_bench *b = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%.*s\n", STR_ARG(rows[i].password));
        assert_int_equal(password_pieces(b->cx, rows[i].password, &jane_roe), rows[i].pieces);
    }
}

struct bench {
    struct auth_bench *b;
    struct sessions *sessions;
    struct principal jane;
    struct session one, two;
};

static void begin(struct bench *x, struct session *out)
{
    const struct auth_result who = {.who = x->jane};
    struct str token;
    assert_int_equal(sessions_begin(x->b->cx, x->sessions, &who,
                                    (struct session_start){&x->b->peer, SESSION_PASSWORD, STR("B")},
                                    &token, out),
                     OK);
}

static struct bench open_bench(struct auth_bench *b)
{
    static const struct sessions_config config = {.idle_s = 3600, .life_s = 7200};
    struct bench x = {.b = b, .sessions = sessions_open(b->f->core, &config)};
    assert_int_equal(directory_by_id(b->cx, b->f->core, b->jane, &x.jane), OK);
    begin(&x, &x.one);
    begin(&x, &x.two);
    return x;
}

static enum password_fault change(struct bench *x, const char *password, bool keep,
                                  struct password_done *done)
{
    const struct password_env e = {.core = x->b->f->core, .sessions = x->sessions};
    const struct password_wish w = {.who = &x->jane,
                                    .peer = &x->b->peer,
                                    .session = &x->one,
                                    .password = str_z(password),
                                    .keep_sessions = keep,
                                    .end_app_passwords = !keep};
    enum password_fault fault;
    assert_int_equal(password_change(x->b->cx, &e, &w, &fault, done), OK);
    return fault;
}

static bool goes_on(struct bench *x, const struct session *s)
{
    return sessions_still(x->b->cx, x->sessions, s) == OK;
}

static void what_goes_on_and_what_ends(void **state)
{
    struct auth_bench *b = *state;
    struct bench x = open_bench(b);
    struct app_password p = {.name = STR("Telephone"), .scopes = APP_IMAP};
    struct password_done done;
    struct str text;
    assert_int_equal(app_passwords_make(b->cx, b->f->core, &x.jane, x.jane.address, &p, &text), OK);
    assert_int_equal(change(&x, "pencilpencil", false, &done), PASSWORD_WEAK);
    assert_true(goes_on(&x, &x.one) && goes_on(&x, &x.two));
    assert_int_equal(credential_check(b->cx, b->f->core, b->jane, STR("pencil")), OK);
    assert_int_equal(change(&x, "violet ladder 7 owls", true, &done), PASSWORD_IS_GOOD);
    assert_int_equal(done.sessions + done.grants + done.app_passwords, 0);
    assert_true(goes_on(&x, &x.one) && goes_on(&x, &x.two));
    assert_int_equal(change(&x, "nine green kettles, 4", false, &done), PASSWORD_IS_GOOD);
    assert_int_equal(done.sessions, 1);
    assert_int_equal(done.app_passwords, 1);
    assert_true(goes_on(&x, &x.one) && !goes_on(&x, &x.two));
    /* somebody else's change spares none, carried or not */
    assert_int_equal(credential_set_password(b->cx, b->f->core, b->jane, STR("else")), OK);
    assert_false(goes_on(&x, &x.one));
    sessions_close(x.sessions);
}

static void a_step_that_was_not_taken_changes_nothing(void **state)
{
    struct auth_bench *b = *state;
    struct bench x = open_bench(b);
    struct session_step step = {.who = b->jane, .from = x.one.generation, .to = 77};
    assert_int_equal(session_carry(b->cx, b->f->core, &step), OK);
    assert_true(goes_on(&x, &x.one));
    step.to = 78;
    assert_int_equal(session_carry(b->cx, b->f->core, &step), OK);
    assert_int_equal(credential_replace(b->cx, b->f->core, b->jane, STR("first"), 77), OK);
    assert_false(goes_on(&x, &x.one));
    assert_int_equal(credential_replace(b->cx, b->f->core, b->jane, STR("second"), 78), OK);
    assert_true(goes_on(&x, &x.one));
    /* nobody's password is no password that was carried to */
    step = (struct session_step){.who = b->jane, .from = 12345, .to = 0};
    assert_int_equal(session_carry(b->cx, b->f->core, &step), OK);
    assert_int_equal(credential_clear(b->cx, b->f->core, b->jane), OK);
    assert_false(goes_on(&x, &x.one));
    sessions_close(x.sessions);
}

static void six_are_known_again(void **state)
{
    struct auth_bench *b = *state;
    bool used;
    for (int i = 0; i <= PASSWORDS_KEPT + 1; i++)
        assert_int_equal(credential_set_password(b->cx, b->f->core, b->jane,
                                                 str_printf(b->cx->arena, "number %d", i)),
                         OK);
    for (int i = 0; i <= PASSWORDS_KEPT + 1; i++) {
        struct str old = str_printf(b->cx->arena, "number %d", i);
        assert_int_equal(credential_was_used(b->cx, b->f->core, b->jane, old, &used), OK);
        assert_int_equal(used, i > 0);
    }
}

static void it_is_written_down(void **state)
{
    struct auth_bench *b = *state;
    struct bench x = open_bench(b);
    struct audit_entry *list;
    struct password_done done;
    size_t count;
    assert_int_equal(change(&x, "violet ladder 7 owls", true, &done), PASSWORD_IS_GOOD);
    assert_int_equal(audit_list(b->cx, b->f->core, 0, 1, &list, &count), OK);
    assert_true(str_eq(list[0].act, STR("password.change")));
    assert_true(str_eq(list[0].actor, x.jane.address));
    assert_int_equal(str_find(list[0].detail, STR("violet")), SIZE_MAX);
    assert_int_equal(change(&x, "violet ladder 7 owls", true, &done), PASSWORD_REUSED);
    assert_int_equal(change(&x, "pencil", true, &done), PASSWORD_TOO_SHORT);
    sessions_close(x.sessions);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, auth_bench_open, auth_bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(the_rule),
        WITH(pieces),
        WITH(what_goes_on_and_what_ends),
        WITH(a_step_that_was_not_taken_changes_nothing),
        WITH(six_are_known_again),
        WITH(it_is_written_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
