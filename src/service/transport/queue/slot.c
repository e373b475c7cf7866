/* Slots: a road asks for the next errand, and brings back how it went. */
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/random.h"
#include "core/meter.h"
#include "service/delivery.h"
#include "service/transport/queue/inner.h"
#include <stdlib.h>

enum { SETTLE_AGAIN_MS = 60 * 1000, JITTER_PARTS = 5 };

/* In its own arena. */
struct own_errand {
    struct errand e; /* first */
    struct own_errand *next;
    struct queue *q;
    job_no job;
    struct recipient_row *rows; /* as they were, one for each recipient */
    int64_t settled_ms, retry_ms;
    uint64_t agency;      /* whose people sent it, for the meter */
    struct message_row m; /* as it was */
    bool gone, owed;      /* out of the update */
};

static bool slot_next(struct ctx *cx, struct slot *slot, struct errand **out);
static void slot_settle(struct ctx *cx, struct slot *slot, struct errand *e);
static void slot_end(struct ctx *cx, struct slot *slot, enum slot_end how, struct str status,
                     struct str text);

/* Rules of routes may have changed since its last slot. True: no road leads there, it is done
   here. */
static bool destination_ask(struct ctx *cx, struct queue *q, const struct own_slot *x)
{
    struct destination d;
    if (str_eq(x->s.destination, QUEUE_HERE))
        return true;
    if (!q->routing)
        return false;
    enum code code = routing_destination(cx, q->routing, x->s.destination, &d);
    if (code != OK)
        return code == E_NOT_FOUND; /* its jobs find another way */
    pthread_mutex_lock(&q->lock);
    sched_dest_limit(q->sched, x->dest, d.rule.connections, d.rule.per_minute);
    pthread_mutex_unlock(&q->lock);
    return d.way == WAY_FILE || d.way == WAY_DISCARD;
}

static void slot_start(struct ctx *cx, struct queue *q, struct own_slot *x)
{
    if (destination_ask(cx, q, x)) {
        pthread_mutex_lock(&q->lock);
        x->next = q->inside;
        q->inside = x;
        pthread_mutex_unlock(&q->lock);
    } else if (!q->road) {
        x->s.end(cx, &x->s, SLOT_BUSY, STR("4.4.0"), STR("this server has no road out"));
    } else {
        q->road->start(q->road->self, &x->s);
    }
}

void queue_pump(struct ctx *cx, struct queue *q)
{
    while (q->delivery && !atomic_load(&q->stopping)) {
        pthread_mutex_lock(&q->lock);
        dest_no n = sched_slot_begin(q->sched, queue_seconds(cx->now_ms));
        if (n == SCHED_NONE) {
            pthread_mutex_unlock(&q->lock);
            return;
        }
        const struct sched_dest_facts facts = sched_dest_facts(q->sched, n);
        struct str name = facts.name;
        struct own_slot *x = calloc(1, sizeof *x + name.n);
        must(x);
        char *copy = (char *)(x + 1);
        memcpy(copy, name.p, name.n);
        pthread_mutex_unlock(&q->lock);
        x->s = (struct slot){.queue = q,
                             .destination = str_of(copy, name.n),
                             .hurried = facts.class == DEST_NEW && !facts.fails,
                             .next = slot_next,
                             .settle = slot_settle,
                             .end = slot_end};
        x->q = q;
        x->dest = n;
        atomic_fetch_add(&q->slots, 1);
        slot_start(cx, q, x);
    }
}

/* The recipients of the message that this destination still is to get. */
static bool recipients_pick(struct own_errand *o, const struct queued *m, struct str destination)
{
    struct arena *a = o->e.arena;
    o->e.to = ARENA_ARRAY(a, m->count ? m->count : 1, struct errand_recipient);
    o->rows = ARENA_ARRAY(a, m->count ? m->count : 1, struct recipient_row);
    for (size_t i = 0; i < m->count; i++) {
        const struct recipient_row *row = &m->to[i];
        if (row->state != RECIPIENT_WAITING || !str_eq(row->destination, destination))
            continue;
        o->rows[o->e.to_count] = *row;
        o->e.to[o->e.to_count++] = (struct errand_recipient){
            .address = row->address, .orcpt = row->orcpt, .notify = row->notify};
    }
    return o->e.to_count;
}

