#include "format/format.h"

#include "format/utf7.h"
#include "format/utf8.h"

/* RFC 3501 section 5.1.3, and neighbours. */
static const struct {
    struct str utf7, utf8;
} names[] = {
    {STR(""), STR("")},
    {STR("INBOX"), STR("INBOX")},
    {STR("~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
     STR("~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e")},
    {STR("R&-D"), STR("R&D")},
    {STR("&-&-"), STR("&&")},
    {STR("Entw&APw-rfe"), STR("Entw\xc3\xbcrfe")},
    {STR("&2D3eAA-"), STR("\xf0\x9f\x98\x80")},
    {STR("&AOQA9gD8-"), STR("\xc3\xa4\xc3\xb6\xc3\xbc")},
};

static const struct str broken[] = {
    STR("&"),     STR("&Jjo!"),     STR("&Jjo"),   STR("&U,BTFw-&ZeVnLIqe-"),
    STR("&AGE-"), STR("a\xc3\xbc"), STR("a\nb"),   STR("&2D0-"),
    STR("&3gA-"), STR("&AOQ=-"),    STR("&AOR-"),  STR("&A-"),
    STR("&AAA-"), STR("&2D0A5A-"),  STR("&AOQA-"),
};

static void converts(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(names); i++) {
        struct str out;
        assert_int_equal(utf7_decode(cx, names[i].utf7, &out), OK);
        assert_str(out, names[i].utf8);
        assert_str(utf7_encode(cx->arena, names[i].utf8), names[i].utf7);
    }
}

static void refuses(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(broken); i++) {
        struct str out = STR("as before");
        print_message("# %.*s\n", STR_ARG(broken[i]));
        assert_int_equal(utf7_decode(cx, broken[i], &out), E_SYNTAX);
        assert_str(out, STR("as before"));
    }
}

static void round_trips(void **state)
{
    struct ctx *cx = *state;
    struct random r = {.seed = 11};
    for (size_t i = 0; i < 500; i++) {
        struct buf b = buf_of(cx->arena, 400);
        for (size_t k = random_below(&r, 30); k; k--) {
            static const uint32_t points[] = {'a', '&', '-', ' ', 0xe4, 0x7ff, 0x4e00, 0x1f600, 9};
            utf8_put(&b, points[random_below(&r, ROWS(points))]);
        }
        struct str back, encoded = utf7_encode(cx->arena, buf_str(&b));
        assert_int_equal(utf7_decode(cx, encoded, &back), OK);
        assert_str(back, buf_str(&b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(converts), FORMAT_TEST(refuses),
                                       FORMAT_TEST(round_trips)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
