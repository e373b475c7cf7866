#include "service/push/push.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "base/web.h"
#include "core/view.h"
#include <pthread.h>
#include <stdlib.h>

/* A mailbox of a device. */
struct seen {
    folder_id folder;
    uint32_t uid_next; /* what came up to there is told */
    bool news, sent;   /* sent: the note that is under way, or was last, names it */
    struct str hash;
};

struct target {
    struct str token, id;
    struct seen *mailboxes;
    size_t count;
    int64_t next_ms;              /* not before */
    bool news;                    /* of some mailbox */
    bool in_flight, gone, failed; /* with the lock: what the answers say */
};

/* An account with devices. Made, changed and ended by who holds "work"; "lock" as well where the
   web client or a watcher may look. */
struct follow {
    struct push *all;
    account_id account;
    struct watch *watch;
    struct arena *arena;
    struct target *targets;
    size_t count;
    bool rang, queued;   /* with the lock */
    struct follow *next; /* in the queue */
};

enum { KEEP_S = 24 * 3600 }; /* the service keeps a note so long for a device that is off */

struct push {
    struct core *core;
    struct push_config config;
    pthread_mutex_t work; /* one run, registration or sweep at a time */
    pthread_mutex_t lock; /* short: of the queue, and of what answers and watchers set */
    pthread_cond_t landed;
    struct map *by_account;
    struct follow *queue; /* accounts with something to do */
    size_t in_flight;
    bool loaded;
    struct metric *sent, *gone, *failed, *devices;
};

/* A note that is under way. */
struct errand {
    struct push *push;
    account_id account;
    struct arena *arena;
    struct str token, id;
};

struct push *push_open(struct core *c, const struct push_config *config)
{
    struct push *p = calloc(1, sizeof *p);
    must(p);
    *p = (struct push){.core = c, .config = *config, .by_account = map_open()};
    must(pthread_mutex_init(&p->work, NULL) == 0 && pthread_mutex_init(&p->lock, NULL) == 0 &&
         pthread_cond_init(&p->landed, NULL) == 0);
    static const char name[] = "postroad_push_notes_total";
    static const char help[] = "Notes to push services.";
    p->sent = metric_of(c->metrics, METRIC_COUNTER, name, "result=\"sent\"", help);
    p->gone = metric_of(c->metrics, METRIC_COUNTER, name, "result=\"gone\"", help);
    p->failed = metric_of(c->metrics, METRIC_COUNTER, name, "result=\"failed\"", help);
    p->devices = metric_of(c->metrics, METRIC_GAUGE, "postroad_push_devices", "",
                           "Devices that are told of new mail.");
    return p;
}

struct str push_topic(const struct push *p)
{
    return p->config.topic;
}

/* With the lock. */
static void enqueue(struct follow *f)
{
    if (f->queued)
        return;
    f->queued = true;
    f->next = f->all->queue;
    f->all->queue = f;
}

/* From a thread of the store. */
static void rang(void *arg, uint64_t version)
{
    struct follow *f = arg;
    (void)version;
    pthread_mutex_lock(&f->all->lock);
    f->rang = true;
    enqueue(f);
    pthread_mutex_unlock(&f->all->lock);
}

static struct follow *follow_of(struct push *p, account_id account)
{
    struct follow *f = map_get(p->by_account, map_u64(&account));
    if (f)
        return f;
    f = calloc(1, sizeof *f);
    must(f);
    *f = (struct follow){.all = p, .account = account, .arena = arena_open()};
    f->watch = account_watch(p->core, account, rang, f);
    pthread_mutex_lock(&p->lock);
    map_put(p->by_account, map_u64(&f->account), f);
    pthread_mutex_unlock(&p->lock);
    return f;
}

/* Nobody of the account wants to know any more. */
static void follow_end(struct follow *f)
{
    struct push *p = f->all;
    store_unwatch(f->watch);
    pthread_mutex_lock(&p->lock);
    map_remove(p->by_account, map_u64(&f->account));
    for (struct follow **at = &p->queue; *at; at = &(*at)->next) {
        if (*at == f) {
            *at = f->next;
            break;
        }
    }
    pthread_mutex_unlock(&p->lock);
    metric_add(p->devices, -(int64_t)f->count);
    arena_close(f->arena);
    free(f);
}

