/* The data model under load, as JSON: adding items, building views, reading summaries, changing a
   flag, and following a delivery into a large folder.
   core_bench [DIR [memory|rocksdb [ITEMS [LARGE]]]] */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "core/folder.h"
#include "core/view.h"
#include "format/json.h"
#include <stdio.h>
#include <sys/resource.h>

enum { ACCOUNT = 1000, BATCH = 400, SUMMARY_BYTES = 1000, SINGLE = 2000 };

struct run {
    struct ctx cx;
    struct store_config config;
    struct store *store;
    struct core *core;
    folder_id folder;
    struct blob_new *blob;
    struct str summary;
    int count;
    uint32_t uid;
    enum flag_change how;
};

static double used_us(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Of all threads: commits run in the store's. */
static double cpu_us(void)
{
    return used_us(RUSAGE_SELF);
}

/* Time that went by, and processor time of this thread: on a busy machine only the second says
   something. */
struct span {
    int64_t start_us;
    double used_us;
};

static struct span span_start(void)
{
    return (struct span){clock_mono_us(), used_us(RUSAGE_THREAD)};
}

static void span_say(struct json *j, const char *key, const struct span *s, double per)
{
    json_key(j, key);
    json_object(j);
    json_key(j, "wall_ms");
    json_double(j, (double)(clock_mono_us() - s->start_us) / 1000 / per, 4);
    json_key(j, "cpu_ms");
    json_double(j, (used_us(RUSAGE_THREAD) - s->used_us) / 1000 / per, 4);
    json_object_end(j);
}

static void check(struct run *r, enum code code)
{
    if (code == OK)
        return;
    fprintf(stderr, "core_bench: %s: %s\n", code_name(code), r->cx.err.what);
    exit(1);
}

static void store_up(struct run *r)
{
    struct core parts = {.host_name = STR("bench.example")};
    check(r, store_open(&r->cx, &r->config, &r->store));
    parts.store = r->store;
    check(r, core_open(&r->cx, &parts, &r->core));
    check(r, blob_prepare(&r->cx, r->store, STR("Subject: bench\r\n\r\nbody\r\n"), &r->blob));
}

/* Nothing is in any cache of ours afterwards (the memory engine keeps its rows). */
static void restart(struct run *r)
{
    core_close(r->core);
    if (str_eq(r->config.engine, STR("memory"))) {
        struct core parts = {.store = r->store, .host_name = STR("bench.example")};
        check(r, core_open(&r->cx, &parts, &r->core));
        return;
    }
    store_close(r->store);
    store_up(r);
}

static enum code add_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct run *r = arg;
    struct item_new new = {.folder = r->folder,
                           .received_ms = cx->now_ms,
                           .saved_ms = cx->now_ms,
                           .trace = STR("Received: from here by there; now\r\n"),
                           .blob = r->blob,
                           .summary = r->summary};
    struct item_placed placed;
    for (int i = 0; i < r->count; i++)
        TRY(item_add(cx, t, &new, &placed));
    return OK;
}

static void fresh_arena(struct run *r)
{
    arena_reset(r->cx.arena);
    char *summary = arena_alloc(r->cx.arena, SUMMARY_BYTES);
    memset(summary, 's', SUMMARY_BYTES);
    r->summary = str_of(summary, r->summary.n);
    check(r, blob_prepare(&r->cx, r->store, STR("Subject: bench\r\n\r\nbody\r\n"), &r->blob));
}

/* Returns the processor time of one, in microseconds. */
static double add_many(struct run *r, int items, int each, size_t summary)
{
    double start = cpu_us();
    r->summary.n = summary;
    for (int done = 0; done < items; done += r->count) {
        r->count = items - done < each ? items - done : each;
        fresh_arena(r);
        check(r, account_update(&r->cx, r->core, ACCOUNT, add_in, r));
    }
    return (cpu_us() - start) / items;
}

static enum code flag_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct run *r = arg;
    struct item_flags change = {
        .how = r->how, .flags = FLAG_FLAGGED, .unchanged_since = UINT64_MAX};
    bool changed;
    uint64_t modseq;
    return item_set_flags(cx, t, r->folder, r->uid, &change, &changed, &modseq);
}

static struct view *view_timed(struct run *r, struct json *j, const char *key)
{
    struct view *v;
    struct span s = span_start();
    check(r, view_get(&r->cx, r->core, ACCOUNT, r->folder, 0, &v));
    span_say(j, key, &s, 1);
    return v;
}

