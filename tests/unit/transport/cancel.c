/* Mail that waits is taken back by its sender, or goes: one of both, whoever is quicker. */
#include "unit.h"

#include "../world/road.h"
#include "service/transport/admin.h"
#include "service/transport/queue/cancel.h"
#include <pthread.h>

enum { MANY = 200, DELAY_MS = 60 * 1000 };

struct bench {
    struct fake_road road;
    struct world *w;
};

static struct bench *bench_open(void)
{
    static const struct queue_config usual;
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    fake_road_open(&b->road);
    b->w = world_open(&(struct world_config){
        .engine = "memory", .delivery = world_delivery, .queue = &usual, .road = &b->road.road});
    return b;
}

static void bench_close(struct bench *b)
{
    fake_road_run(b->w, &b->road);
    world_close(b->w);
    fake_road_close(&b->road);
    free(b);
}

/* To be sent DELAY_MS from now. The last address is followed by NULL. */
static void send_later(struct world *w, const char *id, const char *const *addresses)
{
    struct delivery_message m = {
        .bytes = STR("Subject: x\r\nFrom: j\r\n\r\nbody\r\n"),
        .return_path = STR("jane.roe@commonwealth.example"),
        .received = STR("Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"),
        .id = str_z(id),
        .sender = w->jane,
        .received_ms = w->cx.now_ms,
        .release_ms = w->cx.now_ms + DELAY_MS,
    };
    struct delivery_recipient to[QUEUE_TOGETHER + 10] = {0};
    size_t n = 0;
    for (; addresses[n]; n++)
        world_must(
            &w->cx,
            delivery_route(&w->cx, w->delivery, str_z(addresses[n]), w->jane, 0, &to[n].route),
            addresses[n]);
    world_must(&w->cx, delivery_run(&w->cx, w->delivery, &m, to, n), id);
}

static enum code cancel(struct world *w, const char *id, principal_id who)
{
    return queue_cancel(&w->cx, w->queue, str_z(id), who);
}

static struct queue_progresses progress(struct world *w, const char *id)
{
    struct queue_progresses all;
    world_must(&w->cx, queue_progress(&w->cx, w->queue, str_z(id), &all), id);
    return all;
}

static void taken_back(void **state)
{
    (void)state;
    struct bench *b = bench_open();
    struct world *w = b->w;
    static const char *const to[] = {"john.doe@commonwealth.example", "a@outside.example", NULL};
    send_later(w, "T1", to);
    send_later(w, "T2", to);
    assert_int_equal(cancel(w, "T9", w->jane), E_NOT_FOUND);
    assert_int_equal(cancel(w, "T1", w->john), E_DENIED);
    assert_int_equal(progress(w, "T1").count, 2);
    assert_int_equal(cancel(w, "T1", w->jane), OK);
    assert_true(progress(w, "T1").taken_back);
    assert_false(progress(w, "T2").taken_back);
    assert_int_equal(cancel(w, "T1", w->jane), E_CONFLICT);
    fake_road_time(w, &b->road, 120);
    assert_int_equal(world_count(w, w->john, "INBOX"), 1); /* T2 */
    assert_int_equal(fake_road_given(&b->road, "a@outside.example"), 1);
    assert_int_equal(cancel(w, "T2", w->jane), E_CONFLICT);
    struct queue_progresses p = progress(w, "T2");
    assert_int_equal(p.count, 2);
    assert_int_equal(p.at[0].state, PROGRESS_DELIVERED);
    assert_int_equal(p.at[1].state, PROGRESS_DELIVERED);
    assert_true(str_starts(p.at[1].reply, STR("250")));
    bench_close(b);
}

/* Its time has come: even when nothing of it has gone yet. */
static void too_late(void **state)
{
    (void)state;
    struct bench *b = bench_open();
    send_later(b->w, "T1", (const char *[]){"a@outside.example", NULL});
    b->w->cx.now_ms += DELAY_MS;
    assert_int_equal(cancel(b->w, "T1", b->w->jane), E_CONFLICT);
    fake_road_time(b->w, &b->road, 2);
    assert_int_equal(fake_road_given(&b->road, "a@outside.example"), 1);
    bench_close(b);
}

/* More recipients than one row of the queue takes: all of them, or none. */
static void all_parts(void **state)
{
    (void)state;
    enum { N = QUEUE_TOGETHER + 5 };
    static char text[N][40];
    static const char *to[N + 1];
    struct bench *b = bench_open();
    for (size_t i = 0; i < N; i++) {
        snprintf(text[i], sizeof text[i], "p%zu@outside.example", i);
        to[i] = text[i];
    }
    send_later(b->w, "T1", to);
    assert_int_equal(progress(b->w, "T1").count, N);
    assert_int_equal(cancel(b->w, "T1", b->w->jane), OK);
    fake_road_time(b->w, &b->road, 120);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(fake_road_given(&b->road, to[i]), 0);
    bench_close(b);
}

struct racer {
    struct world *w;
    struct ctx cx;
    enum code got[MANY];
};

static void *race(void *arg)
{
    struct racer *r = arg;
    for (size_t i = MANY; i-- > 0;) {
        char id[16];
        snprintf(id, sizeof id, "T%zu", i);
        r->got[i] = queue_cancel(&r->cx, r->w->queue, str_z(id), r->w->jane);
    }
    return NULL;
}

/* The one who cancels believes that there is time; the queue knows that there is none. */
static void who_is_quicker(void **state)
{
    (void)state;
    struct bench *b = bench_open();
    struct world *w = b->w;
    struct racer r = {.w = w};
    pthread_t thread;
    char id[16], to[40];
    for (size_t i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "T%zu", i);
        snprintf(to, sizeof to, "p%zu@outside.example", i);
        send_later(w, id, (const char *[]){to, NULL});
    }
    r.cx = w->cx;
    r.cx.arena = arena_open();
    w->cx.now_ms += DELAY_MS + 1000;
    assert_int_equal(pthread_create(&thread, NULL, race, &r), 0);
    fake_road_run(w, &b->road);
    assert_int_equal(pthread_join(thread, NULL), 0);
    fake_road_time(w, &b->road, 60);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(to, sizeof to, "p%zu@outside.example", i);
        assert_true(r.got[i] == OK || r.got[i] == E_CONFLICT);
        assert_int_equal(fake_road_given(&b->road, to), r.got[i] == OK ? 0 : 1);
    }
    arena_close(r.cx.arena);
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken_back),
        cmocka_unit_test(too_late),
        cmocka_unit_test(all_parts),
        cmocka_unit_test(who_is_quicker),
    };
    return cmocka_run_group_tests_name("transport/cancel", tests, NULL, NULL);
}
