#include "service/indexer.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "core/directory.h"
#include "core/view.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { LIST_PAGE = 200, REPORT_MESSAGES = 1000 };

/* An account that is followed. */
struct followed {
    struct indexer *all;
    account_id account;
    struct watch *watch;
    int64_t due_ms; /* monotonic; 0: nothing to do */
    bool rebuild;
    uint64_t done; /* messages of the stretch that has not come to its end; and how long it took */
    int64_t spent_us;
    bool told; /* of the stretch; by the thread alone */
    struct followed *next;
};

struct indexer {
    struct core *core;
    struct search *search;
    struct indexer_config config;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below, and of due_ms and rebuild */
    pthread_cond_t wake;
    struct map *by_account;
    struct followed *first;
    int64_t sleeps_until_ms; /* monotonic; 0: awake, and looks at all before it sleeps */
    atomic_bool stop;
    uint64_t directory_version;
    struct metric *messages, *removed, *failures, *seconds, *waiting;
};

static bool is_stopped(void *self)
{
    struct indexer *x = self;
    return atomic_load(&x->stop);
}

/* With the lock. */
static void due(struct followed *f, int64_t at_ms)
{
    if (!f->due_ms)
        metric_add(f->all->waiting, 1);
    if (!f->due_ms || at_ms < f->due_ms)
        f->due_ms = at_ms;
    if (at_ms < f->all->sleeps_until_ms) /* mostly it would wake for nothing: each commit is told */
        pthread_cond_signal(&f->all->wake);
}

static void changed(void *arg, uint64_t version)
{
    struct followed *f = arg;
    (void)version;
    pthread_mutex_lock(&f->all->lock);
    due(f, clock_mono_ms() + f->all->config.wait_ms);
    pthread_mutex_unlock(&f->all->lock);
}

static void follow(struct indexer *x, account_id account)
{
    pthread_mutex_lock(&x->lock);
    bool known = map_get(x->by_account, map_u64(&account));
    pthread_mutex_unlock(&x->lock);
    if (known)
        return;
    struct followed *f = calloc(1, sizeof *f);
    must(f);
    f->all = x;
    f->account = account;
    f->watch = account_watch(x->core, account, changed, f);
    pthread_mutex_lock(&x->lock);
    f->next = x->first;
    x->first = f;
    map_put(x->by_account, map_u64(&f->account), f);
    due(f, clock_mono_ms());
    pthread_mutex_unlock(&x->lock);
}

/* Accounts that came since the last time. */
static enum code list(struct ctx *cx, struct indexer *x)
{
    struct str after = {0};
    uint64_t version;
    TRY(store_version(cx, x->core->store, DIRECTORY_PART, &version));
    if (version == x->directory_version)
        return OK;
    for (;;) {
        struct principal *page;
        size_t count;
        TRY(directory_list(cx, x->core, 0, after, LIST_PAGE, &page, &count));
        for (size_t i = 0; i < count; i++)
            if (page[i].has_account)
                follow(x, page[i].id);
        if (!count)
            break;
        after = page[count - 1].address;
    }
    x->directory_version = version;
    return OK;
}

/* The account is gone: so is its index. */
static void forget(struct indexer *x, struct followed *f)
{
    pthread_mutex_lock(&x->lock);
    for (struct followed **at = &x->first; *at; at = &(*at)->next) {
        if (*at == f) {
            *at = f->next;
            break;
        }
    }
    map_remove(x->by_account, map_u64(&f->account));
    pthread_mutex_unlock(&x->lock);
    store_unwatch(f->watch);
    pthread_mutex_lock(&x->lock);
    if (f->due_ms)
        metric_add(x->waiting, -1);
    pthread_mutex_unlock(&x->lock);
    search_drop(x->search, f->account);
    free(f);
}

static bool has_changes(struct ctx *cx, struct indexer *x, const struct followed *f)
{
    struct search_status status;
    return search_status(cx, x->search, f->account, &status) != OK ||
           status.indexed_modseq != status.modseq;
}

/* Messages that the index of the account does not have yet. */
static uint64_t missing(struct ctx *cx, struct indexer *x, const struct followed *f)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct search_status status;
    uint64_t messages = 0;
    if (account_view_get(cx, x->core, f->account, &v) != OK ||
        search_status(cx, x->search, f->account, &status) != OK)
        return 0;
    for (size_t i = 0; i < account_folder_count(v); i++)
        if (!account_folder(v, i)->hidden)
            messages += account_folder(v, i)->total;
    return messages > status.messages ? messages - status.messages : 0;
}