void push_close(struct push *p)
{
    size_t at = 0;
    struct str key;
    void *value;
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    while (p->in_flight)
        pthread_cond_wait(&p->landed, &p->lock);
    pthread_mutex_unlock(&p->lock);
    while (map_next(p->by_account, &at, &key, &value))
        follow_end(value);
    map_close(p->by_account);
    pthread_mutex_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->landed);
    free(p);
}

static struct target *target_find(const struct follow *f, struct str token, struct str id)
{
    for (size_t i = 0; i < f->count; i++)
        if (str_eq(f->targets[i].token, token) && str_eq(f->targets[i].id, id))
            return &f->targets[i];
    return NULL;
}

static uint32_t uid_next_of(const struct account_view *v, folder_id folder)
{
    const struct folder_facts *facts = account_folder_by_id(v, folder);
    return facts ? facts->uid_next : 0;
}

/* was: the same device as it was known, or NULL; what it was not told yet stays so. */
static void target_fill(struct arena *a, struct target *t, const struct push_device *d,
                        const struct account_view *v, const struct target *was)
{
    t->token = str_dup(a, d->token);
    t->id = str_dup(a, d->id);
    t->mailboxes = ARENA_ARRAY(a, d->mailbox_count + 1, struct seen);
    t->count = d->mailbox_count;
    for (size_t i = 0; i < t->count; i++) {
        struct seen *s = &t->mailboxes[i];
        s->folder = d->mailboxes[i].folder;
        s->hash = push_note_hash(a, d->mailboxes[i].name);
        s->uid_next = uid_next_of(v, s->folder);
        for (size_t k = 0; was && k < was->count; k++)
            if (was->mailboxes[k].folder == s->folder) {
                s->uid_next = was->mailboxes[k].uid_next;
                s->news = was->mailboxes[k].news;
                s->sent = was->mailboxes[k].sent;
            }
        t->news |= s->news;
    }
    if (was) {
        t->next_ms = was->next_ms;
        t->in_flight = was->in_flight;
    }
}

/* Makes the account's devices anew from what the store has. */
static void follow_fill(struct follow *f, const struct account_view *v,
                        const struct push_device *list, size_t count)
{
    struct arena *arena = arena_open(), *old = f->arena;
    struct target *targets = ARENA_ARRAY(arena, count + 1, struct target);
    pthread_mutex_lock(&f->all->lock);
    for (size_t i = 0; i < count; i++)
        target_fill(arena, &targets[i], &list[i], v, target_find(f, list[i].token, list[i].id));
    metric_add(f->all->devices, (int64_t)count - (int64_t)f->count);
    f->arena = arena;
    f->targets = targets;
    f->count = count;
    pthread_mutex_unlock(&f->all->lock);
    arena_close(old);
}

/* With "work": devices of one account, which list names. */
static enum code follow_set(struct ctx *cx, struct push *p, account_id account,
                            const struct push_device *list, size_t count)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct follow *f = map_get(p->by_account, map_u64(&account));
    if (!count) {
        if (f)
            follow_end(f);
        return OK;
    }
    /* Watched before it is looked at, so that nothing falls between. */
    f = follow_of(p, account);
    enum code code = account_view_get(cx, p->core, account, &v);
    if (code == E_NOT_FOUND) {
        follow_end(f);
        for (size_t i = 0, n; i < count; i++)
            TRY(push_device_drop(cx, p->core, account, list[i].token, &n));
        return OK;
    }
    TRY(code);
    follow_fill(f, v, list, count);
    return OK;
}

static enum code follow_again(struct ctx *cx, struct push *p, account_id account)
{
    struct push_device *list;
    size_t count;
    TRY(push_device_list(cx, p->core, account, &list, &count));
    return follow_set(cx, p, account, list, count);
}

/* All who were registered before the start. What came while the server stood is not told: devices
   look themselves now and then. */
static enum code load(struct ctx *cx, struct push *p)
{
    struct push_device *list;
    size_t count;
    TRY(push_device_list(cx, p->core, 0, &list, &count));
    for (size_t i = 0, n; i < count; i += n) {
        for (n = 1; i + n < count && list[i + n].account == list[i].account;)
            n++;
        TRY(follow_set(cx, p, list[i].account, &list[i], n));
    }
    p->loaded = true;
    return OK;
}

