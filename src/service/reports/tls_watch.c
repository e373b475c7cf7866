/* Which domains want reports of TLS? Each is asked once a day; what is seen before it answers
   waits. So a domain that wants none costs a few bytes of memory, and no row. */
#include "base/arena.h"
#include "base/map.h"
#include "base/resolver.h"
#include "service/reports/parts.h"
#include "service/reports/tls.h"
#include <pthread.h>
#include <stdlib.h>

enum { DOMAINS_MAX = 20000, WAITING_MAX = 20, ASK_AGAIN_S = 24 * 3600, ASK_AGAIN_FAILED_S = 600 };

struct waiting {
    struct waiting *next;
    int64_t now_ms;
    struct arena *arena;
    struct str cell;
};

struct watched {
    struct tls_watch *watch;
    struct str domain;
    struct arena *arena; /* of the domain */
    bool wants, asking;
    int64_t until_ms;
    struct waiting *waiting;
    size_t waiting_count;
};

struct tls_watch {
    struct reports *reports;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct map *domains;
    size_t open; /* questions */
};

struct tls_watch *tls_watch_open(struct reports *r)
{
    struct tls_watch *w = calloc(1, sizeof *w);
    must(w);
    w->reports = r;
    w->domains = map_open();
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->answered, NULL);
    return w;
}

static void watched_free(struct watched *d)
{
    for (struct waiting *x = d->waiting, *next; x; x = next) {
        next = x->next;
        arena_close(x->arena);
        free(x);
    }
    arena_close(d->arena);
    free(d);
}

/* With the lock. Domains that are being asked stay. */
static void forget_all(struct tls_watch *w)
{
    size_t at = 0;
    struct str key;
    void *value;
    while (map_next(w->domains, &at, &key, &value)) {
        struct watched *d = value;
        if (d->asking)
            continue;
        map_remove(w->domains, key);
        watched_free(d);
    }
}

void tls_watch_close(struct tls_watch *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    while (w->open) /* the resolver answers what is open when it stops */
        pthread_cond_wait(&w->answered, &w->lock);
    forget_all(w);
    pthread_mutex_unlock(&w->lock);
    map_close(w->domains);
    pthread_cond_destroy(&w->answered);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

static bool has_record(struct arena *arena, const struct dns_answer *a)
{
    struct str rua[TLS_RUA_MAX], text;
    size_t found = 0, count;
    for (size_t i = 0; i < a->count; i++)
        found += dns_txt(a->records[i], arena, &text) && tls_record_parse(text, rua, &count);
    return found == 1; /* RFC 8460 section 3 */
}

static void answered(void *arg, const struct dns_answer *a)
{
    struct watched *d = arg;
    struct tls_watch *w = d->watch;
    struct arena *arena AUTO(arena_close) = arena_open();
    bool failed = a->status == DNS_FAILED || a->status == DNS_BOGUS;
    pthread_mutex_lock(&w->lock);
    d->asking = false;
    d->wants = has_record(arena, a);
    d->until_ms += (failed ? ASK_AGAIN_FAILED_S : ASK_AGAIN_S) * INT64_C(1000);
    struct waiting *list = d->waiting;
    d->waiting = NULL;
    d->waiting_count = 0;
    for (struct waiting *x = list, *next; x; x = next) {
        next = x->next;
        if (d->wants)
            tally_add(w->reports->tally, TALLY_TLS, x->now_ms, d->domain, x->cell);
        arena_close(x->arena);
        free(x);
    }
    w->open--;
    pthread_cond_broadcast(&w->answered);
    pthread_mutex_unlock(&w->lock);
}

/* With the lock. */
static struct watched *watched_of(struct tls_watch *w, struct str domain)
{
    struct watched *d = map_get(w->domains, domain);
    if (d)
        return d;
    if (map_count(w->domains) >= DOMAINS_MAX)
        forget_all(w);
    d = calloc(1, sizeof *d);
    must(d);
    d->watch = w;
    d->arena = arena_open();
    d->domain = str_dup(d->arena, domain);
    map_put(w->domains, d->domain, d);
    return d;
}

static void wait_for_answer(struct watched *d, int64_t now_ms, const struct tls_session *s)
{
    if (d->waiting_count == WAITING_MAX)
        return;
    struct waiting *x = calloc(1, sizeof *x);
    must(x);
    x->arena = arena_open();
    x->now_ms = now_ms;
    x->cell = tls_cell_write(x->arena, s);
    x->next = d->waiting;
    d->waiting = x;
    d->waiting_count++;
}

void reports_count_tls(struct reports *r, int64_t now_ms, const struct tls_session *s)
{
    if (!r || !r->config.from.n || r->config.no_tls || !s->domain.n)
        return;
    struct tls_watch *w = r->tls_watch;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct str question = {0};
    pthread_mutex_lock(&w->lock);
    struct watched *d = watched_of(w, s->domain);
    if (!d->asking && d->until_ms <= now_ms) {
        d->asking = true;
        d->until_ms = now_ms;
        w->open++;
        question = str_printf(arena, "_smtp._tls.%.*s", STR_ARG(s->domain));
    }
    if (d->asking)
        wait_for_answer(d, now_ms, s);
    else if (d->wants)
        tally_add(r->tally, TALLY_TLS, now_ms, d->domain, tls_cell_write(arena, s));
    pthread_mutex_unlock(&w->lock);
    if (question.n)
        r->is.resolver->start(r->is.resolver->self, (struct dns_question){question, DNS_TXT},
                              answered, d);
}
