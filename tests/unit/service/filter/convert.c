/* Conversions for scripts without a helper: texts, parameters (RFC 5259 section 7), what they may
   cost. tests/helper/convert.c has those of documents. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/metric.h"
#include "service/filter/convert/convert.h"
#include "service/sieve/world.h"

enum { PARAMETERS_MAX = 3 };

static const struct row {
    const char *from, *to, *charset, *content;
    const char *parameters[PARAMETERS_MAX];
    const char *wanted, *wanted_charset; /* NULL: it stays as it is */
} rows[] = {
    /* RFC 5259 section 7.1: these to UTF-8 */
    {"text/plain", "text/plain", "iso-8859-1", "Gl\xfc", {NULL}, "Gl\xc3\xbc", "utf-8"},
    {"text/plain", "text/plain", "iso-8859-2", "\xb3", {"charset=UTF-8"}, "\xc5\x82", "utf-8"},
    {"text/plain", "text/plain", "iso-8859-3", "\xb6", {"charset=utf-8"}, "\xc4\xa5", "utf-8"},
    {"text/plain", "text/plain", "iso-8859-4", "\xb3", {"charset=utf-8"}, "\xc5\x97", "utf-8"},
    {"text/plain", "text/plain", "iso-8859-5", "\xd0", {"charset=utf-8"}, "\xd0\xb0", "utf-8"},
    {"text/plain", "text/plain", "iso-8859-6", "\xc7", {"charset=utf-8"}, "\xd8\xa7", "utf-8"},
    {"text/plain", "text/plain", "iso-8859-7", "\xe1", {"charset=utf-8"}, "\xce\xb1", "utf-8"},
    {"text/plain", "text/plain", "iso-8859-8", "\xe0", {"charset=utf-8"}, "\xd7\x90", "utf-8"},
    {"text/plain", "text/plain", "iso-8859-15", "\xa4", {"charset=utf-8"}, "\xe2\x82\xac", "utf-8"},
    /* and back; a character that is not there fails, or is replaced */
    {"text/plain", "text/plain", "utf-8", "\xc3\xbc", {"Charset=ISO-8859-1"}, "\xfc", "iso-8859-1"},
    {"text/plain", "text/plain", "utf-8", "\xe2\x82\xac", {"charset=iso-8859-1"}, NULL, NULL},
    {"text/plain",
     "text/plain",
     "utf-8",
     "1 \xe2\x82\xac, \xc3\xbc",
     {"charset=iso-8859-1", "unknown-character-replacement=EUR"},
     "1 EUR, \xfc",
     "iso-8859-1"},
    {"text/plain",
     "text/plain",
     "utf-8",
     "\xe2\x82\xac!",
     {"charset=us-ascii", "unknown-character-replacement="},
     "!",
     "us-ascii"},
    {"text/plain",
     "text/plain",
     "utf-8",
     "\xe2\x82\xac",
     {"charset=us-ascii", "unknown-character-replacement=\xc3\xbc"},
     NULL,
     NULL},
    {"text/css", "text/css", "iso-8859-1", "\xe4", {NULL}, "\xc3\xa4", "utf-8"},
    {"text/csv", "TEXT/CSV", "windows-1252", "\x80", {NULL}, "\xe2\x82\xac", "utf-8"},
    /* it is just that already */
    {"text/plain", "text/plain", "utf-8", "same", {"charset=utf-8"}, NULL, NULL},
    {"text/plain", "text/plain", "", "ascii", {"charset=utf-8"}, "ascii", "utf-8"},
    /* HTML in plain words, lines with CRLF */
    {"text/html",
     "text/plain",
     "iso-8859-1",
     "<p>Gr\xfc\xdf<script>x()</script> &amp; <b>so</b></p><p>2</p>",
     {NULL},
     "Gr\xc3\xbc\xc3\x9f & so\r\n\r\n2",
     "utf-8"},
    {"text/html", "text/plain", "utf-8", "<i>a</i>", {"charset=us-ascii"}, "a", "us-ascii"},
    /* what there is not */
    {"text/plain", "text/html", "utf-8", "a", {NULL}, NULL, NULL},
    {"text/html", "image/png", "utf-8", "a", {NULL}, NULL, NULL},
    {"image/tiff", "image/jpeg", "", "II*", {"pix-x=320", "pix-y=240"}, NULL, NULL},
    {"application/pdf", "text/plain", "", "%PDF-1.4", {NULL}, NULL, NULL},
    {"text/plain", "text/plain", "utf-8", "a", {"charset=klingon"}, NULL, NULL},
    {"text/plain", "text/plain", "utf-8", "a", {"charset=utf-16"}, NULL, NULL},
    {"text/plain", "text/plain", "utf-8", "a", {"charset=us-ascii,locale=x"}, NULL, NULL},
    /* parameters */
    {"text/plain", "text/plain", "latin1", "\xfc", {"charset"}, NULL, NULL},
    {"text/plain", "text/plain", "latin1", "\xfc", {"charset="}, NULL, NULL},
    {"text/plain", "text/plain", "latin1", "\xfc", {"colour=red"}, NULL, NULL},
    {"text/plain", "text/plain", "latin1", "\xfc", {"pix-x=320"}, NULL, NULL},
    {"text/plain", "text/plain", "latin1", "\xfc", {"charset=utf-8", "charset=utf-8"}, NULL, NULL},
};