enum code push_register(struct ctx *cx, struct push *p, const struct push_device *device)
{
    TRY(push_device_set(cx, p->core, device));
    pthread_mutex_lock(&p->work);
    enum code code = p->loaded ? follow_again(cx, p, device->account) : OK;
    pthread_mutex_unlock(&p->work);
    return code;
}

enum code push_forget(struct ctx *cx, struct push *p, account_id account, struct str token,
                      size_t *removed)
{
    TRY(push_device_drop(cx, p->core, account, token, removed));
    pthread_mutex_lock(&p->work);
    enum code code = p->loaded ? follow_again(cx, p, account) : OK;
    pthread_mutex_unlock(&p->work);
    return code;
}

enum verdict { SENT, GONE, FAILED };

static enum verdict judge(const struct web_answer *a)
{
    if (a->result != WEB_ANSWERED)
        return FAILED;
    if (a->status == 200)
        return SENT;
    bool bad = a->status == 400 && str_find(a->body, STR("BadDeviceToken")) != SIZE_MAX;
    return bad || a->status == 410 ? GONE : FAILED;
}

/* The device may have gone or registered anew meanwhile. */
static void landed(void *arg, const struct web_answer *answer)
{
    struct errand *e = arg;
    struct push *p = e->push;
    enum verdict verdict = judge(answer);
    metric_add(verdict == SENT ? p->sent : verdict == GONE ? p->gone : p->failed, 1);
    if (verdict == FAILED)
        log_event(p->core->log, LOG_WARN, "push.failed", "account=%ju status=%u result=%s",
                  (uintmax_t)e->account, answer->status, web_result_name(answer->result));
    pthread_mutex_lock(&p->lock);
    struct follow *f = map_get(p->by_account, map_u64(&e->account));
    struct target *t = f ? target_find(f, e->token, e->id) : NULL;
    if (t) {
        t->in_flight = false;
        t->gone |= verdict == GONE;
        t->failed = verdict == FAILED;
        enqueue(f);
    }
    p->in_flight--;
    pthread_cond_broadcast(&p->landed);
    pthread_mutex_unlock(&p->lock);
    arena_close(e->arena);
}

static void post(struct ctx *cx, struct errand *e, struct str body)
{
    const struct push_config *config = &e->push->config;
    struct str until = str_printf(cx->arena, "%jd", (intmax_t)(cx->now_ms / 1000 + KEEP_S));
    const struct str parts[] = {config->url, STR("/3/device/"), e->token};
    const struct web_header headers[] = {
        {STR("apns-topic"), config->topic},
        {STR("apns-expiration"), until},
        {STR("content-type"), STR("application/json")},
    };
    const struct web_question q = {
        .method = WEB_POST,
        .url = str_join(cx->arena, parts, 3),
        .headers = headers,
        .header_count = sizeof headers / sizeof *headers,
        .body = body,
        .inside = true, /* the configuration names it */
    };
    config->web->start(config->web->self, &q, landed, e);
}

static void send(struct ctx *cx, struct follow *f, struct target *t)
{
    struct push *p = f->all;
    struct arena *arena = arena_open();
    struct errand *e = ARENA_NEW(arena, struct errand);
    struct str *hashes = ARENA_ARRAY(cx->arena, t->count + 1, struct str);
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++) {
        struct seen *s = &t->mailboxes[i];
        if (s->news)
            hashes[n++] = s->hash;
        s->sent = s->news;
        s->news = false;
    }
    *e = (struct errand){p, f->account, arena, str_dup(arena, t->token), str_dup(arena, t->id)};
    struct str body = push_note_body(cx->arena, e->id, hashes, n);
    t->news = false;
    t->next_ms = cx->now_ms + p->config.gap_ms;
    pthread_mutex_lock(&p->lock);
    t->in_flight = true;
    p->in_flight++;
    pthread_mutex_unlock(&p->lock);
    post(cx, e, body);
}

/* What came since it was looked at last. */
static void look(struct follow *f, const struct account_view *v)
{
    for (size_t i = 0; i < f->count; i++) {
        for (size_t k = 0; k < f->targets[i].count; k++) {
            struct seen *s = &f->targets[i].mailboxes[k];
            uint32_t now = uid_next_of(v, s->folder);
            s->news |= now > s->uid_next;
            s->uid_next = now;
            f->targets[i].news |= s->news;
        }
    }
}

