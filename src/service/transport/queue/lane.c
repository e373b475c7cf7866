#include "service/transport/queue/lane.h"
#include <stdlib.h>

enum { QUANTUM_KIB = 64, COST_MAX_KIB = 16 * QUANTUM_KIB };

/* An agency's lane has senders, a sender's has jobs. Siblings form a ring. */
struct lane {
    struct lane *next, *prev;
    struct lane *sender; /* whose turn it is */
    uint32_t first, last;
    int32_t credit_kib;
    uint32_t key;
};

static struct lane *ring_find(struct lane **turn, uint32_t key)
{
    struct lane *x = *turn;
    if (x) {
        do {
            if (x->key == key)
                return x;
            x = x->next;
        } while (x != *turn);
    }
    x = malloc(sizeof *x);
    must(x);
    *x = (struct lane){.key = key, .first = LANE_END, .last = LANE_END, .next = x, .prev = x};
    if (*turn) { /* last of the round */
        x->next = *turn;
        x->prev = (*turn)->prev;
        x->prev->next = x->next->prev = x;
    } else {
        *turn = x;
    }
    return x;
}

static void ring_drop(struct lane **turn, struct lane *x)
{
    if (x->next == x)
        *turn = NULL;
    else if (*turn == x)
        *turn = x->next;
    x->next->prev = x->prev;
    x->prev->next = x->next;
    free(x);
}

static struct lane *sender_lane(struct lanes *l, const struct lane_links *links, uint32_t job)
{
    struct lane_place place = links->place(links->self, job);
    return ring_find(&ring_find(&l->agency, place.agency)->sender, place.sender);
}

void lanes_push(struct lanes *l, const struct lane_links *links, uint32_t job)
{
    struct lane *x = sender_lane(l, links, job);
    *links->next(links->self, job) = LANE_END;
    if (x->last == LANE_END)
        x->first = job;
    else
        *links->next(links->self, x->last) = job;
    x->last = job;
}

void lanes_push_front(struct lanes *l, const struct lane_links *links, uint32_t job)
{
    struct lane *x = sender_lane(l, links, job);
    *links->next(links->self, job) = x->first;
    x->first = job;
    if (x->last == LANE_END)
        x->last = job;
}

/* Whose turn it is, and has credit. */
static struct lane *turn_find(struct lane **turn)
{
    while ((*turn)->credit_kib <= 0) {
        if ((*turn)->next == *turn) {
            (*turn)->credit_kib = QUANTUM_KIB; /* alone: nobody to wait for */
            break;
        }
        (*turn)->credit_kib += QUANTUM_KIB;
        *turn = (*turn)->next;
    }
    return *turn;
}

uint32_t lanes_pop(struct lanes *l, const struct lane_links *links)
{
    if (!l->agency)
        return LANE_END;
    struct lane *agency = turn_find(&l->agency);
    struct lane *sender = turn_find(&agency->sender);
    uint32_t job = sender->first;
    uint32_t cost = links->cost(links->self, job);
    int32_t paid = (int32_t)(cost < COST_MAX_KIB ? cost : COST_MAX_KIB);
    agency->credit_kib -= paid;
    sender->credit_kib -= paid;
    sender->first = *links->next(links->self, job);
    if (sender->first == LANE_END)
        ring_drop(&agency->sender, sender);
    if (!agency->sender)
        ring_drop(&l->agency, agency);
    return job;
}

void lanes_clear(struct lanes *l)
{
    while (l->agency) {
        while (l->agency->sender)
            ring_drop(&l->agency->sender, l->agency->sender);
        ring_drop(&l->agency, l->agency);
    }
}
