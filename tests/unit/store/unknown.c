/* An engine that at times does not know whether it wrote, as a distributed one that timed out: what
   it did counts once, what it did not is done. */
#include "base/random.h"
#include "common.h"
#include "store/inside.h"
#include "store/maintain.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#undef fail /* base/err.h has one too */

enum answer { KNOWN, DONE_UNKNOWN, LOST_UNKNOWN, DRAWN };

struct vague {
    void *inner;
    enum answer answer;
    unsigned times; /* writes that are answered so; then KNOWN */
    unsigned deaf;  /* gets that fail */
    struct random random;
    atomic_uint writes; /* done, of those asked for */
};

static void vague_close(void *self)
{
    struct vague *v = self;
    memory_engine.close(v->inner);
    free(v);
}

static enum code vague_get(struct ctx *cx, void *self, enum family family, struct str key,
                           struct str *value, void **pin)
{
    struct vague *v = self;
    if (v->deaf && key.n == PART_BYTES) {
        v->deaf--;
        return fail(cx, E_IO, "no answer to a question either");
    }
    return memory_engine.get(cx, v->inner, family, key, value, pin);
}

static void *vague_scan_open(void *self, enum family family, struct range range)
{
    return memory_engine.scan_open(((struct vague *)self)->inner, family, range);
}

static enum code vague_write(struct ctx *cx, void *self, const struct op *first)
{
    struct vague *v = self;
    enum answer answer = v->times ? v->answer : KNOWN;
    v->times -= v->times > 0;
    if (answer == DRAWN)
        answer = (enum answer)(random_u64(&v->random) % 3);
    if (answer != LOST_UNKNOWN) {
        atomic_fetch_add(&v->writes, 1);
        TRY(memory_engine.write(cx, v->inner, first));
    }
    return answer == KNOWN ? OK : fail(cx, E_BUSY, "timed out");
}

static uint64_t vague_bytes(void *self)
{
    return memory_engine.bytes(((struct vague *)self)->inner);
}

static struct bench *vague_bench(void)
{
    static struct store_engine engine;
    engine = memory_engine;
    engine.name = "vague";
    engine.close = vague_close;
    engine.get = vague_get;
    engine.scan_open = vague_scan_open;
    engine.write = vague_write;
    engine.bytes = vague_bytes;
    struct bench *b = calloc(1, sizeof *b);
    struct vague *v = calloc(1, sizeof *v);
    must(b && v);
    v->inner = memory_open();
    v->random.seed = 7;
    b->engine = "vague";
    b->cx.arena = arena_open();
    struct store_config config = {.blob_cache_bytes = 1024 * 1024};
    assert_int_equal(store_open_over(&b->cx, &config, &engine, v, &b->s), OK);
    return b;
}

static struct vague *engine_of(struct bench *b)
{
    return b->s->self;
}

static void answer(struct bench *b, enum answer answer, unsigned times)
{
    engine_of(b)->answer = answer;
    engine_of(b)->times = times;
}

static uint64_t version(struct bench *b, part_id part)
{
    uint64_t v = 0;
    assert_int_equal(store_version(&b->cx, b->s, part, &v), OK);
    return v;
}

/* One digit more each time: twice would be seen. */
static enum code count_up(struct ctx *cx, struct txn *t, void *arg)
{
    struct str value = {0};
    enum code code = txn_get(cx, t, STR("n"), &value);
    unsigned *runs = arg;
    if (code != OK && code != E_NOT_FOUND)
        return code;
    const struct str parts[] = {value, STR("x")};
    txn_put(t, STR("n"), str_join(cx->arena, parts, 2));
    if (runs)
        ++*runs;
    return OK;
}

static enum code counted(struct bench *b, part_id part, unsigned *runs)
{
    return store_update(&b->cx, b->s, part, count_up, runs);
}

static size_t count(struct bench *b, part_id part)
{
    const char *text = row(b, part, "n");
    return text ? strlen(text) : 0;
}

static void what_was_done_is_not_done_again(void **state)
{
    (void)state;
    struct bench *b = vague_bench();
    unsigned runs = 0;
    for (unsigned i = 0; i < 8; i++) {
        answer(b, DONE_UNKNOWN, 1);
        assert_int_equal(counted(b, 1, &runs), OK);
        assert_int_equal(count(b, 1), i + 1);
        assert_int_equal(version(b, 1), i + 1);
        assert_int_equal(runs, i + 1);
        assert_int_equal(atomic_load(&engine_of(b)->writes), i + 1);
    }
    assert_int_equal(counted(b, 1, NULL), OK);
    assert_int_equal(count(b, 1), 9);
    assert_true(store_is_healthy(b->s));
    bench_close(b);
}

static void what_was_not_done_is_done(void **state)
{
    (void)state;
    struct bench *b = vague_bench();
    unsigned runs = 0;
    answer(b, LOST_UNKNOWN, 1); /* the first of all in the partition */
    assert_int_equal(counted(b, 1, &runs), OK);
    assert_int_equal(count(b, 1), 1);
    answer(b, LOST_UNKNOWN, 3); /* and again, when it is tried again */
    assert_int_equal(counted(b, 1, &runs), OK);
    assert_int_equal(count(b, 1), 2);
    assert_int_equal(version(b, 1), 2);
    assert_int_equal(runs, 2);
    assert_int_equal(atomic_load(&engine_of(b)->writes), 2);
    answer(b, DONE_UNKNOWN, 1);
    engine_of(b)->deaf = 3;
    assert_int_equal(counted(b, 1, &runs), OK);
    assert_int_equal(atomic_load(&engine_of(b)->writes), 3);
    assert_int_equal(count(b, 1), 3);
    bench_close(b);
}

