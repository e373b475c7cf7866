/* The table of texts: whole, in UTF-8, and formats alike in all languages. */
#include "service/language.h"
#include "format/utf8.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* */
#include <cmocka.h>

static void ranges_find_languages(void **state)
{
    (void)state;
    static const struct {
        const char *range;
        bool found;
        enum language language;
    } rows[] = {
        {"de", true, LANGUAGE_DE},           {"DE", true, LANGUAGE_DE},
        {"de-AT", true, LANGUAGE_DE},        {"de-Latn-AT-1996", true, LANGUAGE_DE},
        {"fr-x-private", true, LANGUAGE_FR}, {"es-419", true, LANGUAGE_ES},
        {"en-US", true, LANGUAGE_EN},        {"i-default", true, LANGUAGE_DEFAULT},
        {"*", true, LANGUAGE_DEFAULT},       {"", false, LANGUAGE_DEFAULT},
        {"-", false, LANGUAGE_DEFAULT},      {"deu", false, LANGUAGE_DEFAULT},
        {"d", false, LANGUAGE_DEFAULT},      {"x-de", false, LANGUAGE_DEFAULT},
        {"zh-TW", false, LANGUAGE_DEFAULT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum language language = LANGUAGE_DEFAULT;
        assert_int_equal(language_find(str_z(rows[i].range), &language), rows[i].found);
        assert_int_equal(language, rows[i].language);
    }
}

/* The conversions of a format, one after the other: "%u%s". */
static void conversions(struct str s, char out[static 64])
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < s.n && n < 60; i++) {
        if (s.p[i] != '%')
            continue;
        do
            out[n++] = s.p[i++];
        while (i < s.n && !ascii_is_alpha(s.p[i]) && n < 60);
        out[n++] = s.p[i];
    }
    out[n] = '\0';
}

static void rows_are_whole(void **state)
{
    (void)state;
    const struct str *row;
    for (size_t i = 0; (row = language_row(i)); i++) {
        char wanted[64], got[64];
        conversions(row[LANGUAGE_EN], wanted);
        for (enum language l = 0; l < LANGUAGE_COUNT; l++) {
            assert_true(row[l].n > 0);
            assert_true(utf8_valid(row[l]));
            conversions(row[l], got);
            assert_string_equal(got, wanted);
            for (size_t at = 0; at < row[l].n; at++)
                assert_true((unsigned char)row[l].p[at] >= ' ');
        }
        for (size_t other = 0; other < i; other++)
            assert_false(str_eq(language_row(other)[LANGUAGE_EN], row[LANGUAGE_EN]));
    }
}

static void texts_are_spoken(void **state)
{
    (void)state;
    struct str unknown = STR("nobody has said this");
    assert_true(str_eq(language_text(LANGUAGE_DE, STR("Not allowed")), STR("Nicht erlaubt")));
    assert_true(str_eq(language_text(LANGUAGE_EN, STR("Not allowed")), STR("Not allowed")));
    assert_ptr_equal(language_text(LANGUAGE_FR, unknown).p, unknown.p);
    for (enum language l = 0; l < LANGUAGE_COUNT; l++) {
        enum language found = LANGUAGE_COUNT;
        assert_true(language_find(language_tag(l), &found));
        assert_int_equal(found, l);
        assert_true(language_name(l).n > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_find_languages),
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(texts_are_spoken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
