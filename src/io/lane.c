#include "io/lane.h"
#include "base/arena.h"
#include "base/banned.h"
#include "base/clock.h"
#include "io/deflate.h"
#include "io/seat.h"

/* A request that used more gives its blocks back to the system. */
enum { ARENA_KEEP_BYTES = 64 * 1024 };

struct lane lane_of(struct io *io, uint64_t random_seed, bool slow)
{
    return (struct lane){.io = io, .random = {random_seed}, .slow = slow};
}

void lane_close(struct lane *l)
{
    arena_close(l->arena);
    free(l->in);
    free(l->plain);
    free(l->sealed);
    compressor_close(l->compressor);
    *l = (struct lane){0};
}

struct arena *lane_arena(struct lane *l)
{
    struct arena *a = l->arena ? l->arena : arena_open();
    l->arena = NULL;
    return a;
}

void lane_arena_back(struct lane *l, struct arena *a)
{
    if (l->arena) {
        arena_close(a);
        return;
    }
    if (arena_used(a) > ARENA_KEEP_BYTES)
        arena_clear(a);
    else
        arena_reset(a);
    l->arena = a;
}

static char *scratch(char **p, size_t n)
{
    if (!*p) {
        *p = malloc(n);
        must(*p);
    }
    return *p;
}

char *lane_in(struct lane *l)
{
    return scratch(&l->in, LANE_IN_BYTES);
}

char *lane_plain(struct lane *l)
{
    return scratch(&l->plain, LANE_PLAIN_BYTES);
}

char *lane_sealed(struct lane *l)
{
    return scratch(&l->sealed, LANE_SEALED_BYTES);
}

static void waits(void *lane)
{
    seat_give(lane);
}

struct ctx lane_ctx(struct lane *l, struct arena *a)
{
    return (struct ctx){.arena = a,
                        .now_ms = clock_utc_ms(),
                        .random = &l->random,
                        .slow = l->slow,
                        .waits = waits,
                        .thread = l};
}