/* After a step: how far the stretch is. left: messages to go when the turn began. */
static void tell(struct indexer *x, struct followed *f, const struct search_step *step,
                 int64_t began_us, uint64_t left)
{
    pthread_mutex_lock(&x->lock);
    f->done += step->messages;
    f->spent_us += clock_mono_us() - began_us;
    uint64_t done = f->done;
    if (!step->more) {
        f->done = 0;
        f->spent_us = 0;
    }
    pthread_mutex_unlock(&x->lock);
    if (x->config.report && (step->more || f->told))
        x->config.report(x->config.report_self, f->account, done,
                         !step->more   ? done
                         : left > done ? left
                                       : done + 1);
    f->told = step->more;
}

/* One turn of an account; more: it has not come to the end. */
static enum code turn(struct ctx *cx, struct indexer *x, struct followed *f, bool *more)
{
    struct search_writer *w AUTO(search_writer_close) = NULL;
    struct search_step step = {.messages_max = INDEXER_STEP, .stop = is_stopped, .stop_self = x};
    uint64_t messages = 0;
    int64_t started_us = clock_mono_us();
    *more = false;
    if (!has_changes(cx, x, f))
        return OK;
    TRY(search_writer_open(cx, x->search, f->account, &w));
    uint64_t left = f->done + missing(cx, x, f);
    step.more = true;
    for (int i = 0; i < INDEXER_TURN_STEPS && step.more && !is_stopped(x); i++) {
        int64_t began_us = clock_mono_us();
        TRY(search_writer_step(cx, w, &step));
        metric_add(x->messages, (int64_t)step.messages);
        metric_add(x->removed, (int64_t)step.removed);
        metric_observe_us(x->seconds, clock_mono_us() - began_us);
        messages += step.messages;
        tell(x, f, &step, began_us, left);
    }
    *more = step.more;
    if (messages >= REPORT_MESSAGES)
        log_event(x->core->log, LOG_INFO, "index.built", "account=%llu messages=%llu ms=%lld",
                  (unsigned long long)f->account, (unsigned long long)messages,
                  (long long)((clock_mono_us() - started_us) / 1000));
    return OK;
}

/* Sealed views follow the change logs too, and are as derived. */
static void seal(struct ctx *cx, struct indexer *x, const struct followed *f)
{
    enum code code = views_seal(cx, x->core, f->account);
    if (code != OK && code != E_NOT_FOUND)
        log_event(x->core->log, LOG_WARN, "view.seal_failed", "account=%llu code=%s why=%s",
                  (unsigned long long)f->account, code_name(code),
                  log_quote(cx->arena, str_z(cx->err.what)));
}

static void work(struct ctx *cx, struct indexer *x, struct followed *f, bool rebuild)
{
    bool more = false;
    if (rebuild)
        search_drop(x->search, f->account);
    seal(cx, x, f);
    enum code code = turn(cx, x, f, &more);
    if (code == E_NOT_FOUND) {
        forget(x, f);
        return;
    }
    if (code != OK) {
        metric_add(x->failures, 1);
        log_event(x->core->log, LOG_WARN, "index.failed", "account=%llu code=%s why=%s",
                  (unsigned long long)f->account, code_name(code),
                  log_quote(cx->arena, str_z(cx->err.what)));
    }
    if (code == OK && !more)
        return;
    pthread_mutex_lock(&x->lock);
    due(f, clock_mono_ms() + (code == OK ? 0 : INDEXER_FAILED_MS));
    pthread_mutex_unlock(&x->lock);
}

/* With the lock: who is due longest; else *wait_ms says when somebody will be. */
static struct followed *next_due(struct indexer *x, int64_t now_ms, int64_t *wait_ms)
{
    struct followed *best = NULL;
    for (struct followed *f = x->first; f; f = f->next)
        if (f->due_ms && (!best || f->due_ms < best->due_ms))
            best = f;
    if (best && best->due_ms - now_ms < *wait_ms)
        *wait_ms = best->due_ms - now_ms;
    return best && best->due_ms <= now_ms ? best : NULL;
}

/* With the lock. */
static void sleep_for(struct indexer *x, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    x->sleeps_until_ms = clock_mono_ms() + ms;
    pthread_cond_timedwait(&x->wake, &x->lock, &until);
    x->sleeps_until_ms = 0;
}

/* Somebody who is due, or NULL after a sleep. */
static struct followed *take(struct indexer *x, int64_t list_at_ms, bool *rebuild)
{
    int64_t now_ms = clock_mono_ms(), wait_ms = list_at_ms > now_ms ? list_at_ms - now_ms : 0;
    pthread_mutex_lock(&x->lock);
    struct followed *f = next_due(x, now_ms, &wait_ms);
    if (f) {
        *rebuild = f->rebuild;
        f->rebuild = false;
        f->due_ms = 0;
        metric_add(x->waiting, -1);
    } else if (wait_ms > 0 && !is_stopped(x)) {
        sleep_for(x, wait_ms);
    }
    pthread_mutex_unlock(&x->lock);
    return f;
}

