/* Watches, and more partitions than are remembered, over every engine. */
#include "conformance.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#undef fail /* base/err.h has one too */

void run_workers(struct bench *b, void *(*fn)(void *), unsigned count)
{
    struct worker w[THREADS];
    atomic_uint failures = 0;
    assert_true(count <= THREADS);
    for (unsigned i = 0; i < count; i++) {
        w[i] = (struct worker){.b = b, .n = i, .failures = &failures};
        assert_int_equal(pthread_create(&w[i].thread, NULL, fn, &w[i]), 0);
    }
    for (unsigned i = 0; i < count; i++)
        pthread_join(w[i].thread, NULL);
    assert_int_equal(atomic_load(&failures), 0);
}

struct bell {
    atomic_uint rings;
    _Atomic(uint64_t) last;
    struct bench *b;
    atomic_bool early; /* it rang before the commit could be read */
    pthread_mutex_t lock;
    pthread_cond_t rung;
};

static void ring(void *arg, uint64_t version)
{
    struct bell *bell = arg;
    pthread_mutex_lock(&bell->lock);
    if (version < atomic_load(&bell->last))
        atomic_store(&bell->early, true);
    atomic_store(&bell->last, version);
    atomic_fetch_add(&bell->rings, 1);
    pthread_cond_broadcast(&bell->rung);
    pthread_mutex_unlock(&bell->lock);
}

static void wait_for(struct bell *bell, uint64_t version)
{
    pthread_mutex_lock(&bell->lock);
    while (atomic_load(&bell->last) < version)
        pthread_cond_wait(&bell->rung, &bell->lock);
    pthread_mutex_unlock(&bell->lock);
}

void watchers_hear_of_commits_in_order(void **state)
{
    struct bench *b = *state;
    struct bell bell = {
        .b = b, .lock = PTHREAD_MUTEX_INITIALIZER, .rung = PTHREAD_COND_INITIALIZER};
    struct bell other = bell;
    struct watch *w = store_watch(b->s, 60, ring, &bell);
    struct watch *x = store_watch(b->s, 60, ring, &other);
    struct watch *elsewhere = store_watch(b->s, 61, ring, &other);
    for (uint64_t i = 1; i <= 20; i++) {
        assert_int_equal(put_row(b, 60, "k", "v"), OK);
        if (i % 3 == 0)
            wait_for(&bell, i);
    }
    wait_for(&bell, 20);
    wait_for(&other, 20);
    assert_false(atomic_load(&bell.early));
    assert_in_range(atomic_load(&bell.rings), 7, 20);
    store_unwatch(w);
    unsigned rings = atomic_load(&bell.rings);
    assert_int_equal(put_row(b, 60, "k", "v"), OK);
    wait_for(&other, 21);
    assert_int_equal(atomic_load(&bell.rings), rings);
    store_unwatch(elsewhere);
    store_unwatch(x);
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool entered, open;
};

static void wait_at_gate(void *arg, uint64_t version)
{
    (void)version;
    struct gate *g = arg;
    pthread_mutex_lock(&g->lock);
    g->entered = true;
    pthread_cond_broadcast(&g->moved);
    while (!g->open)
        pthread_cond_wait(&g->moved, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

void a_slow_watcher_delays_no_commit(void **state)
{
    struct bench *b = *state;
    enum { MANY = 10000 };
    struct bell bell = {.lock = PTHREAD_MUTEX_INITIALIZER, .rung = PTHREAD_COND_INITIALIZER};
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    struct watch *slow = store_watch(b->s, 63, wait_at_gate, &gate);
    struct watch **many = calloc(MANY, sizeof(struct watch *));
    for (size_t i = 0; i < MANY; i++)
        many[i] = store_watch(b->s, 63, ring, &bell);
    assert_int_equal(put_row(b, 63, "k", "v"), OK);
    pthread_mutex_lock(&gate.lock);
    while (!gate.entered)
        pthread_cond_wait(&gate.moved, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    assert_int_equal(put_row(b, 63, "k", "v"), OK); /* while the watcher still sits there */
    assert_int_equal(put_row(b, 64, "k", "v"), OK);
    assert_int_equal(atomic_load(&bell.rings), 0);
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.moved);
    pthread_mutex_unlock(&gate.lock);
    wait_for(&bell, 2);
    for (size_t i = 0; i < MANY; i++)
        store_unwatch(many[i]);
    store_unwatch(slow);
    assert_true(atomic_load(&bell.rings) >= MANY);
    free(many);
}

/* More than are remembered. */
void forgotten_partitions_keep_their_versions(void **state)
{
    struct bench *b = *state;
    assert_int_equal(put_row(b, 7, "k", "v"), OK);
    uint64_t v;
    for (part_id p = 1000; p < 101000; p++) {
        assert_int_equal(store_version(&b->cx, b->s, p, &v), OK);
        arena_reset(b->cx.arena);
    }
    assert_int_equal(store_version(&b->cx, b->s, 7, &v), OK);
    assert_int_equal(v, 1);
    assert_int_equal(put_row(b, 7, "k", "w"), OK);
    assert_int_equal(store_version(&b->cx, b->s, 7, &v), OK);
    assert_int_equal(v, 2);
}

static void *watch_and_leave(void *arg)
{
    struct worker *w = arg;
    struct bench mine = {.s = w->b->s, .cx = {.arena = arena_open()}};
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct bell bell = {.lock = PTHREAD_MUTEX_INITIALIZER, .rung = PTHREAD_COND_INITIALIZER};
        struct watch *watch = store_watch(w->b->s, 62, ring, &bell);
        atomic_fetch_add(w->failures, put_row(&mine, 62, "k", "v") != OK);
        store_unwatch(watch);
        memset(&bell, 0xa5, sizeof bell); /* whoever rings it now is seen */
    }
    arena_close(mine.cx.arena);
    return NULL;
}

void nobody_rings_who_left(void **state)
{
    run_workers(*state, watch_and_leave, 4);
}
