#include "format/format.h"

#include "format/hex.h"
#include "format/qp.h"

static const struct {
    struct str in, out;
} texts[] = {
    {STR(""), STR("")},
    {STR("plain\r\ntext"), STR("plain\r\ntext")},
    {STR("a=3Db=3db"), STR("a=b=b")},
    {STR("soft=\r\nbreak=\nhere"), STR("softbreakhere")},
    {STR("soft= \t\r\nbreak"), STR("softbreak")},
    {STR("blank \t\r\nend  "), STR("blank\r\nend")},
    {STR("a b"), STR("a b")},
    {STR("bad =ZZ =4 =\r"), STR("bad =ZZ =4 ")},
    {STR("end="), STR("end")},
    {STR("=00=FF"), STR("\0\xff")},
};

static void decodes(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(texts); i++)
        assert_str(qp_decode(cx->arena, texts[i].in, SIZE_MAX), texts[i].out);
    assert_str(qp_decode(cx->arena, STR("a=41b=42"), 3), STR("aAb"));
    assert_str(qp_decode_word(cx->arena, STR("a_b=5Fc=")), STR("a b_c="));
}

static void hex(void **state)
{
    struct ctx *cx = *state;
    struct str out;
    assert_str(hex_encode(cx->arena, STR("\0\xab\x7f")), STR("00ab7f"));
    assert_int_equal(hex_decode(cx, STR("00aB7F"), &out), OK);
    assert_str(out, STR("\0\xab\x7f"));
    assert_int_equal(hex_decode(cx, STR("abc"), &out), E_SYNTAX);
    assert_int_equal(hex_decode(cx, STR("ag"), &out), E_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(decodes), FORMAT_TEST(hex)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
