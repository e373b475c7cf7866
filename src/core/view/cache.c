#include "core/view/cache.h"
#include "base/map.h"

/* The newest first. map: name to entry; claims: name to number. */
struct shard {
    pthread_mutex_t lock;
    struct map *map, *claims;
    struct entry *newest, *oldest;
};

struct views {
    size_t bytes_max;
    atomic_size_t bytes;
    struct shard shards[VIEWS_SHARDS];
};

void picture_ref(struct picture *p)
{
    atomic_fetch_add(&p->refs, 1);
}

void picture_unref(struct picture *p)
{
    if (atomic_fetch_sub(&p->refs, 1) == 1)
        p->close(p);
}

struct views *views_open(size_t bytes_max)
{
    struct views *v = calloc(1, sizeof *v);
    must(v);
    v->bytes_max = bytes_max;
    for (size_t i = 0; i < VIEWS_SHARDS; i++) {
        struct shard *s = &v->shards[i];
        pthread_mutex_init(&s->lock, NULL);
        s->map = map_open();
        s->claims = map_open();
    }
    return v;
}

static void entry_unref(struct entry *e)
{
    if (atomic_fetch_sub(&e->refs, 1) != 1)
        return;
    if (e->picture)
        picture_unref(e->picture);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

static struct str name_key(const struct entry_name *name)
{
    return str_of(name, sizeof *name);
}

static struct shard *shard_of(struct views *v, const struct entry_name *name)
{
    return &v->shards[hash_bytes(name_key(name)) >> 32 & (VIEWS_SHARDS - 1)];
}

static void unlink_entry(struct shard *s, struct entry *e)
{
    *(e->newer ? &e->newer->older : &s->newest) = e->older;
    *(e->older ? &e->older->newer : &s->oldest) = e->newer;
    e->newer = e->older = NULL;
}

static void link_newest(struct shard *s, struct entry *e)
{
    e->older = s->newest;
    e->newer = NULL;
    *(s->newest ? &s->newest->newer : &s->oldest) = e;
    s->newest = e;
}

/* With the shard's lock held. */
static void forget(struct views *v, struct shard *s, struct entry *e)
{
    unlink_entry(s, e);
    map_remove(s->map, name_key(&e->name));
    e->listed = false;
    atomic_fetch_sub(&v->bytes, e->bytes);
    e->bytes = 0;
}

struct entry *entry_acquire(struct views *v, const struct entry_name *name)
{
    struct shard *s = shard_of(v, name);
    pthread_mutex_lock(&s->lock);
    struct entry *e = map_get(s->map, name_key(name));
    if (e) {
        unlink_entry(s, e);
    } else {
        e = calloc(1, sizeof *e);
        must(e);
        e->name = *name;
        atomic_init(&e->refs, 1);
        pthread_mutex_init(&e->lock, NULL);
        e->bytes = sizeof *e;
        e->listed = true;
        atomic_fetch_add(&v->bytes, e->bytes);
        map_put(s->map, name_key(name), e);
    }
    link_newest(s, e);
    atomic_fetch_add(&e->refs, 1);
    pthread_mutex_unlock(&s->lock);
    pthread_mutex_lock(&e->lock);
    return e;
}

/* Lets the oldest of a shard go, but for keep. False when there is none. */
static bool evict_one(struct views *v, struct shard *s, const struct entry *keep)
{
    pthread_mutex_lock(&s->lock);
    struct entry *e = s->oldest;
    if (e == keep)
        e = e ? e->newer : NULL;
    if (e)
        forget(v, s, e);
    pthread_mutex_unlock(&s->lock);
    if (e)
        entry_unref(e);
    return e != NULL;
}

static void evict(struct views *v, const struct entry *keep)
{
    size_t at = (size_t)(shard_of(v, &keep->name) - v->shards);
    size_t dry = 0;
    while (atomic_load(&v->bytes) > v->bytes_max && dry < VIEWS_SHARDS) {
        dry = evict_one(v, &v->shards[at], keep) ? 0 : dry + 1;
        at = (at + 1) % VIEWS_SHARDS;
    }
}

void entry_release(struct views *v, struct entry *e)
{
    size_t bytes = sizeof *e + (e->picture ? e->picture->bytes : 0);
    pthread_mutex_unlock(&e->lock);
    struct shard *s = shard_of(v, &e->name);
    pthread_mutex_lock(&s->lock);
    if (e->listed && bytes != e->bytes) {
        atomic_fetch_add(&v->bytes, bytes - e->bytes);
        e->bytes = bytes;
    }
    pthread_mutex_unlock(&s->lock);
    if (atomic_load(&v->bytes) > v->bytes_max)
        evict(v, e);
    entry_unref(e);
}

void entry_set(struct entry *e, struct picture *p)
{
    if (e->picture)
        picture_unref(e->picture);
    e->picture = p;
}

void views_close(struct views *v)
{
    for (size_t i = 0; i < VIEWS_SHARDS; i++) {
        struct shard *s = &v->shards[i];
        for (struct entry *e = s->oldest; e; e = s->oldest) {
            forget(v, s, e);
            entry_unref(e);
        }
        size_t at = 0;
        struct str key;
        void *value;
        while (map_next(s->claims, &at, &key, &value))
            free(value);
        map_close(s->map);
        map_close(s->claims);
        pthread_mutex_destroy(&s->lock);
    }
    free(v);
}

uint32_t views_claim(struct views *v, const struct entry_name *name, uint32_t next)
{
    struct shard *s = shard_of(v, name);
    pthread_mutex_lock(&s->lock);
    uint32_t *claim = map_get(s->claims, name_key(name));
    if (!claim) {
        claim = malloc(sizeof *claim);
        must(claim);
        *claim = 1;
        map_put(s->claims, name_key(name), claim);
    }
    uint32_t was = *claim;
    if (next > was)
        *claim = next;
    pthread_mutex_unlock(&s->lock);
    return was;
}

size_t views_bytes(const struct views *v)
{
    return atomic_load(&v->bytes);
}