static struct own_errand *errand_make(struct queue *q, job_no job, const struct queued *all,
                                      struct str destination, struct arena *arena)
{
    const struct message_row *m = &all->m;
    struct own_errand *o = ARENA_NEW(arena, struct own_errand);
    *o = (struct own_errand){
        .e = {.arena = arena,
              .id = all->id,
              .return_path = m->return_path,
              .envid = m->envid,
              .trace = m->trace,
              .body = m->body,
              .size_bytes = m->size_bytes,
              .headers_only = m->flags & MESSAGE_HEADERS_ONLY,
              .utf8 = m->flags & MESSAGE_UTF8,
              .eight_bit = m->flags & MESSAGE_EIGHT_BIT,
              .binary = m->flags & MESSAGE_BINARY,
              .require_tls = m->flags & MESSAGE_REQUIRE_TLS,
              .priority = m->priority,
              .arrived_ms = m->arrived_ms,
              .by_ms = m->by_ms,
              .by_return = m->flags & MESSAGE_BY_RETURN},
        .q = q,
        .job = job,
        .agency = m->agency,
        .m = *m,
    };
    return recipients_pick(o, all, destination) ? o : NULL;
}

static void job_is_over(struct ctx *cx, struct queue *q, job_no job)
{
    (void)cx;
    pthread_mutex_lock(&q->lock);
    sched_done(q->sched, job);
    pthread_mutex_unlock(&q->lock);
}

/* Somebody held it while it was out. */
static void job_is_held(struct ctx *cx, struct queue *q, job_no job, const struct queued *m)
{
    pthread_mutex_lock(&q->lock);
    struct str name = sched_dest_facts(q->sched, sched_dest_of(q->sched, job)).name;
    const struct queue_job held = {.id = m->id, .m = &m->m, .destination = name};
    queue_schedule(q, &held, cx->now_ms);
    sched_done(q->sched, job);
    pthread_mutex_unlock(&q->lock);
}

static void job_waits(struct queue *q, job_no job, int64_t until_ms)
{
    pthread_mutex_lock(&q->lock);
    sched_defer(q->sched, job, queue_seconds(until_ms));
    pthread_mutex_unlock(&q->lock);
}

/* From here on it cannot be taken back any more (FUTURERELEASE). */
static void release_tell(struct ctx *cx, const struct own_errand *o)
{
    bool first = o->m.release_ms != 0;
    for (size_t i = 0; i < o->e.to_count; i++)
        first &= o->rows[i].attempts == 0;
    if (first)
        queue_sender_told(cx, o->q, &o->m);
}

/* NULL: it is gone, or cannot be read now; the next one, then. */
static struct own_errand *errand_load(struct ctx *cx, struct own_slot *x, job_no job)
{
    struct queue *q = x->q;
    struct ctx own = *cx;
    struct queued m;
    own.arena = arena_open();
    pthread_mutex_lock(&q->lock);
    uint64_t id = sched_id(q->sched, job);
    pthread_mutex_unlock(&q->lock);
    enum code code = queued_load(&own, q, id, &m);
    struct own_errand *o = NULL;
    if (code == OK && m.m.flags & MESSAGE_HELD) {
        job_is_held(cx, q, job, &m);
        arena_close(own.arena);
        return NULL;
    }
    if (code == OK)
        o = errand_make(q, job, &m, x->s.destination, own.arena);
    if (o) {
        release_tell(&own, o);
        return o;
    }
    if (code == OK || code == E_NOT_FOUND) {
        job_is_over(cx, q, job);
    } else {
        log_event(q->core->log, LOG_ERROR, "queue.unreadable", "id=%ju code=%s what=%s",
                  (uintmax_t)id, code_name(code), log_quote(own.arena, str_z(own.err.what)));
        job_waits(q, job, cx->now_ms + SETTLE_AGAIN_MS);
    }
    arena_close(own.arena);
    return NULL;
}

static bool slot_next(struct ctx *cx, struct slot *slot, struct errand **out)
{
    struct own_slot *x = (struct own_slot *)slot;
    struct queue *q = x->q;
    while (!atomic_load(&q->stopping)) {
        pthread_mutex_lock(&q->lock);
        job_no job = sched_take(q->sched, x->dest, queue_seconds(cx->now_ms));
        pthread_mutex_unlock(&q->lock);
        if (job == SCHED_NONE)
            return false;
        struct own_errand *o = errand_load(cx, x, job);
        if (o) {
            *out = &o->e;
            return true;
        }
    }
    return false;
}

