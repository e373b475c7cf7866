/* The store under load, as JSON: commits a second and processor time of deliveries of three sizes
   by 1, 8 and 64 threads, and reading blobs.
   store_bench [DIR [SECONDS [memory|rocksdb [BODY_BYTES THREADS]]]] */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/cur.h"
#include "base/random.h"
#include "store/key.h"
#include "store/maintain.h"
#include "store/store.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>

enum { PARTS = 1000, TEXT_MAX = 12 * 1024, SAMPLES = 100000, READS = 2000 };

struct load {
    struct store *s;
    size_t size;
    unsigned threads;
    int64_t end_us;
    atomic_uint started; /* numbers the threads, and makes bodies unlike across runs */
    atomic_ulong commits;
    uint32_t *samples_us;
    atomic_uint sample_n;
    struct blob_id *ids; /* of the first READS bodies */
    atomic_uint id_n;
};

static double cpu_us(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Words first, then lines of base64: an ordinary message with an attachment. */
static void body_make(char *out, size_t n, struct random *r)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char letters[] = "eeeetttaaooiinnsshrrdlucmfwypvbgk";
    size_t at = 0, text = n < TEXT_MAX ? n : TEXT_MAX;
    char words[512][10];
    for (size_t w = 0; w < 512; w++)
        for (size_t i = 0; i < 10; i++)
            words[w][i] = letters[random_u64(r) % (sizeof letters - 1)];
    while (at < text) {
        size_t w = random_u64(r) % 512;
        for (size_t i = 0; i < 2 + w % 8 && at < text; i++)
            out[at++] = words[w * w % 512][i];
        if (at < text)
            out[at++] = random_u64(r) % 10 ? ' ' : '\n';
    }
    for (; at < n; at++)
        out[at] = at % 77 == 76 ? '\n' : base64[random_u64(r) % 64];
}

struct delivery {
    const struct blob_new *blob;
};

/* What a delivery writes: the item, the counter, the change. */
static enum code deliver(struct ctx *cx, struct txn *t, void *arg)
{
    const struct delivery *d = arg;
    struct key counter = key_of('a'), item = key_of('i'), change = key_of('l'), tag = key_of('i');
    struct str value;
    uint64_t n = 0;
    if (txn_get(cx, t, key_str(&counter), &value) == OK) {
        struct cur c = cur_of(value);
        (void)cur_le64(&c, &n);
    }
    n++;
    struct buf b = buf_of(cx->arena, 400);
    buf_le64(&b, n);
    buf_fill(&b, 0, 24);
    txn_put(t, key_str(&counter), buf_str(&b));
    key_u48(&item, n);
    key_u48(&tag, n);
    key_u48(&change, n);
    buf_fill(&b, 'x', 168);
    txn_put(t, key_str(&item), buf_str(&b));
    txn_put(t, key_str(&change), str_sub(buf_str(&b), 0, 40));
    txn_blob_put(t, d->blob, key_str(&tag));
    return OK;
}

static void note(struct load *l, int64_t us, const struct blob_id *id)
{
    unsigned at = atomic_fetch_add(&l->sample_n, 1);
    if (at < SAMPLES)
        l->samples_us[at] = (uint32_t)us;
    at = atomic_fetch_add(&l->id_n, 1);
    if (at < READS)
        l->ids[at] = *id;
}

