/* The cage holds, and the readers in it find the words. cage HOSTILE READER: the programs. */
#include "unit.h"

#include "../world/archive.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/random.h"
#include "helper/readers.h"
#include "io/process/cage.h"
#include "service/indexer.h"
#include "zip.h"
#include <signal.h>
#include <unistd.h>

static const char *hostile_program(void **state)
{
    return ((char **)*state)[1];
}

static const char *reader_program(void **state)
{
    return ((char **)*state)[2];
}

static enum code hostile(void **state, const char *what, uint32_t wall_ms, struct str *out)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    const struct cage cage = {
        .program = hostile_program(state), .wall_ms = wall_ms, .output_max = 1000000};
    struct str output = {0};
    enum code code = cage_run(&cx, &cage, what, STR("what was given"), &output);
    if (out && code == OK)
        out->n = output.n;
    return code;
}

static void what_is_given_comes_back(void **state)
{
    struct str out = {0};
    assert_int_equal(hostile(state, "speak", 20000, &out), OK);
    assert_int_equal(out.n, strlen("what was given"));
}

static void nothing_can_be_reached(void **state)
{
    static const char *const acts[] = {
        "open",       "write",      "socket",      "fork",         "exec",
        "code",       "fonts-open", "fonts-write", "fonts-socket", "fonts-fork",
        "fonts-exec", "fonts-code", "fonts-list",
    };
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (hostile(state, acts[i], 20000, NULL) != E_SYNTAX)
            fail_msg("%s was possible", acts[i]);
    assert_int_equal(access("/tmp/hostile", F_OK), -1);
}

static void what_loops_is_ended(void **state)
{
    int64_t before_ms = clock_mono_ms();
    assert_int_equal(hostile(state, "loop", 300, NULL), E_LIMIT);
    assert_true(clock_mono_ms() - before_ms < 10000);
}

static void what_talks_is_cut_off(void **state)
{
    struct str out = {0};
    assert_int_equal(hostile(state, "talk", 20000, &out), OK);
    assert_int_equal(out.n, 1000000);
}

static void what_dies_dies_alone(void **state)
{
    assert_int_equal(hostile(state, "die", 20000, NULL), E_SYNTAX);
}

static void memory_is_bounded(void **state)
{
#if defined(__SANITIZE_ADDRESS__)
    skip();
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    skip(); /* whose programs have no bound (helper/cage.c) */
#endif
#endif
    assert_int_equal(hostile(state, "memory", 20000, NULL), E_SYNTAX);
}

static void no_program_is_an_error(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    const struct cage cage = {.program = "/nowhere", .wall_ms = 1000, .output_max = 10};
    struct str out;
    (void)state;
    assert_int_equal(cage_run(&cx, &cage, "x", STR("x"), &out), E_IO);
}

static struct str file_of(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buf b = buf_of(a, 10000000);
    char block[4096];
    size_t n;
    must(f);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(&b, str_of(block, n));
    fclose(f);
    return buf_str(&b);
}

/* Documents of our own, each with the same sentence. */
static void readers_find_the_words(void **state)
{
    static const struct {
        const char *file, *type;
    } documents[] = {
        {"letter.pdf", "application/pdf"},
        {"letter.docx", "application/octet-stream"},
        {"letter.odt", "application/vnd.oasis.opendocument.text"},
        {"letter.rtf", "application/rtf"},
    };
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct extractor *e = extractor_open(reader_program(state), NULL);
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        const char *path = str_printf(a, "tests/helper/documents/%s", documents[i].file).p;
        struct str text = {0};
        assert_int_equal(extractor_run(&cx, e, str_z(documents[i].type), str_z(documents[i].file),
                                       file_of(a, path), &text),
                         OK);
        if (str_find(text, STR("The harbour master of Gl\xc3\xbc"
                               "ckstadt")) == SIZE_MAX)
            fail_msg("%s: %.*s", path, STR_ARG(text));
    }
    extractor_close(e);
}

