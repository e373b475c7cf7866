#include "format/format.h"

#include "format/charset.h"
#include "format/utf8.h"

static const struct {
    struct str name, in, out;
} texts[] = {
    {STR("us-ascii"), STR("plain"), STR("plain")},
    {STR("utf-8"), STR("\xc3\xbc"), STR("\xc3\xbc")},
    {STR("UTF-8"), STR("\xc3\xbc\xff!"), STR("\xc3\xbc\xef\xbf\xbd!")},
    {STR("us-ascii"), STR("\xc3\xbc"), STR("\xc3\xbc")}, /* UTF-8 after all */
    {STR("us-ascii"), STR("\xfc"), STR("\xc3\xbc")},     /* Latin-1 after all */
    {STR(""), STR("\x93quoted\x94"), STR("\xe2\x80\x9cquoted\xe2\x80\x9d")},
    {STR("no-such-thing"), STR("\x80"), STR("\xe2\x82\xac")},
    {STR("iso-8859-1"), STR("\xe9\x80"), STR("\xc3\xa9\xe2\x82\xac")}, /* read as 1252 */
    {STR(" ISO-8859-15 "), STR("\xa4"), STR("\xe2\x82\xac")},
    {STR("iso-8859-2"), STR("\xb1"), STR("\xc4\x85")},
    {STR("koi8-r"), STR("\xf0\xd2"), STR("\xd0\x9f\xd1\x80")},
    {STR("gb2312"), STR("\xc4\xe3\xba\xc3"), STR("\xe4\xbd\xa0\xe5\xa5\xbd")},
    {STR("big5"), STR("\xa7\x41"), STR("\xe4\xbd\xa0")},
    {STR("ks_c_5601-1987"), STR("\xb0\xa1"), STR("\xea\xb0\x80")},
    {STR("shift_jis"), STR("\x93\xfa"), STR("\xe6\x97\xa5")},
    {STR("iso-2022-jp"), STR("\x1b$BF|\x1b(B"), STR("\xe6\x97\xa5")},
    {STR("utf-7"), STR("+AOQ-"), STR("\xc3\xa4")},
    {STR("utf-16be"), STR("\0a\0b"), STR("ab")},
    {STR("windows-1251"), STR("\xcf"), STR("\xd0\x9f")},
    {STR("utf-8,swaplfnl"), STR("\xfc"), STR("\xc3\xbc")}, /* ICU's options are not ours */
};

static void converts(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(texts); i++) {
        print_message("# row %zu\n", i);
        struct str got = charset_to_utf8(cx->arena, texts[i].name, texts[i].in);
        assert_str(got, texts[i].out);
    }
}

static void knows(void **state)
{
    (void)state;
    assert_true(charset_known(STR("utf-8")));
    assert_true(charset_known(STR("ISO-8859-7")));
    assert_true(charset_known(STR("gb2312")));
    assert_false(charset_known(STR("")));
    assert_false(charset_known(STR("x-none")));
    assert_false(charset_known(STR("unknown-8bit")));
    struct cur names = cur_of(charset_names());
    struct str name;
    for (; !cur_end(&names); assert_true(charset_known(name))) {
        if (cur_until(&names, ' ', &name))
            continue;
        name = names.rest;
        names.rest = (struct str){0};
    }
}

/* Longer than the converter's pieces; every byte of every charset gives valid UTF-8. */
static void never_fails(void **state)
{
    struct ctx *cx = *state;
    static const struct str names[] = {
        STR("big5"),       STR("gb18030"), STR("iso-2022-kr"), STR("utf-7"),     STR("iso-2022-jp"),
        STR("hz-gb-2312"), STR("utf-16"),  STR("utf-32"),      STR("x-unknown"), STR("euc-jp")};
    char *bytes = arena_alloc(cx->arena, 20000);
    struct random r = {.seed = 3};
    for (size_t i = 0; i < 20000; i++)
        bytes[i] = (char)random_below(&r, 256);
    for (size_t i = 0; i < ROWS(names); i++)
        assert_true(utf8_valid(charset_to_utf8(cx->arena, names[i], str_of(bytes, 20000))));
    struct buf b = buf_of(cx->arena, 100000);
    buf_fill(&b, '\xe4', 9000);
    struct str wide = charset_to_utf8(cx->arena, STR("iso-8859-2"), buf_str(&b));
    assert_int_equal(wide.n, 18000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(converts), FORMAT_TEST(knows),
                                       FORMAT_TEST(never_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
