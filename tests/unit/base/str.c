#include "base/clock.h"
#include "unit.h"

struct pair {
    struct str a, b;
    bool eq, ieq, starts, istarts, ends;
    int cmp, icmp; /* signs */
};

static const struct pair pairs[] = {
    {STR(""), STR(""), true, true, true, true, true, 0, 0},
    {STR("a"), STR(""), false, false, true, true, true, 1, 1},
    {STR(""), STR("a"), false, false, false, false, false, -1, -1},
    {STR("abc"), STR("abc"), true, true, true, true, true, 0, 0},
    {STR("abc"), STR("ABC"), false, true, false, true, false, 1, 0},
    {STR("abc"), STR("abd"), false, false, false, false, false, -1, -1},
    {STR("abc"), STR("ab"), false, false, true, true, false, 1, 1},
    {STR("abc"), STR("bc"), false, false, false, false, true, -1, -1},
    {STR("ABC"), STR("abd"), false, false, false, false, false, -1, -1},
    {STR("a\0b"), STR("a\0c"), false, false, false, false, false, -1, -1},
    {STR("a\0b"), STR("a"), false, false, true, true, false, 1, 1},
    {STR("\xff"), STR("a"), false, false, false, false, false, 1, 1},
    {STR("_"), STR("a"), false, false, false, false, false, -1, -1}, /* between Z and a */
    {STR("_"), STR("A"), false, false, false, false, false, 1, -1},
    {STR("K"), STR("\xe2\x84\xaa"), false, false, false, false, false, -1, -1}, /* Kelvin */
    {STR("[a"), STR("{a"), false, false, false, false, false, -1, -1},
};

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void compares(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct pair *p = &pairs[i];
        print_message("# row %zu\n", i);
        assert_int_equal(str_eq(p->a, p->b), p->eq);
        assert_int_equal(str_ieq(p->a, p->b), p->ieq);
        assert_int_equal(str_starts(p->a, p->b), p->starts);
        assert_int_equal(str_istarts(p->a, p->b), p->istarts);
        assert_int_equal(str_ends(p->a, p->b), p->ends);
        assert_int_equal(sign(str_cmp(p->a, p->b)), p->cmp);
        assert_int_equal(sign(str_icmp(p->a, p->b)), p->icmp);
        assert_int_equal(sign(str_cmp(p->b, p->a)), -p->cmp);
        assert_int_equal(sign(str_icmp(p->b, p->a)), -p->icmp);
    }
}

static void null_is_an_empty_slice_everywhere(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct str none = {0};
    uint64_t number;
    assert_true(str_eq(none, STR("")));
    assert_true(str_ieq(none, none));
    assert_int_equal(str_cmp(none, none), 0);
    assert_true(str_starts(none, none) && str_istarts(none, none) && str_ends(none, none));
    assert_true(str_starts(STR("a"), none) && str_ends(STR("a"), none));
    assert_str(str_sub(none, 0, 5), none);
    assert_str(str_from(none, 3), none);
    assert_str(str_trim(none), none);
    assert_int_equal(str_chr(none, 0), SIZE_MAX);
    assert_int_equal(str_rchr(none, 0), SIZE_MAX);
    assert_int_equal(str_find(none, none), 0);
    assert_int_equal(str_ifind(none, none), 0);
    assert_int_equal(str_find(none, STR("a")), SIZE_MAX);
    assert_int_equal(str_ifind(none, STR("a")), SIZE_MAX);
    assert_false(str_u64(none, &number));
    assert_str(str_dup(a, none), none);
    assert_string_equal(str_zdup(a, none), "");
    assert_str(str_lower(a, none), none);
    assert_str(str_upper(a, none), none);
    assert_str(str_join(a, &none, 1), none);
    assert_str(str_join(a, NULL, 0), none);
    assert_str(str_z(NULL), none);
}

static void cuts(void **state)
{
    (void)state;
    struct str s = STR("hello");
    assert_str(str_sub(s, 1, 3), STR("ell"));
    assert_str(str_sub(s, 0, 99), s);
    assert_str(str_sub(s, 4, 99), STR("o"));
    assert_str(str_sub(s, 5, 1), STR(""));
    assert_str(str_sub(s, SIZE_MAX, SIZE_MAX), STR(""));
    assert_str(str_sub(s, 2, SIZE_MAX), STR("llo"));
    assert_str(str_from(s, 2), STR("llo"));
    assert_str(str_from(s, 6), STR(""));
    assert_str(str_trim(STR(" \t\r\n a b \n\r\t ")), STR("a b"));
    assert_str(str_trim(STR(" \t\r\n ")), STR(""));
    assert_str(str_trim(STR("\v a \f")), STR("\v a \f"));
    assert_str(str_trim(STR("\0 ")), STR("\0"));
}

static void finds(void **state)
{
    (void)state;
    struct str s = STR("abcABCabc\0x");
    assert_int_equal(str_chr(s, 'c'), 2);
    assert_int_equal(str_rchr(s, 'c'), 8);
    assert_int_equal(str_chr(s, 0), 9);
    assert_int_equal(str_chr(s, 'z'), SIZE_MAX);
    assert_int_equal(str_rchr(s, 'z'), SIZE_MAX);
    assert_int_equal(str_chr(STR("\xe4"), '\xe4'), 0);
    assert_int_equal(str_find(s, STR("ABC")), 3);
    assert_int_equal(str_find(s, STR("c\0x")), 8);
    assert_int_equal(str_find(s, STR("cab")), SIZE_MAX);
    assert_int_equal(str_ifind(s, STR("cab")), 2);
    assert_int_equal(str_ifind(s, STR("C\0X")), 8);
    assert_int_equal(str_ifind(s, STR("abcABCabc\0xy")), SIZE_MAX);
    assert_int_equal(str_ifind(s, STR("")), 0);
}

