#include "service/delivery/parts.h"
#include <pthread.h>
#include <stdatomic.h>

struct retry {
    struct retry *older, *newer;
    int64_t expires_at_ms;
    char *key, *id;
    size_t key_n, id_n;
};

struct retries {
    pthread_mutex_t lock;
    atomic_size_t count;
    struct map *by_key;
    struct retry *oldest, *newest;
};

struct retries *retries_open(void)
{
    struct retries *x = calloc(1, sizeof *x);
    must(x);
    must(pthread_mutex_init(&x->lock, NULL) == 0);
    atomic_init(&x->count, 0);
    x->by_key = map_open();
    return x;
}

/* Under the lock, as all that follow. */
static void drop(struct retries *x, struct retry *e)
{
    map_remove(x->by_key, str_of(e->key, e->key_n));
    *(e->older ? &e->older->newer : &x->oldest) = e->newer;
    *(e->newer ? &e->newer->older : &x->newest) = e->older;
    atomic_fetch_sub(&x->count, 1);
    free(e->key);
    free(e->id);
    free(e);
}

void retries_close(struct retries *x)
{
    while (x->oldest)
        drop(x, x->oldest);
    map_close(x->by_key);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

static struct str key_of_attempt(struct ctx *cx, const struct blob_id *blob, struct str return_path)
{
    struct str parts[] = {str_of(blob->bytes, sizeof blob->bytes), return_path};
    return str_join(cx->arena, parts, 2);
}

static void expire(struct retries *x, int64_t now_ms)
{
    while (x->oldest && x->oldest->expires_at_ms <= now_ms)
        drop(x, x->oldest);
}

struct str retries_find(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                        struct str return_path)
{
    struct str id = {0};
    if (atomic_load(&x->count) == 0)
        return id;
    struct str key = key_of_attempt(cx, blob, return_path);
    pthread_mutex_lock(&x->lock);
    expire(x, cx->now_ms);
    const struct retry *e = map_get(x->by_key, key);
    if (e)
        id = str_dup(cx->arena, str_of(e->id, e->id_n));
    pthread_mutex_unlock(&x->lock);
    return id;
}

static char *copy(struct str s)
{
    char *p = malloc(s.n + 1);
    must(p);
    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

void retries_add(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                 struct str return_path, struct str id)
{
    struct str key = key_of_attempt(cx, blob, return_path);
    pthread_mutex_lock(&x->lock);
    expire(x, cx->now_ms);
    struct retry *e = map_get(x->by_key, key);
    if (e)
        drop(x, e);
    else if (map_count(x->by_key) >= RETRIES_MAX)
        drop(x, x->oldest);
    e = calloc(1, sizeof *e);
    must(e);
    e->key = copy(key);
    e->key_n = key.n;
    e->id = copy(id);
    e->id_n = id.n;
    e->expires_at_ms = cx->now_ms + (int64_t)RETRY_DAYS * 24 * 3600 * 1000;
    e->older = x->newest;
    *(x->newest ? &x->newest->newer : &x->oldest) = e;
    x->newest = e;
    map_put(x->by_key, key, e);
    atomic_fetch_add(&x->count, 1);
    pthread_mutex_unlock(&x->lock);
}

void retries_remove(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                    struct str return_path)
{
    if (atomic_load(&x->count) == 0)
        return;
    struct str key = key_of_attempt(cx, blob, return_path);
    pthread_mutex_lock(&x->lock);
    struct retry *e = map_get(x->by_key, key);
    if (e)
        drop(x, e);
    pthread_mutex_unlock(&x->lock);
}
