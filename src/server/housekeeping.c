#include "server/housekeeping.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/metric.h"
#include "core/directory.h"
#include "core/meter.h"
#include "core/upkeep/sweep.h"
#include "io/io.h"
#include "server/listen/certificates.h"
#include "service/admission.h"
#include "service/oauth/oauth.h"
#include "service/push/push.h"
#include "service/quota_warning.h"
#include "service/reports/reports.h"
#include "service/signin/sessions.h"
#include "service/snooze/snooze.h"
#include "service/submission/release.h"
#include "service/transport/admin.h"
#include "service/transport/sts/sts.h"
#include "store/maintain.h"
#include <stdlib.h>

enum {
    JOBS_MAX = 24,
    MINUTE_MS = 60 * 1000,
    HOUR_MS = 60 * MINUTE_MS,
    DAY_MS = 24 * HOUR_MS,
    SWEEP_BLOBS = 1000,
    SWEEP_PAGE = 200, /* principals looked at together */
    SNOOZED_AT_ONCE = 1000,
    HELD_AT_ONCE = 1000,
};

typedef enum code job_fn(struct ctx *cx, struct housekeeping *h);

struct job {
    const char *name; /* in log lines and metrics */
    uint32_t first_ms, period_ms;
    job_fn *run;
};

/* A job with its place in the clock. */
struct timed {
    struct housekeeping *all;
    const struct job *job;
    struct io_timer *timer;
    struct metric *runs, *failures;
};

struct housekeeping {
    struct server *server;
    struct metric *disk_bytes;
    struct timed timed[JOBS_MAX];
};

/* Blobs that nobody refers to any more. Bounded: what is left waits for the next time. */
static enum code sweep_blobs(struct ctx *cx, struct housekeeping *h)
{
    size_t removed;
    bool more = true;
    while (more)
        TRY(store_sweep(cx, h->server->store, SWEEP_BLOBS, &removed, &more));
    metric_set(h->disk_bytes, (int64_t)store_stats(h->server->store).bytes_on_disk);
    return OK;
}

typedef enum code account_job_fn(struct ctx *cx, struct housekeeping *h,
                                 const struct principal *who);

/* Those of one page, each in memory of its own. */
static enum code run_page(struct ctx *cx, struct housekeeping *h, account_job_fn *run,
                          const struct principal *page, size_t count)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    own.arena = arena;
    for (size_t i = 0; i < count; i++) {
        enum code code = page[i].has_account ? run(&own, h, &page[i]) : OK;
        if (code != OK) {
            cx->err = own.err;
            return code;
        }
        arena_reset(arena);
    }
    return OK;
}

static enum code each_account(struct ctx *cx, struct housekeeping *h, account_job_fn *run)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    struct str after = {0};
    enum code code = OK;
    own.arena = arena;
    for (size_t count = 1; code == OK && count;) {
        struct principal *page;
        code = directory_list(&own, h->server->core, 0, after, SWEEP_PAGE, &page, &count);
        if (code == OK)
            code = run_page(&own, h, run, page, count);
        if (code == OK && count)
            after = str_dup(cx->arena, page[count - 1].address);
        arena_reset(arena);
    }
    cx->err = own.err;
    return code;
}

/* Recoverable items, tombstones and delivery ids that have had their time. */
static enum code sweep_one(struct ctx *cx, struct housekeeping *h, const struct principal *who)
{
    struct sweep_report report = {.more = true};
    while (report.more)
        TRY(sweep_account(cx, h->server->core, who->id, &report));
    return OK;
}

static enum code sweep_accounts(struct ctx *cx, struct housekeeping *h)
{
    return each_account(cx, h, sweep_one);
}

/* One mailbox that cannot be told is no reason to leave the others in the dark. */
static enum code warn_one(struct ctx *cx, struct housekeeping *h, const struct principal *who)
{
    bool due = false;
    enum code code = quota_warning_send(cx, h->server->core, h->server->delivery, who, &due);
    if (code == E_IO || code == E_CORRUPT)
        return code;
    if (due && code != OK)
        log_event(h->server->log, LOG_WARN, "quota.not_warned", "account=%ju code=%s",
                  (uintmax_t)who->id, code_name(code));
    return OK;
}

static enum code warn_of_quotas(struct ctx *cx, struct housekeeping *h)
{
    return each_account(cx, h, warn_one);
}

static enum code sweep_directory(struct ctx *cx, struct housekeeping *h)
{
    return directory_sweep(cx, h->server->core);
}

static enum code flush_meter(struct ctx *cx, struct housekeeping *h)
{
    return meter_flush(cx, h->server->meter);
}

static enum code trim_queue(struct ctx *cx, struct housekeeping *h)
{
    bool more = true;
    while (more) {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct ctx own = *cx;
        own.arena = arena;
        TRY(queue_trim(&own, h->server->queue, &more));
    }
    return OK;
}

static enum code sweep_push(struct ctx *cx, struct housekeeping *h)
{
    return h->server->push ? push_sweep(cx, h->server->push) : OK;
}

static enum code flush_admission(struct ctx *cx, struct housekeeping *h)
{
    return admission_flush(cx, h->server->admission);
}

static enum code check_lists(struct ctx *cx, struct housekeeping *h)
{
    return admission_check(cx, h->server->admission);
}

static enum code flush_reports(struct ctx *cx, struct housekeeping *h)
{
    return reports_flush(cx, h->server->reports);
}

static enum code send_reports(struct ctx *cx, struct housekeeping *h)
{
    return reports_send(cx, h->server->reports, false);
}

static enum code take_reports(struct ctx *cx, struct housekeeping *h)
{
    return reports_take(cx, h->server->reports);
}