/* Its last note failed: all of it is news again, later. */
static void again(struct ctx *cx, const struct push *p, struct target *t)
{
    for (size_t i = 0; i < t->count; i++) {
        t->mailboxes[i].news |= t->mailboxes[i].sent;
        t->news |= t->mailboxes[i].news;
    }
    t->next_ms = cx->now_ms + p->config.retry_ms;
}

struct state {
    bool in_flight, gone, failed;
};

static struct state take_state(struct push *p, struct target *t)
{
    pthread_mutex_lock(&p->lock);
    struct state v = {t->in_flight, t->gone, t->failed};
    t->failed = false;
    pthread_mutex_unlock(&p->lock);
    return v;
}

/* True when a device waits for its time. */
static bool tell_all(struct ctx *cx, struct follow *f, bool *any_gone)
{
    bool waits = false;
    for (size_t i = 0; i < f->count; i++) {
        struct target *t = &f->targets[i];
        struct state v = take_state(f->all, t);
        *any_gone |= v.gone;
        if (v.failed)
            again(cx, f->all, t);
        if (!t->news || v.in_flight || v.gone)
            continue; /* what is in flight comes back to the queue by itself */
        if (cx->now_ms < t->next_ms)
            waits = true;
        else
            send(cx, f, t);
    }
    return waits;
}

static enum code drop_gone(struct ctx *cx, struct push *p, struct follow *f)
{
    size_t removed;
    for (size_t i = 0; i < f->count; i++) {
        if (!take_state(p, &f->targets[i]).gone)
            continue;
        TRY(push_device_drop(cx, p->core, f->account, f->targets[i].token, &removed));
        log_event(p->core->log, LOG_INFO, "push.gone", "account=%ju token=%.8s",
                  (uintmax_t)f->account, str_zdup(cx->arena, f->targets[i].token));
    }
    return follow_again(cx, p, f->account);
}

static enum code turn(struct ctx *cx, struct push *p, struct follow *f, bool rang_now)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    bool any_gone = false;
    if (rang_now) {
        enum code code = account_view_get(cx, p->core, f->account, &v);
        if (code == E_NOT_FOUND)
            return follow_again(cx, p, f->account);
        TRY(code);
        look(f, v);
    }
    if (tell_all(cx, f, &any_gone)) {
        pthread_mutex_lock(&p->lock);
        enqueue(f);
        pthread_mutex_unlock(&p->lock);
    }
    return any_gone ? drop_gone(cx, p, f) : OK;
}

/* The queue as it stands; what is put into it meanwhile waits for the next run. */
static enum code turns(struct ctx *cx, struct push *p)
{
    pthread_mutex_lock(&p->lock);
    size_t count = 0;
    for (const struct follow *f = p->queue; f; f = f->next)
        count++;
    account_id *due = ARENA_ARRAY(cx->arena, count + 1, account_id);
    bool *rings = ARENA_ARRAY(cx->arena, count + 1, bool);
    count = 0;
    for (struct follow *f = p->queue; f; f = f->next) {
        due[count] = f->account;
        rings[count++] = f->rang;
        f->rang = f->queued = false;
    }
    p->queue = NULL;
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < count; i++) {
        struct follow *f = map_get(p->by_account, map_u64(&due[i]));
        if (f)
            TRY(turn(cx, p, f, rings[i]));
    }
    return OK;
}

enum code push_run(struct ctx *cx, struct push *p)
{
    pthread_mutex_lock(&p->work);
    enum code code = p->loaded ? OK : load(cx, p);
    if (code == OK)
        code = turns(cx, p);
    pthread_mutex_unlock(&p->work);
    return code;
}

static enum code sweep(struct ctx *cx, struct push *p)
{
    size_t removed, count = 0, at = 0;
    struct str key;
    void *value;
    TRY(push_device_sweep(cx, p->core, &removed));
    if (!removed)
        return OK;
    account_id *all = ARENA_ARRAY(cx->arena, map_count(p->by_account) + 1, account_id);
    while (map_next(p->by_account, &at, &key, &value))
        all[count++] = ((const struct follow *)value)->account;
    for (size_t i = 0; i < count; i++)
        TRY(follow_again(cx, p, all[i]));
    return OK;
}

enum code push_sweep(struct ctx *cx, struct push *p)
{
    pthread_mutex_lock(&p->work);
    enum code code = sweep(cx, p);
    pthread_mutex_unlock(&p->work);
    return code;
}
