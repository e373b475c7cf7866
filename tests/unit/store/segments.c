/* Large blobs in segments: where they lie, that damage is seen, that space comes back. */
#include "store/segment/segments.h"
#include "base/random.h"
#include "common.h"
#include "store/maintain.h"
#include "store/segment/record.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* base/err.h has one too */

enum { LARGE = 100 * 1024 };

static void any_changed_byte_of_a_record_is_seen(void **state)
{
    (void)state;
    char whole[RECORD_HEAD_BYTES + 5 + 70];
    for (size_t i = 0; i < sizeof whole; i++)
        whole[i] = (char)i;
    struct str key = STR("a key"), value = str_of(whole + sizeof whole - 70, 70), k, v;
    record_head(key, value, whole);
    memcpy(whole + RECORD_HEAD_BYTES, key.p, key.n);
    struct str record = str_of(whole, sizeof whole);
    assert_int_equal(record_bytes(record), sizeof whole);
    assert_true(record_read(record, &k, &v));
    assert_true(str_eq(k, key) && str_eq(v, value));
    assert_false(record_read(str_sub(record, 0, record.n - 1), &k, &v));
    for (size_t i = 0; i < sizeof whole; i++) {
        whole[i] ^= 4;
        assert_false(record_read(record, &k, &v));
        whole[i] ^= 4;
    }
    assert_true(record_read(record, &k, &v));
    assert_int_equal(record_bytes(str_sub(record, 0, 8)), 0);
    assert_int_equal(record_bytes(STR("no record, but as long as one")), 0);
}

static void segment_path(const char *dir, unsigned number, char out[static 256])
{
    snprintf(out, 256, "%s/%08x.seg", dir, number);
}

static struct segments *opened(struct ctx *cx, const char *dir)
{
    struct segments *s = NULL;
    assert_int_equal(segments_open(cx, dir, &s), OK);
    return s;
}

static void files_are_appended_to_and_read(void **state)
{
    (void)state;
    char dir[64], path[256];
    dir_make(dir);
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct segments *s = opened(&cx, dir);
    struct place first, second;
    struct str key, value;
    void *pin;
    assert_int_equal(segments_add(&cx, s, STR("k1"), STR("one"), &first), OK);
    assert_int_equal(segments_add(&cx, s, STR("k2"), STR("two, longer"), &second), OK);
    assert_int_equal(second.offset, first.bytes);
    assert_int_equal(segments_flush(&cx, s), OK);
    struct segment_facts f;
    assert_true(segments_next_changed(s, &f));
    assert_int_equal(f.number, 1);
    assert_int_equal(f.end, first.bytes + second.bytes);
    assert_int_equal(f.live, f.end);
    assert_false(segments_next_changed(s, &f));
    assert_int_equal(segments_read(&cx, s, second, &key, &value, &pin), OK);
    assert_true(str_eq(key, STR("k2")) && str_eq(value, STR("two, longer")));
    segments_unpin(pin);
    struct place wrong = first;
    wrong.offset++;
    assert_int_equal(segments_read(&cx, s, wrong, &key, &value, &pin), E_CORRUPT);
    wrong = second;
    wrong.bytes++; /* past the end of the file */
    assert_int_equal(segments_read(&cx, s, wrong, &key, &value, &pin), E_CORRUPT);
    wrong.bytes = UINT32_MAX;
    assert_int_equal(segments_read(&cx, s, wrong, &key, &value, &pin), E_CORRUPT);
    wrong.segment = 7;
    wrong.bytes = 30;
    assert_int_equal(segments_read(&cx, s, wrong, &key, &value, &pin), E_NOT_FOUND);
    assert_int_equal(segments_at(&cx, s, 1, first.bytes, &wrong), OK);
    assert_int_equal(wrong.bytes, second.bytes);
    segments_close(s);
    /* A file that no row knows goes, and its number is not used again. */
    segment_path(dir, 3, path);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    s = opened(&cx, dir);
    segments_know(s, f);
    assert_int_equal(segments_tidy(&cx, s), OK);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(segments_read(&cx, s, first, &key, &value, &pin), OK);
    segments_unpin(pin);
    assert_int_equal(segments_add(&cx, s, STR("k3"), STR("three"), &first), OK);
    assert_int_equal(first.segment, 4);
    assert_int_equal(segments_flush(&cx, s), OK);
    segments_close(s);
    dir_remove(dir);
}

