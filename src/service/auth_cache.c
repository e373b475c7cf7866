#include "service/auth_cache.h"
#include "base/err.h"
#include "base/map.h"
#include "base/random.h"
#include "core/credential/kdf.h"
#include <pthread.h>

enum { WAYS = 8, SETS = 8192, STRIPES = 64 };

struct entry {
    uint64_t principal; /* 0: free */
    int64_t until_ms;
    struct auth_tag tag;
};

struct auth_cache {
    unsigned char secret[32];
    pthread_mutex_t stripes[STRIPES];
    struct entry at[SETS][WAYS];
};

struct auth_cache *auth_cache_open(void)
{
    struct auth_cache *c = calloc(1, sizeof *c);
    must(c);
    random_system(c->secret, sizeof c->secret);
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_init(&c->stripes[i], NULL) == 0);
    return c;
}

void auth_cache_close(struct auth_cache *c)
{
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_destroy(&c->stripes[i]) == 0);
    kdf_wipe(c->secret, sizeof c->secret);
    free(c);
}

struct auth_tag auth_cache_tag(const struct auth_cache *c, uint64_t principal, uint64_t generation,
                               struct str password)
{
    struct auth_tag tag;
    unsigned char inner[KDF_BYTES];
    const uint64_t who[2] = {principal, generation};
    struct str secret = str_of(c->secret, sizeof c->secret);
    kdf_hmac_sha256(secret, str_of(who, sizeof who), inner);
    kdf_hmac_sha256(str_of(inner, sizeof inner), password, tag.bytes);
    return tag;
}

static struct entry *lock_set(struct auth_cache *c, uint64_t principal, pthread_mutex_t **m)
{
    uint64_t hash = hash_bytes(map_u64(&principal));
    *m = &c->stripes[hash % STRIPES];
    must(pthread_mutex_lock(*m) == 0);
    return c->at[hash % SETS];
}

bool auth_cache_has(struct auth_cache *c, uint64_t principal, const struct auth_tag *tag,
                    int64_t now_ms)
{
    pthread_mutex_t *m;
    const struct entry *set = lock_set(c, principal, &m);
    bool has = false;
    for (size_t i = 0; i < WAYS; i++)
        if (set[i].principal == principal && set[i].until_ms > now_ms)
            has = kdf_equal(set[i].tag.bytes, tag->bytes, sizeof tag->bytes);
    must(pthread_mutex_unlock(m) == 0);
    return has;
}

void auth_cache_put(struct auth_cache *c, uint64_t principal, const struct auth_tag *tag,
                    int64_t until_ms)
{
    pthread_mutex_t *m;
    struct entry *set = lock_set(c, principal, &m), *e = set;
    for (size_t i = 0; i < WAYS && e->principal != principal; i++)
        if (set[i].principal == principal || set[i].until_ms < e->until_ms)
            e = &set[i];
    *e = (struct entry){.principal = principal, .until_ms = until_ms, .tag = *tag};
    must(pthread_mutex_unlock(m) == 0);
}
