#include "base/arena.h"
#include "base/banned.h"
#include "base/clock.h"
#include "io/inner.h"
#include "io/reactor.h"

struct job {
    struct task task;
    void (*fn)(struct ctx *cx, void *arg);
    void *arg;
};

struct io_timer {
    struct task task;
    struct io_timer *next;
    struct io *io;
    int64_t at_ms;
    uint32_t period_ms;
    bool listed, running, cancelled;
    pthread_t runner;
    void (*fn)(struct ctx *cx, void *arg);
    void *arg;
};

static void call(struct lane *lane, void (*fn)(struct ctx *cx, void *arg), void *arg)
{
    struct arena *a = lane_arena(lane);
    struct ctx cx = lane_ctx(lane, a);
    fn(&cx, arg);
    lane_arena_back(lane, a);
}

static void job_run(struct lane *lane, struct task *self)
{
    struct job *job = (struct job *)self; /* its first member */
    call(lane, job->fn, job->arg);
    free(job);
}

void io_post(struct io *io, void (*fn)(struct ctx *cx, void *arg), void *arg, bool slow)
{
    struct job *job = malloc(sizeof *job);
    must(job);
    *job = (struct job){.task = {.run = job_run}, .fn = fn, .arg = arg};
    pool_submit(slow ? io->slow : io->pool, &job->task);
}

/* Called with the lock. */
static void list_add(struct jobs *j, struct io_timer *t)
{
    struct io_timer **at = &j->first;
    while (*at && (*at)->at_ms <= t->at_ms)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
    t->listed = true;
}

static void list_remove(struct jobs *j, struct io_timer *t)
{
    struct io_timer **at = &j->first;
    while (*at && *at != t)
        at = &(*at)->next;
    if (*at)
        *at = t->next;
    t->listed = false;
}

static void timer_run(struct lane *lane, struct task *self)
{
    struct io_timer *t = (struct io_timer *)self; /* its first member */
    struct jobs *j = &t->io->jobs;
    pthread_mutex_lock(&j->lock);
    t->runner = pthread_self();
    bool cancelled = t->cancelled;
    pthread_mutex_unlock(&j->lock);
    if (!cancelled)
        call(lane, t->fn, t->arg);

    pthread_mutex_lock(&j->lock);
    t->running = false;
    bool again = t->period_ms && !t->cancelled && !j->closed, gone = t->cancelled;
    if (again) {
        t->at_ms = clock_mono_ms() + t->period_ms;
        list_add(j, t);
    }
    bool first = again && j->first == t;
    pthread_cond_broadcast(&j->done);
    struct io *io = t->io;
    pthread_mutex_unlock(&j->lock);
    if (first)
        reactor_wake(&io->reactors[0]);
    if (gone)
        free(t);
}

struct io_timer *io_timer(struct io *io, uint32_t delay_ms, uint32_t period_ms,
                          void (*fn)(struct ctx *cx, void *arg), void *arg)
{
    struct io_timer *t = calloc(1, sizeof *t);
    must(t);
    *t = (struct io_timer){.task = {.run = timer_run},
                           .io = io,
                           .at_ms = clock_mono_ms() + delay_ms,
                           .period_ms = period_ms,
                           .fn = fn,
                           .arg = arg};
    pthread_mutex_lock(&io->jobs.lock);
    if (!io->jobs.closed)
        list_add(&io->jobs, t);
    bool first = io->jobs.first == t;
    pthread_mutex_unlock(&io->jobs.lock);
    if (first && io->started)
        reactor_wake(&io->reactors[0]);
    return t;
}

void io_timer_cancel(struct io_timer *t)
{
    struct jobs *j = &t->io->jobs;
    pthread_mutex_lock(&j->lock);
    list_remove(j, t);
    bool mine = t->running && pthread_equal(t->runner, pthread_self());
    t->cancelled = mine; /* then timer_run() frees it */
    while (t->running && !mine) {
        t->period_ms = 0;
        pthread_cond_wait(&j->done, &j->lock);
    }
    pthread_mutex_unlock(&j->lock);
    if (!mine)
        free(t);
}

int64_t jobs_fire(struct io *io, int64_t now_ms)
{
    struct jobs *j = &io->jobs;
    pthread_mutex_lock(&j->lock);
    while (j->first && j->first->at_ms <= now_ms) {
        struct io_timer *t = j->first;
        list_remove(j, t);
        t->running = true;
        t->runner = (pthread_t){0};
        pool_submit(io->pool, &t->task);
    }
    int64_t next_ms = j->first ? j->first->at_ms : INT64_MAX;
    pthread_mutex_unlock(&j->lock);
    return next_ms;
}

void jobs_open(struct jobs *j)
{
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->done, NULL);
}

void jobs_stop(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->closed = true;
    while (j->first)
        list_remove(j, j->first);
    pthread_mutex_unlock(&j->lock);
}

void jobs_close(struct jobs *j)
{
    must(!j->first);
    pthread_cond_destroy(&j->done);
    pthread_mutex_destroy(&j->lock);
}
