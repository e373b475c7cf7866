/* The questions to DNS lists about one client. */
#include "base/arena.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/metric.h"
#include "format/domain.h"
#include "service/admission/lists_inner.h"
#include <stdlib.h>
#include <time.h>

enum { CODES_KEPT = 4, PROBE_NAME_MAX = 253 };

enum subject { OF_ADDRESS, OF_NAMES, OF_HOST };

/* One question to one list. */
struct probe {
    struct listing *listing;
    struct probe *next;
    const struct list_zone *zone;
    struct str about, name; /* name: what is asked for */
    enum subject subject;
    bool answered, stale, hit;
    uint8_t code[4]; /* of the hit */
};

struct listing {
    struct lists *lists;
    struct policy_view *view;
    struct arena *arena; /* with the lock */
    int refs;            /* with the lock: of the session, and one for each open question */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct probe *probes;
    size_t probe_count, open;
    bool asks_host, host_known, host_asked; /* the client's name, for lists of names */
    struct str host;
};

/* With the lock, which it gives back. */
static void unref_locked(struct listing *l)
{
    bool last = --l->refs == 0;
    pthread_mutex_unlock(&l->lock);
    if (!last)
        return;
    policy_view_unref(l->view);
    arena_close(l->arena);
    pthread_cond_destroy(&l->moved);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static void probe_done(void *arg, const struct dns_answer *answer)
{
    struct probe *p = arg;
    struct listing *l = p->listing;
    const char *fault = answer->status == DNS_FOUND ? list_fault(answer) : NULL;
    if (fault)
        list_switch(l->lists, p->zone->zone, fault);
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; !fault && !p->hit && i < answer->count; i++) {
        struct ip ip;
        if (!ip_of_bytes(answer->records[i], &ip) || !list_zone_means(p->zone, ip.at))
            continue;
        p->hit = true;
        for (int k = 0; k < 4; k++)
            p->code[k] = ip.at[k];
    }
    p->answered = true;
    l->open--;
    pthread_cond_signal(&l->moved);
    unref_locked(l);
}

static void host_done(void *arg, const struct dns_answer *answer)
{
    struct listing *l = arg;
    struct str name;
    pthread_mutex_lock(&l->lock);
    if (answer->count && dns_name(answer->records[0], l->arena, &name))
        l->host = name;
    l->host_known = true;
    pthread_cond_signal(&l->moved);
    unref_locked(l);
}

/* Without the lock: the answer may come before this returns. */
static void probe_start(struct listing *l, const struct list_zone *zone, struct str about,
                        enum subject subject)
{
    pthread_mutex_lock(&l->lock);
    if (l->probe_count == LIST_PROBES_MAX || about.n + 1 + zone->zone.n > PROBE_NAME_MAX) {
        pthread_mutex_unlock(&l->lock);
        return;
    }
    struct probe *p = ARENA_NEW(l->arena, struct probe);
    *p = (struct probe){.listing = l, .zone = zone, .subject = subject, .next = l->probes};
    p->about = str_dup(l->arena, about);
    p->name = str_join(l->arena, (struct str[]){about, STR("."), zone->zone}, 3);
    l->probes = p;
    l->probe_count++;
    l->open++;
    l->refs++;
    pthread_mutex_unlock(&l->lock);
    const struct resolver *r = l->lists->resolver;
    r->start(r->self, (struct dns_question){p->name, DNS_A}, probe_done, p);
}

static void all_start(struct listing *l, enum list_kind kind, struct str about,
                      enum subject subject)
{
    size_t count;
    const struct list_zone *zones = policy_lists(l->view, &count);
    for (size_t i = 0; i < count && i < LIST_ZONES_MAX; i++)
        if (zones[i].kind == kind && !list_is_off(l->lists, zones[i].zone))
            probe_start(l, &zones[i], about, subject);
}

static bool has_names(const struct policy_view *v)
{
    size_t count;
    const struct list_zone *zones = policy_lists(v, &count);
    for (size_t i = 0; i < count; i++)
        if (zones[i].kind == LIST_OF_NAMES)
            return true;
    return false;
}

struct listing *listing_open(struct lists *x, struct policy_view *v, struct ip client)
{
    size_t count;
    (void)policy_lists(v, &count);
    if (!count)
        return NULL;
    struct listing *l = calloc(1, sizeof *l);
    must(l);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->moved, NULL);
    l->lists = x;
    l->view = policy_view_ref(v);
    l->arena = arena_open();
    l->refs = 1;
    l->asks_host = has_names(v);
    struct arena *own AUTO(arena_close) = arena_open();
    all_start(l, LIST_OF_ADDRESSES, ip_reversed(own, client), OF_ADDRESS);
    if (l->asks_host) {
        pthread_mutex_lock(&l->lock);
        l->refs++;
        pthread_mutex_unlock(&l->lock);
        x->resolver->start(x->resolver->self,
                           (struct dns_question){ip_ptr_name(own, client), DNS_PTR}, host_done, l);
    }
    return l;
}

