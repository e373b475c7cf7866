/* The nth write fails, for each n, and the server is started again: what was acknowledged arrives
   or comes back, and nothing goes out twice but what was given to the next host before the failure.
 */
#include "unit.h"

#include "../world/road.h"
#include "store/engine.h"
#include "store/inside.h"

/* An engine whose writes fail from some time on; what it wrote outlives the store. */
struct faulty {
    void *inner;
    int writes_left;
};

static void faulty_close(void *self)
{
    (void)self;
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

static void faulty_unpin(void *self, void *pin)
{
    if (memory_engine.unpin)
        memory_engine.unpin(((struct faulty *)self)->inner, pin);
}

static uint64_t faulty_bytes(void *self)
{
    return memory_engine.bytes(((struct faulty *)self)->inner);
}

static struct store_engine engine;
static const struct queue_config usual;

static void server_open(struct world *w, struct faulty *f, struct fake_road *road)
{
    const struct store_config config = {.blob_cache_bytes = 1024 * 1024};
    world_must(&w->cx, store_open_over(&w->cx, &config, &engine, f, &w->store), "store");
    const struct core core = {.store = w->store, .host_name = STR("mail.example")};
    world_must(&w->cx, core_open(&w->cx, &core, &w->core), "core");
    w->routing = routing_open(w->core);
    w->delivery = delivery_open(w->core, &world_delivery);
    world_must(&w->cx, queue_open(&w->cx, w->core, &usual, &w->queue), "queue");
    queue_join(w->queue, w->delivery, w->routing, &road->road);
    delivery_join(w->delivery, w->queue, w->routing);
}

/* As by kill -9: slots end without a word to anybody. */
static void server_close(struct world *w, struct fake_road *road)
{
    queue_stop(w->queue);
    while (road->slot_count) {
        struct slot *s = road->slots[--road->slot_count];
        s->end(&w->cx, s, SLOT_DONE, STR(""), STR(""));
    }
    queue_close(w->queue);
    delivery_close(w->delivery);
    routing_close(w->routing);
    core_close(w->core);
    store_close(w->store);
}

static const char *const addresses[] = {"a@one.example", "b@two.example", "no@three.example",
                                        "c@dead.example"};
enum { MESSAGES = sizeof addresses / sizeof *addresses };

static bool submit(struct world *w, size_t i)
{
    char id[20];
    snprintf(id, sizeof id, "T%zu", i);
    const struct delivery_message m = {
        .bytes = STR("Subject: x\r\n\r\nbody\r\n"),
        .return_path = str_printf(w->cx.arena, "sender%zu@outside.example", i),
        .received = STR("Received: from a by b\r\n"),
        .id = str_dup(w->cx.arena, str_z(id)),
        .received_ms = w->cx.now_ms,
    };
    struct delivery_recipient to = {0};
    world_must(&w->cx, delivery_route(&w->cx, w->delivery, str_z(addresses[i]), 0, 0, &to.route),
               id);
    return delivery_run(&w->cx, w->delivery, &m, &to, 1) == OK;
}

static bool is_empty(struct world *w)
{
    struct scan *s =
        store_scan(&w->cx, w->store, QUEUE_PART, (struct range){.from = STR("q"), .to = STR("r")});
    struct str key, value;
    bool empty = !scan_next(s, &key, &value);
    scan_close(s);
    return empty;
}

/* How often the message, or what tells its sender, went out. */
static uint64_t arrived(const struct fake_road *road, size_t i)
{
    char sender[40];
    snprintf(sender, sizeof sender, "sender%zu@outside.example", i);
    bool fails = str_starts(str_z(addresses[i]), STR("no"));
    return fake_road_given(road, fails ? sender : addresses[i]);
}

static void run_with_failure(int writes, bool *done)
{
    struct world w = {.random = {.seed = 7}};
    struct fake_road road;
    struct faulty f = {.inner = memory_open(), .writes_left = writes};
    bool taken[MESSAGES];
    fake_road_open(&road);
    w.cx = (struct ctx){
        .arena = arena_open(), .now_ms = 1700000000000, .random = &w.random, .slow = true};
    server_open(&w, &f, &road);
    for (size_t i = 0; i < MESSAGES; i++)
        taken[i] = submit(&w, i);
    fake_road_time(&w, &road, 30);
    *done = f.writes_left > 0;
    server_close(&w, &road);
    f.writes_left = 100000; /* the disk is back */
    road.revive = true;
    w.cx.now_ms += 3600000;
    server_open(&w, &f, &road);
    fake_road_time(&w, &road, 3 * 3600);
    for (size_t i = 0; i < MESSAGES; i++) {
        uint64_t n = arrived(&road, i);
        if ((taken[i] && n == 0) || n > 2 || (!taken[i] && n > 1))
            fail_msg("write %d fails: message %zu %s, arrived %ju times", writes, i,
                     taken[i] ? "acknowledged" : "not acknowledged", (uintmax_t)n);
        if (*done)
            assert_int_equal(n, 1);
    }
    assert_true(is_empty(&w));
    server_close(&w, &road);
    memory_engine.close(f.inner);
    fake_road_close(&road);
    arena_close(w.cx.arena);
}

static void each_write_may_be_the_last(void **state)
{
    (void)state;
    engine = memory_engine;
    engine.name = "faulty";
    engine.close = faulty_close;
    engine.get = faulty_get;
    engine.unpin = faulty_unpin;
    engine.scan_open = faulty_scan_open;
    engine.write = faulty_write;
    engine.bytes = faulty_bytes;
    bool done = false;
    int n = 0;
    for (; !done && n < 200; n++)
        run_with_failure(n, &done);
    assert_in_range(n, 8, 199);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_write_may_be_the_last)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
