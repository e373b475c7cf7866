/* The cage holds, and the readers in it find the words. cage HOSTILE READER: the programs. */
#include "unit.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "io/process/cage.h"
#include "service/indexer.h"
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
    static const char *const acts[] = {"open", "write", "socket", "fork", "exec", "code"};
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
