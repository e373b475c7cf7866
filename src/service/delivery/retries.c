#include "base/arena.h"
#include "service/delivery/parts.h"
#include <pthread.h>
#include <stdatomic.h>

struct retry {
    struct retry *older, *newer;
    int64_t expires_at_ms;
    char *key, *id;
    size_t key_n, id_n;
    account_id *accounts;
    size_t accounts_n;
};

struct retries {
    pthread_mutex_t lock;
    atomic_size_t count;
    size_t accounts; /* of all */
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
    x->accounts -= e->accounts_n;
    free(e->key);
    free(e->id);
    free(e->accounts);
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

static account_id *accounts_copy(struct ctx *cx, const struct retry *e)
{
    account_id *out = ARENA_ARRAY(cx->arena, e->accounts_n + 1, account_id);
    memcpy(out, e->accounts, e->accounts_n * sizeof *out);
    return out;
}

struct half_done retries_find(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                              struct str return_path)
{
    struct half_done half = {0};
    if (atomic_load(&x->count) == 0)
        return half;
    struct str key = key_of_attempt(cx, blob, return_path);
    pthread_mutex_lock(&x->lock);
    expire(x, cx->now_ms);
    const struct retry *e = map_get(x->by_key, key);
    if (e)
        half = (struct half_done){.id = str_dup(cx->arena, str_of(e->id, e->id_n)),
                                  .accounts = accounts_copy(cx, e),
                                  .count = e->accounts_n};
    pthread_mutex_unlock(&x->lock);
    return half;
}

static void *copy(const void *from, size_t n)
{
    char *p = malloc(n + 1);
    must(p);
    if (n)
        memcpy(p, from, n);
    return p;
}

static struct retry *retry_new(struct str key, const struct half_done *half)
{
    struct retry *e = calloc(1, sizeof *e);
    must(e);
    e->key = copy(key.p, key.n);
    e->key_n = key.n;
    e->id = copy(half->id.p, half->id.n);
    e->id_n = half->id.n;
    e->accounts = copy(half->accounts, half->count * sizeof *half->accounts);
    e->accounts_n = half->count;
    return e;
}

static bool is_full(const struct retries *x, size_t more)
{
    return map_count(x->by_key) >= RETRIES_MAX || x->accounts + more > RETRY_ACCOUNTS_MAX;
}

void retries_add(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                 struct str return_path, const struct half_done *half)
{
    struct str key = key_of_attempt(cx, blob, return_path);
    pthread_mutex_lock(&x->lock);
    expire(x, cx->now_ms);
    struct retry *e = map_get(x->by_key, key);
    if (e)
        drop(x, e);
    while (x->oldest && is_full(x, half->count))
        drop(x, x->oldest);
    e = retry_new(key, half);
    x->accounts += e->accounts_n;
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
