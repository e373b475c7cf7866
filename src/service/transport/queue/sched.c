/* Jobs: which are ready, which wait for their time. */
#include "service/transport/queue/sched_inner.h"
#include <stdlib.h>

enum { MESSAGE_COST_KIB = 8, MINUTE_S = 60, TURN_LOW = 8 };

static uint32_t *links_next(void *self, uint32_t job)
{
    return &job_at(self, job)->next;
}

static uint32_t links_cost(void *self, uint32_t job)
{
    return MESSAGE_COST_KIB + job_at(self, job)->kib;
}

static struct lane_place links_place(void *self, uint32_t job)
{
    return job_at(self, job)->place;
}

struct sched *sched_open(const struct sched_limits *limits)
{
    struct sched *s = calloc(1, sizeof *s);
    must(s);
    s->limits = *limits;
    s->by_name = map_open();
    s->free_job = LANE_END;
    s->links = (struct lane_links){s, links_next, links_cost, links_place};
    for (int i = 0; i < DEST_CLASSES; i++)
        s->rings[i].first = SCHED_NONE;
    return s;
}

void sched_close(struct sched *s)
{
    for (size_t i = 0; i < s->dest_count; i++)
        if (s->dests[i])
            dest_free(s, (dest_no)i);
    for (size_t i = 0; i < s->slab_count; i++)
        free(s->slabs[i]);
    map_close(s->by_name);
    free(s->slabs);
    free(s->dests);
    free(s->free_dests);
    free(s->timers);
    free(s);
}

static job_no job_new(struct sched *s)
{
    if (s->free_job != LANE_END) {
        job_no n = s->free_job;
        s->free_job = job_at(s, n)->next;
        return n;
    }
    if (s->job_top == s->slab_count * SLAB) {
        s->slabs = realloc(s->slabs, (s->slab_count + 1) * sizeof(struct job *));
        must(s->slabs);
        s->slabs[s->slab_count] = calloc(SLAB, sizeof(struct job));
        must(s->slabs[s->slab_count]);
        s->slab_count++;
    }
    must(s->job_top < SCHED_NONE);
    return s->job_top++;
}

static void job_free(struct sched *s, job_no n)
{
    struct job *j = job_at(s, n);
    *j = (struct job){.state = JOB_FREE, .next = s->free_job};
    s->free_job = n;
}

static void ready(struct sched *s, job_no n, bool front, uint32_t now_s)
{
    struct job *j = job_at(s, n);
    struct dest *d = s->dests[j->dest];
    j->state = JOB_READY;
    if (front)
        lanes_push_front(&d->lanes[j->class], &s->links, n);
    else
        lanes_push(&d->lanes[j->class], &s->links, n);
    d->ready++;
    s->sums.ready++;
    dest_look(s, j->dest, now_s);
}

static void timed(struct sched *s, job_no n)
{
    struct job *j = job_at(s, n);
    j->state = JOB_TIMED;
    timer_add(s, j->due_s, TIMER_DUE, n);
}

/* Urgent, usual, later (RFC 6710 section 4.2 leaves the number of classes to us). */
static unsigned class_of(int8_t priority)
{
    return priority > 0 ? 0 : priority < 0 ? 2 : 1;
}

job_no sched_add(struct sched *s, const struct sched_new *new, uint32_t now_s)
{
    job_no n = job_new(s);
    struct job *j = job_at(s, n);
    uint64_t kib = new->size_bytes / 1024;
    *j = (struct job){
        .id = new->id,
        .due_s = new->due_s,
        .alarm_s = new->alarm_s,
        .dest = dest_get(s, new->destination, now_s),
        .kib = kib < UINT32_MAX / 2 ? (uint32_t)kib : UINT32_MAX / 2,
        .place = {(uint16_t)(new->agency % LANE_AGENCIES), (uint8_t)(new->sender % LANE_SENDERS)},
        .class = class_of(new->priority) & 3,
    };
    s->dests[j->dest]->jobs++;
    s->sums.jobs++;
    if (new->alarm_s)
        timer_add(s, new->alarm_s, TIMER_ALARM, n);
    if (new->held) {
        j->state = JOB_HELD;
        s->sums.held++;
    } else if (new->due_s > now_s) {
        timed(s, n);
    } else {
        ready(s, n, false, now_s);
    }
    return n;
}

uint64_t sched_id(const struct sched *s, job_no n)
{
    return job_at(s, n)->id;
}

dest_no sched_dest_of(const struct sched *s, job_no n)
{
    return job_at(s, n)->dest;
}

static void due(struct sched *s, const struct timer *t, uint32_t now_s)
{
    struct job *j = job_at(s, timer_number(t));
    if (j->state != JOB_TIMED || j->due_s != t->at_s)
        return;
    if (j->locked)
        j->state = JOB_PARKED;
    else
        ready(s, timer_number(t), false, now_s);
}

static bool alarm_is_due(struct sched *s, const struct timer *t)
{
    struct job *j = job_at(s, timer_number(t));
    if (j->state == JOB_FREE || j->state == JOB_DEAD || j->state == JOB_HELD ||
        j->alarm_s != t->at_s)
        return false;
    if (j->state == JOB_OUT || j->locked) { /* somebody has it: a little later */
        j->alarm_s = t->at_s + MINUTE_S;
        timer_add(s, j->alarm_s, TIMER_ALARM, timer_number(t));
        return false;
    }
    j->locked = 1;
    j->alarm_s = 0;
    return true;
}

static job_no pop(struct sched *s, struct dest *d);

