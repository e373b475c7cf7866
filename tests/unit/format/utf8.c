#include "format/format.h"

#include "format/utf8.h"

static const struct {
    struct str s;
    bool valid;
    struct str clean;
} texts[] = {
    {STR(""), true, STR("")},
    {STR("a\0b"), true, STR("a\0b")},
    {STR("gr\xc3\xbc\xc3\x9f"), true, STR("gr\xc3\xbc\xc3\x9f")},
    {STR("\xf4\x8f\xbf\xbf"), true, STR("\xf4\x8f\xbf\xbf")},
    {STR("\xf4\x90\x80\x80x"), false, STR("\xef\xbf\xbdx")}, /* above U+10FFFF */
    {STR("\xed\xa0\x80x"), false, STR("\xef\xbf\xbdx")},     /* a surrogate */
    {STR("\xc0\xafx"), false, STR("\xef\xbf\xbdx")},         /* over-long */
    {STR("\xe0\x80\xaf"), false, STR("\xef\xbf\xbd")},
    {STR("a\xc3"), false, STR("a\xef\xbf\xbd")},
    {STR("a\x80\x80z\xff"), false, STR("a\xef\xbf\xbdz\xef\xbf\xbd")},
};

static void validates(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(texts); i++) {
        print_message("# row %zu\n", i);
        assert_int_equal(utf8_valid(texts[i].s), texts[i].valid);
        assert_str(utf8_clean(cx->arena, texts[i].s), texts[i].clean);
        assert_true(utf8_valid(texts[i].clean));
    }
}

static void cuts(void **state)
{
    (void)state;
    struct str s = STR("a\xc3\xbc\xf0\x9f\x98\x80z");
    assert_str(utf8_cut(s, 100), s);
    assert_str(utf8_cut(s, 7), STR("a\xc3\xbc\xf0\x9f\x98\x80"));
    assert_str(utf8_cut(s, 6), STR("a\xc3\xbc"));
    assert_str(utf8_cut(s, 2), STR("a"));
    assert_str(utf8_cut(s, 0), STR(""));
    assert_str(utf8_cut_chars(s, 3), STR("a\xc3\xbc\xf0\x9f\x98\x80"));
    assert_str(utf8_cut_chars(s, 2), STR("a\xc3\xbc"));
    assert_str(utf8_cut_chars(s, 4), s);
    assert_str(utf8_cut_chars(s, 0), STR(""));
}

static void reads_what_it_writes(void **state)
{
    struct ctx *cx = *state;
    static const uint32_t points[] = {0,      'a',    0x7f,   0x80,    0x7ff,   0x800,
                                      0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    struct buf b = buf_of(cx->arena, 100);
    for (size_t i = 0; i < ROWS(points); i++)
        utf8_put(&b, points[i]);
    struct cur c = cur_of(buf_str(&b));
    uint32_t x = 1;
    for (size_t i = 0; i < ROWS(points); i++) {
        assert_true(utf8_next(&c, &x));
        assert_int_equal(x, points[i]);
    }
    assert_false(utf8_next(&c, &x));
    buf_reset(&b);
    utf8_put(&b, 0xd800);
    utf8_put(&b, 0x110000);
    assert_str(buf_str(&b), STR("\xef\xbf\xbd\xef\xbf\xbd"));
}

static void folds(void **state)
{
    struct ctx *cx = *state;
    static const struct {
        struct str in, folded;
    } rows[] = {
        {STR("plain"), STR("plain")},
        {STR("PlAiN 7"), STR("plain 7")},
        {STR("Stra\xc3\x9f\x65"), STR("strasse")},          /* ß */
        {STR("\xc3\x84pfel"), STR("\xc3\xa4pfel")},         /* Ä */
        {STR("A\xcc\x88pfel"), STR("\xc3\xa4pfel")},        /* A and diaeresis */
        {STR("\xef\xbc\xa1\xef\xbc\xa2"), STR("ab")},       /* full width */
        {STR("\xce\xa3\xcf\x82"), STR("\xcf\x83\xcf\x83")}, /* sigmas */
    };
    for (size_t i = 0; i < ROWS(rows); i++)
        assert_str(utf8_fold(cx->arena, rows[i].in), rows[i].folded);
    assert_str(utf8_nfc(cx->arena, STR("A\xcc\x88")), STR("\xc3\x84"));
    assert_str(utf8_nfc(cx->arena, STR("\xc3\x84")), STR("\xc3\x84"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(validates), FORMAT_TEST(cuts),
                                       FORMAT_TEST(reads_what_it_writes), FORMAT_TEST(folds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
