/* The queue as a whole: opening, the passing of time. */
#include "service/transport/queue.h"
#include "base/cur.h"
#include "base/metric.h"
#include "service/transport/queue/inner.h"
#include <stdlib.h>

enum { CALLS_A_SLOT = 4 };
enum { CHORES_A_RUN = 64, ALARMS_A_RUN = 1000, JOB_DESTS_MAX = QUEUE_TOGETHER };

static void defaults(struct queue_config *c)
{
    static const struct queue_config usual = {.lifetime_s = 5 * 24 * 3600,
                                              .warn_s = 4 * 3600,
                                              .retry_first_s = 300,
                                              .retry_last_s = 3600,
                                              .slots = 1000,
                                              .per_destination = 20,
                                              .history_s = 10 * 24 * 3600};
    c->lifetime_s = c->lifetime_s ? c->lifetime_s : usual.lifetime_s;
    c->warn_s = c->warn_s ? c->warn_s : usual.warn_s;
    c->retry_first_s = c->retry_first_s ? c->retry_first_s : usual.retry_first_s;
    c->retry_last_s = c->retry_last_s ? c->retry_last_s : usual.retry_last_s;
    c->slots = c->slots ? c->slots : usual.slots;
    c->per_destination = c->per_destination ? c->per_destination : usual.per_destination;
    c->history_s = c->history_s ? c->history_s : usual.history_s;
}

static struct metric *counter(struct queue *q, const char *label, const char *name,
                              const char *help)
{
    return metric_of(q->core->metrics, METRIC_COUNTER, name, label, help);
}

static struct metric *gauge(struct queue *q, const char *label, const char *name, const char *help)
{
    return metric_of(q->core->metrics, METRIC_GAUGE, name, label, help);
}

static void metrics_make(struct queue *q)
{
    static const char results[] = "postroad_queue_recipients_total";
    static const char results_help[] = "Recipients elsewhere, by what became of them";
    static const char jobs[] = "postroad_queue_jobs";
    static const char jobs_help[] = "Messages times destinations in the queue";
    static const char dests[] = "postroad_queue_destinations";
    q->accepted = counter(q, "", "postroad_queue_accepted_total", "Messages taken into the queue");
    q->delivered = counter(q, "result=\"delivered\"", results, results_help);
    q->deferred = counter(q, "result=\"deferred\"", results, results_help);
    q->failed = counter(q, "result=\"failed\"", results, results_help);
    q->reports = counter(q, "", "postroad_queue_reports_total", "Reports sent for queued mail");
    q->jobs = gauge(q, "state=\"all\"", jobs, jobs_help);
    q->ready = gauge(q, "state=\"ready\"", jobs, jobs_help);
    q->held = gauge(q, "state=\"held\"", jobs, jobs_help);
    q->connections = gauge(q, "", "postroad_queue_slots", "Connections that have work");
    q->dests = gauge(q, "state=\"all\"", dests, "Destinations of queued mail");
    q->bad = gauge(q, "state=\"unreachable\"", dests, "Destinations of queued mail");
}

int64_t queue_expires_ms(const struct queue *q, const struct message_row *m)
{
    int64_t from = m->release_ms > m->arrived_ms ? m->release_ms : m->arrived_ms;
    return from + (int64_t)q->config.lifetime_s * 1000;
}

int64_t queue_warns_ms(const struct queue *q, const struct message_row *m)
{
    int64_t from = m->release_ms > m->arrived_ms ? m->release_ms : m->arrived_ms;
    return from + (int64_t)q->config.warn_s * 1000;
}

uint32_t queue_alarm_s(const struct queue *q, const struct message_row *m, int64_t now_ms)
{
    int64_t times[] = {queue_warns_ms(q, m), m->by_ms, queue_expires_ms(q, m)};
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i] > now_ms && times[i] < first)
            first = times[i];
    if (first == INT64_MAX) /* all have passed */
        first = now_ms;
    return queue_seconds(first) + 1;
}