static void who_never_learns_it_says_so_and_goes_on(void **state)
{
    (void)state;
    static const enum answer answers[] = {LOST_UNKNOWN, DONE_UNKNOWN};
    for (size_t i = 0; i < 2; i++) {
        struct bench *b = vague_bench();
        assert_int_equal(counted(b, 1, NULL), OK);
        struct txn *early = txn_begin(&b->cx, b->s, 1);
        txn_put(early, STR("n"), STR("early"));
        answer(b, answers[i], 100);
        engine_of(b)->deaf = i ? 100 : 0;
        assert_int_equal(counted(b, 1, NULL), E_BUSY);
        assert_true(store_is_healthy(b->s));
        answer(b, KNOWN, 0);
        engine_of(b)->deaf = 0;
        /* The truth is read anew, also by who began before. */
        if (i)
            assert_int_equal(txn_commit(&b->cx, early), E_CONFLICT);
        else
            txn_abort(early);
        assert_int_equal(counted(b, 1, NULL), OK);
        assert_int_equal(count(b, 1), 2 + i);
        assert_int_equal(version(b, 1), 2 + i);
        bench_close(b);
    }
}

static void print_fault(void *arg, const char *what, struct str about, bool repaired)
{
    (void)arg, (void)about, (void)repaired;
    print_message("fault: %s\n", what);
}

struct blob_job {
    const struct blob_new *blob;
    struct blob_id id;
};

static enum code blob_there(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    txn_blob_put(t, ((const struct blob_job *)arg)->blob, STR("t"));
    return OK;
}

static enum code blob_gone(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    txn_blob_unref(t, &((const struct blob_job *)arg)->id, STR("t"));
    return OK;
}

static void blobs_and_sweeps_come_out_right(void **state)
{
    (void)state;
    struct bench *b = vague_bench();
    for (unsigned i = 0; i < 20; i++) {
        struct blob_new *blob;
        size_t removed;
        bool more;
        struct store_check sum = {0};
        struct str body = str_printf(b->cx.arena, "a body, %u", i);
        answer(b, DRAWN, 2);
        assert_int_equal(blob_prepare(&b->cx, b->s, body, &blob), OK);
        struct blob_job job = {blob, *blob_new_id(blob)};
        assert_int_equal(store_update(&b->cx, b->s, 1, blob_there, &job), OK);
        answer(b, DRAWN, 2);
        assert_int_equal(store_update(&b->cx, b->s, 1, blob_gone, &job), OK);
        answer(b, DRAWN, 2);
        assert_int_equal(store_sweep(&b->cx, b->s, 10, &removed, &more), OK);
        assert_int_equal(removed, 1);
        assert_int_equal(store_check(&b->cx, b->s, false, print_fault, NULL, &sum), OK);
        assert_int_equal(sum.faults, 0);
        assert_int_equal(sum.blobs, 0);
    }
    bench_close(b);
}

enum { WRITERS = 6, EACH = 60, PARTS = 2 };

struct writer {
    pthread_t thread;
    struct bench *b;
    unsigned n;
};

static void *write_on(void *arg)
{
    struct writer *w = arg;
    struct bench mine = {.s = w->b->s, .cx = {.arena = arena_open()}};
    for (unsigned i = 0; i < EACH; i++) {
        must(counted(&mine, 1 + (w->n + i) % PARTS, NULL) == OK);
        arena_reset(mine.cx.arena);
    }
    arena_close(mine.cx.arena);
    return NULL;
}

static void many_writers_count_each_once(void **state)
{
    (void)state;
    struct bench *b = vague_bench();
    struct writer w[WRITERS];
    answer(b, DRAWN, 1000000);
    for (unsigned i = 0; i < WRITERS; i++) {
        w[i] = (struct writer){.b = b, .n = i};
        assert_int_equal(pthread_create(&w[i].thread, NULL, write_on, &w[i]), 0);
    }
    for (unsigned i = 0; i < WRITERS; i++)
        pthread_join(w[i].thread, NULL);
    size_t sum = 0;
    for (part_id part = 1; part <= PARTS; part++)
        sum += count(b, part);
    assert_int_equal(sum, WRITERS * EACH);
    bench_close(b);
}

static void version_rows_keep_the_last_ids(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct commit_ids ids = {.of = {9, 8, 7, 6}}, found;
    uint64_t v = 0;
    struct str whole = part_row(a, 5, &ids);
    assert_int_equal(whole.n, 9 + 4 * 8);
    assert_true(part_row_read(whole, &v, &found));
    assert_int_equal(v, 5);
    assert_memory_equal(&ids, &found, sizeof ids);
    ids.of[2] = 0; /* the partition had two commits */
    assert_int_equal(part_row(a, 2, &ids).n, 9 + 2 * 8);
    assert_true(part_row_read(part_row(a, 2, &ids), &v, &found));
    assert_int_equal(found.of[1], 8);
    assert_int_equal(found.of[2], 0);
    assert_false(part_row_read(str_sub(whole, 0, 12), &v, &found));
    assert_false(part_row_read(str_sub(whole, 0, 8), &v, &found));
    assert_false(part_row_read(part_row(a, 0, &ids), &v, &found));
    const struct str more[] = {whole, STR("12345678")};
    assert_false(part_row_read(str_join(a, more, 2), &v, &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_done_is_not_done_again),
        cmocka_unit_test(what_was_not_done_is_done),
        cmocka_unit_test(who_never_learns_it_says_so_and_goes_on),
        cmocka_unit_test(blobs_and_sweeps_come_out_right),
        cmocka_unit_test(many_writers_count_each_once),
        cmocka_unit_test(version_rows_keep_the_last_ids),
    };
    return cmocka_run_group_tests_name("unknown", tests, NULL, NULL);
}
