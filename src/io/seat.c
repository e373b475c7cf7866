#include "io/seat.h"
#include "base/banned.h"
#include "io/reactor.h"
#include <errno.h>
#include <time.h>

enum { LOOKS_BEFORE_DOZING = 8 };

bool seat_enter(struct lane *lane)
{
    struct reactor *r = lane->reactor;
    if (!r || lane->stint)
        return true;
    if (lane->requests >= SEAT_REQUESTS || !pool_has_spare(r->io->pool))
        return false;
    lane->stint = atomic_load_explicit(&r->seat, memory_order_relaxed) + 1;
    atomic_store(&r->seat, lane->stint);
    if (atomic_load(&r->io->watchman.dozing))
        sem_post(&r->io->watchman.wake);
    return true;
}

void seat_leave(struct lane *lane)
{
    unsigned mine = lane->stint;
    lane->stint = 0;
    if (mine && !atomic_compare_exchange_strong(&lane->reactor->seat, &mine, mine + 1))
        lane->reactor = NULL;
}

/* Only one of all who try succeeds: the word moves on. */
static void take(struct reactor *r, unsigned stint)
{
    if (atomic_compare_exchange_strong(&r->seat, &stint, stint + 1))
        pool_submit_first(r->io->pool, &r->task);
}

void seat_give(struct lane *lane)
{
    struct reactor *r = lane->reactor;
    unsigned mine = lane->stint;
    if (!mine)
        return;
    lane->stint = 0;
    lane->reactor = NULL;
    take(r, mine);
}

/* True if anything happened in any seat since the last look. */
static bool look(struct watchman *w)
{
    bool any = false;
    for (unsigned i = 0; i < w->io->config.reactors; i++) {
        struct reactor *r = &w->io->reactors[i];
        unsigned word = atomic_load(&r->seat);
        if (word % 2 && word == w->seen[i])
            take(r, word);
        any |= word % 2 || word != w->seen[i];
        w->seen[i] = word;
    }
    return any;
}

/* Who enters a stint after dozing was set sees it; who entered before is seen here. */
static void doze(struct watchman *w)
{
    atomic_store(&w->dozing, true);
    if (!look(w) && !atomic_load(&w->stopping))
        while (sem_wait(&w->wake) != 0)
            must(errno == EINTR);
    atomic_store(&w->dozing, false);
}

static void pause_for(struct watchman *w, uint32_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + ms * INT64_C(1000000);
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    while (sem_clockwait(&w->stop, CLOCK_MONOTONIC, &until) != 0 && errno != ETIMEDOUT)
        must(errno == EINTR);
}

static void *watch(void *arg)
{
    struct watchman *w = arg;
    unsigned quiet = 0;
    while (!atomic_load(&w->stopping)) {
        quiet = look(w) ? 0 : quiet + 1;
        if (quiet < LOOKS_BEFORE_DOZING)
            pause_for(w, w->io->config.look_ms);
        else
            doze(w);
    }
    return NULL;
}

enum code watchman_start(struct ctx *cx, struct watchman *w, struct io *io)
{
    w->io = io;
    w->seen = calloc(io->config.reactors, sizeof *w->seen);
    must(w->seen);
    sem_init(&w->wake, 0, 0);
    sem_init(&w->stop, 0, 0);
    int error = pthread_create(&w->thread, NULL, watch, w);
    if (error) {
        free(w->seen);
        sem_destroy(&w->wake);
        sem_destroy(&w->stop);
        return fail(cx, E_IO, "thread watchman: %s", strerror(error));
    }
    w->running = true;
    pthread_setname_np(w->thread, "watchman");
    return OK;
}

void watchman_stop(struct watchman *w)
{
    if (!w->running)
        return;
    atomic_store(&w->stopping, true);
    sem_post(&w->wake);
    sem_post(&w->stop);
    pthread_join(w->thread, NULL);
    free(w->seen);
    sem_destroy(&w->wake);
    sem_destroy(&w->stop);
    *w = (struct watchman){0};
}
