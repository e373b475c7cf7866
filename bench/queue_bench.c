/* A queue of MESSAGES for DESTINATIONS, half of which are dead: what a restart and the memory for
   it cost, and how fast the living are served by a road that takes no time. Prints JSON. With
   "living" none is dead: to compare with. queue_bench DIR [MESSAGES [DESTINATIONS [living]]] */
#include "base/arena.h"
#include "base/clock.h"
#include "service/delivery.h"
#include "service/transport/errand.h"
#include "service/transport/queue.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { TOGETHER = 200, SERVED_MAX = 50000, SERVE_MS = 20000, DEAD_MS = 5000, THREADS = 64 };
enum { SLOTS_MAX = 8192 };

struct bench {
    struct ctx cx;
    struct store *store;
    struct core *core;
    struct queue *queue;
    struct delivery *delivery;
    bool living;          /* all of them */
    pthread_mutex_t lock; /* of the slots */
    struct slot *slots[SLOTS_MAX], *hanging[SLOTS_MAX];
    int64_t hanging_until_ms[SLOTS_MAX];
    size_t slot_count, hanging_first, hanging_count;
    atomic_bool over;
    atomic_uint_fast64_t delivered, dead_tries;
    double store_cpu_s; /* of store_open: a log to read again */
};

static void check(const struct bench *b, enum code code, const char *what)
{
    if (code == OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, code_name(code), b->cx.err.what);
    exit(1);
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of the process now, in MB; the whole of it, with the store's caches. */
static double memory_mb(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    unsigned long total = 0, resident = 0;
    if (f && fscanf(f, "%lu %lu", &total, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return (double)resident * 4096 / 1e6;
}

static void server_open(struct bench *b, const char *dir, const struct road *road)
{
    const struct store_config config = {.engine = STR("rocksdb"),
                                        .dir = str_z(dir),
                                        .cache_bytes = 256
                                                       << 20, /* as the server is set by itself */
                                        .blob_cache_bytes = 128 << 20};
    static const struct delivery_config delivery;
    static const struct queue_config queue;
    double cpu = cpu_s();
    check(b, store_open(&b->cx, &config, &b->store), "store_open");
    b->store_cpu_s = cpu_s() - cpu;
    const struct core parts = {.store = b->store, .host_name = STR("mail.example")};
    check(b, core_open(&b->cx, &parts, &b->core), "core_open");
    b->delivery = delivery_open(b->core, &delivery);
    check(b, queue_open(&b->cx, b->core, &queue, &b->queue), "queue_open");
    queue_join(b->queue, b->delivery, NULL, road);
}

static void server_close(struct bench *b)
{
    queue_close(b->queue);
    delivery_close(b->delivery);
    core_close(b->core);
    store_close(b->store);
}

/* One commit for many messages. */
static void fill(struct bench *b, uint64_t messages, uint64_t destinations)
{
    for (uint64_t at = 0; at < messages; at += TOGETHER) {
        struct arena *arena = arena_open();
        struct update updates[TOGETHER];
        struct queue_adding *adding[TOGETHER];
        struct ctx cx = b->cx;
        cx.arena = arena;
        size_t n = 0;
        for (; n < TOGETHER && at + n < messages; n++) {
            uint64_t i = at + n, d = i % destinations;
            struct blob_new *blob;
            struct queue_to *to = ARENA_NEW(arena, struct queue_to);
            to->destination = str_printf(arena, "%s%ju.example",
                                         d % 2 && !b->living ? "dead" : "live", (uintmax_t)d);
            to->address =
                str_printf(arena, "person%ju@%.*s", (uintmax_t)i, STR_ARG(to->destination));
            struct str body =
                str_printf(arena, "Subject: %ju\r\n\r\nbody\r\n", (uintmax_t)(i % 1000));
            check(b, blob_prepare(&cx, b->store, body, &blob), "blob");
            const struct queue_new m = {
                .body = blob,
                .delivery_id = str_printf(arena, "B%ju", (uintmax_t)i),
                .delivery_id_is_new = true,
                .return_path = str_printf(arena, "sender%ju@agency.example", (uintmax_t)i % 977),
                .trace = STR("Received: from a by b\r\n"),
                .sender = 1000 + i % 977,
                .agency = 10 + i % 97,
                .arrived_ms = b->cx.now_ms,
            };
            adding[n] = queue_adding_make(&cx, b->queue, &m, to, 1);
            queue_adding_updates(adding[n], &updates[n]);
        }
        check(b, store_update_all(b->store, updates, n), "store_update_all");
        for (size_t i = 0; i < n; i++)
            check(b, queue_adding_done(&cx, adding[i], &updates[i]), "queue_adding_done");
        arena_close(arena);
    }
}

static void start(void *self, struct slot *s)
{
    struct bench *b = self;
    pthread_mutex_lock(&b->lock);
    if (str_starts(s->destination, STR("dead"))) {
        size_t last = (b->hanging_first + b->hanging_count++) % SLOTS_MAX;
        b->hanging_until_ms[last] = clock_mono_ms() + DEAD_MS;
        b->hanging[last] = s;
    } else {
        b->slots[b->slot_count++] = s;
    }
    pthread_mutex_unlock(&b->lock);
}

/* The dead keep their slots as long as a first call lasts, then they could not be reached. */
static struct slot *hanging_take(struct bench *b)
{
    struct slot *s = NULL;
    pthread_mutex_lock(&b->lock);
    size_t first = b->hanging_first % SLOTS_MAX;
    if (b->hanging_count &&
        (b->hanging_until_ms[first] <= clock_mono_ms() || atomic_load(&b->over))) {
        s = b->hanging[first];
        b->hanging_first++;
        b->hanging_count--;
    }
    pthread_mutex_unlock(&b->lock);
    return s;
}

static struct slot *living_take(struct bench *b)
{
    pthread_mutex_lock(&b->lock);
    struct slot *s = b->slot_count ? b->slots[--b->slot_count] : NULL;
    pthread_mutex_unlock(&b->lock);
    return s;
}

static void slot_work(struct ctx *cx, struct bench *b, struct slot *s)
{
    struct errand *e;
    while (!atomic_load(&b->over) && s->next(cx, s, &e)) {
        for (size_t i = 0; i < e->to_count; i++)
            e->to[i].result = ERRAND_DELIVERED;
        s->settle(cx, s, e);
        atomic_fetch_add(&b->delivered, 1);
    }
    s->end(cx, s, SLOT_DONE, STR(""), STR(""));
}

static void *serve_some(void *arg)
{
    struct bench *b = arg;
    struct ctx cx = {.arena = arena_open()};
    const struct timespec pause = {.tv_nsec = 1000000};
    bool worked = true, over = false;
    while (worked || !over) {
        over = atomic_load(&b->over);
        cx.now_ms = clock_utc_ms();
        struct slot *dead = hanging_take(b), *s = living_take(b);
        if (dead)
            dead->end(&cx, dead, SLOT_UNREACHABLE, STR("4.4.1"), STR("timed out"));
        atomic_fetch_add(&b->dead_tries, dead != NULL);
        if (s)
            slot_work(&cx, b, s);
        worked = dead || s;
        if (!worked)
            nanosleep(&pause, NULL);
        arena_reset(cx.arena);
    }
    arena_close(cx.arena);
    return NULL;
}

/* As the server does it: many threads, so that their commits share a sync. Returns seconds. */
static double serve(struct bench *b, uint64_t wanted)
{
    pthread_t threads[THREADS];
    struct ctx cx = b->cx;
    const struct timespec pause = {.tv_nsec = 10000000};
    int64_t begun_ms = clock_mono_ms();
    cx.arena = arena_open();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, serve_some, b);
    while (atomic_load(&b->delivered) < wanted && clock_mono_ms() < begun_ms + SERVE_MS) {
        cx.now_ms = clock_utc_ms();
        queue_run(&cx, b->queue);
        nanosleep(&pause, NULL);
        arena_reset(cx.arena);
    }
    double took_s = (double)(clock_mono_ms() - begun_ms) / 1000;
    queue_stop(b->queue);
    atomic_store(&b->over, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    arena_close(cx.arena);
    return took_s;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: queue_bench DIR [MESSAGES [DESTINATIONS]]\n");
        return 2;
    }
    uint64_t messages = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
    uint64_t destinations = argc > 3 ? strtoull(argv[3], NULL, 10) : 100000;
    struct bench b = {.cx = {.arena = arena_open(), .now_ms = clock_utc_ms(), .slow = true},
                      .living = argc > 4,
                      .lock = PTHREAD_MUTEX_INITIALIZER};
    const struct road road = {.self = &b, .start = start};
    server_open(&b, argv[1], NULL);
    queue_stop(b.queue);
    double cpu = cpu_s();
    fill(&b, messages, destinations);
    double fill_s = cpu_s() - cpu;
    server_close(&b);
    double before_mb = memory_mb();
    cpu = cpu_s();
    int64_t wall = clock_mono_ms();
    server_open(&b, argv[1], &road);
    double open_cpu = cpu_s() - cpu - b.store_cpu_s,
           open_wall = (double)(clock_mono_ms() - wall) / 1000;
    double after_mb = memory_mb();
    cpu = cpu_s();
    double took_s = serve(&b, messages / 2 < SERVED_MAX ? messages / 2 : SERVED_MAX);
    double serve_s = cpu_s() - cpu;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"messages\": %ju, \"destinations\": %ju, \"accept_cpu_us\": %.1f, "
           "\"restart_s\": %.2f, \"store_open_cpu_s\": %.2f, \"queue_open_cpu_s\": %.2f, "
           "\"memory_mb\": %.0f, "
           "\"memory_before_mb\": %.0f, \"peak_mb\": %.0f, \"served\": %ju, "
           "\"served_per_s\": %.0f, \"served_cpu_us\": %.1f, \"dead_tries\": %ju}\n",
           (uintmax_t)messages, (uintmax_t)destinations, fill_s * 1e6 / (double)messages, open_wall,
           b.store_cpu_s, open_cpu, after_mb, before_mb, (double)usage.ru_maxrss / 1000,
           (uintmax_t)b.delivered, (double)b.delivered / took_s,
           b.delivered ? serve_s * 1e6 / (double)b.delivered : 0, (uintmax_t)b.dead_tries);
    server_close(&b);
    arena_close(b.cx.arena);
    return 0;
}
