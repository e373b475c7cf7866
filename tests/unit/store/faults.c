/* The nth write fails, the process is killed, the disk is full, fdatasync fails: what was
   acknowledged is there, and nothing is acknowledged after the first failure. */
#include "base/map.h"
#include "base/random.h"
#include "common.h"
#include "store/inside.h"
#include "store/maintain.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* base/err.h has one too */

/* An engine over the memory engine whose writes fail from some time on. */
struct faulty {
    void *inner;
    int writes_left;
};

static void faulty_close(void *self)
{
    struct faulty *f = self;
    memory_engine.close(f->inner);
    free(f);
}

static enum code faulty_get(struct ctx *cx, void *self, enum family family, struct str key,
                            struct str *value, void **pin)
{
    return memory_engine.get(cx, ((struct faulty *)self)->inner, family, key, value, pin);
}

static void *faulty_scan_open(void *self, enum family family, struct range range)
{
    return memory_engine.scan_open(((struct faulty *)self)->inner, family, range);
}

static enum code faulty_write(struct ctx *cx, void *self, const struct op *first)
{
    struct faulty *f = self;
    if (f->writes_left-- <= 0)
        return fail(cx, E_IO, "the disk is gone");
    return memory_engine.write(cx, f->inner, first);
}

static uint64_t faulty_bytes(void *self)
{
    return memory_engine.bytes(((struct faulty *)self)->inner);
}

static struct bench *faulty_bench(int writes)
{
    static struct store_engine engine;
    engine = memory_engine;
    engine.name = "faulty";
    engine.close = faulty_close;
    engine.get = faulty_get;
    engine.scan_open = faulty_scan_open;
    engine.write = faulty_write;
    engine.bytes = faulty_bytes;
    struct bench *b = calloc(1, sizeof *b);
    struct faulty *f = calloc(1, sizeof *f);
    must(b && f);
    f->inner = memory_open();
    f->writes_left = writes;
    b->engine = "faulty";
    b->cx.arena = arena_open();
    struct store_config config = {.blob_cache_bytes = 1024 * 1024};
    assert_int_equal(store_open_over(&b->cx, &config, &engine, f, &b->s), OK);
    return b;
}

static void writing_stops_at_the_first_failure(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        struct bench *b = faulty_bench(n);
        for (int i = 0; i < n; i++)
            assert_int_equal(put_row(b, 1, "k", "good"), OK);
        assert_true(store_is_healthy(b->s));
        assert_int_equal(put_row(b, 1, "k", "lost"), E_IO);
        assert_false(store_is_healthy(b->s));
        ((struct faulty *)b->s->self)->writes_left = 100; /* the disk is back: it does not matter */
        assert_int_equal(put_row(b, 1, "k", "lost"), E_IO);
        assert_int_equal(put_row(b, 2, "k", "lost"), E_IO);
        struct txn *t = txn_begin(&b->cx, b->s, 1);
        txn_put(t, STR("k"), STR("lost"));
        assert_int_equal(txn_commit(&b->cx, t), E_IO);
        size_t removed;
        bool more;
        assert_int_equal(store_sweep(&b->cx, b->s, 1, &removed, &more), OK); /* nothing to do */
        if (n)
            assert_string_equal(row(b, 1, "k"), "good"); /* reading goes on */
        else
            assert_null(row(b, 1, "k"));
        uint64_t v;
        assert_int_equal(store_version(&b->cx, b->s, 1, &v), OK);
        assert_int_equal(v, n);
        bench_close(b);
    }
}

struct writer {
    pthread_t thread;
    struct bench *b;
    unsigned good, n;
    bool late; /* an OK came after a failure */
};

static void *write_on(void *arg)
{
    struct writer *w = arg;
    struct bench mine = {.s = w->b->s, .cx = {.arena = arena_open()}};
    bool failed = false;
    char key[8] = {(char)('a' + w->n)};
    for (int i = 0; i < 40; i++) {
        enum code code = put_row(&mine, w->n % 2, key, "v");
        must(code == OK || code == E_IO);
        w->late |= failed && code == OK;
        failed |= code != OK;
        w->good += code == OK;
        arena_reset(mine.cx.arena);
    }
    arena_close(mine.cx.arena);
    return NULL;
}