static void many_records_go_in_one_flush(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    char dir[64];
    dir_make(dir);
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct segments *s = opened(&cx, dir);
    struct place *places = ARENA_ARRAY(a, MANY, struct place);
    for (unsigned i = 0; i < MANY; i++) {
        struct str key = str_printf(a, "key %u", i), value = str_printf(a, "%0*u", (int)i, i);
        assert_int_equal(segments_add(&cx, s, key, value, &places[i]), OK);
    }
    assert_int_equal(segments_flush(&cx, s), OK);
    for (unsigned i = 0; i < MANY; i++) {
        struct str key, value;
        void *pin;
        assert_int_equal(segments_read(&cx, s, places[i], &key, &value, &pin), OK);
        assert_true(str_eq(key, str_printf(a, "key %u", i)));
        assert_true(str_eq(value, str_printf(a, "%0*u", (int)i, i)));
        segments_unpin(pin);
    }
    segments_close(s);
    dir_remove(dir);
}

/* Over the whole store. */

struct change {
    const struct blob_new *blob;
    struct blob_id id;
    struct str tag;
};

static enum code put_blob(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    const struct change *c = arg;
    txn_blob_put(t, c->blob, c->tag);
    return OK;
}

static enum code unref_blob(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    const struct change *c = arg;
    txn_blob_unref(t, &c->id, c->tag);
    return OK;
}

/* Nothing that shrinks, and the same for the same seed. */
static struct str noise(struct arena *a, uint64_t seed, size_t n)
{
    struct random r = {.seed = seed + 1};
    char *p = arena_alloc(a, n);
    random_bytes(&r, p, n);
    return str_of(p, n);
}

static struct blob_id keep(struct bench *b, uint64_t seed, size_t n)
{
    struct change c = {.tag = STR("t")};
    struct blob_new *blob;
    struct ctx cx = {.arena = arena_open()};
    assert_int_equal(blob_prepare(&cx, b->s, noise(cx.arena, seed, n), &blob), OK);
    c.blob = blob;
    assert_int_equal(store_update(&cx, b->s, 5, put_blob, &c), OK);
    struct blob_id id = *blob_new_id(blob);
    arena_close(cx.arena);
    return id;
}

static void drop(struct bench *b, const struct blob_id *id)
{
    struct change c = {.tag = STR("t"), .id = *id};
    assert_int_equal(store_update(&b->cx, b->s, 5, unref_blob, &c), OK);
}

static enum code is_whole(struct bench *b, const struct blob_id *id, uint64_t seed, size_t n)
{
    struct str bytes;
    struct blob *owner;
    struct ctx cx = {.arena = arena_open()};
    enum code code = blob_get(&cx, b->s, id, 0, SIZE_MAX, &bytes, &owner);
    if (code == OK) {
        must(str_eq(bytes, noise(cx.arena, seed, n)));
        blob_unref(owner);
    }
    arena_close(cx.arena);
    return code;
}

static void sweep(struct bench *b, size_t wanted)
{
    size_t removed;
    bool more;
    assert_int_equal(store_sweep(&b->cx, b->s, 1000, &removed, &more), OK);
    assert_int_equal(removed, wanted);
}

/* Files and their bytes. */
static unsigned files_of(const char *store, uint64_t *bytes)
{
    char dir[128], path[512];
    unsigned n = 0;
    *bytes = 0;
    snprintf(dir, sizeof dir, "%s/segments", store);
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d));) {
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
            n++;
            *bytes += (uint64_t)st.st_size;
        }
    }
    closedir(d);
    return n;
}

static void print_fault(void *arg, const char *what, struct str about, bool repaired)
{
    (void)arg, (void)about, (void)repaired;
    print_message("fault: %s\n", what);
}

static uint64_t faults(struct bench *b)
{
    struct store_check sum = {0};
    assert_int_equal(store_check(&b->cx, b->s, false, print_fault, NULL, &sum), OK);
    return sum.faults;
}

