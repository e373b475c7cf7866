/* Destinations: how many slots each may have, and when it is tried again. */
#include "service/transport/queue/sched_inner.h"
#include <stdlib.h>

enum { WINDOW_FIRST = 2, IDLE_S = 600 };

static char *copy(struct str s)
{
    char *p = malloc(s.n + 1);
    must(p);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return p;
}

static dest_no dest_new(struct sched *s)
{
    if (s->free_dest_count)
        return s->free_dests[--s->free_dest_count];
    if (s->dest_count == s->dest_room) {
        s->dest_room = s->dest_room ? s->dest_room * 2 : 64;
        s->dests = realloc(s->dests, s->dest_room * sizeof(struct dest *));
        s->free_dests = realloc(s->free_dests, s->dest_room * sizeof *s->free_dests);
        must(s->dests && s->free_dests);
    }
    must(s->dest_count < SCHED_NONE);
    return (dest_no)s->dest_count++;
}

/* The map's values are numbers, made pointers: 0 is none. */
static void *boxed(dest_no n)
{
    return (void *)((uintptr_t)n + 1);
}

dest_no sched_dest_find(const struct sched *s, struct str name)
{
    uintptr_t v = (uintptr_t)map_get(s->by_name, name);
    return v ? (dest_no)(v - 1) : SCHED_NONE;
}

dest_no dest_get(struct sched *s, struct str name, uint32_t now_s)
{
    dest_no n = sched_dest_find(s, name);
    if (n != SCHED_NONE)
        return n;
    struct dest *d = calloc(1, sizeof *d);
    must(d);
    n = dest_new(s);
    d->name = copy(name);
    d->class = DEST_NEW;
    d->window = WINDOW_FIRST;
    d->limit = s->limits.per_destination;
    d->threshold = (float)d->limit;
    d->idle_s = now_s;
    s->dests[n] = d;
    s->sums.dests++;
    map_put(s->by_name, name, boxed(n));
    return n;
}

static void ring_out(struct sched *s, dest_no n)
{
    struct dest *d = s->dests[n];
    dest_no *first = &s->rings[d->class].first;
    if (d->next == n)
        *first = SCHED_NONE;
    else if (*first == n)
        *first = d->next;
    s->dests[d->next]->prev = d->prev;
    s->dests[d->prev]->next = d->next;
    d->in_ring = false;
}

static void ring_in(struct sched *s, dest_no n)
{
    struct dest *d = s->dests[n];
    dest_no *first = &s->rings[d->class].first;
    d->next = d->prev = n;
    if (*first == SCHED_NONE) {
        *first = n;
    } else {
        d->next = *first;
        d->prev = s->dests[*first]->prev;
        s->dests[d->prev]->next = s->dests[d->next]->prev = n;
    }
    d->in_ring = true;
}

void dest_free(struct sched *s, dest_no n)
{
    struct dest *d = s->dests[n];
    if (d->in_ring)
        ring_out(s, n);
    if (d->class == DEST_BAD)
        s->sums.bad--;
    for (int i = 0; i < PRIORITY_CLASSES; i++)
        lanes_clear(&d->lanes[i]);
    map_remove(s->by_name, str_z(d->name));
    free(d->name);
    free(d->status);
    free(d->text);
    free(d);
    s->dests[n] = NULL;
    s->free_dests[s->free_dest_count++] = n;
    s->sums.dests--;
}

void dest_rest(struct sched *s, dest_no n, uint32_t now_s)
{
    struct dest *d = s->dests[n];
    if (d->jobs || d->slots)
        return;
    d->idle_s = now_s;
    timer_add(s, now_s + IDLE_S, TIMER_DEST, n);
}

bool dest_is_idle(const struct dest *d, uint32_t now_s)
{
    return !d->jobs && !d->slots && now_s >= d->idle_s + IDLE_S;
}

static uint32_t allowed(const struct dest *d)
{
    uint32_t window = (uint32_t)d->window;
    if (d->class != DEST_PROVEN) /* unknown ones may be dead: none has more than one */
        window = 1;
    return window < d->limit ? window : d->limit;
}

/* One connection for each message that waits, at most. */
static bool may_have_slot(const struct dest *d, uint32_t now_s)
{
    return d->ready && d->slots < d->ready + d->out && d->slots < allowed(d) && d->retry_s <= now_s;
}

void dest_look(struct sched *s, dest_no n, uint32_t now_s)
{
    struct dest *d = s->dests[n];
    bool wanted = may_have_slot(d, now_s);
    if (wanted && !d->in_ring)
        ring_in(s, n);
    else if (!wanted && d->in_ring)
        ring_out(s, n);
}

void dest_class_set(struct sched *s, dest_no n, enum sched_class class)
{
    struct dest *d = s->dests[n];
    if (d->class == class)
        return;
    if (d->in_ring)
        ring_out(s, n);
    s->rings[d->class].slots -= d->slots;
    s->rings[class].slots += d->slots;
    if (d->class == DEST_BAD)
        s->sums.bad--;
    if (class == DEST_BAD)
        s->sums.bad++;
    d->class = class;
}

void dest_text_set(struct dest *d, struct str status, struct str text)
{
    free(d->status);
    free(d->text);
    d->status = status.n ? copy(status) : NULL;
    d->text = text.n ? copy(text) : NULL;
}

/* A slot of a destination that never worked is a call that waits, and costs little: there may be
   more of those, a quarter of them for the ones that did not work the last time. When what works
   has all slots, nobody new is called. */
static bool has_room(const struct sched *s, enum sched_class class)
{
    if (s->rings[DEST_PROVEN].slots >= s->limits.slots)
        return false;
    uint32_t bad = s->limits.calls / 4 ? s->limits.calls / 4 : 1;
    if (class == DEST_BAD)
        return s->rings[DEST_BAD].slots < bad;
    return class == DEST_PROVEN || s->rings[DEST_NEW].slots + bad < s->limits.calls ||
           !s->rings[DEST_NEW].slots;
}