void listing_close(struct listing *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    unref_locked(l);
}

/* With the lock. Asked before: counts again. */
static bool is_asked(struct listing *l, struct str about)
{
    bool asked = false;
    for (struct probe *p = l->probes; p; p = p->next) {
        if (p->subject == OF_NAMES && str_eq(p->about, about)) {
            p->stale = false;
            asked = true;
        }
    }
    return asked;
}

static void name_ask(struct ctx *cx, struct listing *l, struct str name, enum subject subject)
{
    struct str ascii;
    bool is_name = str_chr(name, '.') != SIZE_MAX && domain_to_ascii(cx, name, &ascii) == OK;
    if (!is_name)
        return;
    pthread_mutex_lock(&l->lock);
    bool asked = subject == OF_NAMES && is_asked(l, ascii);
    pthread_mutex_unlock(&l->lock);
    if (!asked)
        all_start(l, LIST_OF_NAMES, ascii, subject);
}

void listing_names(struct ctx *cx, struct listing *l, struct str helo, struct str domain)
{
    if (!l->asks_host)
        return;
    pthread_mutex_lock(&l->lock);
    for (struct probe *p = l->probes; p; p = p->next)
        p->stale |= p->subject == OF_NAMES;
    pthread_mutex_unlock(&l->lock);
    name_ask(cx, l, helo, OF_NAMES);
    name_ask(cx, l, domain, OF_NAMES);
}

/* With the lock. */
static bool is_settled(const struct listing *l, bool host)
{
    return host ? !l->asks_host || l->host_known : l->open == 0;
}

static void settle(struct ctx *cx, struct listing *l, bool host)
{
    const struct timespec until = {cx->deadline_ms / 1000, (cx->deadline_ms % 1000) * 1000000};
    pthread_mutex_lock(&l->lock);
    bool waits = !is_settled(l, host);
    pthread_mutex_unlock(&l->lock);
    if (!waits)
        return;
    ctx_waits(cx);
    pthread_mutex_lock(&l->lock);
    while (!is_settled(l, host))
        if (pthread_cond_timedwait(&l->moved, &l->lock, &until) != 0)
            break;
    pthread_mutex_unlock(&l->lock);
}

static void hit_add(struct list_verdict *v, const struct probe *p)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->hits[i].zone == p->zone)
            return; /* a list counts once */
    if (v->count == LIST_HITS_MAX)
        return;
    struct list_hit *hit = &v->hits[v->count++];
    *hit = (struct list_hit){.zone = p->zone, .name = p->name};
    for (int k = 0; k < 4; k++)
        hit->code[k] = p->code[k];
    v->weight += p->zone->weight;
    v->welcome |= p->zone->weight < 0;
    if (p->zone->weight > 0 && (!v->worst || p->zone->weight > v->worst->zone->weight))
        v->worst = hit;
}

void listing_wait(struct ctx *cx, struct listing *l, struct list_verdict *out)
{
    *out = (struct list_verdict){0};
    settle(cx, l, true);
    pthread_mutex_lock(&l->lock);
    struct str host = l->host_asked ? (struct str){0} : l->host;
    l->host_asked |= l->host_known;
    pthread_mutex_unlock(&l->lock);
    if (host.n)
        name_ask(cx, l, host, OF_HOST);
    settle(cx, l, false);
    pthread_mutex_lock(&l->lock);
    for (const struct probe *p = l->probes; p; p = p->next) {
        if (!p->stale && p->hit)
            hit_add(out, p);
        out->late += !p->stale && !p->answered;
    }
    pthread_mutex_unlock(&l->lock);
    metric_add(l->lists->late, (int64_t)out->late);
    if (out->welcome)
        out->weight = 0;
}

static bool is_printable(char c)
{
    return c >= ' ' && c < 0x7f;
}

struct str listing_text(struct ctx *cx, struct listing *l, const struct list_hit *hit)
{
    struct dns_answer a =
        resolver_ask(cx, l->lists->resolver, (struct dns_question){hit->name, DNS_TXT});
    struct str text;
    if (!a.count || !dns_txt(a.records[0], cx->arena, &text))
        return (struct str){0};
    struct cur c = cur_of(str_sub(text, 0, LIST_TEXT_MAX));
    return cur_while(&c, is_printable);
}