static void large_blobs_lie_in_segments_small_ones_do_not(void **state)
{
    (void)state;
    struct bench *b = bench_open("rocksdb");
    uint64_t bytes;
    struct blob_id small = keep(b, 1, 30000);
    assert_int_equal(files_of(b->dir, &bytes), 0);
    struct blob_id large = keep(b, 2, LARGE), huge = keep(b, 3, 700000);
    assert_int_equal(files_of(b->dir, &bytes), 1);
    assert_true(bytes > LARGE + 700000 && bytes < LARGE + 701000);
    assert_true(store_stats(b->s).bytes_on_disk > bytes);
    bench_reopen(b);
    assert_int_equal(is_whole(b, &small, 1, 30000), OK);
    assert_int_equal(is_whole(b, &large, 2, LARGE), OK);
    assert_int_equal(is_whole(b, &huge, 3, 700000), OK);
    keep(b, 4, LARGE); /* a file of its own after each start */
    assert_int_equal(files_of(b->dir, &bytes), 2);
    assert_int_equal(faults(b), 0);
    bench_close(b);
}

static void space_of_swept_blobs_comes_back(void **state)
{
    (void)state;
    enum { BLOBS = 100 };
    struct bench *b = bench_open("rocksdb");
    struct blob_id ids[BLOBS];
    uint64_t before, after;
    for (unsigned i = 0; i < BLOBS; i++)
        ids[i] = keep(b, i, LARGE);
    files_of(b->dir, &before);
    bench_reopen(b);
    for (unsigned i = 0; i < BLOBS; i++)
        if (i % 10)
            drop(b, &ids[i]);
    sweep(b, BLOBS / 10 * 9);
    store_compact(b->s);
    assert_int_equal(files_of(b->dir, &after), 1);
    assert_true(after < before / 8);
    for (unsigned i = 0; i < BLOBS; i++)
        assert_int_equal(is_whole(b, &ids[i], i, LARGE), i % 10 ? E_NOT_FOUND : OK);
    assert_int_equal(faults(b), 0);
    bench_reopen(b);
    assert_int_equal(faults(b), 0);
    assert_int_equal(is_whole(b, &ids[0], 0, LARGE), OK);
    /* What nobody refers to at all goes without being copied. */
    for (unsigned i = 0; i < BLOBS; i += 10)
        drop(b, &ids[i]);
    sweep(b, BLOBS / 10);
    store_compact(b->s);
    assert_int_equal(files_of(b->dir, &after), 0);
    assert_int_equal(keep(b, 0, LARGE).bytes[0], ids[0].bytes[0]);
    assert_int_equal(is_whole(b, &ids[0], 0, LARGE), OK);
    bench_close(b);
}

struct reading {
    struct bench *b;
    const struct blob_id *ids;
    unsigned count;
    atomic_bool *stop;
};

static void *read_on(void *arg)
{
    struct reading *r = arg;
    for (unsigned i = 0; !atomic_load(r->stop); i++)
        must(is_whole(r->b, &r->ids[i % r->count * 4], i % r->count * 4, LARGE) == OK);
    return NULL;
}

/* What lives is copied while others read and deliver. */
static void readers_find_what_is_being_copied(void **state)
{
    (void)state;
    enum { BLOBS = 60, READERS = 3, ROUNDS = 3 };
    struct bench *b = bench_open("rocksdb");
    store_close(b->s); /* again, with a cache that keeps nothing */
    struct store_config config = {.engine = STR("rocksdb"), .dir = str_z(b->dir)};
    assert_int_equal(store_open(&b->cx, &config, &b->s), OK);
    struct blob_id ids[BLOBS];
    for (unsigned i = 0; i < BLOBS; i++)
        ids[i] = keep(b, i, LARGE);
    for (unsigned i = 0; i < BLOBS; i++)
        if (i % 4)
            drop(b, &ids[i]);
    sweep(b, BLOBS / 4 * 3);
    atomic_bool stop = false;
    struct reading r = {b, ids, BLOBS / 4, &stop};
    pthread_t threads[READERS];
    for (unsigned i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &r), 0);
    for (unsigned i = 0; i < ROUNDS; i++) {
        char copy[64];
        dir_make(copy);
        assert_int_equal(rmdir(copy), 0);
        assert_int_equal(store_checkpoint(&b->cx, b->s, str_z(copy)), OK); /* begins a new file */
        keep(b, 1000 + i, LARGE);
        store_compact(b->s);
        dir_remove(copy);
    }
    atomic_store(&stop, true);
    for (unsigned i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(faults(b), 0);
    bench_close(b);
}