/* A text of one letter and a word that is nearly so: quadratic work would take minutes. */
static void finds_in_linear_time(void **state)
{
    (void)state;
    enum { TEXT = 4 * 1024 * 1024, WORD = 100 * 1000 };
    struct arena *a AUTO(arena_close) = arena_open();
    char *text = arena_alloc(a, TEXT), *word = arena_alloc(a, WORD);
    for (size_t i = 0; i < TEXT; i++)
        text[i] = i % 2 ? 'b' : 'B';
    for (size_t i = 0; i < WORD; i++)
        word[i] = i % 3 ? 'b' : 'B';
    struct str s = str_of(text, TEXT), w = str_of(word, WORD);
    assert_int_equal(str_ifind(s, w), 0);
    word[WORD - 1] = 'x';
    int64_t start_ms = clock_mono_ms();
    assert_int_equal(str_ifind(s, w), SIZE_MAX);
    text[TEXT - 7] = 'X';
    assert_int_equal(str_ifind(s, w), TEXT - 7 - (WORD - 1));
    assert_true(clock_mono_ms() - start_ms < 10 * 1000);
}

/* Finding is what a plain double loop finds. */
static void finds_as_the_definition_says(void **state)
{
    (void)state;
    struct random r = {.seed = 1};
    struct arena *a AUTO(arena_close) = arena_open();
    for (int round = 0; round < 5000; round++) {
        struct str s = random_text(&r, a, 24, "aAb"), word = random_text(&r, a, 3, "aAb");
        size_t first = SIZE_MAX, first_blind = SIZE_MAX;
        for (size_t at = s.n + 1; at-- > 0;) {
            struct str here = str_sub(s, at, word.n);
            first = str_eq(here, word) ? at : first;
            first_blind = str_eq(str_lower(a, here), str_lower(a, word)) ? at : first_blind;
        }
        assert_int_equal(str_find(s, word), first);
        assert_int_equal(str_ifind(s, word), first_blind);
        arena_reset(a);
    }
}

static void numbers(void **state)
{
    static const struct {
        struct str in;
        bool ok;
        uint64_t value;
    } rows[] = {
        {STR("0"), true, 0},
        {STR("007"), true, 7},
        {STR("18446744073709551615"), true, UINT64_MAX},
        {STR("0000000000000000000018446744073709551615"), true, UINT64_MAX},
        {STR("18446744073709551616"), false, 0},
        {STR("18446744073709551620"), false, 0},
        {STR("28446744073709551615"), false, 0},
        {STR("99999999999999999999999"), false, 0},
        {STR(""), false, 0},
        {STR("-1"), false, 0},
        {STR("+1"), false, 0},
        {STR(" 1"), false, 0},
        {STR("1 "), false, 0},
        {STR("1\0"), false, 0},
        {STR("0x1"), false, 0},
        {STR("\xb2"), false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t value = 4711;
        print_message("# %.*s\n", STR_ARG(rows[i].in));
        assert_int_equal(str_u64(rows[i].in, &value), rows[i].ok);
        assert_int_equal(value, rows[i].ok ? rows[i].value : 4711);
    }
}

static void copies(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    char bytes[] = "Ab\0cZ[`{@";
    struct str s = str_of(bytes, sizeof bytes - 1);
    struct str copy = str_dup(a, s);
    bytes[0] = 'X';
    assert_str(copy, STR("Ab\0cZ[`{@"));
    assert_int_equal(copy.p[copy.n], 0);
    assert_string_equal(str_zdup(a, copy), "Ab");
    assert_str(str_lower(a, copy), STR("ab\0cz[`{@"));
    assert_str(str_upper(a, copy), STR("AB\0CZ[`{@"));
    assert_str(str_lower(a, STR("\xc3\x84")), STR("\xc3\x84"));
    const struct str parts[] = {STR("a"), {0}, STR("\0"), STR("bc")};
    assert_str(str_join(a, parts, 4), STR("a\0bc"));
    assert_str(str_printf(a, "%d-%s", 5, "x"), STR("5-x"));
    assert_str(str_printf(a, "%s", ""), STR(""));
    assert_int_equal(str_printf(a, "%5000d", 1).n, 5000);
}

static void classes_of_characters(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        char c = (char)i;
        bool upper = i >= 'A' && i <= 'Z', lower = i >= 'a' && i <= 'z';
        assert_int_equal(ascii_is_digit(c), i >= '0' && i <= '9');
        assert_int_equal(ascii_is_alpha(c), upper || lower);
        assert_int_equal(ascii_is_space(c), i == ' ' || i == '\t' || i == '\r' || i == '\n');
        assert_int_equal((unsigned char)ascii_lower(c), upper ? i + 32 : i);
        assert_int_equal((unsigned char)ascii_upper(c), lower ? i - 32 : i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares),
        cmocka_unit_test(null_is_an_empty_slice_everywhere),
        cmocka_unit_test(cuts),
        cmocka_unit_test(finds),
        cmocka_unit_test(finds_in_linear_time),
        cmocka_unit_test(finds_as_the_definition_says),
        cmocka_unit_test(numbers),
        cmocka_unit_test(copies),
        cmocka_unit_test(classes_of_characters),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
