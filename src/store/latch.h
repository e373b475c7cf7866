/* What a caller sleeps on: counts down to zero, and can be rung before. One system call to sleep,
   one to be woken. */
#ifndef STORE_LATCH_H
#define STORE_LATCH_H

#include <stdatomic.h>
#include <stdbool.h>

enum { LATCH_MAX = (1 << 20) - 1 };

struct latch {
    atomic_uint word; /* 20 bits: how many are left; above them: how often it was rung */
};

/* count: how many calls of latch_count_down end it; at most LATCH_MAX less those that hold. */
void latch_open(struct latch *l, unsigned count);
/* To be read before looking for work, and given to latch_wait. */
unsigned latch_look(const struct latch *l);
bool latch_is_done(unsigned seen);
/* Returns when something happened since seen (or for no reason). */
void latch_wait(struct latch *l, unsigned seen);
/* The last one may end the latch's life: its owner may be gone when this returns. */
void latch_count_down(struct latch *l);
void latch_ring(struct latch *l);
/* One more to count down, so that the latch stays; given back by the ring that follows. */
void latch_hold(struct latch *l);
void latch_ring_release(struct latch *l);

#endif