/* Twice as long each time, a fifth more or less by chance. */
static int64_t retry_ms(struct ctx *cx, const struct queue *q, uint32_t attempts)
{
    int64_t wait = (int64_t)q->config.retry_first_s * 1000;
    int64_t last = (int64_t)q->config.retry_last_s * 1000;
    for (uint32_t i = 0; i < attempts && wait < last; i++)
        wait *= 2;
    if (wait > last)
        wait = last;
    struct random system = {0};
    uint64_t chance = random_u64(cx->random ? cx->random : &system);
    return cx->now_ms + wait - wait / JITTER_PARTS +
           (int64_t)(chance % (uint64_t)(2 * wait / JITTER_PARTS + 1));
}

static bool wants_failure(const struct own_errand *o, const struct recipient_row *row)
{
    return o->e.return_path.n && (!row->notify || row->notify & NOTIFY_FAILURE);
}

static bool wants_success(const struct own_errand *o, const struct recipient_row *row,
                          const struct errand_recipient *to)
{
    return o->e.return_path.n && row->notify & NOTIFY_SUCCESS && !to->next_hop_reports;
}

static const enum event_what events[] = {[ERRAND_DELIVERED] = EVENT_DELIVERED,
                                         [ERRAND_DEFERRED] = EVENT_DEFERRED,
                                         [ERRAND_FAILED] = EVENT_FAILED};

static void row_settle(struct ctx *cx, struct txn *t, struct own_errand *o,
                       struct queue_change *change, size_t i)
{
    const struct errand_recipient *to = &o->e.to[i];
    struct recipient_row row = o->rows[i];
    bool stays = to->result == ERRAND_DEFERRED;
    row.status = to->status;
    row.diagnostic = to->diagnostic;
    row.next_hop = to->next_hop;
    row.attempts++;
    row.next_ms = o->retry_ms;
    if (to->result == ERRAND_DELIVERED && wants_success(o, &row, to)) {
        row.state = RECIPIENT_RELAYED;
        stays = o->owed = true;
    } else if (to->result == ERRAND_FAILED && wants_failure(o, &row)) {
        row.state = RECIPIENT_FAILED;
        stays = o->owed = true;
    }
    if (stays)
        queue_change_put(cx, t, change, &row);
    else
        queue_change_end(t, change, row.n);
    const struct event e = {.at_ms = o->settled_ms,
                            .what = events[to->result],
                            .address = row.address,
                            .status = to->status,
                            .text = to->diagnostic};
    queue_event_put(cx, t, o->e.id, row.n, &e);
}

/* What somebody dropped meanwhile stays dropped. */
static enum code settle(struct ctx *cx, struct txn *t, void *arg)
{
    struct own_errand *o = arg;
    struct queue_change change;
    o->owed = false;
    enum code code = queue_change_begin(cx, t, o->e.id, &change);
    o->gone = code == E_NOT_FOUND;
    if (code != OK)
        return o->gone ? OK : code;
    for (size_t i = 0; i < o->e.to_count; i++) {
        struct key k = queue_recipient_key(o->e.id, o->rows[i].n);
        struct recipient_row now;
        struct str value;
        if (!o->e.to[i].result)
            continue;
        code = txn_get(cx, t, key_str(&k), &value);
        if (code == E_NOT_FOUND)
            continue;
        TRY(code);
        TRY(recipient_row_decode(cx, value, &now));
        if (now.state == RECIPIENT_WAITING)
            row_settle(cx, t, o, &change, i);
    }
    queue_change_finish(cx, t, &change);
    return OK;
}

/* Whom another system refuses counts for the senders' domain. */
static void refusal_count(struct queue *q, const struct own_errand *o)
{
    if (o->agency && delivery_meter(q->delivery))
        meter_add(delivery_meter(q->delivery), o->settled_ms, o->agency, METER_REFUSED_OUT, 1);
}

