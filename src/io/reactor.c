#include "io/reactor.h"
#include "base/banned.h"
#include "base/clock.h"
#include "io/conn.h"
#include "io/seat.h"
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void loop(struct lane *lane, struct task *self);

enum code reactor_open(struct ctx *cx, struct reactor *r, struct io *io)
{
    *r = (struct reactor){.task.run = loop, .io = io};
    r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    r->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.ptr = r};
    if (r->epoll_fd < 0 || r->event_fd < 0 ||
        epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, r->event_fd, &e) != 0)
        return fail(cx, E_IO, "epoll: %s", strerror(errno));
    return OK;
}

void reactor_start(struct reactor *r)
{
    r->running = true; /* before the loop: others look at it to know whom to wake */
    pool_submit_first(r->io->pool, &r->task);
}

void reactor_wake(struct reactor *r)
{
    uint64_t one = 1;
    ssize_t n = write(r->event_fd, &one, sizeof one);
    must(n == sizeof one || errno == EAGAIN); /* full: it is awake */
}

void reactor_note(struct conn *c, unsigned why)
{
    if (atomic_fetch_or(&c->inbox, why) != 0)
        return; /* it is in there already */
    struct reactor *r = c->reactor;
    struct conn *head = atomic_load(&r->inbox);
    do
        c->inbox_next = head;
    while (!atomic_compare_exchange_weak(&r->inbox, &head, c));
    /* The loop looks into the inbox after it said that it sleeps. */
    if (atomic_load(&r->sleeping) && atomic_exchange(&r->sleeping, false))
        reactor_wake(r);
}

/* Only who has the seat. The order of the two steps, and its mirror in reactor_deadline(), sees to
   it that a new deadline is noticed by one of the two threads. */
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
        reactor_note(c, INBOX_TIMER);
}

/* Serving a connection may cost the seat: nothing of the reactor's may be touched after it but by
   who still sits there. */
static void timers_fire(struct lane *lane, struct reactor *r, int64_t now_ms)
{
    while (lane->reactor && r->timers.count && r->timers.slots[0].at_ms <= now_ms) {
        struct conn *c = r->timers.slots[0].conn;
        heap_remove(&r->timers, c);
        atomic_store(&c->timer_ms, INT64_MAX);
        if (atomic_load(&c->deadline_ms) > now_ms)
            timer_update(r, c);
        else if (conn_post(c, EV_TIMER))
            conn_serve(lane, c);
    }
}

static void conn_add(struct lane *lane, struct reactor *r, struct conn *c)
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
    conn_serve(lane, c);
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

/* Takes all that is in the inbox, the oldest first. */
static void inbox_take(struct reactor *r)
{
    struct conn *newest = atomic_load(&r->inbox) ? atomic_exchange(&r->inbox, NULL) : NULL;
    while (newest) {
        struct conn *older = newest->inbox_next;
        newest->inbox_next = r->mail;
        r->mail = newest;
        newest = older;
    }
}

static void mail_read(struct lane *lane, struct reactor *r)
{
    struct conn *c = r->mail;
    r->mail = c->inbox_next;
    unsigned why = atomic_exchange(&c->inbox, 0);
    if (why & INBOX_DEAD) {
        conn_remove(r, c);
        return;
    }
    if (why & INBOX_TIMER)
        timer_update(r, c);
    if (why & INBOX_NEW)
        conn_add(lane, r, c);
    else if (why & INBOX_SERVE)
        conn_serve(lane, c);
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

static void handle(struct lane *lane, struct reactor *r, const struct epoll_event *e)
{
    if (e->data.ptr == r)
        return; /* the bell: edge-triggered, so it need not be read */
    if (is_listener(r->io, e->data.ptr)) {
        accept_ready(e->data.ptr);
        return;
    }
    struct conn *c = e->data.ptr;
    if (conn_post(c, events_of(e->events)))
        conn_serve(lane, c);
}

static void post_all(struct reactor *r, unsigned events)
{
    struct conn *next;
    for (struct conn *c = r->conns; c; c = next) {
        next = c->next;
        if (conn_post(c, events))
            pool_submit(r->io->pool, &c->task);
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
    if (until <= now_ms)
        return 0;
    if (until == INT64_MAX)
        return -1;
    return until - now_ms > 60000 ? 60000 : (int)(until - now_ms);
}

static void fetch_events(struct reactor *r, int timeout_ms)
{
    atomic_store(&r->sleeping, timeout_ms != 0);
    if (atomic_load(&r->inbox))
        timeout_ms = 0;
    int n = epoll_wait(r->epoll_fd, r->events, REACTOR_EVENTS, timeout_ms);
    must(n >= 0 || errno == EINTR);
    atomic_store_explicit(&r->sleeping, false, memory_order_relaxed);
    r->event_at = 0;
    r->event_count = n > 0 ? n : 0;
}

/* What an earlier holder of the seat left comes first: all events, then the mail. A connection that
   died is freed with the mail, so no event that names it may come after that: a dead one is in no
   epoll set any more, and what was fetched before has been handled. */
static void turn(struct lane *lane, struct reactor *r)
{
    if (r->event_at < r->event_count) {
        handle(lane, r, &r->events[r->event_at++]);
        return;
    }
    if (r->mail) {
        mail_read(lane, r);
        return;
    }
    int64_t now_ms = clock_mono_ms();
    look_around(r, now_ms);
    int64_t jobs_ms = r == r->io->reactors ? jobs_fire(r->io, now_ms) : INT64_MAX;
    timers_fire(lane, r, now_ms);
    if (!lane->reactor)
        return;
    inbox_take(r);
    r->ended = r->told_stop && !r->conns && !r->mail;
    if (!r->ended)
        fetch_events(r, r->mail ? 0 : wait_ms(r, now_ms, jobs_ms));
}

/* Whoever runs this sits in the seat, until he lost it. */
static void loop(struct lane *lane, struct task *self)
{
    struct reactor *r = (struct reactor *)self; /* its first member */
    lane->reactor = r;
    while (lane->reactor && !r->ended)
        turn(lane, r);
    if (!lane->reactor)
        return;
    lane->reactor = NULL;
    sem_post(&r->io->loop_ended);
}

void reactor_close(struct reactor *r)
{
    if (r->epoll_fd > 0)
        close(r->epoll_fd);
    if (r->event_fd > 0)
        close(r->event_fd);
    free(r->timers.slots);
}
