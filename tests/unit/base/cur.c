#include "base/cur.h"
#include "base/buf.h"
#include "unit.h"

static bool is_not_space(char c)
{
    return c != ' ';
}

static void takes_what_it_names(void **state)
{
    (void)state;
    struct cur c = cur_of(STR("A1 Login \t{12}\r\nx\ny"));
    struct str out;
    uint32_t number;
    char byte;
    assert_false(cur_end(&c));
    assert_int_equal(cur_peek(&c), 'A');
    assert_true(cur_byte(&c, &byte));
    assert_int_equal(byte, 'A');
    assert_true(cur_u32(&c, &number));
    assert_int_equal(number, 1);
    assert_true(cur_char(&c, ' '));
    assert_false(cur_text(&c, STR("LOGIN")));
    assert_true(cur_word(&c, STR("LOGIN")));
    cur_blanks(&c);
    assert_true(cur_char(&c, '{'));
    assert_true(cur_until(&c, '}', &out));
    assert_str(out, STR("12"));
    assert_true(cur_line(&c, &out));
    assert_str(out, STR(""));
    assert_true(cur_line(&c, &out));
    assert_str(out, STR("x"));
    assert_false(cur_line(&c, &out));
    assert_str(cur_while(&c, is_not_space), STR("y"));
    assert_true(cur_end(&c));
    assert_int_equal(cur_peek(&c), -1);
}

static void lines_end_with_lf_or_crlf(void **state)
{
    (void)state;
    static const struct {
        struct str in, line, rest;
    } rows[] = {
        {STR("a\r\nb"), STR("a"), STR("b")},     {STR("a\nb"), STR("a"), STR("b")},
        {STR("a\r\r\nb"), STR("a\r"), STR("b")}, {STR("\r\n"), STR(""), STR("")},
        {STR("\n"), STR(""), STR("")},           {STR("a\rb\n"), STR("a\rb"), STR("")},
        {STR("\0\n"), STR("\0"), STR("")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cur c = cur_of(rows[i].in);
        struct str line;
        assert_true(cur_line(&c, &line));
        assert_str(line, rows[i].line);
        assert_str(c.rest, rows[i].rest);
    }
}

/* Every call that says false has moved nothing and set nothing. */
static void failure_changes_nothing(void **state)
{
    static const char *const inputs[] = {"", "x", "-5 ", "99999999999999999999", "4294967296"};
    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        struct str in = str_z(inputs[i]), out = STR("before");
        struct cur c = cur_of(in);
        uint32_t small = 7;
        uint64_t large = 8;
        uint16_t two = 9;
        char byte = 'b';
        assert_false(cur_char(&c, 'q'));
        assert_false(cur_text(&c, STR("xy")));
        assert_false(cur_word(&c, STR("XY")));
        assert_false(cur_until(&c, '\n', &out));
        assert_false(cur_line(&c, &out));
        assert_false(cur_bytes(&c, in.n + 1, &out));
        assert_false(cur_bytes(&c, SIZE_MAX, &out));
        assert_false(cur_u32(&c, &small));
        if (in.n < 10)
            assert_false(cur_u64(&c, &large) || cur_le64(&c, &large));
        if (in.n < 4)
            assert_false(cur_le32(&c, &small) || cur_le_str(&c, &out));
        if (in.n < 2)
            assert_false(cur_le16(&c, &two));
        if (in.n == 0)
            assert_false(cur_byte(&c, &byte));
        assert_str(out, STR("before"));
        assert_int_equal(small, 7);
        assert_int_equal(large, 8);
        assert_int_equal(two, 9);
        assert_int_equal(byte, 'b');
        assert_ptr_equal(c.rest.p, in.p);
        assert_int_equal(c.rest.n, in.n);
    }
}