static void results_count(struct queue *q, const struct own_errand *o)
{
    for (size_t i = 0; i < o->e.to_count; i++) {
        const struct errand_recipient *to = &o->e.to[i];
        if (!to->result)
            continue;
        if (to->result == ERRAND_FAILED)
            refusal_count(q, o);
        metric_add(to->result == ERRAND_DELIVERED  ? q->delivered
                   : to->result == ERRAND_DEFERRED ? q->deferred
                                                   : q->failed,
                   1);
        if (log_wants(q->core->log, LOG_INFO))
            log_event(q->core->log, LOG_INFO, "queue.settled",
                      "id=%ju to=%s result=%s status=%.*s host=%s reply=%s attempt=%u",
                      (uintmax_t)o->e.id, log_quote(o->e.arena, to->address),
                      to->result == ERRAND_DELIVERED  ? "delivered"
                      : to->result == ERRAND_DEFERRED ? "deferred"
                                                      : "failed",
                      STR_ARG(to->status), log_quote(o->e.arena, to->next_hop),
                      log_quote(o->e.arena, to->diagnostic), o->rows[i].attempts + 1);
    }
}

/* The job goes first again, waits, or is over. */
static void job_settle(struct ctx *cx, struct queue *q, const struct own_errand *o)
{
    bool untried = false, deferred = false;
    for (size_t i = 0; i < o->e.to_count; i++) {
        untried |= !o->e.to[i].result;
        deferred |= o->e.to[i].result == ERRAND_DEFERRED;
    }
    pthread_mutex_lock(&q->lock);
    if (o->gone || !(untried || deferred))
        sched_done(q->sched, o->job);
    else if (untried)
        sched_back(q->sched, o->job, queue_seconds(cx->now_ms));
    else
        sched_defer(q->sched, o->job, queue_seconds(o->retry_ms + 999));
    pthread_mutex_unlock(&q->lock);
}

static bool any_result(const struct own_errand *o)
{
    for (size_t i = 0; i < o->e.to_count; i++)
        if (o->e.to[i].result)
            return true;
    return false;
}

/* False when the store did not take it. */
static bool settled(struct ctx *cx, struct own_errand *o)
{
    struct queue *q = o->q;
    if (any_result(o)) {
        struct ctx own = *cx;
        own.arena = o->e.arena;
        enum code code = store_update(&own, q->core->store, QUEUE_PART, settle, o);
        if (code != OK) {
            log_event(q->core->log, LOG_ERROR, "queue.unsettled", "id=%ju code=%s what=%s",
                      (uintmax_t)o->e.id, code_name(code),
                      log_quote(o->e.arena, str_z(own.err.what)));
            return false;
        }
        results_count(q, o);
        queue_sender_told(&own, q, &o->m);
    }
    job_settle(cx, q, o);
    if (o->owed && queue_report_owed(cx, q, o->e.id) != OK) {
        pthread_mutex_lock(&q->lock);
        queue_chore_add(q, CHORE_OWED, SCHED_NONE, o->e.id);
        pthread_mutex_unlock(&q->lock);
    }
    arena_close(o->e.arena);
    return true;
}

static void slot_settle(struct ctx *cx, struct slot *slot, struct errand *e)
{
    struct own_slot *x = (struct own_slot *)slot;
    struct own_errand *o = (struct own_errand *)e;
    struct queue *q = x->q;
    uint32_t tried = 0;
    bool well = false;
    for (size_t i = 0; i < e->to_count; i++) {
        tried = e->to[i].result && o->rows[i].attempts > tried ? o->rows[i].attempts : tried;
        well |= e->to[i].result == ERRAND_DELIVERED || e->to[i].result == ERRAND_FAILED;
    }
    o->settled_ms = cx->now_ms;
    o->retry_ms = retry_ms(cx, q, tried);
    x->progress |= any_result(o);
    if (well) {
        pthread_mutex_lock(&q->lock);
        sched_learn(q->sched, x->dest, queue_seconds(cx->now_ms));
        pthread_mutex_unlock(&q->lock);
    }
    if (settled(cx, o))
        return;
    /* It may be there already, so it is not sent again before this is written. */
    pthread_mutex_lock(&q->lock);
    o->next = q->unsettled;
    q->unsettled = o;
    pthread_mutex_unlock(&q->lock);
}

void queue_settle_again(struct ctx *cx, struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    struct own_errand *o = q->unsettled;
    if (o)
        q->unsettled = o->next;
    pthread_mutex_unlock(&q->lock);
    if (!o || settled(cx, o))
        return;
    pthread_mutex_lock(&q->lock);
    o->next = q->unsettled;
    q->unsettled = o;
    pthread_mutex_unlock(&q->lock);
}

void queue_unsettled_drop(struct queue *q)
{
    while (q->unsettled) {
        struct own_errand *o = q->unsettled;
        q->unsettled = o->next;
        arena_close(o->e.arena);
    }
}