static void a_checkpoint_keeps_what_the_store_removes(void **state)
{
    (void)state;
    struct bench *b = bench_open("rocksdb");
    char copy[64];
    dir_make(copy);
    assert_int_equal(rmdir(copy), 0);
    struct blob_id kept = keep(b, 1, LARGE), dropped = keep(b, 2, LARGE);
    assert_int_equal(store_checkpoint(&b->cx, b->s, str_z(copy)), OK);
    drop(b, &dropped);
    sweep(b, 1);
    struct blob_id later = keep(b, 3, LARGE);
    store_compact(b->s);
    assert_int_equal(is_whole(b, &kept, 1, LARGE), OK);
    assert_int_equal(is_whole(b, &dropped, 2, LARGE), E_NOT_FOUND);
    struct bench c = {.cx = {.arena = arena_open()}};
    c.s = open_in(&c.cx, "rocksdb", copy);
    assert_int_equal(faults(&c), 0);
    assert_int_equal(is_whole(&c, &kept, 1, LARGE), OK);
    assert_int_equal(is_whole(&c, &dropped, 2, LARGE), OK);
    assert_int_equal(is_whole(&c, &later, 3, LARGE), E_NOT_FOUND);
    keep(&c, 4, LARGE); /* the copy goes its own way */
    store_compact(c.s);
    assert_int_equal(faults(&c), 0);
    store_close(c.s);
    arena_close(c.cx.arena);
    assert_int_equal(faults(b), 0);
    assert_int_equal(is_whole(b, &later, 3, LARGE), OK);
    dir_remove(copy);
    bench_close(b);
}

static void change_byte(const char *path, off_t at)
{
    char byte;
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void damage_is_told_and_what_is_beside_it_kept(void **state)
{
    (void)state;
    struct bench *b = bench_open("rocksdb");
    char dir[128], path[256];
    struct blob_id broken = keep(b, 1, LARGE), good = keep(b, 2, LARGE);
    snprintf(dir, sizeof dir, "%s/segments", b->dir);
    segment_path(dir, 1, path);
    bench_reopen(b);
    change_byte(path, 5000);
    assert_int_equal(is_whole(b, &broken, 1, LARGE), E_CORRUPT);
    assert_int_equal(is_whole(b, &good, 2, LARGE), OK);
    assert_int_equal(faults(b), 1);
    store_compact(b->s); /* it would copy a file this small */
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(is_whole(b, &good, 2, LARGE), OK);
    change_byte(path, 5000);
    store_compact(b->s);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(is_whole(b, &broken, 1, LARGE), OK);
    assert_int_equal(faults(b), 0);
    uint64_t bytes;
    assert_int_equal(files_of(b->dir, &bytes), 1);
    segment_path(dir, 2, path);
    assert_int_equal(unlink(path), 0); /* somebody removed a file */
    bench_reopen(b);
    assert_int_equal(is_whole(b, &good, 2, LARGE), E_CORRUPT);
    assert_int_equal(faults(b), 2);
    bench_close(b);
}

/* A crash may leave anything behind the last record that rows name. */
static void a_torn_tail_is_nobodys(void **state)
{
    (void)state;
    struct bench *b = bench_open("rocksdb");
    char dir[128], path[256];
    struct blob_id id = keep(b, 1, LARGE);
    snprintf(dir, sizeof dir, "%s/segments", b->dir);
    segment_path(dir, 1, path);
    store_close(b->s);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "PRSG\x01 torn", 10), 10);
    close(fd);
    b->s = open_in(&b->cx, "rocksdb", b->dir);
    assert_int_equal(is_whole(b, &id, 1, LARGE), OK);
    assert_int_equal(faults(b), 0);
    store_compact(b->s);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(is_whole(b, &id, 1, LARGE), OK);
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_changed_byte_of_a_record_is_seen),
        cmocka_unit_test(files_are_appended_to_and_read),
        cmocka_unit_test(many_records_go_in_one_flush),
        cmocka_unit_test(large_blobs_lie_in_segments_small_ones_do_not),
        cmocka_unit_test(space_of_swept_blobs_comes_back),
        cmocka_unit_test(readers_find_what_is_being_copied),
        cmocka_unit_test(a_checkpoint_keeps_what_the_store_removes),
        cmocka_unit_test(damage_is_told_and_what_is_beside_it_kept),
        cmocka_unit_test(a_torn_tail_is_nobodys),
    };
    return cmocka_run_group_tests_name("segments", tests, NULL, NULL);
}