static void broken_documents_are_refused(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct extractor *e = extractor_open(reader_program(state), NULL);
    struct str text;
    assert_int_equal(extractor_run(&cx, e, STR("application/pdf"), STR("x.pdf"),
                                   STR("%PDF-1.4 and nothing more"), &text),
                     E_SYNTAX);
    assert_int_equal(extractor_run(&cx, e, STR("application/x-thing"), STR("x.docx"),
                                   STR("PK\x03\x04 and nothing more"), &text),
                     E_SYNTAX);
    assert_int_equal(extractor_run(&cx, e, STR("image/png"), STR("x.png"), STR("PNG"), &text),
                     E_UNSUPPORTED);
    assert_int_equal(extractor_run(&cx, e, STR("application/pdf"), STR("x.pdf"), STR("no"), &text),
                     E_UNSUPPORTED);
    extractor_close(e);
}

/* One helper for all of it: what a document does ends with its process. */
static void one_helper_reads_many(void **state)
{
    static const struct {
        const char *what;
        enum code code;
    } turns[] = {
        {"speak", OK},      {"open", E_SYNTAX}, {"write", E_SYNTAX},     {"socket", E_SYNTAX},
        {"fork", E_SYNTAX}, {"exec", E_SYNTAX}, {"code", E_SYNTAX},      {"die", E_SYNTAX},
        {"speak", OK},      {"die", E_SYNTAX},  {"what", E_UNSUPPORTED}, {"speak", OK},
    };
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    const struct cage cage = {
        .program = hostile_program(state), .wall_ms = 20000, .output_max = 1000000};
    struct cage_host *h = cage_host_open(&cage);
    int first = 0;
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        struct str output = {0};
        enum code code = cage_host_run(&cx, h, turns[i].what, STR("what was given"), &output);
        if (code != turns[i].code)
            fail_msg("%s: %s, %s", turns[i].what, code_name(code), cx.err.what);
        if (code == OK)
            assert_true(str_eq(output, STR("what was given")));
        first = first ? first : cage_host_process(h);
        assert_int_equal(cage_host_process(h), first);
    }
    assert_int_equal(access("/tmp/hostile", F_OK), -1);
    cage_host_close(h);
}

static void a_helper_that_was_ended_begins_again(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    const struct cage cage = {
        .program = hostile_program(state), .wall_ms = 20000, .output_max = 100000};
    const struct cage hasty = {
        .program = hostile_program(state), .wall_ms = 300, .output_max = 100000};
    struct cage_host *h = cage_host_open(&cage), *quick = cage_host_open(&hasty);
    struct str output;
    assert_int_equal(cage_host_run(&cx, h, "talk", STR("x"), &output), OK);
    assert_int_equal(output.n, 100000);
    assert_int_equal(cage_host_run(&cx, h, "speak", STR("again"), &output), OK);
    assert_int_equal(kill(cage_host_process(h), SIGKILL), 0);
    assert_int_equal(cage_host_run(&cx, h, "speak", STR("and again"), &output), OK);
    assert_true(str_eq(output, STR("and again")));
    assert_int_equal(cage_host_run(&cx, quick, "loop", STR("x"), &output), E_LIMIT);
    assert_int_equal(cage_host_process(quick), 0);
    cage_host_close(h);
    cage_host_close(quick);
}

static enum code read_zip(void **state, struct arena *a, struct str zip, struct str *text)
{
    struct ctx cx = {.arena = a};
    struct extractor *e = extractor_open(reader_program(state), NULL);
    enum code code =
        extractor_run(&cx, e, STR("application/octet-stream"), STR("x.docx"), zip, text);
    extractor_close(e);
    return code;
}

static const struct str harbour = STR("<d><p>harbour</p></d>");

static void a_zip_of_too_many_entries_is_cut(void **state)
{
    for (size_t entries = READER_ENTRIES_MAX - 1; entries <= READER_ENTRIES_MAX; entries++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct buf zip = buf_of(a, 1 << 22);
        struct str text = {0};
        for (size_t i = 0; i < entries; i++)
            zip_add(&zip, "other.txt", STR("x"), 1);
        zip_add(&zip, "word/document.xml", harbour, 1);
        enum code code = read_zip(state, a, buf_str(&zip), &text);
        assert_int_equal(code, entries < READER_ENTRIES_MAX ? OK : E_SYNTAX);
        assert_true(code != OK || str_find(text, STR("harbour")) != SIZE_MAX);
    }
}