static void an_empty_cursor_may_be_null(void **state)
{
    (void)state;
    struct cur c = cur_of((struct str){0});
    struct str out = STR("x");
    assert_true(cur_end(&c));
    assert_true(cur_text(&c, STR("")));
    assert_true(cur_word(&c, (struct str){0}));
    assert_true(cur_bytes(&c, 0, &out));
    assert_str(out, STR(""));
    assert_str(cur_while(&c, is_not_space), STR(""));
    cur_blanks(&c);
    assert_true(cur_end(&c));
}

static void numbers_stop_at_their_width(void **state)
{
    (void)state;
    struct cur c = cur_of(STR("4294967295;4294967296;18446744073709551615;18446744073709551616"));
    uint32_t small = 0;
    uint64_t large = 0;
    assert_true(cur_u32(&c, &small) && cur_char(&c, ';'));
    assert_int_equal(small, UINT32_MAX);
    assert_false(cur_u32(&c, &small));
    assert_true(cur_u64(&c, &large) && cur_char(&c, ';'));
    assert_int_equal(large, (uint64_t)UINT32_MAX + 1);
    assert_true(cur_u64(&c, &large) && cur_char(&c, ';'));
    assert_int_equal(large, UINT64_MAX);
    assert_false(cur_u64(&c, &large));
    assert_int_equal(c.rest.n, 20);
}

/* A stored length that lies is refused, whatever it says. */
static void lengths_that_lie_are_refused(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    static const uint32_t lengths[] = {4, 5, 0x7fffffff, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct buf b = buf_of(a, 64);
        buf_le32(&b, lengths[i]);
        buf_add(&b, STR("abc"));
        struct cur c = cur_of(buf_str(&b));
        struct str out = STR("before");
        assert_false(cur_le_str(&c, &out));
        assert_str(out, STR("before"));
        assert_int_equal(c.rest.n, 7);
    }
}

/* What buf writes, cur reads; and of each beginning of it, cur reads as much as is whole. */
static void reads_back_what_buf_wrote(void **state)
{
    (void)state;
    struct random r = {.seed = 2};
    struct arena *a AUTO(arena_close) = arena_open();
    for (int round = 0; round < 500; round++) {
        uint64_t n = random_u64(&r) >> random_below(&r, 64);
        struct str text = random_text(&r, a, 20, "ab\r\n");
        struct buf b = buf_of(a, 1000);
        buf_le8(&b, (uint8_t)n), buf_le16(&b, (uint16_t)n), buf_le32(&b, (uint32_t)n);
        buf_le64(&b, n), buf_le_str(&b, text), buf_u64(&b, n);
        assert_false(b.overflow);
        for (size_t cut = 0; cut <= b.n; cut++) {
            struct cur c = cur_of(str_dup(a, str_sub(buf_str(&b), 0, cut)));
            uint8_t n8;
            uint16_t n16;
            uint32_t n32;
            uint64_t n64, decimal;
            struct str read;
            bool whole = cur_le8(&c, &n8) && cur_le16(&c, &n16) && cur_le32(&c, &n32) &&
                         cur_le64(&c, &n64) && cur_le_str(&c, &read);
            assert_int_equal(whole, cut >= 15 + 4 + text.n);
            if (!whole || cut < b.n)
                continue;
            assert_true(cur_u64(&c, &decimal));
            assert_true(cur_end(&c));
            assert_int_equal(n8, (uint8_t)n);
            assert_int_equal(n16, (uint16_t)n);
            assert_int_equal(n32, (uint32_t)n);
            assert_int_equal(n64, n);
            assert_int_equal(decimal, n);
            assert_str(read, text);
        }
        arena_reset(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_it_names),
        cmocka_unit_test(lines_end_with_lf_or_crlf),
        cmocka_unit_test(failure_changes_nothing),
        cmocka_unit_test(an_empty_cursor_may_be_null),
        cmocka_unit_test(numbers_stop_at_their_width),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(reads_back_what_buf_wrote),
    };
    return cmocka_run_group_tests_name("cur", tests, NULL, NULL);
}