static void *load_run(void *arg)
{
    struct load *l = arg;
    unsigned serial = atomic_fetch_add(&l->started, 1);
    struct random r = {.seed = serial + 1};
    struct arena *a = arena_open();
    char *body = malloc(l->size);
    must(body);
    body_make(body, l->size, &r);
    for (int64_t now; (now = clock_mono_us()) < l->end_us;) {
        struct ctx cx = {.arena = a};
        uint64_t unlike = random_u64(&r);
        for (size_t i = 0; i < 16; i++)
            body[i] = (char)('a' + (unlike >> (4 * i) & 15));
        struct blob_new *blob;
        struct delivery d = {0};
        must(blob_prepare(&cx, l->s, str_of(body, l->size), &blob) == OK);
        d.blob = blob;
        must(store_update(&cx, l->s, 1 + random_u64(&r) % PARTS, deliver, &d) == OK);
        atomic_fetch_add(&l->commits, 1);
        note(l, clock_mono_us() - now, blob_new_id(blob));
        arena_reset(a);
    }
    free(body);
    arena_close(a);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void read_all(struct load *l, const char *what, unsigned rounds)
{
    struct arena *a = arena_open();
    int64_t start_us = clock_mono_us();
    double cpu = cpu_us();
    uint64_t bytes = 0, count = 0;
    unsigned n = atomic_load(&l->id_n) < READS ? atomic_load(&l->id_n) : READS;
    for (unsigned round = 0; round < rounds; round++)
        for (unsigned i = 0; i < n; i++) {
            struct ctx cx = {.arena = a};
            struct str got;
            struct blob *owner;
            must(blob_get(&cx, l->s, &l->ids[i], 0, SIZE_MAX, &got, &owner) == OK);
            bytes += got.n;
            count++;
            blob_unref(owner);
            arena_reset(a);
        }
    double us = (double)(clock_mono_us() - start_us);
    printf(", \"%s_us\": %.2f, \"%s_cpu_us\": %.2f, \"%s_mb_s\": %.0f", what, us / (double)count,
           what, (cpu_us() - cpu) / (double)count, what, (double)bytes / us);
    arena_close(a);
}

static void measure(struct store *s, size_t size, unsigned threads, double seconds, bool last)
{
    static atomic_uint serial = 1;
    struct load l = {.s = s, .size = size, .threads = threads};
    l.samples_us = calloc(SAMPLES, sizeof *l.samples_us);
    l.ids = calloc(READS, sizeof *l.ids);
    must(l.samples_us && l.ids);
    atomic_store(&l.started, atomic_fetch_add(&serial, threads));
    pthread_t *t = calloc(threads, sizeof *t);
    must(t);
    struct store_stats before = store_stats(s);
    int64_t start_us = clock_mono_us();
    double cpu = cpu_us();
    l.end_us = start_us + (int64_t)(seconds * 1e6);
    for (unsigned i = 0; i < threads; i++)
        must(pthread_create(&t[i], NULL, load_run, &l) == 0);
    for (unsigned i = 0; i < threads; i++)
        pthread_join(t[i], NULL);
    cpu = cpu_us() - cpu;
    double took = (double)(clock_mono_us() - start_us) / 1e6;
    struct store_stats after = store_stats(s);
    double n = (double)atomic_load(&l.commits);
    unsigned samples = atomic_load(&l.sample_n) < SAMPLES ? atomic_load(&l.sample_n) : SAMPLES;
    qsort(l.samples_us, samples, sizeof *l.samples_us, by_value);
    printf("  {\"body_bytes\": %zu, \"threads\": %u, \"commits_s\": %.0f, \"cpu_us\": %.1f, "
           "\"p50_us\": %u, \"p99_us\": %u, \"group\": %.2f, \"stored\": %.3f",
           size, threads, n / took, cpu / n, l.samples_us[samples / 2],
           l.samples_us[samples * 99 / 100],
           (double)(after.commits - before.commits) / (double)(after.syncs - before.syncs),
           (double)(after.bytes_committed - before.bytes_committed) / n / (double)size);
    read_all(&l, "read", 1);
    read_all(&l, "cached", 20);
    printf("}%s\n", last ? "" : ",");
    fflush(stdout);
    free(t);
    free(l.samples_us);
    free(l.ids);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {2048, 20480, 204800};
    static const unsigned threads[] = {1, 8, 64};
    struct arena *a = arena_open();
    struct ctx cx = {.arena = a};
    struct store_config config = {
        .engine = str_z(argc > 3 ? argv[3] : "rocksdb"),
        .dir = str_z(argc > 1 ? argv[1] : "store_bench.data"),
        .cache_bytes = 64 * 1024 * 1024,
        .blob_cache_bytes = 1024 * 1024 * 1024,
    };
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    struct store *s = NULL;
    if (store_open(&cx, &config, &s) != OK) {
        fprintf(stderr, "%s\n", cx.err.what);
        return 1;
    }
    printf("[\n");
    if (argc > 5)
        measure(s, strtoul(argv[4], NULL, 10), (unsigned)strtoul(argv[5], NULL, 10), seconds, true);
    for (size_t i = 0; argc <= 5 && i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            measure(s, sizes[i], threads[j], seconds, i == 2 && j == 2);
    printf("]\n");
    store_close(s);
    arena_close(a);
    return 0;
}
