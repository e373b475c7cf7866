/* Documents converted for scripts, by the real helper in its cage: convert HOSTILE READER. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "service/filter/convert/convert.h"
#include "service/preview/preview.h"
#include "service/sieve/world.h"
#include <pthread.h>

struct bench {
    struct previews *previews;
    struct converter *converter;
};

static struct bench bench_open(void **state, int program, uint32_t wall_ms, uint32_t most_ms)
{
    const struct previews_parts helper = {.program = ((char **)*state)[program],
                                          .wall_ms = wall_ms};
    struct bench b = {.previews = previews_open(&helper)};
    const struct converter_parts parts = {.previews = b.previews, .most_ms = most_ms};
    b.converter = converter_open(&parts);
    return b;
}

static void bench_close(const struct bench *b)
{
    converter_close(b->converter);
    previews_close(b->previews);
}

static struct str letter(struct arena *a, const char *name)
{
    FILE *f = fopen(str_printf(a, "tests/helper/documents/%s", name).p, "rb");
    struct buf b = buf_of(a, 10000000);
    char block[4096];
    size_t n;
    must(f);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(&b, str_of(block, n));
    fclose(f);
    return buf_str(&b);
}

static bool has(const struct sieve_conversion *x, struct str text)
{
    return str_find(x->out, text) != SIZE_MAX;
}

/* What the script names it counts for nothing: the bytes say what it is. */
static void letters_become_text(void **state)
{
    static const char *const names[] = {"letter.pdf", "letter.docx", "letter.odt", "letter.rtf"};
    const struct bench b = bench_open(state, 2, 0, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        struct conversions *of = conversions_open(a);
        struct str latin = STR("charset=iso-8859-1");
        struct sieve_conversion x = {.from = STR("application/octet-stream"),
                                     .to = STR("text/plain"),
                                     .content = letter(a, names[i])};
        assert_true(converter_run(&cx, b.converter, of, &x));
        assert_true(has(&x, STR("The harbour master of Gl\xc3\xbc"
                                "ckstadt")));
        assert_str(x.out_charset, STR("utf-8"));
        assert_int_equal(str_chr(x.out, '\n'), str_find(x.out, STR("\r\n")) + 1);
        x.parameters = &latin;
        x.parameter_count = 1;
        if (i > 0) { /* without letters that Latin-1 has not */
            assert_true(converter_run(&cx, b.converter, of, &x));
            assert_true(has(&x, STR("Gl\xfc"
                                    "ckstadt")));
            assert_str(x.out_charset, STR("iso-8859-1"));
        }
        x.parameter_count = 0;
        x.to = STR("text/html");
        assert_int_equal(converter_run(&cx, b.converter, of, &x), i > 0);
        if (i > 0)
            assert_true(has(&x, STR("<p>")));
    }
    bench_close(&b);
}

static uint32_t number_at(struct str s, size_t at)
{
    uint32_t n = 0;
    for (size_t i = 0; i < 4; i++)
        n = n << 8 | (unsigned char)s.p[at + i];
    return n;
}

/* RFC 5259 section 7: pix-x and pix-y are what the picture has at most; its shape stays. */
static void pages_fit(void **state)
{
    static const struct {
        const char *x, *y;
        uint32_t width, height;
    } rows[] = {{"pix-x=320", "pix-y=9999", 320, 414}, {"PIX-X=9999", "pix-y=99", 77, 99},
                {"pix-y=1", "pix-x=1", 1, 1},          {"pix-x=9999", "pix-y=9999", 1600, 2071},
                {"pix-x=0", "pix-y=1", 0, 0},          {"pix-x=10001", "pix-y=1", 0, 0},
                {"pix-x=320", "pix-x=320", 0, 0},      {"pix-x=+320", "pix-y=1", 0, 0},
                {"pix-x=320", "charset=utf-8", 0, 0}};
    const struct bench b = bench_open(state, 2, 0, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        const struct str parameters[] = {str_z(rows[i].x), str_z(rows[i].y)};
        struct sieve_conversion x = {.from = STR("application/pdf"),
                                     .to = STR("image/png"),
                                     .parameters = parameters,
                                     .parameter_count = 2,
                                     .content = letter(a, "letter.pdf")};
        assert_int_equal(converter_run(&cx, b.converter, conversions_open(a), &x),
                         rows[i].width > 0);
        if (!rows[i].width)
            continue;
        assert_true(str_starts(x.out, STR("\x89PNG")));
        assert_in_range(number_at(x.out, 16), rows[i].width - 1, rows[i].width);
        assert_in_range(number_at(x.out, 20), rows[i].height - 1, rows[i].height);
        assert_int_equal(x.out_charset.n, 0);
    }
    bench_close(&b);
}

/* A helper that thinks without end: each is ended, and then none is begun any more. */
static void time_is_bounded(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    const struct bench b = bench_open(state, 1, 300, 500);
    struct conversions *of = conversions_open(a);
    for (int i = 0; i < 6; i++) {
        struct sieve_conversion x = {.from = STR("application/pdf"),
                                     .to = STR("text/plain"),
                                     .content = str_printf(a, "%%PDF-%d", i)};
        assert_false(converter_run(&cx, b.converter, of, &x));
        assert_int_equal(cx.err.code, E_LIMIT);
        if (i >= 2)
            assert_non_null(strstr(cx.err.what, "too long"));
    }
    bench_close(&b);
}

enum { WRITERS = 3 * CONVERT_TURNS };

struct writer {
    const struct bench *bench;
    struct str document;
    bool made;
};

static void *convert(void *self)
{
    struct writer *w = self;
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct sieve_conversion x = {
        .from = STR("text/rtf"), .to = STR("text/plain"), .content = w->document};
    w->made = converter_run(&cx, w->bench->converter, conversions_open(a), &x);
    return NULL;
}

/* More messages than turns: they wait for each other, and all are converted. */
static void turns_are_waited_for(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    const struct bench b = bench_open(state, 2, 60 * 1000, 120 * 1000);
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.bench = &b, .document = letter(a, "letter.rtf")};
        must(pthread_create(&threads[i], NULL, convert, &writers[i]) == 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        must(pthread_join(threads[i], NULL) == 0);
        assert_true(writers[i].made);
    }
    bench_close(&b);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(letters_become_text, words),
        cmocka_unit_test_prestate(pages_fit, words),
        cmocka_unit_test_prestate(time_is_bounded, words),
        cmocka_unit_test_prestate(turns_are_waited_for, words),
    };
    must(count == 3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