dest_no sched_slot_begin(struct sched *s, uint32_t now_s)
{
    for (int class = 0; class < DEST_CLASSES; class ++) {
        dest_no n = s->rings[class].first;
        if (n == SCHED_NONE || !has_room(s, (enum sched_class) class))
            continue;
        struct dest *d = s->dests[n];
        s->rings[class].first = d->next; /* the next time it is another one's turn */
        d->slots++;
        s->sums.slots++;
        s->rings[class].slots++;
        dest_look(s, n, now_s);
        return n;
    }
    return SCHED_NONE;
}

void sched_learn(struct sched *s, dest_no n, uint32_t now_s)
{
    struct dest *d = s->dests[n];
    d->window += d->window < d->threshold ? 1.0F : 1.0F / d->window;
    if (d->window > (float)d->limit)
        d->window = (float)d->limit;
    if (d->class != DEST_PROVEN) {
        dest_class_set(s, n, DEST_PROVEN);
        dest_text_set(d, (struct str){0}, (struct str){0});
        d->fails = 0;
        d->retry_s = 0;
    }
    dest_look(s, n, now_s);
}

/* Twice as long each time, a fifth more or less by chance. */
static uint32_t backoff(const struct sched *s, uint32_t fails, uint32_t chance)
{
    uint64_t wait = s->limits.backoff_first_s;
    for (uint32_t i = 1; i < fails && wait < s->limits.backoff_last_s; i++)
        wait *= 2;
    if (wait > s->limits.backoff_last_s)
        wait = s->limits.backoff_last_s;
    return (uint32_t)(wait * 4 / 5 + wait * 2 / 5 * chance / UINT32_MAX) + 1;
}

static void fewer(struct dest *d)
{
    d->window = d->window / 2 < 1 ? 1 : d->window / 2;
    d->threshold = d->window;
}

static void retry_at(struct sched *s, dest_no n, uint32_t at_s)
{
    s->dests[n]->retry_s = at_s;
    timer_add(s, at_s, TIMER_DEST, n);
}

uint32_t sched_slot_end(struct sched *s, dest_no n, const struct sched_end *end, uint32_t now_s)
{
    struct dest *d = s->dests[n];
    enum slot_end how = end->how;
    d->slots--;
    s->sums.slots--;
    s->rings[d->class].slots--;
    if (how == SLOT_DONE && !end->progress && d->ready)
        how = SLOT_BUSY; /* else it would be asked again and again */
    if (how == SLOT_UNREACHABLE && d->class == DEST_PROVEN && d->slots)
        how = SLOT_BUSY; /* others of its connections work: it has enough of them */
    if (how == SLOT_BUSY || how == SLOT_UNREACHABLE) {
        fewer(d);
        if (how == SLOT_BUSY && d->slots) {
            dest_look(s, n, now_s); /* fewer at a time; the others go on */
            return 0;
        }
        d->fails++;
        dest_text_set(d, end->status, end->text);
        if (how == SLOT_UNREACHABLE) {
            dest_class_set(s, n, DEST_BAD);
            d->window = 1;
        }
        retry_at(s, n, now_s + backoff(s, d->fails, end->chance));
        dest_look(s, n, now_s);
        return d->retry_s;
    }
    if (how == SLOT_DONE && end->progress) {
        if (d->class == DEST_BAD)
            dest_class_set(s, n, DEST_NEW);
        d->fails = 0;
    }
    dest_look(s, n, now_s);
    dest_rest(s, n, now_s);
    return 0;
}

static const struct str nothing;

struct sched_dest_facts sched_dest_facts(const struct sched *s, dest_no n)
{
    const struct dest *d = s->dests[n];
    return (struct sched_dest_facts){
        .name = str_z(d->name),
        .class = d->class,
        .jobs = d->jobs,
        .ready = d->ready,
        .slots = d->slots,
        .window = allowed(d),
        .fails = d->fails,
        .retry_s = d->retry_s,
        .per_minute = d->per_minute,
        .limit = d->limit,
        .status = d->status ? str_z(d->status) : nothing,
        .text = d->text ? str_z(d->text) : nothing,
        .noted = d->noted,
    };
}

void sched_dest_limit(struct sched *s, dest_no n, uint32_t connections, uint32_t per_minute)
{
    struct dest *d = s->dests[n];
    d->limit = connections ? connections : s->limits.per_destination;
    d->per_minute = per_minute;
    if (d->threshold > (float)d->limit || d->class == DEST_NEW)
        d->threshold = (float)d->limit;
}

void sched_dest_trouble(struct sched *s, dest_no n, uint32_t fails, uint32_t retry_s,
                        struct str status, struct str text)
{
    struct dest *d = s->dests[n];
    dest_class_set(s, n, DEST_BAD);
    d->fails = fails;
    d->noted = true;
    dest_text_set(d, status, text);
    retry_at(s, n, retry_s);
    dest_look(s, n, 0);
}

void sched_dest_note(struct sched *s, dest_no n, bool noted)
{
    s->dests[n]->noted = noted;
}

void sched_dest_retry(struct sched *s, dest_no n, uint32_t now_s)
{
    struct dest *d = s->dests[n];
    d->retry_s = 0;
    d->fails = 0;
    dest_look(s, n, now_s);
}

dest_no sched_each_dest(const struct sched *s, size_t *at)
{
    while (*at < s->dest_count) {
        dest_no n = (dest_no)(*at)++;
        if (s->dests[n])
            return n;
    }
    return SCHED_NONE;
}
