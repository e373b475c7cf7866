#include "service/admission/greylist.h"
#include "base/arena.h"
#include "base/metric.h"
#include "core/core.h"
#include "service/admission/cells.h"
#include <stdlib.h>

/* A day or so of inexactness saves a row a message. */
enum { FAMILY_GREY = 'g', TOUCH_MS = 3600 * 1000, SECOND_MS = 1000 };

#define HOUR_MS (INT64_C(3600) * 1000)

struct greylist {
    struct core *core;
    struct cells *cells;
    struct metric *remembered;
};

struct greylist *greylist_open(struct core *c, struct metrics *metrics)
{
    struct greylist *g = calloc(1, sizeof *g);
    must(g);
    g->core = c;
    g->cells = cells_open(GREYLIST_SETS);
    g->remembered = metric_of(metrics, METRIC_GAUGE, "postroad_admission_greylist_entries", "",
                              "What greylisting remembers, as of the last minute");
    return g;
}

void greylist_close(struct greylist *g)
{
    cells_close(g->cells);
    free(g);
}

enum code greylist_load(struct ctx *cx, struct greylist *g)
{
    return cells_load(cx, g->cells, g->core, FAMILY_GREY);
}

enum code greylist_flush(struct ctx *cx, struct greylist *g)
{
    metric_set(g->remembered, (int64_t)cells_count(g->cells));
    return cells_flush(cx, g->cells, g->core, FAMILY_GREY);
}

static struct str network_of(const struct ip *client)
{
    return str_of(client->at, client->v6 ? 8 : 3);
}

/* what: one letter for each kind of thing that is remembered. */
static void key_make(struct ctx *cx, const char *what, const struct str parts[static 3],
                     uint64_t key[static 2])
{
    struct str text = str_printf(cx->arena, "%s %zu %zu ", what, parts[0].n, parts[1].n);
    struct str all[] = {text, parts[0], parts[1], parts[2]};
    cells_key_stable(str_join(cx->arena, all, 4), key);
}

/* A triplet: value is when it was first seen, with 1 added in the lowest bit once it came again. */
struct triplet {
    int64_t now_ms, delay_ms, window_ms, keep_ms;
    int64_t wait_ms; /* out */
    bool came_again; /* out: just now */
};

static void first_time(struct cell *cell, struct triplet *t, bool *dirty)
{
    cell->at_ms = t->now_ms;
    cell->value = (uint64_t)t->now_ms << 1;
    t->wait_ms = t->delay_ms;
    *dirty = true;
}

static void triplet_look(struct cell *cell, bool is_new, bool *dirty, void *arg)
{
    struct triplet *t = arg;
    int64_t first_ms = (int64_t)(cell->value >> 1);
    bool passed = cell->value & 1;
    if (is_new ||
        (passed ? t->now_ms - cell->at_ms > t->keep_ms : t->now_ms - first_ms > t->window_ms)) {
        first_time(cell, t, dirty);
        return;
    }
    if (!passed && t->now_ms < first_ms + t->delay_ms) {
        t->wait_ms = first_ms + t->delay_ms - t->now_ms;
        return;
    }
    t->came_again = !passed;
    *dirty |= !passed || t->now_ms - cell->at_ms > TOUCH_MS;
    if (*dirty)
        cell->at_ms = t->now_ms;
    cell->value |= 1;
}

/* A network, or a sender and a recipient: how often it came again. */
struct count {
    int64_t now_ms, keep_ms;
    uint64_t add, n; /* n: out */
};

static void count_look(struct cell *cell, bool is_new, bool *dirty, void *arg)
{
    struct count *c = arg;
    if (!is_new && c->keep_ms && c->now_ms - cell->at_ms > c->keep_ms)
        cell->value = 0;
    cell->value += c->add;
    c->n = cell->value;
    if (!cell->value) {
        *cell = (struct cell){0}; /* not worth a place */
        return;
    }
    *dirty |= c->add || c->now_ms - cell->at_ms > TOUCH_MS;
    if (*dirty)
        cell->at_ms = c->now_ms;
}

static uint64_t counted(struct greylist *g, const uint64_t key[static 2], struct count c)
{
    cells_with(g->cells, key, count_look, &c);
    return c.n;
}

uint64_t greylist_times(struct ctx *cx, struct greylist *g, struct ip client)
{
    uint64_t key[2];
    key_make(cx, "n", (struct str[3]){network_of(&client)}, key);
    return counted(g, key, (struct count){.now_ms = cx->now_ms});
}

uint32_t greylist_ask(struct ctx *cx, struct greylist *g, const struct grey_question *q)
{
    const int64_t *set = q->rules->number;
    struct str sender = str_lower(cx->arena, q->sender);
    struct str recipient = str_lower(cx->arena, q->recipient);
    uint64_t net[2], pair[2], key[2];
    struct triplet t = {.now_ms = cx->now_ms,
                        .delay_ms = set[SET_GREYLIST_DELAY_S] * SECOND_MS,
                        .window_ms = set[SET_GREYLIST_WINDOW_H] * HOUR_MS,
                        .keep_ms = set[SET_GREYLIST_KEEP_D] * 24 * HOUR_MS};
    struct count c = {.now_ms = cx->now_ms, .keep_ms = t.keep_ms};
    key_make(cx, "n", (struct str[3]){network_of(&q->client)}, net);
    if (set[SET_GREYLIST_NETWORKS] && counted(g, net, c) >= (uint64_t)set[SET_GREYLIST_NETWORKS])
        return 0;
    key_make(cx, "p", (struct str[3]){sender, recipient}, pair);
    if (set[SET_GREYLIST_KNOWN] && sender.n && counted(g, pair, c))
        return 0;
    key_make(cx, "t", (struct str[3]){network_of(&q->client), sender, recipient}, key);
    cells_with(g->cells, key, triplet_look, &t);
    if (t.wait_ms)
        return (uint32_t)((t.wait_ms + SECOND_MS - 1) / SECOND_MS);
    c.add = t.came_again;
    if (t.came_again) {
        counted(g, net, c);
        counted(g, pair, c);
    }
    return 0;
}
