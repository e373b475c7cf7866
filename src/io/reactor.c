#include "io/reactor.h"
#include "base/banned.h"
#include "base/clock.h"
#include "io/conn.h"
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 128 };

enum code reactor_open(struct ctx *cx, struct reactor *r, struct io *io, unsigned number)
{
    uint64_t seed = io->config.random_seed;
    *r = (struct reactor){.io = io, .lane = lane_of(io, seed ? seed + 1000 + number : 0)};
    r->lane.reactor = r;
    r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    r->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.ptr = r};
    if (r->epoll_fd < 0 || r->event_fd < 0 ||
        epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, r->event_fd, &e) != 0)
        return fail(cx, E_IO, "epoll: %s", strerror(errno));
    return OK;
}

void reactor_wake(struct reactor *r)
{
    uint64_t one = 1;
    ssize_t n = write(r->event_fd, &one, sizeof one);
    must(n == sizeof one || errno == EAGAIN); /* full: it is awake */
}

void reactor_note(struct lane *lane, struct conn *c, unsigned why)
{
    if (atomic_fetch_or(&c->inbox, why) != 0)
        return; /* it is in there already */
    struct reactor *r = c->reactor;
    struct conn *head = atomic_load(&r->inbox);
    do
        c->inbox_next = head;
    while (!atomic_compare_exchange_weak(&r->inbox, &head, c));
    /* Who finds it empty rings; the reactor empties it before it sleeps. */
    if (!head && (!lane || lane->reactor != r))
        reactor_wake(r);
}

/* Only the reactor. The order of the two steps, and its mirror in reactor_deadline(), sees to it
   that a new deadline is noticed by one of the two threads. */
static void timer_update(struct reactor *r, struct conn *c)
{
    atomic_store(&c->timer_ms, INT64_MAX);
    int64_t at_ms = atomic_load(&c->deadline_ms);
    if (at_ms == INT64_MAX)
        return; /* an entry that fires too early does no harm */
    heap_set(&r->timers, c, at_ms);
    atomic_store(&c->timer_ms, at_ms);
}

void reactor_deadline(struct lane *lane, struct conn *c, int64_t at_ms)
{
    atomic_store(&c->deadline_ms, at_ms);
    if (at_ms >= atomic_load(&c->timer_ms))
        return; /* it looks early enough, and finds then that there is more time */
    if (lane->reactor == c->reactor)
        timer_update(c->reactor, c);
    else
        reactor_note(lane, c, INBOX_TIMER);
}

static void timers_fire(struct reactor *r, int64_t now_ms)
{
    while (r->timers.count && r->timers.slots[0].at_ms <= now_ms) {
        struct conn *c = r->timers.slots[0].conn;
        heap_remove(&r->timers, c);
        atomic_store(&c->timer_ms, INT64_MAX);
        if (atomic_load(&c->deadline_ms) > now_ms)
            timer_update(r, c);
        else if (conn_post(c, EV_TIMER))
            conn_serve(&r->lane, c);
    }
}

static void conn_add(struct reactor *r, struct conn *c)
{
    c->prev = NULL;
    c->next = r->conns;
    if (c->next)
        c->next->prev = c;
    r->conns = c;
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    unsigned first = EV_OUT; /* what has come already shows as an edge */
    if (epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, c->fd, &e) != 0)
        first = EV_KILL;
    if (r->told_stop)
        first |= EV_STOP;
    if (r->told_kill)
        first |= EV_KILL;
    atomic_fetch_or(&c->events, first); /* it was born busy, so it is ours */
    conn_serve(&r->lane, c);
}

static void conn_remove(struct reactor *r, struct conn *c)
{
    heap_remove(&r->timers, c);
    if (c->prev)
        c->prev->next = c->next;
    else
        r->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    conn_free(c);
}

static void inbox_read(struct reactor *r)
{
    struct conn *c = atomic_exchange(&r->inbox, NULL);
    while (c) {
        struct conn *next = c->inbox_next;
        unsigned why = atomic_exchange(&c->inbox, 0);
        if (why & INBOX_DEAD) {
            conn_remove(r, c);
        } else {
            if (why & INBOX_NEW)
                conn_add(r, c);
            if (why & INBOX_TIMER)
                timer_update(r, c);
        }
        c = next;
    }
}

