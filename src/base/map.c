#include "base/map.h"
#include "base/random.h"
#include <pthread.h>

struct entry {
    char *key; /* NULL: free */
    size_t key_n;
    uint64_t hash;
    void *value; /* NULL with a key: removed */
};

struct map {
    struct entry *entries;
    size_t size, live, used; /* size is a power of two; used counts removed ones too */
};

static uint64_t rotl(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[1] = rotl(v[1], 13) ^ v[0], v[0] = rotl(v[0], 32);
    v[2] += v[3], v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotl(v[1], 17) ^ v[2], v[2] = rotl(v[2], 32);
}

/* The secret is drawn once and never changes, so every thread sees the same. */
static uint64_t secret[2];
static pthread_once_t secret_once = PTHREAD_ONCE_INIT;

static void secret_draw(void)
{
    random_system(secret, sizeof secret);
}

uint64_t hash_bytes(struct str s)
{
    pthread_once(&secret_once, secret_draw);
    uint64_t v[4] = {secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du,
                     secret[0] ^ 0x6c7967656e657261u, secret[1] ^ 0x7465646279746573u};
    uint64_t word;
    size_t at = 0;
    for (; at + 8 <= s.n; at += 8) {
        memcpy(&word, s.p + at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = (uint64_t)s.n << 56;
    for (size_t i = 0; at + i < s.n; i++)
        word |= (uint64_t)(unsigned char)s.p[at + i] << (8 * i);
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct map *map_open(void)
{
    struct map *m = calloc(1, sizeof *m);
    must(m);
    return m;
}

void map_close(struct map *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->size; i++)
        free(m->entries[i].key);
    free(m->entries);
    free(m);
}

size_t map_count(const struct map *m)
{
    return m->live;
}

/* The key's entry, or the free one where it would go. */
static struct entry *find(const struct map *m, struct str key, uint64_t hash)
{
    size_t mask = m->size - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct entry *e = &m->entries[i];
        if (!e->key)
            return e;
        if (e->hash == hash && str_eq(str_of(e->key, e->key_n), key))
            return e;
    }
}

static void resize(struct map *m, size_t wanted)
{
    size_t size = 16;
    while (size < wanted)
        size *= 2;
    struct map bigger = {.entries = calloc(size, sizeof(struct entry)), .size = size};
    must(bigger.entries);
    for (size_t i = 0; i < m->size; i++) {
        struct entry *e = &m->entries[i];
        if (!e->value) {
            free(e->key);
            continue;
        }
        *find(&bigger, str_of(e->key, e->key_n), e->hash) = *e;
        bigger.live++;
    }
    bigger.used = bigger.live;
    free(m->entries);
    *m = bigger;
}

void *map_get(const struct map *m, struct str key)
{
    return m->size ? find(m, key, hash_bytes(key))->value : NULL;
}

void *map_put(struct map *m, struct str key, void *value)
{
    must(value);
    if (m->used + 1 > m->size - m->size / 4)
        resize(m, m->live * 2 + 2);
    uint64_t hash = hash_bytes(key);
    struct entry *e = find(m, key, hash);
    void *old = e->value;
    if (!e->key) {
        e->key = malloc(key.n + 1);
        must(e->key);
        if (key.n)
            memcpy(e->key, key.p, key.n);
        e->key_n = key.n;
        e->hash = hash;
        m->used++;
    }
    m->live += !old;
    e->value = value;
    return old;
}

void *map_remove(struct map *m, struct str key)
{
    if (!m->size)
        return NULL;
    struct entry *e = find(m, key, hash_bytes(key));
    void *old = e->value;
    e->value = NULL; /* the key stays as a marker, so that probing goes on past it */
    m->live -= old != NULL;
    return old;
}

bool map_next(const struct map *m, size_t *at, struct str *key, void **value)
{
    for (; *at < m->size; (*at)++) {
        struct entry *e = &m->entries[*at];
        if (!e->value)
            continue;
        *key = str_of(e->key, e->key_n);
        *value = e->value;
        (*at)++;
        return true;
    }
    return false;
}

struct str map_u64(const uint64_t *n)
{
    return str_of(n, sizeof *n);
}
