#include "service/signin/session_cache.h"
#include "base/map.h"
#include <pthread.h>
#include <stdlib.h>

/* 5 MiB when all were used; memory is touched as entries are. */
enum { WAYS = 4, SETS = 8192, STRIPES = 64 };

struct entry {
    struct session session; /* who 0: free; no texts */
    struct session_stamp stamp;
};

struct session_cache {
    pthread_mutex_t stripes[STRIPES];
    struct entry at[SETS][WAYS];
};

struct session_cache *session_cache_open(void)
{
    struct session_cache *c = calloc(1, sizeof *c);
    must(c);
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_init(&c->stripes[i], NULL) == 0);
    return c;
}

void session_cache_close(struct session_cache *c)
{
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_destroy(&c->stripes[i]) == 0);
    free(c);
}

static struct entry *lock_set(struct session_cache *c, uint64_t id, pthread_mutex_t **m)
{
    uint64_t hash = hash_bytes(map_u64(&id));
    *m = &c->stripes[hash % STRIPES];
    must(pthread_mutex_lock(*m) == 0);
    return c->at[hash % SETS];
}

static bool is_it(const struct entry *e, principal_id who, uint64_t id)
{
    return e->session.who == who && e->session.id == id;
}

bool session_cache_get(struct session_cache *c, principal_id who, uint64_t id,
                       struct session_stamp stamp, struct session *out)
{
    pthread_mutex_t *m;
    const struct entry *set = lock_set(c, id, &m);
    bool found = false;
    for (size_t i = 0; i < WAYS && !found; i++) {
        found = is_it(&set[i], who, id) && set[i].stamp.sessions == stamp.sessions &&
                set[i].stamp.directory == stamp.directory;
        if (found)
            *out = set[i].session;
    }
    must(pthread_mutex_unlock(m) == 0);
    return found;
}

void session_cache_put(struct session_cache *c, const struct session *s, struct session_stamp stamp)
{
    pthread_mutex_t *m;
    struct entry *set = lock_set(c, s->id, &m), *e = set;
    for (size_t i = 0; i < WAYS && !is_it(e, s->who, s->id); i++)
        if (is_it(&set[i], s->who, s->id) || set[i].stamp.sessions < e->stamp.sessions)
            e = &set[i];
    *e = (struct entry){.session = *s, .stamp = stamp};
    e->session.address = e->session.agent = (struct str){0};
    must(pthread_mutex_unlock(m) == 0);
}
