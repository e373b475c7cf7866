#include "core/directory/cache.h"
#include "base/err.h"
#include "base/map.h"
#include <pthread.h>

/* 16 MiB when all slots were used; memory is touched as slots are. */
enum { SLOTS = 32768, SLOT_BYTES = 488, STRIPES = 64 };

struct slot {
    uint64_t hash, version; /* version 0: empty */
    uint16_t key_n, value_n;
    char bytes[SLOT_BYTES]; /* the key, then the value */
};

struct directory_cache {
    pthread_mutex_t stripes[STRIPES];
    struct slot slots[SLOTS];
};

struct directory_cache *directory_cache_open(void)
{
    struct directory_cache *c = calloc(1, sizeof *c);
    must(c);
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_init(&c->stripes[i], NULL) == 0);
    return c;
}

void directory_cache_close(struct directory_cache *c)
{
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_destroy(&c->stripes[i]) == 0);
    free(c);
}

static struct slot *lock_slot(struct directory_cache *c, uint64_t hash)
{
    must(pthread_mutex_lock(&c->stripes[hash % STRIPES]) == 0);
    return &c->slots[hash % SLOTS];
}

static void unlock_slot(struct directory_cache *c, uint64_t hash)
{
    must(pthread_mutex_unlock(&c->stripes[hash % STRIPES]) == 0);
}

bool directory_cache_get(struct directory_cache *c, struct str key, uint64_t version,
                         struct arena *a, struct str *value)
{
    uint64_t hash = hash_bytes(key);
    const struct slot *s = lock_slot(c, hash);
    struct str whole = str_of(s->bytes, (size_t)s->key_n + s->value_n);
    bool hit = s->version == version && s->hash == hash && str_eq(str_sub(whole, 0, s->key_n), key);
    if (hit)
        *value = str_dup(a, str_from(whole, s->key_n));
    unlock_slot(c, hash);
    return hit;
}

void directory_cache_put(struct directory_cache *c, struct str key, uint64_t version,
                         struct str value)
{
    if (!version || key.n + value.n > SLOT_BYTES)
        return;
    uint64_t hash = hash_bytes(key);
    struct slot *s = lock_slot(c, hash);
    s->hash = hash;
    s->version = version;
    s->key_n = (uint16_t)key.n;
    s->value_n = (uint16_t)value.n;
    memcpy(s->bytes, key.p, key.n);
    if (value.n)
        memcpy(s->bytes + key.n, value.p, value.n);
    unlock_slot(c, hash);
}
