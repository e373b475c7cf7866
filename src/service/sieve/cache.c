#include "base/map.h"
#include "service/sieve.h"

#include <pthread.h>
#include <stdlib.h>

/* Programs by the text and the options that they were made from. */

struct entry {
    struct entry *newer, *older;
    struct sieve_program *program;
    char *key; /* options, then the text */
    size_t size;
};

struct sieve_cache {
    pthread_mutex_t lock;
    struct map *programs; /* struct entry * by key */
    struct entry *newest, *oldest;
    size_t max;
};

struct sieve_cache *sieve_cache_open(size_t programs_max)
{
    struct sieve_cache *c = calloc(1, sizeof *c);
    must(c && pthread_mutex_init(&c->lock, NULL) == 0);
    c->programs = map_open();
    c->max = programs_max ? programs_max : 1;
    return c;
}

static void unlink_entry(struct sieve_cache *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void put_first(struct sieve_cache *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void drop_oldest(struct sieve_cache *c)
{
    struct entry *e = c->oldest;
    unlink_entry(c, e);
    map_remove(c->programs, str_of(e->key, e->size));
    sieve_program_unref(e->program);
    free(e->key);
    free(e);
}

void sieve_cache_close(struct sieve_cache *c)
{
    while (c->oldest)
        drop_oldest(c);
    map_close(c->programs);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static struct sieve_program *look_up(struct sieve_cache *c, struct str key)
{
    pthread_mutex_lock(&c->lock);
    struct entry *e = map_get(c->programs, key);
    struct sieve_program *p = e ? sieve_program_ref(e->program) : NULL;
    if (e) {
        unlink_entry(c, e);
        put_first(c, e);
    }
    pthread_mutex_unlock(&c->lock);
    return p;
}

/* Another thread may have been faster: its program stays. */
static void keep(struct sieve_cache *c, struct str key, struct sieve_program *p)
{
    struct entry *e = calloc(1, sizeof *e);
    must(e);
    e->key = strndup(key.p, key.n);
    must(e->key);
    e->size = key.n;
    pthread_mutex_lock(&c->lock);
    if (map_get(c->programs, key)) {
        free(e->key);
        free(e);
    } else {
        e->program = sieve_program_ref(p);
        map_put(c->programs, key, e);
        put_first(c, e);
        if (map_count(c->programs) > c->max)
            drop_oldest(c);
    }
    pthread_mutex_unlock(&c->lock);
}

enum code sieve_cache_compile(struct ctx *cx, struct sieve_cache *c, struct str text,
                              const struct sieve_options *options, struct sieve_program **out,
                              struct sieve_problems *problems)
{
    struct sieve_options o = options ? *options : (struct sieve_options){0};
    struct str head =
        str_printf(cx->arena, "%llx.%u.", (unsigned long long)o.refused, (unsigned)o.redirects_max);
    struct str parts[] = {head, text};
    struct str key = str_join(cx->arena, parts, 2);
    *problems = (struct sieve_problems){0};
    *out = look_up(c, key);
    if (*out)
        return OK;
    TRY(sieve_compile(cx, text, &o, out, problems));
    keep(c, key, *out);
    return OK;
}