/* blocks of 64 KiB: what is packed by less than 200 is read, what is packed by 1,000 is not. */
static void a_zip_that_grows_too_much_is_cut(void **state)
{
    static char spaces[65536];
    memset(spaces, ' ', sizeof spaces);
    for (size_t blocks = 8; blocks <= 800; blocks *= 10) { /* 0.5, 5 and 50 MiB */
        struct arena *a AUTO(arena_close) = arena_open();
        struct buf zip = buf_of(a, 1 << 22);
        struct str text = {0};
        zip_add(&zip, "docProps/core.xml", STR("<d><title>lighthouse</title></d>"), 1);
        zip_add(&zip, "word/header1.xml", str_of(spaces, sizeof spaces), blocks);
        zip_add(&zip, "word/document.xml", harbour, 1);
        assert_int_equal(read_zip(state, a, buf_str(&zip), &text), OK);
        assert_true(str_find(text, STR("lighthouse")) != SIZE_MAX);
        assert_int_equal(str_find(text, STR("harbour")) != SIZE_MAX, blocks == 8);
    }
}

/* All of it together: noise that does not pack well, so that the ratio allows it. */
static void a_zip_of_too_many_bytes_is_cut(void **state)
{
    enum { ENTRIES = 9, NOISE = 4000, EACH = 4400 }; /* 9 times 17 MB, packed by about 190 */
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf zip = buf_of(a, 1 << 24), noise = buf_of(a, NOISE);
    struct str text = {0};
    struct random r = {.seed = 3};
    while (noise.n + 8 < NOISE)
        buf_printf(&noise, "%06x ", (unsigned)(random_u64(&r) & 0xffffff));
    for (int i = 0; i < ENTRIES; i++)
        zip_add(&zip, "word/header1.xml", buf_str(&noise), EACH);
    struct buf padding = buf_of(a, 1 << 20);
    while (padding.n + 8 < 1 << 20)
        buf_printf(&padding, "%06x ", (unsigned)(random_u64(&r) & 0xffffff));
    zip_add(&zip, "other.bin", buf_str(&padding), 1);
    zip_add(&zip, "word/document.xml", harbour, 1);
    assert_true(zip.n * READER_RATIO_MAX > READER_UNPACKED_MAX);
    (void)read_zip(state, a, buf_str(&zip), &text);
    assert_int_equal(str_find(text, STR("harbour")), SIZE_MAX);
}

static void nesting_is_bounded(void **state)
{
    enum { DEPTH = 100000 };
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf zip = buf_of(a, 1 << 22), deep = buf_of(a, 1 << 22), inner = buf_of(a, 1 << 16);
    struct str text = {0};
    for (int i = 0; i < DEPTH; i++)
        buf_add(&deep, STR("<d>"));
    buf_add(&deep, STR("abyss"));
    zip_add(&inner, "word/document.xml", STR("<d><p>matryoshka</p></d>"), 1);
    zip_add(&zip, "word/header1.xml", buf_str(&deep), 1);
    zip_add(&zip, "word/header2.xml", buf_str(&inner), 1);
    zip_add(&zip, "word/document.xml", harbour, 1);
    assert_int_equal(read_zip(state, a, buf_str(&zip), &text), OK);
    assert_true(str_find(text, STR("harbour")) != SIZE_MAX);
    assert_int_equal(str_find(text, STR("abyss")), SIZE_MAX);
    assert_int_equal(str_find(text, STR("matryoshka")), SIZE_MAX);
}