void queue_schedule(struct queue *q, const struct queue_job *job, int64_t now_ms)
{
    const struct message_row *m = job->m;
    bool owed = job->unwarned && queue_warns_ms(q, m) <= now_ms;
    const struct sched_new new = {
        .id = job->id,
        .destination = job->destination,
        .agency = m->agency,
        .sender = m->sender ? m->sender : hash_bytes(m->return_path),
        .size_bytes = m->size_bytes,
        .priority = m->priority,
        .held = m->flags & MESSAGE_HELD,
        .due_s = job->due_ms <= now_ms ? 0 : queue_seconds(job->due_ms + 999),
        .alarm_s = owed ? queue_seconds(now_ms) : queue_alarm_s(q, m, now_ms),
    };
    sched_add(q->sched, &new, queue_seconds(now_ms));
}

/* One message while the rows go by: the jobs that it has so far. */
struct loading {
    struct queue *q;
    uint64_t id;
    struct message_row m;
    bool owed;
    struct queue_job jobs[JOB_DESTS_MAX]; /* destinations in arena */
    size_t job_count;
    struct arena *arena;
};

static void loaded(struct loading *l, int64_t now_ms)
{
    for (size_t i = 0; i < l->job_count; i++)
        queue_schedule(l->q, &l->jobs[i], now_ms);
    if (l->owed)
        queue_chore_add(l->q, CHORE_OWED, SCHED_NONE, l->id);
    l->job_count = 0;
    l->owed = false;
    arena_reset(l->arena);
}

static void recipient_note(struct loading *l, const struct recipient_row *to)
{
    bool unwarned = !(to->flags & RECIPIENT_WARNED);
    if (to->state != RECIPIENT_WAITING) {
        l->owed = true;
        return;
    }
    for (size_t i = 0; i < l->job_count; i++) {
        if (!str_eq(l->jobs[i].destination, to->destination))
            continue;
        if (to->next_ms < l->jobs[i].due_ms)
            l->jobs[i].due_ms = to->next_ms;
        l->jobs[i].unwarned |= unwarned;
        return;
    }
    must(l->job_count < JOB_DESTS_MAX);
    l->jobs[l->job_count++] = (struct queue_job){
        .id = l->id,
        .m = &l->m,
        .destination = str_dup(l->arena, to->destination),
        .due_ms = to->next_ms,
        .unwarned = unwarned,
    };
}

static enum code row_load(struct ctx *cx, struct loading *l, struct str key, struct str value)
{
    uint64_t id;
    uint32_t n;
    struct recipient_row to;
    if (!queue_key_read(str_from(key, 1), &id, &n))
        return fail(cx, E_CORRUPT, "queue: a key");
    if (n == UINT32_MAX) {
        loaded(l, cx->now_ms);
        TRY(message_row_decode(cx, value, &l->m));
        l->m.return_path = str_dup(l->arena, l->m.return_path);
        l->id = id;
        if (id > l->q->last_id)
            l->q->last_id = id;
        return OK;
    }
    if (id != l->id)
        return fail(cx, E_CORRUPT, "queue: a recipient without its message");
    TRY(recipient_row_decode(cx, value, &to));
    recipient_note(l, &to);
    return OK;
}

static enum code mail_load(struct ctx *cx, struct queue *q)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct loading *l = ARENA_NEW(cx->arena, struct loading);
    l->q = q;
    l->arena = arena;
    struct scan *w AUTO(scan_close) = store_scan(cx, q->core->store, QUEUE_PART,
                                                 (struct range){.from = STR("q"), .to = STR("r")});
    struct str key, value;
    while (scan_next(w, &key, &value))
        TRY(row_load(cx, l, key, value));
    TRY(scan_error(w));
    loaded(l, cx->now_ms);
    return OK;
}

/* Ids above all that were given out, also to messages that are gone. */
static enum code last_id_load(struct ctx *cx, struct queue *q)
{
    struct scan *w AUTO(scan_close) =
        store_scan(cx, q->core->store, QUEUE_PART,
                   (struct range){.from = STR("h"), .to = STR("i"), .backward = true});
    struct str key, value;
    if (scan_next(w, &key, &value)) {
        struct cur c = cur_of(str_from(key, 1));
        uint64_t id;
        if (!cur_key_u64(&c, &id))
            return fail(cx, E_CORRUPT, "queue: a key of history");
        if (id > q->last_id)
            q->last_id = id;
    }
    return scan_error(w);
}