static unsigned events_of(uint32_t e)
{
    unsigned events = 0;
    if (e & (EPOLLIN | EPOLLHUP))
        events |= EV_IN;
    if (e & EPOLLOUT)
        events |= EV_OUT;
    if (e & (EPOLLRDHUP | EPOLLHUP))
        events |= EV_HUP | EV_IN;
    if (e & EPOLLERR)
        events |= EV_ERR;
    return events;
}

static bool is_listener(const struct io *io, const void *p)
{
    const struct listener *l = p;
    return l >= io->listeners && l < io->listeners + io->listener_count;
}

static void handle(struct reactor *r, const struct epoll_event *e)
{
    if (e->data.ptr == r)
        return; /* the bell: edge-triggered, so it need not be read */
    if (is_listener(r->io, e->data.ptr)) {
        accept_ready(&r->lane, e->data.ptr);
        return;
    }
    struct conn *c = e->data.ptr;
    if (conn_post(c, events_of(e->events)))
        conn_serve(&r->lane, c);
}

static void post_all(struct reactor *r, unsigned events)
{
    struct conn *next;
    for (struct conn *c = r->conns; c; c = next) {
        next = c->next; /* the list changes in inbox_read() alone */
        if (conn_post(c, events))
            conn_serve(&r->lane, c);
    }
}

/* Listeners come and go with pause and stop. */
static void listeners_update(struct reactor *r)
{
    bool wanted = !atomic_load(&r->io->paused) && !atomic_load(&r->io->stopping);
    if (wanted == r->accepting)
        return;
    r->accepting = wanted;
    for (size_t i = 0; i < r->io->listener_count; i++) {
        struct listener *l = &r->io->listeners[i];
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = l};
        if (l->reactor == r)
            must(epoll_ctl(r->epoll_fd, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, l->is.fd, &e) == 0);
    }
}

static void look_around(struct reactor *r, int64_t now_ms)
{
    listeners_update(r);
    if (!atomic_load(&r->io->stopping))
        return;
    if (!r->told_stop) {
        r->told_stop = true;
        post_all(r, EV_STOP);
    }
    if (!r->told_kill && now_ms >= atomic_load(&r->io->drain_until_ms)) {
        r->told_kill = true;
        post_all(r, EV_KILL);
    }
}

static int wait_ms(struct reactor *r, int64_t now_ms, int64_t jobs_ms)
{
    int64_t until = jobs_ms;
    if (r->timers.count && r->timers.slots[0].at_ms < until)
        until = r->timers.slots[0].at_ms;
    if (r->told_stop && !r->told_kill && atomic_load(&r->io->drain_until_ms) < until)
        until = atomic_load(&r->io->drain_until_ms);
    if (atomic_load(&r->inbox) || until <= now_ms)
        return 0;
    if (until == INT64_MAX)
        return -1;
    return until - now_ms > 60000 ? 60000 : (int)(until - now_ms);
}

static void *react(void *arg)
{
    struct reactor *r = arg;
    struct epoll_event events[EVENTS_AT_ONCE];
    while (!r->told_stop || r->conns) {
        int64_t now_ms = clock_mono_ms();
        look_around(r, now_ms);
        timers_fire(r, now_ms);
        int64_t jobs_ms = r == r->io->reactors ? jobs_fire(r->io, now_ms) : INT64_MAX;
        inbox_read(r);
        if (r->told_stop && !r->conns)
            break;
        int n = epoll_wait(r->epoll_fd, events, EVENTS_AT_ONCE, wait_ms(r, now_ms, jobs_ms));
        must(n >= 0 || errno == EINTR);
        for (int i = 0; i < n; i++)
            handle(r, &events[i]);
        inbox_read(r); /* frees what died; so no event of this round may come after it */
    }
    return NULL;
}

enum code reactor_start(struct ctx *cx, struct reactor *r, unsigned number)
{
    r->running = true; /* before the thread: others look at it to know whom to wake */
    int error = pthread_create(&r->thread, NULL, react, r);
    if (error) {
        r->running = false;
        return fail(cx, E_IO, "thread reactor-%u: %s", number, strerror(error));
    }
    char name[16];
    snprintf(name, sizeof name, "reactor-%u", number % 1000);
    pthread_setname_np(r->thread, name);
    return OK;
}

void reactor_close(struct reactor *r)
{
    if (r->epoll_fd > 0)
        close(r->epoll_fd);
    if (r->event_fd > 0)
        close(r->event_fd);
    free(r->timers.slots);
    lane_close(&r->lane);
}
