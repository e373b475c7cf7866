#include "core/quota/fullness.h"
#include <pthread.h>
#include <stdlib.h>

enum { SLOTS = 8192, STRIPES = 64 };

struct slot {
    account_id id; /* 0: empty */
    int64_t at_ms;
    uint64_t used_bytes, items;
    struct quota quota;
};

struct fullness {
    pthread_mutex_t stripes[STRIPES];
    struct slot slots[SLOTS];
};

struct fullness *fullness_open(void)
{
    struct fullness *f = calloc(1, sizeof *f);
    must(f);
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_init(&f->stripes[i], NULL) == 0);
    return f;
}

void fullness_close(struct fullness *f)
{
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_destroy(&f->stripes[i]) == 0);
    free(f);
}

static struct slot *lock_slot(struct fullness *f, account_id id)
{
    must(pthread_mutex_lock(&f->stripes[id % STRIPES]) == 0);
    return &f->slots[id % SLOTS];
}

static void unlock_slot(struct fullness *f, account_id id)
{
    must(pthread_mutex_unlock(&f->stripes[id % STRIPES]) == 0);
}

void fullness_note(struct fullness *f, const struct account_facts *facts, int64_t now_ms)
{
    struct slot *s = lock_slot(f, facts->id);
    *s = (struct slot){facts->id, now_ms, facts->used_bytes, facts->items, facts->quota};
    unlock_slot(f, facts->id);
}

void fullness_forget(struct fullness *f, account_id id)
{
    struct slot *s = lock_slot(f, id);
    if (s->id == id)
        s->id = 0;
    unlock_slot(f, id);
}

bool fullness_get(struct fullness *f, account_id id, int64_t now_ms, struct account_facts *out)
{
    const struct slot *s = lock_slot(f, id);
    bool known = s->id == id && now_ms >= s->at_ms && now_ms - s->at_ms <= FULLNESS_AGE_MS;
    if (known)
        *out = (struct account_facts){
            .id = id, .used_bytes = s->used_bytes, .items = s->items, .quota = s->quota};
    unlock_slot(f, id);
    return known;
}