static enum code troubles_load(struct ctx *cx, struct queue *q)
{
    struct scan *w AUTO(scan_close) = store_scan(cx, q->core->store, QUEUE_PART,
                                                 (struct range){.from = STR("t"), .to = STR("u")});
    struct str key, value, name;
    while (scan_next(w, &key, &value)) {
        struct cur c = cur_of(str_from(key, 1));
        struct trouble_row row;
        if (!cur_key_text(&c, cx->arena, &name))
            return fail(cx, E_CORRUPT, "queue: a key of a destination");
        TRY(trouble_row_decode(cx, value, &row));
        dest_no n = sched_dest_find(q->sched, name);
        if (n != SCHED_NONE)
            sched_dest_trouble(q->sched, n, row.fails, queue_seconds(row.retry_ms), row.status,
                               row.text);
    }
    return scan_error(w);
}

enum code queue_open(struct ctx *cx, struct core *c, const struct queue_config *config,
                     struct queue **out)
{
    struct queue *q = calloc(1, sizeof *q);
    must(q);
    q->core = c;
    q->config = *config;
    defaults(&q->config);
    must(pthread_mutex_init(&q->lock, NULL) == 0);
    const struct sched_limits limits = {
        .slots = q->config.slots,
        .calls = q->config.slots * CALLS_A_SLOT,
        .per_destination = q->config.per_destination,
        .backoff_first_s = q->config.retry_first_s / 5 + 1,
        .backoff_last_s = q->config.retry_last_s,
    };
    q->sched = sched_open(&limits);
    metrics_make(q);
    enum code code = mail_load(cx, q);
    if (code == OK)
        code = last_id_load(cx, q);
    if (code == OK)
        code = troubles_load(cx, q);
    if (code != OK) {
        queue_close(q);
        return code;
    }
    *out = q;
    return OK;
}

void queue_close(struct queue *q)
{
    if (!q)
        return;
    must(atomic_load(&q->slots) == 0);
    while (q->first_chore) {
        struct chore *next = q->first_chore->next;
        queue_chore_free(q->first_chore);
        q->first_chore = next;
    }
    queue_unsettled_drop(q);
    sched_close(q->sched);
    must(pthread_mutex_destroy(&q->lock) == 0);
    free(q);
}

void queue_join(struct queue *q, struct delivery *d, struct routing *r, const struct road *road)
{
    q->delivery = d;
    q->routing = r;
    q->road = road;
}

void queue_stop(struct queue *q)
{
    atomic_store(&q->stopping, true);
}

static void gauges_set(struct queue *q)
{
    struct sched_sums sums = sched_sums(q->sched);
    metric_set(q->jobs, (int64_t)sums.jobs);
    metric_set(q->ready, (int64_t)sums.ready);
    metric_set(q->held, (int64_t)sums.held);
    metric_set(q->connections, sums.slots);
    metric_set(q->dests, sums.dests);
    metric_set(q->bad, sums.bad);
}

bool queue_run(struct ctx *cx, struct queue *q)
{
    job_no job = 0;
    pthread_mutex_lock(&q->lock);
    for (int i = 0; i < ALARMS_A_RUN && job != SCHED_NONE; i++) {
        job = sched_alarm(q->sched, queue_seconds(cx->now_ms));
        if (job != SCHED_NONE)
            queue_chore_add(q, CHORE_LATE, job, sched_id(q->sched, job));
    }
    gauges_set(q);
    pthread_mutex_unlock(&q->lock);
    queue_settle_again(cx, q);
    queue_inside_run(cx, q);
    bool more = true;
    for (int i = 0; i < CHORES_A_RUN && more; i++)
        more = queue_chore_run(cx, q);
    queue_pump(cx, q);
    return more;
}
