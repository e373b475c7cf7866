#include "service/signin/rate.h"
#include "base/err.h"
#include "service/auth_locks.h"
#include <pthread.h>
#include <stdlib.h>

/* An address gives way to another of its set, the one that asked least first. */
enum { SETS = 2048, WAYS = 4, MINUTE_MS = 60 * 1000 };

struct counter {
    uint64_t tag; /* 0: free */
    int64_t minute;
    uint32_t count;
};

struct rate {
    uint32_t per_minute;
    pthread_mutex_t mutex;
    struct counter at[SETS][WAYS];
};

struct rate *rate_open(uint32_t per_minute)
{
    struct rate *r = calloc(1, sizeof *r);
    must(r);
    r->per_minute = per_minute;
    must(pthread_mutex_init(&r->mutex, NULL) == 0);
    return r;
}

void rate_close(struct rate *r)
{
    if (!r)
        return;
    must(pthread_mutex_destroy(&r->mutex) == 0);
    free(r);
}

static struct counter *find(struct counter *set, uint64_t tag, int64_t minute)
{
    struct counter *least = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].tag == tag && set[i].minute == minute)
            return &set[i];
        if (set[i].minute != minute)
            set[i] = (struct counter){0};
        if (set[i].count < least->count)
            least = &set[i];
    }
    *least = (struct counter){.tag = tag, .minute = minute};
    return least;
}

bool rate_take(struct rate *r, struct str address, int64_t now_ms)
{
    uint64_t tag = auth_trier_of(address, (struct str){0}).address;
    if (!r->per_minute)
        return true;
    must(pthread_mutex_lock(&r->mutex) == 0);
    struct counter *c = find(r->at[tag % SETS], tag, now_ms / MINUTE_MS);
    bool taken = c->count < r->per_minute;
    c->count += taken;
    must(pthread_mutex_unlock(&r->mutex) == 0);
    return taken;
}
