/* Paths and parameters of MAIL and RCPT (RFC 5321 section 4.1.2, RFC 6531, RFC 3461). */
#include "unit.h"

#include "base/cur.h"
#include "proto/smtp/path.h"
#include "proto/smtp/session.h"
#include "service/delivery.h"

static struct ctx context(void)
{
    return (struct ctx){.arena = arena_open()};
}

struct path_case {
    const char *in, *out; /* out NULL: refused */
    enum path_kind kind;
    const char *rest;
};

static void takes_paths(void **state)
{
    static const struct path_case cases[] = {
        {"<a@example.com>", "a@example.com", PATH_REVERSE, ""},
        {"<a@example.com> SIZE=1", "a@example.com", PATH_REVERSE, " SIZE=1"},
        {" <a@example.com>", "a@example.com", PATH_FORWARD, ""},
        {"<>", "", PATH_REVERSE, ""},
        {"<>", NULL, PATH_FORWARD, "<>"},
        {"<Postmaster>", "Postmaster", PATH_FORWARD, ""},
        {"<postmaster>", NULL, PATH_REVERSE, "<postmaster>"},
        {"<abuse>", NULL, PATH_FORWARD, "<abuse>"},
        {"<@one.example,@two.example:joe@three.example>", "joe@three.example", PATH_FORWARD, ""},
        {"<@one.example:joe@three.example>", "joe@three.example", PATH_REVERSE, ""},
        {"<@one.example:>", NULL, PATH_REVERSE, "<@one.example:>"},
        {"<@one.example:postmaster>", NULL, PATH_FORWARD, "<@one.example:postmaster>"},
        {"<@:joe@three.example>", NULL, PATH_FORWARD, "<@:joe@three.example>"},
        {"<@one.example,joe@three.example>", NULL, PATH_FORWARD, NULL},
        {"<\"joe > blow\"@example.com>", "\"joe > blow\"@example.com", PATH_FORWARD, ""},
        {"<\"a\\\">b\"@example.com>", "\"a\\\">b\"@example.com", PATH_FORWARD, ""},
        {"<\"a@b\"@example.com>", "\"a@b\"@example.com", PATH_FORWARD, ""},
        {"<\"never closed@example.com>", NULL, PATH_FORWARD, NULL},
        {"<a@[192.0.2.1]>", "a@[192.0.2.1]", PATH_FORWARD, ""},
        {"<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", PATH_FORWARD, ""},
        {"<a+b@example.com>", "a+b@example.com", PATH_FORWARD, ""},
        {"<a%b@example.com>", "a%b@example.com", PATH_FORWARD, ""},
        {"<j\xc3\xb6rg@b\xc3\xbc"
         "cher.example>",
         "j\xc3\xb6rg@b\xc3\xbc"
         "cher.example",
         PATH_FORWARD, ""},
        {"a@example.com", NULL, PATH_REVERSE, NULL},
        {"<a@example.com", NULL, PATH_REVERSE, NULL},
        {"<a>", NULL, PATH_FORWARD, NULL},
        {"<a@>", NULL, PATH_FORWARD, NULL},
        {"<@example.com>", NULL, PATH_FORWARD, NULL},
        {"<a b@example.com>", NULL, PATH_FORWARD, NULL},
        {"<a@exa mple.com>", NULL, PATH_FORWARD, NULL},
        {"<a@b@example.com>", NULL, PATH_FORWARD, NULL},
        {"<.a@example.com>", NULL, PATH_FORWARD, NULL},
        {"<a..b@example.com>", NULL, PATH_FORWARD, NULL},
        {"", NULL, PATH_FORWARD, NULL},
        {"<", NULL, PATH_FORWARD, NULL},
        {"<\"\\", NULL, PATH_FORWARD, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ctx cx = context();
        struct cur c = cur_of(str_z(cases[i].in));
        struct str out = STR("untouched");
        enum code code = smtp_path_take(&cx, &c, cases[i].kind, &out);
        if ((code == OK) != (cases[i].out != NULL))
            fail_msg("%s: code %s", cases[i].in, code_name(code));
        assert_str(out, cases[i].out ? str_z(cases[i].out) : STR("untouched"));
        assert_str(c.rest, str_z(cases[i].out ? cases[i].rest : cases[i].in));
        arena_close(cx.arena);
    }
}

struct param_case {
    const char *in;
    enum code code;
    const char *name, *value; /* of the first; value NULL: none */
};

static void takes_parameters(void **state)
{
    static const struct param_case cases[] = {
        {"", OK, "", NULL},
        {"  ", OK, "", NULL},
        {" SIZE=100", OK, "SIZE", "100"},
        {"  size=100 BODY=7BIT", OK, "size", "100"},
        {" SMTPUTF8", OK, "SMTPUTF8", NULL},
        {" X-Y1=a+b", OK, "X-Y1", "a+b"},
        {" ORCPT=rfc822;a@b", OK, "ORCPT", "rfc822;a@b"},
        {"SIZE=100", E_SYNTAX, NULL, NULL},
        {" SIZE=", E_SYNTAX, NULL, NULL},
        {" SIZE=1=2", E_SYNTAX, NULL, NULL},
        {" =1", E_SYNTAX, NULL, NULL},
        {" -X=1", E_SYNTAX, NULL, NULL},
        {" SI_ZE=1", E_SYNTAX, NULL, NULL},
        {" SIZE\t=1", E_SYNTAX, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ctx cx = context();
        struct cur c = cur_of(str_z(cases[i].in));
        struct smtp_param p = {0};
        enum code code = smtp_param_take(&cx, &c, &p);
        if (code != cases[i].code)
            fail_msg("\"%s\": code %s", cases[i].in, code_name(code));
        assert_str(p.name, str_z(cases[i].name));
        assert_int_equal(p.value.p != NULL, cases[i].value != NULL);
        assert_str(p.value, str_z(cases[i].value));
        arena_close(cx.arena);
    }
}

struct text_case {
    const char *in, *out; /* out NULL: refused */
    bool utf8;
};

static void decodes_xtext(void **state)
{
    static const struct text_case cases[] = {
        {"abc", "abc", false},
        {"a+2Bb", "a+b", false},
        {"a+3Db", "a=b", false},
        {"+20", " ", false},
        {"a+2", NULL, false},
        {"a+", NULL, false},
        {"a+GG", NULL, false},
        {"a=b", NULL, false},
        {"a b", NULL, false},
        {"+0D+0A", NULL, false},
        {"+00", NULL, false},
        {"\xc3\xb6", NULL, false},
        {"\xc3\xb6", "\xc3\xb6", true},
        {"\xc3", NULL, true},
        {"+7F", NULL, false},
        {"+C3+B6", "\xc3\xb6", true},
        {"", "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ctx cx = context();
        struct str out = {0};
        enum code code = smtp_xtext(&cx, str_z(cases[i].in), cases[i].utf8, &out);
        if ((code == OK) != (cases[i].out != NULL))
            fail_msg("xtext %s: code %s", cases[i].in, code_name(code));
        assert_str(out, str_z(cases[i].out));
        arena_close(cx.arena);
    }
}

static void decodes_orcpt(void **state)
{
    static const struct text_case cases[] = {
        {"rfc822;a@example.com", "rfc822;a@example.com", false},
        {"RFC822;a+2Bb@example.com", "RFC822;a+b@example.com", false},
        {"utf-8;j\xc3\xb6@example.com", "utf-8;j\xc3\xb6@example.com", true},
        {"utf-8;j\xc3\xb6@example.com", NULL, false},
        {"a@example.com", NULL, false},
        {";a@example.com", NULL, false},
        {"rfc822;", NULL, false},
        {"rfc 822;a", NULL, false},
        {"rfc822;a+0D+0Ab", NULL, false},
        {"x@y;a", NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ctx cx = context();
        struct str out = {0};
        enum code code = smtp_orcpt(&cx, str_z(cases[i].in), cases[i].utf8, &out);
        if ((code == OK) != (cases[i].out != NULL))
            fail_msg("ORCPT %s: code %s", cases[i].in, code_name(code));
        assert_str(out, str_z(cases[i].out));
        arena_close(cx.arena);
    }
}

static void orcpt_has_a_limit(void **state)
{
    char text[SMTP_ORCPT_MAX + 2];
    struct ctx cx = context();
    struct str out;
    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, "rfc822;", 7);
    assert_int_equal(smtp_orcpt(&cx, str_of(text, SMTP_ORCPT_MAX), false, &out), OK);
    assert_int_equal(smtp_orcpt(&cx, str_of(text, SMTP_ORCPT_MAX + 1), false, &out), E_LIMIT);
    arena_close(cx.arena);
}

static void reads_notify(void **state)
{
    static const struct {
        const char *in;
        uint32_t bits; /* 0: refused */
    } cases[] = {
        {"NEVER", NOTIFY_NEVER},
        {"success", NOTIFY_SUCCESS},
        {"SUCCESS,FAILURE", NOTIFY_SUCCESS | NOTIFY_FAILURE},
        {"DELAY,FAILURE,SUCCESS", NOTIFY_SUCCESS | NOTIFY_FAILURE | NOTIFY_DELAY},
        {"NEVER,SUCCESS", 0},
        {"SUCCESS,NEVER", 0},
        {"SUCCESS,SUCCESS", 0},
        {"SUCCESS,", 0},
        {",SUCCESS", 0},
        {"SUCCESSFUL", 0},
        {"SUCCESS;FAILURE", 0},
        {"", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ctx cx = context();
        uint32_t bits = 0;
        enum code code = smtp_notify(&cx, str_z(cases[i].in), &bits);
        if ((code == OK) != (cases[i].bits != 0) || bits != cases[i].bits)
            fail_msg("NOTIFY %s: %u", cases[i].in, bits);
        arena_close(cx.arena);
    }
}

static void judges_helo(void **state)
{
    static const struct {
        const char *name;
        bool valid;
    } cases[] = {
        {"mail.example.com", true},
        {"localhost", true},
        {"[192.0.2.1]", true},
        {"[IPv6:2001:db8::1]", true},
        {"my_pc", true},
        {"a.b.", true},
        {"", false},
        {"a(b)", false},
        {"<a>", false},
        {"a;b", false},
        {"a\tb", false},
        {"a\x01", false},
        {"a@b", false},
        {"b\xc3\xbc", false},
        {"a\"b", false},
    };
    char name[SMTP_HELO_MAX + 1];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (smtp_helo_valid(str_z(cases[i].name)) != cases[i].valid)
            fail_msg("HELO %s", cases[i].name);
    memset(name, 'a', sizeof name);
    assert_true(smtp_helo_valid(str_of(name, SMTP_HELO_MAX)));
    assert_false(smtp_helo_valid(str_of(name, SMTP_HELO_MAX + 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_paths),       cmocka_unit_test(takes_parameters),
        cmocka_unit_test(decodes_xtext),     cmocka_unit_test(decodes_orcpt),
        cmocka_unit_test(orcpt_has_a_limit), cmocka_unit_test(reads_notify),
        cmocka_unit_test(judges_helo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
