#include "store/part.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/map.h"
#include "store/inside.h"
#include <pthread.h>

enum { SHARDS = 64, IDLE_MAX = 1024, BUCKETS_MIN = 16 };

struct shard {
    _Alignas(64) pthread_mutex_t lock;
    struct part **buckets;
    size_t size, count; /* size is a power of two */
    struct part idle;   /* a ring: the longest idle is next */
    size_t idle_n;
};

struct parts {
    struct shard shards[SHARDS];
};

static uint64_t hash_of(part_id id)
{
    return hash_bytes(map_u64(&id));
}

static struct shard *shard_of(struct parts *p, part_id id)
{
    return &p->shards[hash_of(id) % SHARDS];
}

static struct part **bucket_of(struct part **buckets, size_t size, part_id id)
{
    return &buckets[hash_of(id) / SHARDS & (size - 1)];
}

struct parts *parts_open(void)
{
    struct parts *p = aligned_alloc(_Alignof(struct parts), sizeof *p);
    must(p);
    memset(p, 0, sizeof *p);
    for (int i = 0; i < SHARDS; i++) {
        struct shard *s = &p->shards[i];
        pthread_mutex_init(&s->lock, NULL);
        s->size = BUCKETS_MIN;
        s->buckets = calloc(s->size, sizeof(struct part *));
        must(s->buckets);
        s->idle.idle_prev = s->idle.idle_next = &s->idle;
    }
    return p;
}

void parts_close(struct parts *p)
{
    for (int i = 0; i < SHARDS; i++) {
        struct shard *s = &p->shards[i];
        must(s->idle_n == s->count); /* nobody holds one */
        for (struct part *x = s->idle.idle_next; x != &s->idle;) {
            struct part *next = x->idle_next;
            free(x->memo);
            free(x);
            x = next;
        }
        free(s->buckets);
        pthread_mutex_destroy(&s->lock);
    }
    free(p);
}

static void grow(struct shard *s)
{
    size_t size = s->size * 2;
    struct part **buckets = calloc(size, sizeof(struct part *));
    must(buckets);
    for (size_t i = 0; i < s->size; i++)
        for (struct part *x = s->buckets[i], *next; x; x = next) {
            next = x->next_hashed;
            struct part **to = bucket_of(buckets, size, x->id);
            x->next_hashed = *to;
            *to = x;
        }
    free(s->buckets);
    s->buckets = buckets;
    s->size = size;
}

static void idle_leave(struct shard *s, struct part *x)
{
    x->idle_prev->idle_next = x->idle_next;
    x->idle_next->idle_prev = x->idle_prev;
    s->idle_n--;
}

static void forget(struct shard *s, struct part *x)
{
    struct part **at = bucket_of(s->buckets, s->size, x->id);
    while (*at != x)
        at = &(*at)->next_hashed;
    *at = x->next_hashed;
    idle_leave(s, x);
    s->count--;
    free(x->memo);
    free(x);
}

static struct part *part_new(struct shard *s, part_id id)
{
    if (s->count >= s->size)
        grow(s);
    struct part *x = calloc(1, sizeof *x);
    must(x);
    x->id = id;
    x->queue_end = &x->queue;
    x->watches_end = &x->watches;
    struct part **to = bucket_of(s->buckets, s->size, id);
    x->next_hashed = *to;
    *to = x;
    s->count++;
    return x;
}

struct part *part_ref(struct parts *p, part_id id)
{
    struct shard *s = shard_of(p, id);
    pthread_mutex_lock(&s->lock);
    struct part *x = *bucket_of(s->buckets, s->size, id);
    while (x && x->id != id)
        x = x->next_hashed;
    if (!x)
        x = part_new(s, id);
    else if (x->refs == 0)
        idle_leave(s, x);
    x->refs++;
    pthread_mutex_unlock(&s->lock);
    return x;
}

void part_ref_again(struct parts *p, struct part *part)
{
    part_lock(p, part);
    part->refs++;
    part_unlock(p, part);
}

void part_unref(struct parts *p, struct part *part)
{
    struct shard *s = shard_of(p, part->id);
    pthread_mutex_lock(&s->lock);
    if (--part->refs == 0) {
        part->idle_prev = s->idle.idle_prev;
        part->idle_next = &s->idle;
        part->idle_prev->idle_next = s->idle.idle_prev = part;
        if (++s->idle_n > IDLE_MAX)
            forget(s, s->idle.idle_next);
    }
    pthread_mutex_unlock(&s->lock);
}

void part_lock(struct parts *p, const struct part *part)
{
    pthread_mutex_lock(&shard_of(p, part->id)->lock);
}

void part_unlock(struct parts *p, const struct part *part)
{
    pthread_mutex_unlock(&shard_of(p, part->id)->lock);
}

struct str part_row(struct arena *a, uint64_t version, const struct commit_ids *ids)
{
    struct buf b = buf_of(a, 1 + sizeof version + sizeof *ids);
    buf_le8(&b, LAYOUT_1);
    buf_le64(&b, version);
    for (int i = 0; i < COMMIT_IDS && ids->of[i]; i++)
        buf_le64(&b, ids->of[i]);
    return buf_str(&b);
}

bool part_row_read(struct str row, uint64_t *version, struct commit_ids *ids)
{
    struct cur c = cur_of(row);
    uint8_t layout;
    struct commit_ids found = {0};
    bool good = cur_le8(&c, &layout) && layout == LAYOUT_1 && cur_le64(&c, version) && *version;
    for (int i = 0; i < COMMIT_IDS && good && !cur_end(&c); i++)
        good = cur_le64(&c, &found.of[i]);
    *ids = found;
    return good && cur_end(&c);
}

enum code part_row_get(struct ctx *cx, struct store *s, part_id id, uint64_t *version,
                       struct commit_ids *ids)
{
    struct str value;
    void *pin;
    char key[PART_BYTES];
    enum code code = s->engine->get(cx, s->self, FAMILY_META, part_prefix(id, key), &value, &pin);
    if (code == E_NOT_FOUND) {
        *version = 0;
        *ids = (struct commit_ids){0};
        return OK;
    }
    TRY(code);
    bool good = part_row_read(value, version, ids);
    s->engine->unpin(s->self, pin);
    return good ? OK : fail(cx, E_CORRUPT, "store: version row of partition %ju", (uintmax_t)id);
}

void part_doubt(struct part *part)
{
    atomic_fetch_add(&part->doubts, 1);
    atomic_store(&part->known, false);
}

enum code part_version(struct ctx *cx, struct store *s, struct part *part, uint64_t *out)
{
    while (!atomic_load(&part->known)) {
        uint64_t version = 0;
        struct commit_ids ids;
        unsigned doubts = atomic_load(&part->doubts);
        TRY(part_row_get(cx, s, part->id, &version, &ids));
        part_lock(s->parts, part);
        if (!atomic_load(&part->known) && atomic_load(&part->doubts) == doubts) {
            atomic_store(&part->version, version);
            part->ids = ids;
            atomic_store(&part->known, true);
        }
        part_unlock(s->parts, part);
    }
    *out = atomic_load(&part->version);
    return OK;
}