static size_t scan_timed(struct run *r, struct json *j, const char *key)
{
    struct span s = span_start();
    struct item_scan *w AUTO(item_scan_close) =
        item_scan(&r->cx, r->core, ACCOUNT, r->folder, 1, UINT32_MAX);
    struct item_row row;
    size_t count = 0;
    while (item_next(w, &row))
        count++;
    check(r, item_scan_error(w));
    span_say(j, key, &s, 1);
    return count;
}

static void say(struct json *j, const char *key, double value)
{
    json_key(j, key);
    json_double(j, value, 3);
}

static void bench_folder(struct run *r, struct json *j, int items)
{
    say(j, "item_add_cpu_us", add_many(r, items, BATCH, SUMMARY_BYTES));
    say(j, "delivery_cpu_us", add_many(r, SINGLE, 1, SUMMARY_BYTES));
    restart(r);
    view_unref(view_timed(r, j, "view_cold"));
    core_close(r->core);
    struct core parts = {.store = r->store, .host_name = STR("bench.example")};
    check(r, core_open(&r->cx, &parts, &r->core));
    view_unref(view_timed(r, j, "view_built_warm"));
    view_unref(view_timed(r, j, "view_shared"));
    (void)scan_timed(r, j, "summaries_first");
    size_t count = scan_timed(r, j, "summaries_again");
    json_key(j, "summaries");
    json_u64(j, count);
    double cpu = cpu_us();
    for (int i = 0; i < SINGLE; i++) {
        fresh_arena(r);
        r->uid = (uint32_t)(i / 2 * 37 % items) + 1;
        r->how = i % 2 ? FLAGS_REMOVE : FLAGS_ADD;
        check(r, account_update(&r->cx, r->core, ACCOUNT, flag_in, r));
    }
    say(j, "flag_cpu_us", (cpu_us() - cpu) / SINGLE);
}

static enum code large_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    return folder_create(cx, t, STR("Large"), KIND_MAIL, ROLE_NONE, arg);
}

/* A delivery into a large folder that somebody looks at: the time to see it. */
static void bench_large(struct run *r, struct json *j, int items)
{
    check(r, account_update(&r->cx, r->core, ACCOUNT, large_in, &r->folder));
    add_many(r, items, 1000, 40);
    struct view *old = view_timed(r, j, "large_view_built"), *new;
    struct view_difference d;
    struct ctx *cx = &r->cx;
    for (int i = 0; i < 3; i++) {
        add_many(r, 1, 1, 40);
        new = view_timed(r, j, "large_view_after_delivery");
        struct span s = span_start();
        view_diff(cx, old, new, &d);
        span_say(j, "large_view_diff", &s, 1);
        view_unref(old);
        old = new;
    }
    view_unref(old);
}

int main(int argc, char **argv)
{
    struct run r = {.cx = {.arena = arena_open(), .now_ms = clock_utc_ms()}};
    uint64_t items = 100000, large = 1000000;
    r.config = (struct store_config){.engine = argc > 2 ? str_z(argv[2]) : STR("memory"),
                                     .dir = argc > 1 ? str_z(argv[1]) : STR("/tmp/core_bench"),
                                     .cache_bytes = 256 << 20,
                                     .blob_cache_bytes = 64 << 20};
    if ((argc > 3 && !str_u64(str_z(argv[3]), &items)) ||
        (argc > 4 && !str_u64(str_z(argv[4]), &large)) || items < 1000 || items > 10000000 ||
        large > 10000000) {
        fprintf(stderr, "core_bench [DIR [memory|rocksdb [ITEMS [LARGE]]]]\n");
        return 2;
    }
    store_up(&r);
    check(&r, account_create(&r.cx, r.core, ACCOUNT, NULL));
    struct account_view *v;
    check(&r, account_view_get(&r.cx, r.core, ACCOUNT, &v));
    r.folder = account_folder_by_role(v, ROLE_INBOX)->id;
    account_view_unref(v);
    struct arena *a = arena_open();
    struct buf out = buf_of(a, 10000);
    struct json j = json_to(&out);
    json_object(&j);
    json_key(&j, "engine");
    json_str(&j, r.config.engine);
    json_key(&j, "items");
    json_u64(&j, items);
    bench_folder(&r, &j, (int)items);
    json_key(&j, "large");
    json_u64(&j, large);
    if (large)
        bench_large(&r, &j, (int)large);
    json_object_end(&j);
    printf("%.*s\n", STR_ARG(buf_str(&out)));
    core_close(r.core);
    store_close(r.store);
    arena_close(a);
    arena_close(r.cx.arena);
    return 0;
}
