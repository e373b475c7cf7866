#include "store/watch.h"
#include "store/inside.h"
#include <pthread.h>
#include <sys/prctl.h>

struct watch {
    struct store *s;
    struct part *part;
    watch_fn *fn;
    void *arg;
    struct watch *next, **link; /* guarded by the partition's lock */
};

/* One thread, so at most one watch runs at a time. A partition's lock is taken before this one. */
struct notifier {
    struct store *s;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work, ended;
    struct part *first, **end; /* with something to tell */
    bool stop;
    struct watch *running, *next; /* the one being told, and the one after it */
};

static void list_add(struct watch *w)
{
    struct part *p = w->part;
    w->link = p->watches_end;
    *p->watches_end = w;
    p->watches_end = &w->next;
}

static void list_remove(struct watch *w)
{
    *w->link = w->next;
    if (w->next)
        w->next->link = w->link;
    else
        w->part->watches_end = w->link;
}

struct watch *store_watch(struct store *s, part_id part, watch_fn *fn, void *arg)
{
    struct watch *w = calloc(1, sizeof *w);
    must(w);
    w->s = s;
    w->part = part_ref(s->parts, part);
    w->fn = fn;
    w->arg = arg;
    part_lock(s->parts, w->part);
    list_add(w);
    part_unlock(s->parts, w->part);
    return w;
}

void store_unwatch(struct watch *w)
{
    struct notifier *n = w->s->notifier;
    part_lock(w->s->parts, w->part);
    pthread_mutex_lock(&n->lock);
    if (n->next == w)
        n->next = w->next;
    list_remove(w);
    part_unlock(w->s->parts, w->part);
    while (n->running == w)
        pthread_cond_wait(&n->ended, &n->lock);
    pthread_mutex_unlock(&n->lock);
    part_unref(w->s->parts, w->part);
    free(w);
}

void notifier_tell(struct notifier *n, struct part *part, uint64_t version)
{
    part_lock(n->s->parts, part);
    bool ring = part->watches && !part->ringing;
    part->rung_version = version;
    if (ring) {
        part->ringing = true;
        part->refs++;
    }
    part_unlock(n->s->parts, part);
    if (!ring)
        return;
    pthread_mutex_lock(&n->lock);
    part->next_ring = NULL;
    *n->end = part;
    n->end = &part->next_ring;
    pthread_cond_signal(&n->work);
    pthread_mutex_unlock(&n->lock);
}

/* Picks the next watch of the partition; before that, ends with the last. */
static struct watch *step(struct notifier *n, struct part *part)
{
    part_lock(n->s->parts, part);
    pthread_mutex_lock(&n->lock);
    struct watch *w = n->running = n->next;
    n->next = w ? w->next : NULL;
    pthread_cond_broadcast(&n->ended);
    pthread_mutex_unlock(&n->lock);
    part_unlock(n->s->parts, part);
    return w;
}

static void tell_all(struct notifier *n, struct part *part)
{
    part_lock(n->s->parts, part);
    part->ringing = false;
    uint64_t version = part->rung_version;
    pthread_mutex_lock(&n->lock);
    n->next = part->watches;
    pthread_mutex_unlock(&n->lock);
    part_unlock(n->s->parts, part);
    for (struct watch *w; (w = step(n, part));)
        w->fn(w->arg, version);
    part_unref(n->s->parts, part);
}

static void *notifier_run(void *arg)
{
    struct notifier *n = arg;
    prctl(PR_SET_NAME, "store-watch");
    for (;;) {
        pthread_mutex_lock(&n->lock);
        while (!n->first && !n->stop)
            pthread_cond_wait(&n->work, &n->lock);
        struct part *part = n->first;
        if (part && !(n->first = part->next_ring))
            n->end = &n->first;
        pthread_mutex_unlock(&n->lock);
        if (!part)
            return NULL;
        tell_all(n, part);
    }
}

struct notifier *notifier_open(struct store *s)
{
    struct notifier *n = calloc(1, sizeof *n);
    must(n);
    n->s = s;
    n->end = &n->first;
    pthread_mutex_init(&n->lock, NULL);
    pthread_cond_init(&n->work, NULL);
    pthread_cond_init(&n->ended, NULL);
    must(pthread_create(&n->thread, NULL, notifier_run, n) == 0);
    return n;
}

void notifier_close(struct notifier *n)
{
    pthread_mutex_lock(&n->lock);
    n->stop = true;
    pthread_cond_signal(&n->work);
    pthread_mutex_unlock(&n->lock);
    pthread_join(n->thread, NULL);
    pthread_mutex_destroy(&n->lock);
    pthread_cond_destroy(&n->work);
    pthread_cond_destroy(&n->ended);
    free(n);
}