static void dest_timer(struct sched *s, dest_no n, uint32_t now_s)
{
    struct dest *d = s->dests[n];
    if (!d)
        return;
    dest_look(s, n, now_s);
    if (dest_is_idle(d, now_s)) {
        must(pop(s, d) == SCHED_NONE); /* frees the dead ones in its lanes */
        dest_free(s, n);
    }
}

job_no sched_alarm(struct sched *s, uint32_t now_s)
{
    struct timer t;
    while (timer_take(s, now_s, &t)) {
        switch (timer_kind_of(&t)) {
        case TIMER_DUE:
            due(s, &t, now_s);
            break;
        case TIMER_ALARM:
            if (alarm_is_due(s, &t))
                return timer_number(&t);
            break;
        case TIMER_DEST:
            dest_timer(s, timer_number(&t), now_s);
            break;
        }
    }
    return SCHED_NONE;
}

/* Counts messages against the route's limit of each minute. */
static bool minute_has_room(struct sched *s, dest_no n, uint32_t now_s)
{
    struct dest *d = s->dests[n];
    if (!d->per_minute)
        return true;
    if (now_s >= d->minute_s + MINUTE_S) {
        d->minute_s = now_s;
        d->minute_n = 0;
    }
    if (d->minute_n++ < d->per_minute)
        return true;
    d->retry_s = d->minute_s + MINUTE_S;
    timer_add(s, d->retry_s, TIMER_DEST, n);
    dest_look(s, n, now_s);
    return false;
}

/* The urgent first, but now and then one of the others. */
static uint32_t lanes_next(struct sched *s, struct dest *d)
{
    unsigned first = ++d->picks % TURN_LOW ? 0 : 1 + d->picks / TURN_LOW % 2;
    for (unsigned i = 0; i < PRIORITY_CLASSES; i++) {
        uint32_t n = lanes_pop(&d->lanes[(first + i) % PRIORITY_CLASSES], &s->links);
        if (n != LANE_END)
            return n;
    }
    return LANE_END;
}

/* Pops until there is one that lives and nobody has locked. */
static job_no pop(struct sched *s, struct dest *d)
{
    uint32_t n;
    while ((n = lanes_next(s, d)) != LANE_END) {
        struct job *j = job_at(s, n);
        if (j->state == JOB_DEAD) {
            job_free(s, n);
            continue;
        }
        d->ready--;
        s->sums.ready--;
        if (!j->locked)
            return n;
        j->state = JOB_PARKED;
    }
    return SCHED_NONE;
}

job_no sched_take(struct sched *s, dest_no dest, uint32_t now_s)
{
    struct dest *d = s->dests[dest];
    if (!d->ready || d->retry_s > now_s || !minute_has_room(s, dest, now_s))
        return SCHED_NONE;
    job_no n = pop(s, d);
    if (n != SCHED_NONE) {
        job_at(s, n)->state = JOB_OUT;
        s->sums.out++;
        d->out++;
    }
    dest_look(s, dest, now_s);
    return n;
}

job_no sched_take_locked(struct sched *s, dest_no dest)
{
    job_no n = pop(s, s->dests[dest]);
    if (n == SCHED_NONE)
        return n;
    job_at(s, n)->state = JOB_PARKED;
    job_at(s, n)->locked = 1;
    return n;
}

/* It is in no lane any more. */
static void gone(struct sched *s, job_no n, bool in_lane)
{
    struct job *j = job_at(s, n);
    struct dest *d = s->dests[j->dest];
    d->jobs--;
    s->sums.jobs--;
    if (in_lane) {
        d->ready--;
        s->sums.ready--;
        *j = (struct job){
            .state = JOB_DEAD, .next = j->next, .dest = j->dest, .kib = j->kib, .place = j->place};
        return;
    }
    job_free(s, n);
}

static void back_from_slot(struct sched *s, job_no n)
{
    s->sums.out--;
    s->dests[job_at(s, n)->dest]->out--;
}

void sched_done(struct sched *s, job_no n)
{
    back_from_slot(s, n);
    gone(s, n, false);
}

void sched_defer(struct sched *s, job_no n, uint32_t due_s)
{
    job_at(s, n)->due_s = due_s;
    back_from_slot(s, n);
    timed(s, n);
}

void sched_back(struct sched *s, job_no n, uint32_t now_s)
{
    back_from_slot(s, n);
    ready(s, n, true, now_s);
}

bool sched_lock(struct sched *s, job_no n)
{
    struct job *j = job_at(s, n);
    if (j->locked || j->state == JOB_OUT || j->state == JOB_FREE || j->state == JOB_DEAD)
        return false;
    j->locked = 1;
    return true;
}

void sched_unlock(struct sched *s, job_no n, bool ends, uint32_t alarm_s, uint32_t now_s)
{
    struct job *j = job_at(s, n);
    dest_no dest = j->dest;
    j->locked = 0;
    if (ends) {
        if (j->state == JOB_HELD)
            s->sums.held--;
        gone(s, n, j->state == JOB_READY);
        dest_look(s, dest, now_s);
        dest_rest(s, dest, now_s);
        return;
    }
    j->alarm_s = alarm_s;
    if (alarm_s)
        timer_add(s, alarm_s, TIMER_ALARM, n);
    if (j->state != JOB_PARKED)
        return;
    if (j->due_s > now_s)
        timed(s, n);
    else
        ready(s, n, false, now_s);
}

job_no sched_each(const struct sched *s, size_t *at)
{
    while (*at < s->job_top) {
        job_no n = (job_no)(*at)++;
        unsigned state = job_at(s, n)->state;
        if (state != JOB_FREE && state != JOB_DEAD)
            return n;
    }
    return SCHED_NONE;
}

struct sched_sums sched_sums(const struct sched *s)
{
    return s->sums;
}
