#include "road.h"
#include <stdlib.h>

static void start(void *self, struct slot *s)
{
    struct fake_road *r = self;
    if (r->slot_count == r->slot_room) {
        r->slot_room = r->slot_room ? r->slot_room * 2 : 16;
        r->slots = realloc(r->slots, r->slot_room * sizeof(struct slot *));
        must(r->slots);
    }
    r->slots[r->slot_count++] = s;
    if (r->slot_count > r->slots_most)
        r->slots_most = r->slot_count;
    r->starts++;
}

void fake_road_open(struct fake_road *r)
{
    *r = (struct fake_road){.road = {.self = r, .start = start}, .given = map_open()};
}

void fake_road_close(struct fake_road *r)
{
    struct str key;
    void *value;
    for (size_t at = 0; map_next(r->given, &at, &key, &value);)
        free(value);
    map_close(r->given);
    free(r->slots);
}

static void count(struct fake_road *r, struct str address)
{
    uint64_t *n = map_get(r->given, address);
    if (!n) {
        n = calloc(1, sizeof *n);
        must(n);
        map_put(r->given, address, n);
    }
    (*n)++;
    r->delivered++;
}

static void answer(struct fake_road *r, struct errand_recipient *to)
{
    struct str a = to->address;
    to->next_hop = STR("mx.outside.example");
    r->attempts++;
    if (str_starts(a, STR("later"))) {
        to->result = ERRAND_DEFERRED;
        to->status = STR("4.3.0");
        to->diagnostic = STR("451 4.3.0 Come back later");
    } else if (str_starts(a, STR("no"))) {
        to->result = ERRAND_FAILED;
        to->status = STR("5.1.1");
        to->diagnostic = STR("550 5.1.1 No such person");
    } else if (!str_starts(a, STR("skip")) || !r->skip) {
        to->result = ERRAND_DELIVERED;
        to->status = STR("2.0.0");
        to->diagnostic = STR("250 2.0.0 Ok");
        to->next_hop_reports = str_starts(a, STR("dsn"));
        count(r, a);
    }
}

static size_t errands(struct world *w, struct fake_road *r, struct slot *s)
{
    struct errand *e;
    size_t n = 0;
    /* One that comes back untried would come again at once. */
    while (!(r->skip && n) && s->next(&w->cx, s, &e)) {
        snprintf(r->last_trace, sizeof r->last_trace, "%.*s", STR_ARG(e->trace));
        r->last = *e;
        for (size_t i = 0; i < e->to_count; i++)
            answer(r, &e->to[i]);
        s->settle(&w->cx, s, e);
        n++;
    }
    return n;
}

static size_t slot_run(struct world *w, struct fake_road *r, struct slot *s)
{
    size_t n = 0;
    if (str_starts(s->destination, STR("dead")) && !r->revive) {
        s->end(&w->cx, s, SLOT_UNREACHABLE, STR("4.4.1"), STR("dead: connection refused"));
    } else if (str_starts(s->destination, STR("gone"))) {
        s->end(&w->cx, s, SLOT_IMPOSSIBLE, STR("5.1.2"), STR("the domain does not exist"));
    } else if (str_starts(s->destination, STR("busy")) && r->busy) {
        s->end(&w->cx, s, SLOT_BUSY, STR("4.3.2"), STR("421 4.3.2 Too many connections"));
    } else {
        n = errands(w, r, s);
        s->end(&w->cx, s, SLOT_DONE, STR(""), STR(""));
    }
    return n;
}

size_t fake_road_run(struct world *w, struct fake_road *r)
{
    size_t n = 0;
    while (r->slot_count) {
        struct slot *s = r->slots[--r->slot_count];
        n += slot_run(w, r, s);
    }
    return n;
}

void fake_road_time(struct world *w, struct fake_road *r, int64_t seconds)
{
    int64_t until = w->cx.now_ms + seconds * 1000;
    int64_t step = seconds > 600 ? 30000 : 1000;
    for (;;) {
        while (queue_run(&w->cx, w->queue))
            fake_road_run(w, r);
        fake_road_run(w, r);
        if (w->cx.now_ms >= until)
            return;
        w->cx.now_ms += until - w->cx.now_ms < step ? until - w->cx.now_ms : step;
    }
}

uint64_t fake_road_given(const struct fake_road *r, const char *address)
{
    const uint64_t *n = map_get(r->given, str_z(address));
    return n ? *n : 0;
}