static bool run(struct ctx *cx, struct converter *c, struct conversions *of, const struct row *r,
                struct sieve_conversion *x)
{
    struct str *parameters = ARENA_ARRAY(cx->arena, PARAMETERS_MAX, struct str);
    *x = (struct sieve_conversion){.from = str_z(r->from),
                                   .to = str_z(r->to),
                                   .charset = str_z(r->charset),
                                   .content = str_z(r->content),
                                   .parameters = parameters};
    while (x->parameter_count < PARAMETERS_MAX && r->parameters[x->parameter_count]) {
        parameters[x->parameter_count] = str_z(r->parameters[x->parameter_count]);
        x->parameter_count++;
    }
    return converter_run(cx, c, of, x);
}

static void texts(void **state)
{
    struct converter *c = converter_open(&(struct converter_parts){0});
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        struct sieve_conversion x;
        bool done = run(&cx, c, conversions_open(a), &rows[i], &x);
        bool right = done == (rows[i].wanted != NULL);
        if (right && done)
            right = str_eq(x.out, str_z(rows[i].wanted)) &&
                    str_eq(x.out_charset, str_z(rows[i].wanted_charset));
        if (!right)
            print_error("%s to %s, %s: \"%.*s\"\n", rows[i].from, rows[i].to, rows[i].content,
                        STR_ARG(done ? x.out : STR("stays")));
        wrong += !right;
    }
    assert_int_equal(wrong, 0);
    converter_close(c);
}

/* What several mailboxes want of a message is made once; what it may cost is one sum. */
static void bounds(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct metrics *metrics = metrics_open();
    struct converter *c = converter_open(&(struct converter_parts){.metrics = metrics});
    struct conversions *of = conversions_open(a);
    struct sieve_conversion x;
    struct row row = {.from = "text/plain", .to = "text/plain", .charset = "iso-8859-1"};
    (void)state;
    for (int i = 0; i < CONVERT_MOST; i++) {
        row.content = str_zdup(a, str_printf(a, "\xfc%d", i));
        assert_true(run(&cx, c, of, &row, &x));
    }
    row.content = "\xfc"
                  "new";
    assert_false(run(&cx, c, of, &row, &x));
    row.content = "\xfc"
                  "7";
    assert_true(run(&cx, c, of, &row, &x));
    assert_str(x.out, STR("\xc3\xbc"
                          "7"));
    row.charset = "iso-8859-2"; /* not the same question */
    assert_false(run(&cx, c, of, &row, &x));
    struct buf printed = buf_of(a, 65536);
    metrics_print(metrics, &printed);
    struct str text = buf_str(&printed);
    assert_true(str_find(text, STR("conversions_total{result=\"made\"} 32\n")) != SIZE_MAX);
    assert_true(str_find(text, STR("conversions_total{result=\"kept\"} 1\n")) != SIZE_MAX);
    assert_true(str_find(text, STR("conversions_total{result=\"failed\"} 2\n")) != SIZE_MAX);
    converter_close(c);
    metrics_close(metrics);
}

static void large_parts_stay(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct converter *c = converter_open(&(struct converter_parts){0});
    struct buf b = buf_of(a, CONVERT_PART_BYTES + 1);
    struct sieve_conversion x = {.from = STR("text/plain"), .to = STR("text/plain")};
    (void)state;
    buf_fill(&b, '\xfc', CONVERT_PART_BYTES + 1);
    x.charset = STR("iso-8859-1");
    x.content = buf_str(&b);
    assert_false(converter_run(&cx, c, conversions_open(a), &x));
    /* each of these becomes twice as large: two and a half fit */
    struct conversions *of = conversions_open(a);
    for (size_t i = 0; i < 3; i++) {
        x.content = str_sub(buf_str(&b), 0, CONVERT_PART_BYTES / 2 - i);
        assert_int_equal(converter_run(&cx, c, of, &x), i < 2);
    }
    converter_close(c);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(bounds),
        cmocka_unit_test(large_parts_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