static enum code sweep_reports(struct ctx *cx, struct housekeeping *h)
{
    return reports_sweep(cx, h->server->reports);
}

static enum code refresh_policies(struct ctx *cx, struct housekeeping *h)
{
    return sts_refresh(cx, h->server->sts);
}

static enum code sweep_oauth(struct ctx *cx, struct housekeeping *h)
{
    return h->server->oauth ? oauth_sweep(cx, h->server->oauth) : OK;
}

static enum code sweep_sessions(struct ctx *cx, struct housekeeping *h)
{
    return sessions_sweep(cx, h->server->sessions);
}

static enum code compact(struct ctx *cx, struct housekeeping *h)
{
    (void)cx;
    store_compact(h->server->store);
    return OK;
}

static enum code watch_certificates(struct ctx *cx, struct housekeeping *h)
{
    return certificates_watch(cx, h->server);
}

/* What was put away until now. */
static enum code wake_snoozed(struct ctx *cx, struct housekeeping *h)
{
    size_t done;
    return snooze_run(cx, h->server->core, SNOOZED_AT_ONCE, &done);
}

/* What was to be sent now. */
static enum code release_held(struct ctx *cx, struct housekeeping *h)
{
    size_t done;
    return submission_release(cx, h->server->core, h->server->queue, HELD_AT_ONCE, &done);
}

/* The only list. */
static const struct job jobs[] = {
    {"released", 2 * 1000, 2 * 1000, release_held},
    {"snoozed", 5 * 1000, 10 * 1000, wake_snoozed},
    {"blobs", MINUTE_MS, MINUTE_MS, sweep_blobs},
    {"accounts", 10 * MINUTE_MS, HOUR_MS, sweep_accounts},
    {"quotas", 5 * MINUTE_MS, HOUR_MS, warn_of_quotas},
    {"meter", 10 * 1000, 10 * 1000, flush_meter},
    {"queue", 20 * MINUTE_MS, HOUR_MS, trim_queue},
    {"push", 30 * MINUTE_MS, DAY_MS, sweep_push},
    {"admission", MINUTE_MS, MINUTE_MS, flush_admission},
    {"lists", 1000, HOUR_MS, check_lists},
    {"reports", 10 * 1000, 10 * 1000, flush_reports},
    {"reports_out", 10 * MINUTE_MS, 15 * MINUTE_MS, send_reports},
    {"reports_in", MINUTE_MS, MINUTE_MS, take_reports},
    {"reports_old", 50 * MINUTE_MS, DAY_MS, sweep_reports},
    {"policies", 30 * MINUTE_MS, HOUR_MS, refresh_policies},
    {"directory", 1000, DAY_MS, sweep_directory},
    {"oauth", 20 * MINUTE_MS, HOUR_MS, sweep_oauth},
    {"sessions", 40 * MINUTE_MS, DAY_MS, sweep_sessions},
    {"certificates", 5 * 1000, HOUR_MS, watch_certificates},
    {"compact", 6 * HOUR_MS, DAY_MS, compact},
};
static const size_t job_count = sizeof jobs / sizeof jobs[0];
_Static_assert(sizeof jobs / sizeof jobs[0] <= JOBS_MAX, "room for each");

static void run_job(struct ctx *cx, void *arg)
{
    const struct timed *t = arg;
    metric_add(t->runs, 1);
    enum code code = t->job->run(cx, t->all);
    if (code == OK)
        return;
    metric_add(t->failures, 1);
    log_event(t->all->server->log, LOG_WARN, "housekeeping.failed", "job=%s code=%s why=%s",
              t->job->name, code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
}

/* Long work belongs to the slow lane, where no delivery waits for its worker. */
static void post_job(struct ctx *cx, void *arg)
{
    (void)cx;
    const struct timed *t = arg;
    io_post(t->all->server->io, run_job, arg, true);
}

static void start(struct housekeeping *h, struct timed *t, const struct job *job)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct str label = str_printf(arena, "job=\"%s\"", job->name);
    t->all = h;
    t->job = job;
    t->runs = metric_of(h->server->metrics, METRIC_COUNTER, "postroad_housekeeping_runs_total",
                        label.p, "Housekeeping jobs run.");
    t->failures =
        metric_of(h->server->metrics, METRIC_COUNTER, "postroad_housekeeping_failures_total",
                  label.p, "Housekeeping jobs that failed.");
    t->timer = io_timer(h->server->io, job->first_ms, job->period_ms, post_job, t);
}

struct housekeeping *housekeeping_open(struct server *s)
{
    struct housekeeping *h = calloc(1, sizeof *h);
    must(h);
    h->server = s;
    h->disk_bytes =
        metric_of(s->metrics, METRIC_GAUGE, "postroad_store_disk_bytes", "", "Size of the store.");
    for (size_t i = 0; i < job_count; i++)
        start(h, &h->timed[i], &jobs[i]);
    return h;
}

const char *housekeeping_job(size_t index)
{
    return index < job_count ? jobs[index].name : NULL;
}

enum code housekeeping_run(struct ctx *cx, struct server *s, struct str name)
{
    struct housekeeping h = {.server = s};
    h.disk_bytes =
        metric_of(s->metrics, METRIC_GAUGE, "postroad_store_disk_bytes", "", "Size of the store.");
    for (size_t i = 0; i < job_count; i++)
        if (str_eq(name, str_z(jobs[i].name)))
            return jobs[i].run(cx, &h);
    return fail(cx, E_SYNTAX, "there is no job %.*s", STR_ARG(name));
}

void housekeeping_stop(struct housekeeping *h)
{
    for (size_t i = 0; i < job_count; i++)
        io_timer_cancel(h->timed[i].timer);
}

void housekeeping_close(struct housekeeping *h)
{
    free(h);
}
