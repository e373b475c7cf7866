/* What is seen in a message before it is taken. */
#include "unit.h"

#include "base/buf.h"
#include "format/header/facts.h"
#include "proto/smtp/content.h"

static void sees_line_ends(void **state)
{
    static const struct {
        struct str in;
        bool bare, nul, dots;
    } cases[] = {
        {STR(""), false, false, false},
        {STR("a\r\n"), false, false, false},
        {STR("a\r\n\r\nb\r\n"), false, false, false},
        {STR("a"), false, false, false},
        {STR("\n"), true, false, false},
        {STR("\r"), true, false, false},
        {STR("a\nb\r\n"), true, false, false},
        {STR("a\rb\r\n"), true, false, false},
        {STR("a\r\r\n"), true, false, false},
        {STR("a\n\r\n"), true, false, false},
        {STR("a\r\n\n"), true, false, false},
        {STR("a\r\nb\n"), true, false, false},
        {STR("a\r\nb\r"), true, false, false},
        {STR("a\r\n\rb\r\n"), true, false, false},
        {STR("a\0b\r\n"), false, true, false},
        {STR(".\r\n"), false, false, true},
        {STR("a\r\n..b\r\n"), false, false, true},
        {STR("a.\r\n"), false, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct content_lines got = smtp_content_lines(cases[i].in, 100);
        if (got.bare != cases[i].bare || got.nul != cases[i].nul ||
            (!got.bare && got.dots != cases[i].dots) || got.too_long)
            fail_msg("case %zu: bare %d, NUL %d, dots %d", i, got.bare, got.nul, got.dots);
    }
}

static void lines_have_a_limit(void **state)
{
    (void)state;
    assert_false(smtp_content_lines(STR("12345\r\n1\r\n"), 5).too_long);
    assert_true(smtp_content_lines(STR("1\r\n123456\r\n"), 5).too_long);
    assert_true(smtp_content_lines(STR("123456"), 5).too_long);
}

static void takes_dots_out(void **state)
{
    static const struct {
        struct str in, out;
    } cases[] = {
        {STR(".a\r\n"), STR("a\r\n")},
        {STR("..\r\n"), STR(".\r\n")},
        {STR("a\r\n..b\r\n"), STR("a\r\n.b\r\n")},
        {STR("a\r\n.\r\n..\r\n"), STR("a\r\n\r\n.\r\n")},
        {STR("a.\r\n.b..\r\n"), STR("a.\r\nb..\r\n")},
        {STR("...\r\n...\r\n"), STR("..\r\n..\r\n")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *a = arena_open();
        assert_str(smtp_content_undot(a, cases[i].in), cases[i].out);
        arena_close(a);
    }
}

/* Stuffing as RFC 5321 section 4.5.2 tells a client to do it, then taking it out again. */
static void dots_survive_the_way(void **state)
{
    struct random random = {.seed = 7};
    (void)state;
    for (int i = 0; i < 500; i++) {
        struct arena *a = arena_open();
        struct buf plain = buf_of(a, 4096), wire = buf_of(a, 8192);
        for (size_t n = random_below(&random, 8) + 1; n > 0; n--) {
            struct str line = random_text(&random, a, 5, ".a");
            if (line.n && *line.p == '.')
                buf_byte(&wire, '.');
            buf_add(&wire, line);
            buf_add(&wire, STR("\r\n"));
            buf_add(&plain, line);
            buf_add(&plain, STR("\r\n"));
        }
        struct content_lines lines = smtp_content_lines(buf_str(&wire), 100);
        struct str got = lines.dots ? smtp_content_undot(a, buf_str(&wire)) : buf_str(&wire);
        assert_str(got, buf_str(&plain));
        arena_close(a);
    }
}

static void counts_fields(void **state)
{
    struct header_facts h = header_facts_of(
        STR("Received: a\r\nRECEIVED: b\r\n c\r\nFrom: x@y\r\nfrom : z@y\r\nDate: now\r\n"
            "Sender: q@y\r\n\r\nReceived: in the body\r\nMessage-ID: <1>\r\n"),
        1000);
    (void)state;
    assert_int_equal(h.received, 2);
    assert_int_equal(h.from, 2);
    assert_int_equal(h.sender, 1);
    assert_str(h.from_value, STR("x@y"));
    assert_str(h.sender_value, STR("q@y"));
    assert_true(h.has_date);
    assert_false(h.has_message_id);
    assert_false(h.garbage);
    assert_false(h.unended);
}

static void sees_garbage(void **state)
{
    static const struct {
        const char *in;
        bool garbage;
    } cases[] = {
        {"From: a@b\r\n\r\nbody\r\n", false},
        {"From: a@b\r\n", false},
        {"\r\nbody without a header\r\n", false},
        {"", false},
        {"From a@b Thu Jan 1\r\nFrom: a@b\r\n\r\n", true},
        {"From: a@b\r\nno field\r\nTo: c@d\r\n\r\n", true},
        {"From: a@b\r\nno field\r\n\r\n", true},
        {" folded first\r\nFrom: a@b\r\n\r\n", true},
        {"no header at all\r\n", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (header_facts_of(str_z(cases[i].in), 1000).garbage != cases[i].garbage)
            fail_msg("%s", cases[i].in);
}

static void header_has_a_limit(void **state)
{
    (void)state;
    assert_false(header_facts_of(STR("A: 1\r\n\r\nbody"), 8).unended);
    assert_true(header_facts_of(STR("A: 1\r\n\r\nbody"), 7).unended);
    assert_true(header_facts_of(STR("A: 12345\r\n"), 9).unended);
    assert_false(header_facts_of(STR("A: 12345\r\n"), 10).unended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_line_ends),     cmocka_unit_test(lines_have_a_limit),
        cmocka_unit_test(takes_dots_out),     cmocka_unit_test(dots_survive_the_way),
        cmocka_unit_test(counts_fields),      cmocka_unit_test(sees_garbage),
        cmocka_unit_test(header_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
