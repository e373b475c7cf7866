/* Archives are written as they are read elsewhere (tests/e2e/cases/jmap_files.py has two that read
   them); names of files do no harm where they are unpacked. */
#include "format/format.h"

#include "format/zip/zip.h"

static const struct {
    struct str told, name;
} names[] = {
    {STR("plan.pdf"), STR("plan.pdf")},
    {STR("a b (1).tar.gz"), STR("a b (1).tar.gz")},
    {STR("pl\xc3\xa4ne.odt"), STR("pl\xc3\xa4ne.odt")},
    {STR(""), STR("file")},
    {STR(".."), STR("file")},
    {STR("../../etc/passwd"), STR("passwd")},
    {STR("..\\..\\windows\\system.ini"), STR("system.ini")},
    {STR("/etc/"), STR("file")},
    {STR("C:\\x"), STR("x")},
    {STR("c:x"), STR("c_x")},
    {STR(".profile"), STR("profile")},
    {STR("end. . "), STR("end")},
    {STR("a\r\nb\0c\x1b[1m"), STR("abc[1m")},
    {STR("a:b*c?d\"e<f>g|h"), STR("a_b_c_d_e_f_g_h")},
    {STR("invoice\xe2\x80\xae"
         "fdp.exe"),
     STR("invoicefdp.exe")},
    {STR("\xe2\x81\xa6x\xef\xbb\xbf.txt\xe2\x80\x8b"), STR("x.txt")},
    {STR("bad \xff utf"), STR("bad \xef\xbf\xbd utf")},
    {STR("CON"), STR("_CON")},
    {STR("nul.txt"), STR("_nul.txt")},
    {STR("Com1.pdf"), STR("_Com1.pdf")},
    {STR("com10.pdf"), STR("com10.pdf")},
    {STR("console.txt"), STR("console.txt")},
};

static void names_do_no_harm(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(names); i++)
        assert_str(zip_name(cx->arena, names[i].told), names[i].name);
    struct buf b = buf_of(cx->arena, 2000);
    while (b.n < 1000)
        buf_add(&b, STR("\xc3\xa9"));
    buf_add(&b, STR(".pdf"));
    struct str cut = zip_name(cx->arena, buf_str(&b));
    assert_int_equal(cut.n, ZIP_NAME_MAX);
    assert_true(str_ends(cut, STR("\xc3\xa9.pdf")));
    buf_fill(&b, 'x', 100);
    assert_true(zip_name(cx->arena, buf_str(&b)).n <= ZIP_NAME_MAX);
}

/* Every byte, by the specification. */
static void layout(void **state)
{
    struct ctx *cx = *state;
    struct rope out = rope_of(cx->arena);
    const int64_t when_ms = INT64_C(1767323045) * 1000; /* 2026-01-02 03:04:05 */
    struct zip z = zip_open(&out, ZIP_BYTES_MAX, when_ms);
    assert_int_equal(zip_add(cx, &z, STR("a.txt"), STR("hello")), OK);
    zip_close(cx, &z);
#define FACTS "\x14\0\0\x08\0\0\x82\x18\x22\x5c\x86\xa6\x10\x36\x05\0\0\0\x05\0\0\0\x05\0\0\0"
    assert_str(rope_flatten(&out, cx->arena),
               STR("PK\x03\x04" FACTS "a.txthello"
                   "PK\x01\x02\x14\0" FACTS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                   "a.txt"
                   "PK\x05\x06\0\0\0\0\x01\0\x01\0\x33\0\0\0\x28\0\0\0\0\0"));
    assert_int_equal(z.bytes, 0x28);
}

static void names_are_each_of_one_file(void **state)
{
    static const char *const wanted[] = {"a.txt", "A (2).txt", "a (2) (2).txt", "a (3).txt"};
    struct ctx *cx = *state;
    struct rope out = rope_of(cx->arena);
    struct zip z = zip_open(&out, ZIP_BYTES_MAX, 0);
    assert_int_equal(zip_add(cx, &z, STR("a.txt"), STR("")), OK);
    assert_int_equal(zip_add(cx, &z, STR("x/A.txt"), STR("")), OK);
    assert_int_equal(zip_add(cx, &z, STR("a (2).txt"), STR("")), OK);
    assert_int_equal(zip_add(cx, &z, STR("a.txt"), STR("")), OK);
    zip_close(cx, &z);
    struct str all = rope_flatten(&out, cx->arena);
    for (size_t i = 0; i < ROWS(wanted); i++) {
        struct str name = str_z(wanted[i]);
        size_t at = str_find(all, name);
        if (at == SIZE_MAX || str_find(str_from(all, at + 1), name) == SIZE_MAX)
            fail_msg("no file %s", wanted[i]);
    }
}

static void limits(void **state)
{
    struct ctx *cx = *state;
    struct rope out = rope_of(cx->arena);
    static char large[100000];
    struct zip z = zip_open(&out, 10 * sizeof large, 0);
    for (int i = 0; i < 9; i++)
        assert_int_equal(zip_add(cx, &z, STR("same"), str_of(large, sizeof large)), OK);
    assert_int_equal(zip_add(cx, &z, STR("same"), str_of(large, sizeof large)), E_LIMIT);
    zip_close(cx, &z);
    assert_true(out.bytes <= 10 * sizeof large);
    out = rope_of(cx->arena);
    z = zip_open(&out, ZIP_BYTES_MAX, 0);
    for (int i = 0; i < ZIP_ENTRIES_MAX; i++)
        assert_int_equal(zip_add(cx, &z, STR("same"), STR("x")), OK);
    assert_int_equal(zip_add(cx, &z, STR("same"), STR("x")), E_LIMIT);
    zip_close(cx, &z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORMAT_TEST(names_do_no_harm),
        FORMAT_TEST(layout),
        FORMAT_TEST(names_are_each_of_one_file),
        FORMAT_TEST(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
