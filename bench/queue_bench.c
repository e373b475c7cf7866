/* A queue of MESSAGES for DESTINATIONS, half of which are dead: what a restart and the memory for
   it cost, and how fast the living are served by a road that takes no time. Prints JSON.
   queue_bench DIR [MESSAGES [DESTINATIONS]] */
#include "base/arena.h"
#include "base/clock.h"
#include "service/delivery.h"
#include "service/transport/errand.h"
#include "service/transport/queue.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { TOGETHER = 200, SERVED_MAX = 20000 };

struct bench {
    struct ctx cx;
    struct store *store;
    struct core *core;
    struct queue *queue;
    struct delivery *delivery;
    struct slot *slots[4096];
    size_t slot_count, dead;
    uint64_t delivered;
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
                                        .cache_bytes = 64 << 20,
                                        .blob_cache_bytes = 32 << 20};
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
            to->destination =
                str_printf(arena, "%s%ju.example", d % 2 ? "dead" : "live", (uintmax_t)d);
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
    b->slots[b->slot_count++] = s;
}

static void hanging_end(struct ctx *cx, struct bench *b, struct slot **hanging, enum slot_end how)
{
    while (b->dead) {
        struct slot *s = hanging[--b->dead];
        s->end(cx, s, how, STR("4.4.1"), STR("timed out"));
    }
}

/* The dead hang: their slots are kept for a while. One thread, so one sync for each message: the
   processor time is what counts. */
static void serve(struct bench *b, uint64_t wanted, double seconds)
{
    int64_t until_ms = clock_mono_ms() + (int64_t)(seconds * 1000);
    struct ctx cx = b->cx;
    cx.arena = arena_open();
    struct slot *hanging[4096];
    while (b->delivered < wanted && clock_mono_ms() < until_ms) {
        queue_run(&cx, b->queue);
        while (b->slot_count) {
            struct slot *s = b->slots[--b->slot_count];
            struct errand *e;
            if (str_starts(s->destination, STR("dead"))) {
                hanging[b->dead++] = s;
                if (b->dead < 100)
                    continue;
                hanging_end(&cx, b, hanging, SLOT_UNREACHABLE);
                continue;
            }
            while (clock_mono_ms() < until_ms && s->next(&cx, s, &e)) {
                for (size_t i = 0; i < e->to_count; i++)
                    e->to[i].result = ERRAND_DELIVERED;
                b->delivered++;
                s->settle(&cx, s, e);
            }
            s->end(&cx, s, SLOT_DONE, STR(""), STR(""));
        }
        arena_reset(cx.arena);
    }
    queue_stop(b->queue);
    hanging_end(&cx, b, hanging, SLOT_DONE);
    arena_close(cx.arena);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: queue_bench DIR [MESSAGES [DESTINATIONS]]\n");
        return 2;
    }
    uint64_t messages = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
    uint64_t destinations = argc > 3 ? strtoull(argv[3], NULL, 10) : 100000;
    struct bench b = {.cx = {.arena = arena_open(), .now_ms = clock_utc_ms(), .slow = true}};
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
    serve(&b, messages / 2 < SERVED_MAX ? messages / 2 : SERVED_MAX, 20);
    double serve_s = cpu_s() - cpu;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"messages\": %ju, \"destinations\": %ju, \"accept_cpu_us\": %.1f, "
           "\"restart_s\": %.2f, \"store_open_cpu_s\": %.2f, \"queue_open_cpu_s\": %.2f, "
           "\"memory_mb\": %.0f, "
           "\"memory_before_mb\": %.0f, \"peak_mb\": %.0f, \"served\": %ju, "
           "\"served_cpu_us\": %.1f}\n",
           (uintmax_t)messages, (uintmax_t)destinations, fill_s * 1e6 / (double)messages, open_wall,
           b.store_cpu_s, open_cpu, after_mb, before_mb, (double)usage.ru_maxrss / 1000,
           (uintmax_t)b.delivered, b.delivered ? serve_s * 1e6 / (double)b.delivered : 0);
    server_close(&b);
    arena_close(b.cx.arena);
    return 0;
}
