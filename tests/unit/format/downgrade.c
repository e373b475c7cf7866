#include "format/header/downgrade.h"
#include "base/arena.h"
#include "base/cur.h"
#include "format/utf8.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define assert_str(s, text)                                                                        \
    do {                                                                                           \
        struct str s_ = (s);                                                                       \
        if (!str_eq(s_, str_z(text)))                                                              \
            fail_msg("%s is \"%.*s\", wanted \"%s\"", #s, STR_ARG(s_), text);                      \
    } while (0)

static void headers_become_ascii(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"Subject: plain\r\n\r\n", "Subject: plain\r\n\r\n"},
        {"Subject: ä\r\n", "Subject: =?utf-8?B?w6Q=?=\r\n"},
        {"X: a\r\nSubject: ä\r\n b\r\n\r\n", "X: a\r\nSubject: =?utf-8?B?w6QgYg==?=\r\n\r\n"},
        {"To: ä <a@x>\r\n", "To: =?utf-8?B?w6Q=?= <a@x>\r\n"},
        {"To: ä@x\r\n", "To: =?utf-8?B?w6RAeA==?= <invalid@internationalized-address.invalid>\r\n"},
        {"Resent-To: ä <ä@x>, b@x\r\n",
         "Resent-To: =?utf-8?B?w6Q=?= <invalid@internationalized-address.invalid>,\r\n <b@x>\r\n"},
        {"Tö: x\r\nA: b\r\n", "A: b\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct str out = downgrade_header(a, str_z(cases[i].in));
        assert_str(out, cases[i].out);
        assert_true(utf8_is_ascii(out));
    }
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    char text[600] = "Subject: ";
    for (size_t i = 0; i < 100; i++)
        memcpy(text + 9 + i * 3, "€", 3);
    memcpy(text + 9 + 300, "\r\n", 3);
    struct str out = downgrade_header(a, str_z(text));
    assert_true(utf8_is_ascii(out));
    assert_true(out.n > 400);
    struct cur c = cur_of(out);
    struct str line;
    while (cur_line(&c, &line))
        assert_true(line.n <= 78);
}

static void needs_are_known(void **state)
{
    (void)state;
    assert_false(downgrade_is_needed(STR("Subject: x\r\n")));
    assert_false(downgrade_is_needed(STR("Subject: \xe4\r\n"))); /* latin1 stays as it came */
    assert_true(downgrade_is_needed(STR("Subject: \xc3\xa4\r\n")));
}

static void envelopes_become_ascii(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    static const char *const in =
        "(NIL {2}\r\n\xc3\xa4 ((NIL NIL {2}\r\n\xc3\xa4 \"x.org\")) NIL NIL ((NIL NIL \"g\" NIL)"
        "(\"q\\\"\" NIL \"b\" \"x\")(NIL NIL NIL NIL)) NIL NIL NIL \"<i@x>\")";
    assert_str(downgrade_envelope(a, str_z(in)),
               "(NIL \"=?utf-8?B?w6Q=?=\" ((\"=?utf-8?B?w6RAeC5vcmc=?=\" NIL \"invalid\" "
               "\"internationalized-address.invalid\")) NIL NIL ((NIL NIL \"g\" NIL)"
               "(\"q\\\"\" NIL \"b\" \"x\")(NIL NIL NIL NIL)) NIL NIL NIL \"<i@x>\")");
    static const char *const broken[] = {"", "(", "(NIL", "(NIL {9}\r\nx)", "(\"x)", "((NIL NIL))"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_str(downgrade_envelope(a, str_z(broken[i])), broken[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_become_ascii),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(needs_are_known),
        cmocka_unit_test(envelopes_become_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
