#include "store/blob/cache.h"
#include "base/err.h"
#include <pthread.h>

enum { SHARDS = 8, BUCKETS = 4096, SHARE_MAX = 2 /* one blob: half a shard */ };

struct shard {
    _Alignas(64) pthread_mutex_t lock;
    struct blob *newest, *oldest;
    size_t bytes, max_bytes;
    uint64_t hits, misses;
    struct blob *buckets[BUCKETS];
};

struct blob_cache {
    struct shard shards[SHARDS];
};

struct blob_cache *cache_open(size_t max_bytes)
{
    struct blob_cache *c = aligned_alloc(_Alignof(struct blob_cache), sizeof *c);
    must(c);
    memset(c, 0, sizeof *c);
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&c->shards[i].lock, NULL);
        c->shards[i].max_bytes = max_bytes / SHARDS;
    }
    return c;
}

/* The id is a hash already. */
static uint32_t hash_of(const struct blob_id *id, uint32_t frame)
{
    uint32_t h;
    memcpy(&h, id->bytes, sizeof h);
    return frame == FRAME_WHOLE ? h : h ^ (frame + 1) * 2654435761u;
}

static struct shard *shard_of(struct blob_cache *c, uint32_t hash)
{
    return &c->shards[hash % SHARDS];
}

static struct blob **bucket_of(struct shard *s, uint32_t hash)
{
    return &s->buckets[hash / SHARDS % BUCKETS];
}

static void unlink_used(struct shard *s, struct blob *b)
{
    *(b->newer ? &b->newer->older : &s->newest) = b->older;
    *(b->older ? &b->older->newer : &s->oldest) = b->newer;
}

static void link_newest(struct shard *s, struct blob *b)
{
    b->newer = NULL;
    b->older = s->newest;
    *(s->newest ? &s->newest->newer : &s->oldest) = b;
    s->newest = b;
}

static struct blob **find(struct shard *s, uint32_t hash, const struct blob_id *id, uint32_t frame)
{
    struct blob **at = bucket_of(s, hash);
    while (*at && ((*at)->frame != frame || !blob_id_eq(&(*at)->id, id)))
        at = &(*at)->next_hashed;
    return at;
}

static void evict(struct shard *s, struct blob *b)
{
    struct blob **at = find(s, hash_of(&b->id, b->frame), &b->id, b->frame);
    *at = b->next_hashed;
    unlink_used(s, b);
    s->bytes -= b->n + sizeof *b;
    blob_unref(b);
}

void cache_close(struct blob_cache *c)
{
    for (int i = 0; i < SHARDS; i++) {
        while (c->shards[i].oldest)
            evict(&c->shards[i], c->shards[i].oldest);
        pthread_mutex_destroy(&c->shards[i].lock);
    }
    free(c);
}

bool cache_takes(const struct blob_cache *c, size_t n)
{
    return n + sizeof(struct blob) <= c->shards[0].max_bytes / SHARE_MAX;
}

struct blob *cache_get(struct blob_cache *c, const struct blob_id *id, uint32_t frame)
{
    uint32_t hash = hash_of(id, frame);
    struct shard *s = shard_of(c, hash);
    pthread_mutex_lock(&s->lock);
    struct blob *b = *find(s, hash, id, frame);
    if (b) {
        atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
        unlink_used(s, b);
        link_newest(s, b);
        s->hits++;
    } else {
        s->misses++;
    }
    pthread_mutex_unlock(&s->lock);
    return b;
}

void cache_put(struct blob_cache *c, struct blob *b)
{
    uint32_t hash = hash_of(&b->id, b->frame);
    struct shard *s = shard_of(c, hash);
    size_t cost = b->n + sizeof *b;
    if (!cache_takes(c, b->n))
        return;
    pthread_mutex_lock(&s->lock);
    struct blob **at = find(s, hash, &b->id, b->frame);
    if (!*at) { /* else another thread read it meanwhile */
        atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
        *at = b;
        link_newest(s, b);
        s->bytes += cost;
        while (s->bytes > s->max_bytes)
            evict(s, s->oldest);
    }
    pthread_mutex_unlock(&s->lock);
}

struct cache_stats cache_stats(struct blob_cache *c)
{
    struct cache_stats sum = {0};
    for (int i = 0; i < SHARDS; i++) {
        struct shard *s = &c->shards[i];
        pthread_mutex_lock(&s->lock);
        sum.hits += s->hits;
        sum.misses += s->misses;
        sum.bytes += s->bytes;
        pthread_mutex_unlock(&s->lock);
    }
    return sum;
}

struct blob *blob_new_plain(const struct blob_id *id, uint32_t frame, size_t n)
{
    struct blob *b = malloc(sizeof *b + n);
    must(b);
    atomic_init(&b->refs, 1);
    b->id = *id;
    b->frame = frame;
    b->next_hashed = b->newer = b->older = NULL;
    b->n = n;
    return b;
}

void blob_unref(void *blob)
{
    struct blob *b = blob;
    if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
        free(b);
}
