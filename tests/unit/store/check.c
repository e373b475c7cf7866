/* Damage, made behind the store's back: store_check finds each, and puts right what is derived. */
#include "common.h"
#include "store/inside.h"
#include "store/maintain.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#undef fail /* base/err.h has one too */

struct findings {
    char text[1024];
    size_t n;
};

static void note(void *arg, const char *what, struct str about, bool repaired)
{
    struct findings *f = arg;
    (void)about;
    int n = snprintf(f->text + f->n, sizeof f->text - f->n, "%s%s; ", what,
                     repaired ? " (repaired)" : "");
    f->n += (size_t)n;
    must(f->n < sizeof f->text);
}

static struct store_check check(struct bench *b, bool repair, const char *wanted)
{
    struct findings f = {0};
    struct store_check sum = {0};
    assert_int_equal(store_check(&b->cx, b->s, repair, note, &f, &sum), OK);
    assert_string_equal(f.text, wanted);
    return sum;
}

struct put {
    const struct blob_new *blob;
    struct str tag;
};

static enum code put_blob(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    const struct put *p = arg;
    txn_blob_put(t, p->blob, p->tag);
    return OK;
}

static struct blob_id blob_of(struct bench *b, size_t n, char fill)
{
    struct put p = {.tag = STR("t")};
    struct blob_new *blob;
    char *bytes = memset(arena_alloc(b->cx.arena, n), fill, n);
    assert_int_equal(blob_prepare(&b->cx, b->s, str_of(bytes, n), &blob), OK);
    p.blob = blob;
    assert_int_equal(store_update(&b->cx, b->s, 5, put_blob, &p), OK);
    return *blob_new_id(blob);
}

/* The committer has nothing to do in these tests, so this is the only writer. */
static void damage(struct bench *b, enum family family, bool drop, struct str key, struct str value)
{
    struct op op = {.family = family, .drop = drop, .key = key, .value = value};
    assert_int_equal(b->s->engine->write(&b->cx, b->s->self, &op), OK);
}

static struct str id_key(struct bench *b, const struct blob_id *id)
{
    return str_dup(b->cx.arena, str_of(id->bytes, sizeof id->bytes));
}

static void a_sound_store_has_no_faults(void **state)
{
    struct bench *b = *state;
    blob_of(b, 1000, 'a');
    blob_of(b, 700000, 'b');
    assert_int_equal(put_row(b, 6, "k", "v"), OK);
    struct store_check sum = check(b, false, "");
    assert_int_equal(sum.partitions, 2);
    assert_int_equal(sum.rows, 1);
    assert_int_equal(sum.blobs, 2);
    assert_int_equal(sum.references, 2);
    assert_int_equal(sum.faults, 0);
}

static void a_lost_blob_is_told(void **state)
{
    struct bench *b = *state;
    struct blob_id id = blob_of(b, 1000, 'a');
    damage(b, FAMILY_BLOBS, true, id_key(b, &id), (struct str){0});
    static const char wanted[] = "a blob that is referred to is not there; ";
    check(b, true, wanted);
    check(b, false, wanted); /* nobody can repair that */
}

static void a_wrong_size_row_is_repaired(void **state)
{
    struct bench *b = *state;
    struct blob_id id = blob_of(b, 1000, 'a'), other = blob_of(b, 900, 'b');
    damage(b, FAMILY_REFS, true, stat_key(b->cx.arena, &id), (struct str){0});
    damage(b, FAMILY_REFS, false, stat_key(b->cx.arena, &other),
           STR("\x01\x09\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0"));
    static const char one[] = "the size row of a blob is missing or wrong; "
                              "the size row of a blob is missing or wrong; ";
    struct store_check sum = check(b, false, one);
    assert_int_equal(sum.faults, 2);
    assert_int_equal(sum.repaired, 0);
    sum = check(b, true,
                "the size row of a blob is missing or wrong (repaired); "
                "the size row of a blob is missing or wrong (repaired); ");
    assert_int_equal(sum.repaired, 2);
    check(b, false, "");
    uint64_t size;
    assert_int_equal(blob_size(&b->cx, b->s, &id, &size), OK);
    assert_int_equal(size, 1000);
}