static void many_writers_stop_together(void **state)
{
    (void)state;
    struct bench *b = faulty_bench(25);
    struct writer w[6];
    for (unsigned i = 0; i < 6; i++) {
        w[i] = (struct writer){.b = b, .n = i};
        assert_int_equal(pthread_create(&w[i].thread, NULL, write_on, &w[i]), 0);
    }
    unsigned good = 0;
    for (unsigned i = 0; i < 6; i++) {
        pthread_join(w[i].thread, NULL);
        assert_false(w[i].late);
        good += w[i].good;
    }
    assert_true(good >= 25 && good < 240);
    uint64_t v[2];
    assert_int_equal(store_version(&b->cx, b->s, 0, &v[0]), OK);
    assert_int_equal(store_version(&b->cx, b->s, 1, &v[1]), OK);
    assert_true(v[0] + v[1] >= 25 && v[0] + v[1] <= good);
    bench_close(b);
}

static enum code drop_row(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    txn_delete(t, str_z(arg));
    return OK;
}

static void a_full_disk_takes_deletes_alone(void **state)
{
    (void)state;
    struct bench *b = bench_open("rocksdb");
    assert_int_equal(put_row(b, 1, "k", "v"), OK);
    store_close(b->s);
    struct statvfs v;
    assert_int_equal(statvfs(b->dir, &v), 0);
    struct store_config config = {
        .engine = STR("rocksdb"),
        .dir = str_z(b->dir),
        .blob_cache_bytes = 1024 * 1024,
        .reserve_bytes = (uint64_t)v.f_bavail * v.f_frsize * 2,
    };
    assert_int_equal(store_open(&b->cx, &config, &b->s), OK);
    assert_int_equal(put_row(b, 1, "m", "v"), E_LIMIT);
    assert_non_null(strstr(b->cx.err.what, "disk is almost full"));
    char key[] = "k";
    assert_int_equal(store_update(&b->cx, b->s, 1, drop_row, key), OK);
    assert_null(row(b, 1, "k"));
    assert_true(store_is_healthy(b->s)); /* it goes on when there is space again */
    store_close(b->s);
    config.reserve_bytes = (uint64_t)v.f_bavail * v.f_frsize / 2;
    assert_int_equal(store_open(&b->cx, &config, &b->s), OK);
    assert_int_equal(put_row(b, 1, "m", "v"), OK);
    bench_close(b);
}

/* The process that is killed. It commits by several threads and tells each acknowledgement as a
   line through the pipe: partition and number. */

enum { CHILD_THREADS = 4, CHILD_PARTS = 3 };

struct child {
    pthread_t thread;
    struct store *s;
    unsigned n;
    int pipe;
    size_t body; /* bytes */
    atomic_bool *stopped;
};

struct entry {
    const struct blob_new *blob;
    char key[16];
};

static enum code put_entry(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    const struct entry *e = arg;
    txn_put(t, str_z(e->key), STR("there"));
    txn_blob_put(t, e->blob, str_z(e->key));
    return OK;
}

/* Nothing that shrinks: large ones go to a segment. */
static struct str body_of(struct arena *a, size_t n, const struct entry *e)
{
    struct str head = str_printf(a, "a body of its own, %s of %u", e->key, getpid());
    char *out = arena_alloc(a, n);
    struct random r = {.seed = hash_bytes(head)};
    must(n >= head.n);
    random_bytes(&r, out, n);
    memcpy(out, head.p, head.n);
    return str_of(out, n);
}

