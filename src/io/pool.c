#include "io/pool.h"
#include "base/banned.h"
#include "base/clock.h"
#include "base/metric.h"
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

struct worker {
    struct pool *pool;
    pthread_t thread;
    sem_t go;
    struct lane lane;
};

struct pool {
    struct pool_config config;
    pthread_mutex_t lock;
    struct task *first, *last;
    struct worker *workers, **idle; /* idle: a stack */
    unsigned started;
    atomic_uint idle_count; /* changed with the lock only */
    bool waking;            /* a worker was woken and has not come yet: it will wake the next one */
    bool stopping;
};

struct pool *pool_open(const struct pool_config *config)
{
    struct pool *p = calloc(1, sizeof *p);
    must(p);
    p->config = *config;
    pthread_mutex_init(&p->lock, NULL);
    p->workers = calloc(config->threads, sizeof *p->workers);
    p->idle = calloc(config->threads, sizeof *p->idle);
    must(p->workers && p->idle);
    return p;
}

/* Called with the lock. At most one worker is on its way at a time: a burst of short tasks is then
   run by the few threads that the processors can feed, while a task that blocks in the store lets
   the next thread come at once. */
static struct worker *one_to_wake(struct pool *p, unsigned spare)
{
    if (!p->first || p->waking || p->idle_count <= spare)
        return NULL;
    p->waking = true;
    return p->idle[--p->idle_count];
}

void pool_submit(struct pool *p, struct task *t)
{
    t->next = NULL;
    t->queued_us = clock_mono_us();
    pthread_mutex_lock(&p->lock);
    if (p->first)
        p->last->next = t;
    else
        p->first = t;
    p->last = t;
    struct worker *w = one_to_wake(p, p->config.spare);
    pthread_mutex_unlock(&p->lock);
    if (w)
        sem_post(&w->go);
}

void pool_submit_first(struct pool *p, struct task *t)
{
    t->queued_us = clock_mono_us();
    pthread_mutex_lock(&p->lock);
    t->next = p->first;
    if (!p->first)
        p->last = t;
    p->first = t;
    struct worker *w = one_to_wake(p, 0);
    pthread_mutex_unlock(&p->lock);
    if (w)
        sem_post(&w->go);
}

bool pool_has_spare(const struct pool *p)
{
    return atomic_load_explicit(&p->idle_count, memory_order_relaxed) > p->config.spare;
}

/* Called with the lock, which is given back while the task runs. */
static void run_first(struct worker *me)
{
    struct pool *p = me->pool;
    struct task *t = p->first;
    p->first = t->next;
    struct worker *w = one_to_wake(p, p->config.spare);
    pthread_mutex_unlock(&p->lock);
    if (w)
        sem_post(&w->go);
    metric_observe_us(p->config.waited, clock_mono_us() - t->queued_us);
    t->run(&me->lane, t);
    pthread_mutex_lock(&p->lock);
}

static void sleep_until_woken(struct worker *me)
{
    struct pool *p = me->pool;
    p->idle[p->idle_count++] = me;
    pthread_mutex_unlock(&p->lock);
    while (sem_wait(&me->go) != 0)
        must(errno == EINTR);
    pthread_mutex_lock(&p->lock);
    p->waking = false;
}

static void *work(void *arg)
{
    struct worker *me = arg;
    struct pool *p = me->pool;
    pthread_mutex_lock(&p->lock);
    while (p->first || !p->stopping) {
        if (p->first)
            run_first(me);
        else
            sleep_until_woken(me);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

enum code pool_start(struct ctx *cx, struct pool *p)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, p->config.stack_bytes);
    for (unsigned i = 0; i < p->config.threads; i++) {
        struct worker *w = &p->workers[i];
        w->pool = p;
        uint64_t seed = p->config.random_seed;
        w->lane = lane_of(p->config.io, seed ? seed + i : 0, p->config.slow);
        sem_init(&w->go, 0, 0);
        int error = pthread_create(&w->thread, &attr, work, w);
        if (error) {
            pthread_attr_destroy(&attr);
            return fail(cx, E_IO, "thread %s-%u: %s", p->config.name, i, strerror(error));
        }
        p->started = i + 1;
        char name[16];
        snprintf(name, sizeof name, "%.9s-%u", p->config.name, i % 1000);
        pthread_setname_np(w->thread, name);
    }
    pthread_attr_destroy(&attr);
    return OK;
}

void pool_stop(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    while (p->idle_count)
        sem_post(&p->idle[--p->idle_count]->go);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->started; i++) {
        pthread_join(p->workers[i].thread, NULL);
        sem_destroy(&p->workers[i].go);
        lane_close(&p->workers[i].lane);
    }
    p->started = 0;
}

bool pool_drain(struct pool *p)
{
    must(p->started == 0);
    struct worker me = {.pool = p, .lane = lane_of(p->config.io, 0, p->config.slow)};
    pthread_mutex_lock(&p->lock);
    bool any = p->first;
    while (p->first)
        run_first(&me);
    pthread_mutex_unlock(&p->lock);
    lane_close(&me.lane);
    return any;
}

void pool_close(struct pool *p)
{
    if (!p)
        return;
    must(p->started == 0 && !p->first);
    pthread_mutex_destroy(&p->lock);
    free(p->workers);
    free(p->idle);
    free(p);
}