/* Entities are not replaced: a small file does not become a large one. */
static void entities_do_not_grow(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf zip = buf_of(a, 1 << 16), xml = buf_of(a, 1 << 16);
    struct str text = {0};
    buf_add(&xml, STR("<!DOCTYPE d [<!ENTITY a0 \"laughter\">"));
    for (int i = 1; i < 12; i++) {
        buf_printf(&xml, "<!ENTITY a%d \"", i);
        for (int k = 0; k < 10; k++)
            buf_printf(&xml, "&a%d;", i - 1);
        buf_add(&xml, STR("\">"));
    }
    buf_add(&xml, STR("]><d><p>&a11;</p></d>"));
    zip_add(&zip, "word/header1.xml", buf_str(&xml), 1);
    zip_add(&zip, "word/document.xml", harbour, 1);
    assert_int_equal(read_zip(state, a, buf_str(&zip), &text), OK);
    assert_true(str_find(text, STR("harbour")) != SIZE_MAX && text.n < 1000);
}

static void cut_documents_end(void **state)
{
    static const char *const files[] = {"letter.pdf", "letter.docx", "letter.odt", "letter.rtf"};
    struct extractor *e = extractor_open(reader_program(state), NULL);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct str all = file_of(a, str_printf(a, "tests/helper/documents/%s", files[i]).p);
        for (size_t n = 8; n < all.n; n += all.n / 12 + 1) {
            struct ctx cx = {.arena = a};
            struct str text;
            enum code code = extractor_run(&cx, e, STR("application/octet-stream"), str_z(files[i]),
                                           str_sub(all, 0, n), &text);
            if (code != OK && code != E_SYNTAX)
                fail_msg("%s, %zu bytes: %s", files[i], n, cx.err.what);
        }
    }
    extractor_close(e);
}

/* Real documents, encrypted and broken ones, bombs: each is read or refused, none hangs. */
static void corpora_are_survived(void **state)
{
    static const char *const archives[] = {
        "documents/enron-office-1.tar.zst",
        "documents/office-features-1.tar.zst",
        "documents/pdf-1.tar.zst",
        "documents/zip-1.tar.zst",
        "malware-filter/clamav-testfiles-1.tar.zst",
        "malware-filter/made-eicar-bombs-1.tar.zst",
    };
    struct extractor *e = extractor_open(reader_program(state), NULL);
    size_t read = 0, refused = 0;
    for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct str name, bytes;
        struct cur files;
        if (!archive_open(a, archives[i], &files))
            continue;
        while (archive_next(&files, &name, &bytes)) {
            struct arena *inner AUTO(arena_close) = arena_open();
            struct ctx cx = {.arena = inner};
            struct str text;
            enum code code = extractor_run(&cx, e, STR("application/pdf"), name, bytes, &text);
            if (code != OK && code != E_SYNTAX && code != E_UNSUPPORTED)
                fail_msg("%.*s: %s", STR_ARG(name), cx.err.what);
            read += code == OK;
            refused += code == E_SYNTAX;
        }
    }
    print_message("%zu read, %zu refused\n", read, refused);
    assert_true(!refused || read > 150);
    extractor_close(e);
}

int main(int count, char **words)
{
    must(count == 3);
    void *state = words;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(what_is_given_comes_back, state),
        cmocka_unit_test_prestate(nothing_can_be_reached, state),
        cmocka_unit_test_prestate(what_loops_is_ended, state),
        cmocka_unit_test_prestate(what_talks_is_cut_off, state),
        cmocka_unit_test_prestate(what_dies_dies_alone, state),
        cmocka_unit_test_prestate(memory_is_bounded, state),
        cmocka_unit_test_prestate(no_program_is_an_error, state),
        cmocka_unit_test_prestate(readers_find_the_words, state),
        cmocka_unit_test_prestate(broken_documents_are_refused, state),
        cmocka_unit_test_prestate(one_helper_reads_many, state),
        cmocka_unit_test_prestate(a_helper_that_was_ended_begins_again, state),
        cmocka_unit_test_prestate(a_zip_of_too_many_entries_is_cut, state),
        cmocka_unit_test_prestate(a_zip_that_grows_too_much_is_cut, state),
        cmocka_unit_test_prestate(a_zip_of_too_many_bytes_is_cut, state),
        cmocka_unit_test_prestate(nesting_is_bounded, state),
        cmocka_unit_test_prestate(entities_do_not_grow, state),
        cmocka_unit_test_prestate(cut_documents_end, state),
        cmocka_unit_test_prestate(corpora_are_survived, state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