static void *child_run(void *arg)
{
    struct child *c = arg;
    struct arena *a = arena_open();
    for (unsigned i = 0;; i++) {
        struct ctx cx = {.arena = a};
        struct entry e = {0};
        struct blob_new *blob;
        part_id part = 1 + (c->n + i) % CHILD_PARTS;
        snprintf(e.key, sizeof e.key, "%u-%u", c->n, i);
        struct str body = body_of(a, c->body, &e);
        must(blob_prepare(&cx, c->s, body, &blob) == OK);
        e.blob = blob;
        enum code code = store_update(&cx, c->s, part, put_entry, &e);
        if (code != OK) {
            atomic_store(c->stopped, true);
            break;
        }
        char line[64];
        int n = snprintf(line, sizeof line, "%u %s\n", (unsigned)part, e.key);
        if (write(c->pipe, line, (size_t)n) != n)
            break;
        arena_reset(a);
    }
    arena_close(a);
    return NULL;
}

/* Ends with 3 when writing failed and stayed so, with 4 when something was acknowledged after. */
static int child_main(const char *dir, int pipe, long file_max, size_t body)
{
    struct ctx cx = {.arena = arena_open()};
    struct store *s = open_in(&cx, "rocksdb", dir);
    struct child c[CHILD_THREADS];
    atomic_bool stopped = false;
    if (file_max) {
        struct rlimit limit = {(rlim_t)file_max, (rlim_t)file_max};
        struct sigaction ignore = {.sa_handler = SIG_IGN};
        must(sigaction(SIGXFSZ, &ignore, NULL) == 0);
        must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    for (unsigned i = 0; i < CHILD_THREADS; i++) {
        c[i] = (struct child){.s = s, .n = i, .pipe = pipe, .body = body, .stopped = &stopped};
        must(pthread_create(&c[i].thread, NULL, child_run, &c[i]) == 0);
    }
    for (unsigned i = 0; i < CHILD_THREADS; i++)
        pthread_join(c[i].thread, NULL);
    struct bench b = {.s = s, .cx = cx};
    bool late = put_row(&b, 99, "k", "v") == OK;
    _exit(late ? 4 : atomic_load(&stopped) && !store_is_healthy(s) ? 3 : 5);
}

struct run {
    const char *body; /* bytes of each */
    char dir[64];
    pid_t pid;
    FILE *acks;
};

static void run_start(struct run *r, const char *shim, const char *fail_at, const char *file_max)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    r->pid = fork();
    assert_true(r->pid >= 0);
    if (r->pid == 0) {
        char number[16];
        snprintf(number, sizeof number, "%d", ends[1]);
        close(ends[0]);
        if (shim) {
            setenv("LD_PRELOAD", shim, 1);
            setenv("SYNC_FAIL_AT", fail_at, 1);
            setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
        }
        execl("/proc/self/exe", "faults", "--child", r->dir, number, file_max, r->body,
              (char *)NULL);
        _exit(126);
    }
    close(ends[1]);
    r->acks = fdopen(ends[0], "r");
    assert_non_null(r->acks);
}

struct list {
    struct line {
        unsigned part;
        char key[16];
    } * lines;
    size_t n, max;
};

/* Reads acknowledgements; kills the child after so many of them. All that it sent before it died
   counts. */
static int run_end(struct run *r, struct list *acked, size_t kill_after)
{
    char text[64];
    while (fgets(text, sizeof text, r->acks)) {
        struct line line;
        if (sscanf(text, "%u %15s", &line.part, line.key) != 2 || !strchr(text, '\n'))
            continue; /* torn by the end */
        if (acked->n == acked->max) {
            acked->max = acked->max * 2 + 256;
            acked->lines = realloc(acked->lines, acked->max * sizeof *acked->lines);
            must(acked->lines);
        }
        acked->lines[acked->n++] = line;
        if (acked->n == kill_after)
            kill(r->pid, SIGKILL);
    }
    fclose(r->acks);
    int status = 0;
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    return status;
}

static void nothing(void *arg, const char *what, struct str about, bool repaired)
{
    (void)arg, (void)about, (void)repaired;
    fprintf(stderr, "fault: %s\n", what);
}