struct trouble {
    struct str destination;
    bool over;
    struct trouble_row row;
    int64_t now_ms;
};

static enum code trouble_write(struct ctx *cx, struct txn *t, void *arg)
{
    const struct trouble *x = arg;
    struct trouble_row row = x->row, old;
    struct key k = queue_trouble_key(x->destination);
    struct str value;
    if (x->over) {
        txn_delete(t, key_str(&k));
        return OK;
    }
    enum code code = txn_get(cx, t, key_str(&k), &value);
    if (code == OK)
        code = trouble_row_decode(cx, value, &old);
    if (code == OK) {
        size_t skip = old.try_count == TROUBLE_TRIES;
        row.since_ms = old.since_ms;
        for (size_t i = skip; i < old.try_count; i++)
            row.tries_ms[row.try_count++] = old.tries_ms[i];
    } else if (code != E_NOT_FOUND) {
        return code;
    }
    row.tries_ms[row.try_count++] = x->now_ms;
    txn_put(t, key_str(&k), trouble_row_encode(cx->arena, &row));
    return OK;
}

/* So that a restart does not try all dead hosts at once, and `queue trace` knows. */
static void trouble_note(struct ctx *cx, struct queue *q, const struct own_slot *x,
                         const struct sched_dest_facts *now, struct str status, struct str text)
{
    bool bad = now->class == DEST_BAD;
    if (bad == now->noted && !bad)
        return;
    struct trouble note = {.destination = x->s.destination,
                           .over = !bad,
                           .row = {.fails = now->fails,
                                   .since_ms = cx->now_ms,
                                   .retry_ms = (int64_t)now->retry_s * 1000,
                                   .status = status,
                                   .text = text},
                           .now_ms = cx->now_ms};
    enum code code = store_update(cx, q->core->store, QUEUE_PART, trouble_write, &note);
    if (code != OK) {
        log_event(q->core->log, LOG_WARN, "queue.trouble_not_noted", "destination=%s code=%s",
                  log_quote(cx->arena, x->s.destination), code_name(code));
        return;
    }
    pthread_mutex_lock(&q->lock);
    sched_dest_note(q->sched, x->dest, bad);
    pthread_mutex_unlock(&q->lock);
}

static void all_fail(struct queue *q, dest_no dest, struct str status, struct str text)
{
    for (;;) {
        job_no job = sched_take_locked(q->sched, dest);
        if (job == SCHED_NONE)
            return;
        queue_chore_fail(q, job, status, text);
    }
}

static void slot_end(struct ctx *cx, struct slot *slot, enum slot_end how, struct str status,
                     struct str text)
{
    static const char *const names[] = {[SLOT_DONE] = "done",
                                        [SLOT_UNREACHABLE] = "unreachable",
                                        [SLOT_BUSY] = "busy",
                                        [SLOT_IMPOSSIBLE] = "impossible"};
    struct own_slot *x = (struct own_slot *)slot;
    struct queue *q = x->q;
    struct random system = {0};
    const struct sched_end end = {
        .how = how,
        .progress = x->progress,
        .status = str_sub(status, 0, QUEUE_DIAGNOSTIC_MAX),
        .text = str_sub(text, 0, QUEUE_DIAGNOSTIC_MAX),
        .chance = (uint32_t)random_u64(cx->random ? cx->random : &system),
    };
    pthread_mutex_lock(&q->lock);
    if (how == SLOT_IMPOSSIBLE)
        all_fail(q, x->dest, end.status, end.text);
    sched_slot_end(q->sched, x->dest, &end, queue_seconds(cx->now_ms));
    struct sched_dest_facts now = sched_dest_facts(q->sched, x->dest);
    pthread_mutex_unlock(&q->lock);
    if (how != SLOT_DONE)
        log_event(q->core->log, LOG_INFO, "queue.slot_ended",
                  "destination=%s how=%s status=%.*s why=%s again_s=%jd",
                  log_quote(cx->arena, x->s.destination), names[how], STR_ARG(status),
                  log_quote(cx->arena, text),
                  now.retry_s ? (intmax_t)now.retry_s - (intmax_t)(cx->now_ms / 1000) : 0);
    if (q->road)
        trouble_note(cx, q, x, &now, end.status, end.text);
    free(x);
    atomic_fetch_sub(&q->slots, 1);
    queue_pump(cx, q);
}
