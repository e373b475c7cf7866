/* Counters of what was tried lately: a table of fixed size, in sets chosen by a keyed hash; an
   entry gives way to another of its set, the one with the fewest first. */
#include "service/oauth/inner.h"
#include <pthread.h>

enum { SETS = 1024, WAYS = 8 };

struct entry {
    uint64_t who;
    int64_t since_ms;
    uint32_t count;
};

struct throttle {
    pthread_mutex_t lock;
    struct entry entries[SETS][WAYS];
};

struct throttle *throttle_open(void)
{
    struct throttle *t = calloc(1, sizeof *t);
    must(t);
    pthread_mutex_init(&t->lock, NULL);
    return t;
}

void throttle_close(struct throttle *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static struct entry *entry_of(struct entry *set, uint64_t who, int64_t old_ms)
{
    struct entry *worst = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].since_ms <= old_ms)
            set[i] = (struct entry){0};
        if (set[i].count && set[i].who == who)
            return &set[i];
        if (set[i].count < worst->count)
            worst = &set[i];
    }
    return worst;
}

uint32_t throttle_count(struct throttle *t, uint64_t who, int64_t now_ms, uint32_t window_s,
                        bool add)
{
    pthread_mutex_lock(&t->lock);
    struct entry *e = entry_of(t->entries[who % SETS], who, now_ms - window_s * INT64_C(1000));
    uint32_t count = e->count && e->who == who ? e->count : 0;
    if (add) {
        if (!count)
            *e = (struct entry){.who = who, .since_ms = now_ms};
        count = ++e->count;
    }
    pthread_mutex_unlock(&t->lock);
    return count;
}