/* Each acknowledged row is there with its blob, and the invariants hold. */
static void assert_all_there(struct run *r, const struct list *acked)
{
    struct bench b = {.engine = "rocksdb", .cx = {.arena = arena_open()}};
    b.s = open_in(&b.cx, "rocksdb", r->dir);
    for (size_t i = 0; i < acked->n; i++) {
        const struct line *l = &acked->lines[i];
        if (!row(&b, l->part, l->key))
            fprintf(stderr, "lost: %u %s\n", l->part, l->key);
        assert_non_null(row(&b, l->part, l->key));
        arena_reset(b.cx.arena);
    }
    struct store_check sum = {0};
    assert_int_equal(store_check(&b.cx, b.s, false, nothing, NULL, &sum), OK);
    assert_int_equal(sum.faults, 0);
    assert_int_equal(sum.references, sum.rows); /* whole commits or nothing */
    assert_true(sum.rows >= acked->n);
    store_close(b.s);
    arena_close(b.cx.arena);
}

/* In RocksDB alone; in a segment. */
static const char *const bodies[] = {"500", "100000"};

static void killed_at_any_time_nothing_is_lost(void **state)
{
    (void)state;
    struct run r = {0};
    struct random random = {.seed = (uint64_t)getpid()};
    for (size_t round = 0; round < 8; round++) {
        struct list acked = {0};
        r.body = bodies[round % 2];
        dir_make(r.dir);
        run_start(&r, NULL, NULL, "0");
        int status = run_end(&r, &acked, 1 + random_u64(&random) % 300);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_all_there(&r, &acked);
        free(acked.lines);
        dir_remove(r.dir);
    }
}

/* Writing fails by itself; RocksDB as Debian builds it may end the process by an assertion then,
   which loses nothing either. */
static void assert_stopped(int status)
{
    if (WIFSIGNALED(status))
        assert_int_equal(WTERMSIG(status), SIGABRT);
    else
        assert_int_equal(WEXITSTATUS(status), 3);
}

static void a_disk_that_refuses_to_grow_loses_nothing(void **state)
{
    (void)state;
    static const char *const file_max[] = {"200000", "3000000"};
    for (size_t i = 0; i < 2; i++) {
        struct run r = {.body = bodies[i]};
        struct list acked = {0};
        dir_make(r.dir);
        run_start(&r, NULL, NULL, file_max[i]);
        assert_stopped(run_end(&r, &acked, 0));
        assert_true(acked.n > 10);
        assert_all_there(&r, &acked);
        free(acked.lines);
        dir_remove(r.dir);
    }
}

static bool shim_path(char out[static 4096])
{
    ssize_t n = readlink("/proc/self/exe", out, 3000);
    must(n > 0);
    out[n] = 0;
    char *slash = strrchr(out, '/');
    snprintf(slash, 64, "/../shim/libsyncshim.so");
    return access(out, R_OK) == 0;
}

static void a_failing_fdatasync_acknowledges_nothing(void **state)
{
    (void)state;
    char shim[4096];
    if (!shim_path(shim)) {
        print_message("SKIP: %s is not built (hardened builds have none)\n", shim);
        skip();
    }
    /* Twice in a row: with segments each second one is theirs. */
    static const char *const at[] = {"30", "57", "40", "41"};
    for (size_t i = 0; i < 4; i++) {
        struct run r = {.body = bodies[i / 2]};
        struct list acked = {0};
        dir_make(r.dir);
        run_start(&r, shim, at[i], "0");
        assert_stopped(run_end(&r, &acked, 0));
        assert_true(acked.n > 0);
        assert_all_there(&r, &acked);
        free(acked.lines);
        dir_remove(r.dir);
    }
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "--child") == 0)
        return child_main(argv[2], (int)strtol(argv[3], NULL, 10), strtol(argv[4], NULL, 10),
                          strtoul(argv[5], NULL, 10));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing_stops_at_the_first_failure),
        cmocka_unit_test(many_writers_stop_together),
        cmocka_unit_test(a_full_disk_takes_deletes_alone),
        cmocka_unit_test(killed_at_any_time_nothing_is_lost),
        cmocka_unit_test(a_disk_that_refuses_to_grow_loses_nothing),
        cmocka_unit_test(a_failing_fdatasync_acknowledges_nothing),
    };
    return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
