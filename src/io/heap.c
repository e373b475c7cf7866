#include "io/conn.h"
#include "io/reactor.h"

static void place(struct timer_heap *h, size_t i, struct timer_slot slot)
{
    h->slots[i] = slot;
    slot.conn->heap_at = i + 1;
}

static void up(struct timer_heap *h, size_t i, struct timer_slot slot)
{
    while (i && h->slots[(i - 1) / 2].at_ms > slot.at_ms) {
        place(h, i, h->slots[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    place(h, i, slot);
}

static void down(struct timer_heap *h, size_t i, struct timer_slot slot)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < h->count && h->slots[child + 1].at_ms < h->slots[child].at_ms)
            child++;
        if (child >= h->count || h->slots[child].at_ms >= slot.at_ms)
            break;
        place(h, i, h->slots[child]);
        i = child;
    }
    place(h, i, slot);
}

static void settle(struct timer_heap *h, size_t i, struct timer_slot slot)
{
    if (i && h->slots[(i - 1) / 2].at_ms > slot.at_ms)
        up(h, i, slot);
    else
        down(h, i, slot);
}

void heap_set(struct timer_heap *h, struct conn *c, int64_t at_ms)
{
    struct timer_slot slot = {at_ms, c};
    if (c->heap_at) {
        settle(h, c->heap_at - 1, slot);
        return;
    }
    if (h->count == h->cap) {
        h->cap = h->cap ? h->cap * 2 : 256;
        h->slots = realloc(h->slots, h->cap * sizeof *h->slots);
        must(h->slots);
    }
    up(h, h->count++, slot);
}

void heap_remove(struct timer_heap *h, struct conn *c)
{
    if (!c->heap_at)
        return;
    size_t i = c->heap_at - 1;
    c->heap_at = 0;
    struct timer_slot last = h->slots[--h->count];
    if (i < h->count)
        settle(h, i, last);
}
