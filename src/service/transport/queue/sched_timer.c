/* A heap of times. What became meaningless meanwhile is told by whoever takes it. */
#include "service/transport/queue/sched_inner.h"
#include <stdlib.h>

static void sift_up(struct timer *t, size_t i)
{
    struct timer moved = t[i];
    while (i && t[(i - 1) / 2].at_s > moved.at_s) {
        t[i] = t[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    t[i] = moved;
}

static void sift_down(struct timer *t, size_t n)
{
    struct timer moved = t[0];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n)
            break;
        if (child + 1 < n && t[child + 1].at_s < t[child].at_s)
            child++;
        if (t[child].at_s >= moved.at_s)
            break;
        t[i] = t[child];
        i = child;
    }
    t[i] = moved;
}

void timer_add(struct sched *s, uint32_t at_s, enum timer_kind kind, uint32_t number)
{
    if (s->timer_count == s->timer_room) {
        s->timer_room = s->timer_room ? s->timer_room + s->timer_room / 2 : 1024;
        s->timers = realloc(s->timers, s->timer_room * sizeof *s->timers);
        must(s->timers);
    }
    s->timers[s->timer_count] = (struct timer){.at_s = at_s, .what = (uint32_t)kind << 30 | number};
    sift_up(s->timers, s->timer_count++);
}

bool timer_take(struct sched *s, uint32_t now_s, struct timer *out)
{
    if (!s->timer_count || s->timers[0].at_s > now_s)
        return false;
    *out = s->timers[0];
    s->timers[0] = s->timers[--s->timer_count];
    if (s->timer_count)
        sift_down(s->timers, s->timer_count);
    return true;
}

uint32_t sched_wake_s(const struct sched *s)
{
    return s->timer_count ? s->timers[0].at_s : UINT32_MAX;
}
