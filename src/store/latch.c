#include "store/latch.h"
#include "base/err.h"
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

void latch_open(struct latch *l, unsigned count)
{
    must(count <= LATCH_MAX);
    atomic_init(&l->word, count);
}

unsigned latch_look(const struct latch *l)
{
    return atomic_load_explicit(&l->word, memory_order_acquire);
}

bool latch_is_done(unsigned seen)
{
    return (seen & LATCH_MAX) == 0;
}

void latch_wait(struct latch *l, unsigned seen)
{
    syscall(SYS_futex, &l->word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void wake(const struct latch *l)
{
    /* The address alone is used: a word that is gone wakes nobody, or somebody for nothing. */
    syscall(SYS_futex, &l->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void latch_count_down(struct latch *l)
{
    if (latch_is_done(atomic_fetch_sub_explicit(&l->word, 1, memory_order_acq_rel) - 1))
        wake(l);
}

void latch_ring(struct latch *l)
{
    atomic_fetch_add_explicit(&l->word, LATCH_MAX + 1, memory_order_acq_rel);
    wake(l);
}

void latch_hold(struct latch *l)
{
    atomic_fetch_add_explicit(&l->word, 1, memory_order_relaxed);
}

void latch_ring_release(struct latch *l)
{
    atomic_fetch_add_explicit(&l->word, LATCH_MAX, memory_order_acq_rel); /* + ring - 1 */
    wake(l);
}
