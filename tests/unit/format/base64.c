#include "format/format.h"

#include "format/base64.h"

/* RFC 4648 section 10, and what mail does to it. */
static const struct {
    struct str plain, encoded;
} vectors[] = {
    {STR(""), STR("")},
    {STR("f"), STR("Zg==")},
    {STR("fo"), STR("Zm8=")},
    {STR("foo"), STR("Zm9v")},
    {STR("foob"), STR("Zm9vYg==")},
    {STR("fooba"), STR("Zm9vYmE=")},
    {STR("foobar"), STR("Zm9vYmFy")},
    {STR("\0\xff\xfe\xfb\xf0"), STR("AP/++/A=")},
};

static const struct {
    struct str in, out;
} sloppy[] = {
    {STR("Zm9v\r\nYmFy\r\n"), STR("foobar")},
    {STR("Zm 9v*Ym!Fy"), STR("foobar")},
    {STR("Zg==Zm8="), STR("ffo")},
    {STR("Zm9vYg"), STR("foob")},
    {STR("Zm9vY"), STR("foo")},
    {STR("===Zm9v"), STR("foo")},
    {STR("_-8="), STR("\xff\xef")},
    {STR("!!!"), STR("")},
};

static const struct str not_strict[] = {STR("Zg="),      STR("Zg"),   STR("Zm9v\n"), STR("Z==="),
                                        STR("===="),     STR("Zh=="), STR("Zm9="),   STR("Zm-v"),
                                        STR("Zg==Zg=="), STR("Zm\0v")};

static void encodes(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(vectors); i++) {
        struct str out;
        assert_str(base64_encode(cx->arena, vectors[i].plain), vectors[i].encoded);
        assert_str(base64_decode(cx->arena, vectors[i].encoded, SIZE_MAX), vectors[i].plain);
        assert_int_equal(base64_decode_strict(cx, vectors[i].encoded, &out), OK);
        assert_str(out, vectors[i].plain);
    }
}

static void forgives(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(sloppy); i++)
        assert_str(base64_decode(cx->arena, sloppy[i].in, SIZE_MAX), sloppy[i].out);
}

static void is_strict(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(not_strict); i++) {
        struct str out = STR("as before");
        assert_int_equal(base64_decode_strict(cx, not_strict[i], &out), E_SYNTAX);
        assert_str(out, STR("as before"));
    }
}

static void keeps_its_maximum(void **state)
{
    struct ctx *cx = *state;
    for (size_t max = 0; max <= 7; max++)
        assert_str(base64_decode(cx->arena, STR("Zm9v\r\nYmFy"), max),
                   str_sub(STR("foobar"), 0, max));
}

static void round_trips(void **state)
{
    struct ctx *cx = *state;
    struct random r = {.seed = 7};
    for (size_t i = 0; i < 300; i++) {
        struct str in = random_text(&r, cx->arena, 300, "abc\1\377\200"), out;
        struct str encoded = base64_encode_lines(cx->arena, in);
        assert_str(base64_decode(cx->arena, encoded, SIZE_MAX), in);
        assert_true(in.n == 0 || str_ends(encoded, STR("\r\n")));
        for (size_t at = 0; at < encoded.n;) {
            size_t n = str_chr(str_from(encoded, at), '\n');
            assert_true(n <= 77);
            at += n + 1;
        }
        uint64_t size = base64_decoded_size(encoded.n, (in.n + 56) / 57);
        assert_true(size >= in.n && size <= in.n + 2);
        assert_int_equal(base64_decode_strict(cx, base64_encode(cx->arena, in), &out), OK);
        assert_str(out, in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(encodes), FORMAT_TEST(forgives),
                                       FORMAT_TEST(is_strict), FORMAT_TEST(keeps_its_maximum),
                                       FORMAT_TEST(round_trips)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