static void *run(void *arg)
{
    struct indexer *x = arg;
    struct arena *arena AUTO(arena_close) = arena_open();
    int64_t list_at_ms = 0;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), INDEXER_NICE);
    while (!is_stopped(x)) {
        struct ctx cx = {.arena = arena, .now_ms = clock_utc_ms(), .slow = true};
        bool rebuild = false;
        if (clock_mono_ms() >= list_at_ms) {
            if (list(&cx, x) != OK)
                metric_add(x->failures, 1);
            list_at_ms = clock_mono_ms() + x->config.list_ms;
        }
        struct followed *f = take(x, list_at_ms, &rebuild);
        if (f)
            work(&cx, x, f, rebuild);
        arena_reset(arena);
    }
    return NULL;
}

static void metrics_open_for(struct indexer *x, struct metrics *m)
{
    x->messages = metric_of(m, METRIC_COUNTER, "postroad_index_messages_total", "",
                            "Messages put into full-text indexes.");
    x->removed = metric_of(m, METRIC_COUNTER, "postroad_index_removed_total", "",
                           "Messages taken out of full-text indexes.");
    x->failures = metric_of(m, METRIC_COUNTER, "postroad_index_failures_total", "",
                            "Turns of the indexer that failed.");
    x->seconds = metric_of(m, METRIC_SECONDS, "postroad_index_step_seconds", "",
                           "Time from one commit of an index to the next.");
    x->waiting = metric_of(m, METRIC_GAUGE, "postroad_index_waiting", "",
                           "Accounts whose changes are not indexed yet.");
}

static void wanted(void *self, account_id account)
{
    indexer_hurry(self, account);
}

struct indexer *indexer_open(struct core *c, struct search *s, const struct indexer_config *config)
{
    struct indexer *x = calloc(1, sizeof *x);
    pthread_condattr_t attributes;
    must(x);
    x->core = c;
    x->search = s;
    x->config = *config;
    if (!x->config.wait_ms)
        x->config.wait_ms = INDEXER_WAIT_MS;
    if (!x->config.list_ms)
        x->config.list_ms = INDEXER_LIST_MS;
    x->by_account = map_open();
    metrics_open_for(x, c->metrics);
    must(pthread_mutex_init(&x->lock, NULL) == 0);
    must(pthread_condattr_init(&attributes) == 0);
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(&x->wake, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
    search_on_behind(s, wanted, x);
    must(pthread_create(&x->thread, NULL, run, x) == 0);
    pthread_setname_np(x->thread, "indexer"); /* benchmarks tell its CPU time apart */
    return x;
}

void indexer_close(struct indexer *x)
{
    if (!x)
        return;
    atomic_store(&x->stop, true);
    pthread_mutex_lock(&x->lock);
    pthread_cond_signal(&x->wake);
    pthread_mutex_unlock(&x->lock);
    pthread_join(x->thread, NULL);
    search_on_behind(x->search, NULL, NULL);
    while (x->first) {
        struct followed *f = x->first;
        x->first = f->next;
        store_unwatch(f->watch);
        free(f);
    }
    map_close(x->by_account);
    pthread_cond_destroy(&x->wake);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

enum code indexer_rebuild(struct ctx *cx, struct indexer *x, account_id account)
{
    pthread_mutex_lock(&x->lock);
    struct followed *f = map_get(x->by_account, map_u64(&account));
    if (f) {
        f->rebuild = true;
        due(f, clock_mono_ms());
    }
    pthread_mutex_unlock(&x->lock);
    return f ? OK : fail(cx, E_NOT_FOUND, "no such account, or too new");
}

double indexer_rate(struct indexer *x, account_id account)
{
    pthread_mutex_lock(&x->lock);
    const struct followed *f = map_get(x->by_account, map_u64(&account));
    double rate = f && f->spent_us > 0 ? (double)f->done * 1e6 / (double)f->spent_us : 0;
    pthread_mutex_unlock(&x->lock);
    return rate;
}

void indexer_hurry(struct indexer *x, account_id account)
{
    pthread_mutex_lock(&x->lock);
    struct followed *f = map_get(x->by_account, map_u64(&account));
    if (f)
        due(f, 1);
    pthread_mutex_unlock(&x->lock);
}

size_t indexer_waiting(struct indexer *x)
{
    size_t n = 0;
    pthread_mutex_lock(&x->lock);
    for (const struct followed *f = x->first; f; f = f->next)
        n += f->due_ms != 0;
    pthread_mutex_unlock(&x->lock);
    return n;
}