static void a_forgotten_blob_is_found_and_swept(void **state)
{
    struct bench *b = *state;
    struct blob_id id = blob_of(b, 1000, 'a');
    damage(b, FAMILY_REFS, true, ref_key(b->cx.arena, &id, 5, STR("t")), (struct str){0});
    check(b, true, "a blob that nothing refers to was forgotten (repaired); ");
    check(b, false, "");
    size_t removed;
    bool more;
    assert_int_equal(store_sweep(&b->cx, b->s, 10, &removed, &more), OK);
    assert_int_equal(removed, 1);
    check(b, false, "");
}

static void damaged_bytes_are_told(void **state)
{
    struct bench *b = *state;
    struct blob_id id = blob_of(b, 1000, 'a'), other = blob_of(b, 1000, 'b');
    struct str row;
    void *pin;
    assert_int_equal(
        b->s->engine->get(&b->cx, b->s->self, FAMILY_BLOBS, id_key(b, &other), &row, &pin), OK);
    damage(b, FAMILY_BLOBS, false, id_key(b, &id), row); /* sound, but another's */
    b->s->engine->unpin(b->s->self, pin);
    check(b, true, "the bytes of a blob are damaged; ");
    struct str bytes;
    struct blob *owner;
    assert_int_equal(blob_get(&b->cx, b->s, &id, 0, SIZE_MAX, &bytes, &owner), E_CORRUPT);
    damage(b, FAMILY_BLOBS, false, id_key(b, &id), STR("\x01\x01\xe8\x03\0\0\0\0\0\0garbage"));
    assert_int_equal(blob_get(&b->cx, b->s, &id, 0, SIZE_MAX, &bytes, &owner), E_CORRUPT);
    damage(b, FAMILY_BLOBS, false, id_key(b, &id), STR("\x07"));
    assert_int_equal(blob_get(&b->cx, b->s, &id, 0, SIZE_MAX, &bytes, &owner), E_CORRUPT);
}

static void a_missing_frame_is_told(void **state)
{
    struct bench *b = *state;
    struct blob_id id = blob_of(b, 700000, 'a');
    const struct str parts[] = {id_key(b, &id), {"\0\0\0\x03", 4}};
    damage(b, FAMILY_BLOBS, true, str_join(b->cx.arena, parts, 2), (struct str){0});
    check(b, true, "the bytes of a blob are damaged; ");
}

static void broken_rows_are_told(void **state)
{
    struct bench *b = *state;
    assert_int_equal(put_row(b, 6, "k", "v"), OK);
    char prefix[PART_BYTES];
    damage(b, FAMILY_META, false, part_prefix(6, prefix), STR("\x09"));
    check(b, true, "a version row is damaged; ");
    damage(b, FAMILY_META, true, part_prefix(6, prefix), (struct str){0});
    check(b, true, "a partition without a version row; ");
    bench_reopen(b);
    damage(b, FAMILY_META, false, part_prefix(6, prefix), STR("\x09"));
    uint64_t v;
    if (b->dir[0]) /* the memory engine is still open, and knows the version */
        assert_int_equal(store_version(&b->cx, b->s, 6, &v), E_CORRUPT);
}

typedef void case_fn(void **state);

static const struct {
    const char *name;
    case_fn *run;
} cases[] = {
#define CASE(fn)                                                                                   \
    {                                                                                              \
#fn, fn                                                                                    \
    }
    CASE(a_sound_store_has_no_faults),  CASE(a_lost_blob_is_told),
    CASE(a_wrong_size_row_is_repaired), CASE(a_forgotten_blob_is_found_and_swept),
    CASE(damaged_bytes_are_told),       CASE(a_missing_frame_is_told),
    CASE(broken_rows_are_told),
};
enum { CASES = sizeof cases / sizeof *cases };

static int set_up(void **state)
{
    *state = bench_open(*state);
    return 0;
}

static int tear_down(void **state)
{
    bench_close(*state);
    return 0;
}

int main(void)
{
    static char engines[][16] = {"memory", "rocksdb"};
    struct CMUnitTest tests[2 * CASES];
    char names[2 * CASES][96];
    for (size_t at = 0; at < 2 * CASES; at++) {
        char *engine = engines[at / CASES];
        snprintf(names[at], sizeof names[at], "%s: %s", engine, cases[at % CASES].name);
        tests[at] = (struct CMUnitTest){.name = names[at],
                                        .test_func = cases[at % CASES].run,
                                        .setup_func = set_up,
                                        .teardown_func = tear_down,
                                        .initial_state = engine};
    }
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
