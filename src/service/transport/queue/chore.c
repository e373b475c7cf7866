/* What has to be done for a message without a slot: delays are told, what is late or impossible is
   given back. */
#include "base/log.h"
#include "base/metric.h"
#include "service/transport/admin.h"
#include "service/transport/queue/inner.h"
#include "service/transport/report/report.h"
#include <stdlib.h>

enum { AGAIN_S = 60 };

static struct chore *chore_append(struct queue *q, enum chore_kind kind, job_no job, uint64_t id)
{
    struct chore *c = calloc(1, sizeof *c);
    must(c);
    c->kind = kind;
    c->job = job;
    c->id = id;
    *(q->last_chore ? &q->last_chore->next : &q->first_chore) = c;
    q->last_chore = c;
    return c;
}

void queue_chore_add(struct queue *q, enum chore_kind kind, job_no job, uint64_t id)
{
    chore_append(q, kind, job, id);
}

void queue_chore_fail(struct queue *q, job_no job, struct str status, struct str text)
{
    struct chore *c = chore_append(q, CHORE_FAIL, job, sched_id(q->sched, job));
    c->status = strndup(status.p ? status.p : "", status.n);
    c->text = strndup(text.p ? text.p : "", text.n);
    must(c->status && c->text);
}

void queue_chore_free(struct chore *c)
{
    free(c->status);
    free(c->text);
    free(c);
}

/* Recipients of one destination fail, or (with told) are noted as warned. */
struct verdict {
    uint64_t id;
    struct str destination; /* of those that fail; empty: all */
    struct str status, text;
    uint32_t told; /* RECIPIENT_WARNED, RECIPIENT_BY_TOLD, or 0: they fail */
    int64_t now_ms;
    bool owed;
};

static bool is_meant(const struct verdict *v, const struct recipient_row *row)
{
    return row->state == RECIPIENT_WAITING &&
           (!v->destination.n || str_eq(row->destination, v->destination));
}

static void row_judge(struct ctx *cx, struct txn *t, struct verdict *v, struct queue_change *change,
                      struct recipient_row *row)
{
    struct event e = {.at_ms = v->now_ms,
                      .what = v->told ? EVENT_DELAY_TOLD : EVENT_FAILED,
                      .address = row->address,
                      .status = v->status,
                      .text = v->text};
    if (v->told) {
        row->flags |= v->told;
        queue_change_put(cx, t, change, row);
    } else if (change->m.return_path.n && (!row->notify || row->notify & NOTIFY_FAILURE)) {
        row->state = RECIPIENT_FAILED;
        if (!row->diagnostic.n || str_starts(v->status, STR("5.1")))
            row->diagnostic = v->text;
        row->status = v->status;
        v->owed = true;
        queue_change_put(cx, t, change, row);
    } else {
        queue_change_end(t, change, row->n);
    }
    queue_event_put(cx, t, v->id, row->n, &e);
}

static enum code judge(struct ctx *cx, struct txn *t, void *arg)
{
    struct verdict *v = arg;
    struct queue_change change;
    v->owed = false;
    enum code code = queue_change_begin(cx, t, v->id, &change);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    struct key first = queue_recipient_key(v->id, 0), prefix = queue_message_key(v->id);
    struct key after = key_after(&prefix);
    struct scan *w AUTO(scan_close) =
        txn_scan(cx, t, (struct range){.from = key_str(&first), .to = key_str(&after)});
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct recipient_row row;
        uint64_t id;
        uint32_t n;
        if (!queue_key_read(str_from(key, 1), &id, &n))
            return fail(cx, E_CORRUPT, "queue: a key");
        TRY(recipient_row_decode(cx, str_dup(cx->arena, value), &row));
        row.n = n;
        if (is_meant(v, &row))
            row_judge(cx, t, v, &change, &row);
    }
    TRY(scan_error(w));
    queue_change_finish(cx, t, &change);
    return OK;
}

static enum code give_back(struct ctx *cx, struct queue *q, struct verdict *v)
{
    v->now_ms = cx->now_ms;
    TRY(store_update(cx, q->core->store, QUEUE_PART, judge, v));
    return v->owed ? queue_report_owed(cx, q, v->id) : OK;
}

/* Why a recipient waits: its own last reply, or what is known of its destination. */
static void reason_fill(struct ctx *cx, struct queue *q, struct recipient_row *row)
{
    pthread_mutex_lock(&q->lock);
    dest_no n = sched_dest_find(q->sched, row->destination);
    if (n != SCHED_NONE) {
        struct sched_dest_facts f = sched_dest_facts(q->sched, n);
        if (f.text.n) {
            row->status = str_dup(cx->arena, f.status);
            row->diagnostic = str_dup(cx->arena, f.text);
        }
    }
    pthread_mutex_unlock(&q->lock);
}

static struct report_recipient recipient_of(const struct recipient_row *row,
                                            enum report_action action)
{
    return (struct report_recipient){.address = row->address,
                                     .orcpt = row->orcpt,
                                     .action = action,
                                     .status = row->status,
                                     .diagnostic = row->diagnostic,
                                     .next_hop = row->next_hop};
}

static struct report report_of(const struct queued *m, enum report_kind kind)
{
    return (struct report){
        .kind = kind,
        .return_path = m->m.return_path,
        .envid = m->m.envid,
        .arrived_ms = m->m.arrived_ms,
        .whole = m->m.flags & MESSAGE_WHOLE,
        .trace = m->m.trace,
        .utf8 = m->m.flags & MESSAGE_UTF8,
        .require_tls = m->m.flags & MESSAGE_REQUIRE_TLS,
    };
}

/* Sends a report with the message's own bytes. */
static enum code report_deliver(struct ctx *cx, struct queue *q, const struct queued *m,
                                struct report *r)
{
    struct blob *owner = NULL;
    enum code code = blob_get(cx, q->core->store, &m->m.body, 0, SIZE_MAX, &r->message, &owner);
    if (code != OK)
        return code;
    code = report_send(cx, q->delivery, r);
    blob_unref(owner);
    if (code == E_NOT_FOUND || code == E_DENIED || code == E_SYNTAX || code == E_UNSUPPORTED) {
        /* Nobody is there to be told. */
        log_event(q->core->log, LOG_WARN, "queue.report_undeliverable", "id=%ju to=%s code=%s",
                  (uintmax_t)m->id, log_quote(cx->arena, r->return_path), code_name(code));
        return OK;
    }
    if (code == OK)
        metric_add(q->reports, 1);
    return code;
}

static enum code delay_tell(struct ctx *cx, struct queue *q, const struct queued *m, uint32_t told)
{
    struct report r = report_of(m, REPORT_DELAY);
    uint32_t lowest = UINT32_MAX;
    r.to = ARENA_ARRAY(cx->arena, m->count ? m->count : 1, struct report_recipient);
    r.retry_until_ms = queue_expires_ms(q, &m->m);
    for (size_t i = 0; i < m->count; i++) {
        struct recipient_row *row = &m->to[i];
        bool wanted = !row->notify || row->notify & NOTIFY_DELAY;
        if (row->state != RECIPIENT_WAITING || row->flags & told || !wanted)
            continue;
        reason_fill(cx, q, row);
        r.to[r.to_count++] = recipient_of(row, REPORT_DELAYED);
        if (row->n < lowest)
            lowest = row->n;
    }
    if (r.to_count && m->m.return_path.n) {
        r.id = str_printf(cx->arena, "delay.%ju.%u.%zu.%u", (uintmax_t)m->id, lowest, r.to_count,
                          told);
        TRY(report_deliver(cx, q, m, &r));
    }
    struct verdict v = {.id = m->id, .told = told, .now_ms = cx->now_ms};
    return store_update(cx, q->core->store, QUEUE_PART, judge, &v);
}

static bool waits_unwarned(const struct queued *m, uint32_t told)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->to[i].state == RECIPIENT_WAITING && !(m->to[i].flags & told))
            return true;
    return false;
}

/* *ends: the job is over. */
static enum code late(struct ctx *cx, struct queue *q, const struct queued *m,
                      struct str destination, bool *ends)
{
    bool by_passed = m->m.by_ms && cx->now_ms >= m->m.by_ms;
    struct verdict v = {.id = m->id, .destination = destination, .status = STR("5.4.7")};
    *ends = false;
    if (cx->now_ms >= queue_expires_ms(q, &m->m))
        v.text = STR("It could not be delivered in the time that the queue keeps a message");
    else if (by_passed && m->m.flags & MESSAGE_BY_RETURN)
        v.text = STR("It could not be delivered by the time that its sender set");
    if (v.text.n) {
        for (size_t i = 0; i < m->count; i++)
            if (str_eq(m->to[i].destination, destination))
                reason_fill(cx, q, &m->to[i]);
        if (m->count && m->to[0].diagnostic.n)
            v.text = str_printf(cx->arena, "%.*s; the last try: %.*s", STR_ARG(v.text),
                                STR_ARG(m->to[0].diagnostic));
        TRY(give_back(cx, q, &v));
        *ends = true;
        return OK;
    }
    if (by_passed && waits_unwarned(m, RECIPIENT_BY_TOLD))
        return delay_tell(cx, q, m, RECIPIENT_BY_TOLD);
    if (cx->now_ms >= queue_warns_ms(q, &m->m) && waits_unwarned(m, RECIPIENT_WARNED))
        return delay_tell(cx, q, m, RECIPIENT_WARNED);
    return OK;
}

static enum code job_chore(struct ctx *cx, struct queue *q, const struct chore *c, struct queued *m,
                           bool *ends)
{
    pthread_mutex_lock(&q->lock);
    struct str destination =
        str_dup(cx->arena, sched_dest_facts(q->sched, sched_dest_of(q->sched, c->job)).name);
    pthread_mutex_unlock(&q->lock);
    *ends = true;
    TRY(queued_load(cx, q, c->id, m));
    if (c->kind == CHORE_LATE)
        return late(cx, q, m, destination, ends);
    struct verdict v = {.id = c->id,
                        .destination = destination,
                        .status = str_z(c->status),
                        .text = str_z(c->text)};
    return give_back(cx, q, &v);
}

static void job_chore_run(struct ctx *cx, struct queue *q, const struct chore *c)
{
    struct queued m = {0};
    bool ends = false;
    enum code code = job_chore(cx, q, c, &m, &ends);
    uint32_t alarm_s = queue_seconds(cx->now_ms) + AGAIN_S;
    if (code == OK)
        alarm_s = queue_alarm_s(q, &m.m, cx->now_ms);
    if (code == E_NOT_FOUND)
        ends = true;
    else if (code != OK)
        ends = false;
    if (code == OK && ends)
        queue_sender_told(cx, q, &m.m);
    if (code != OK && code != E_NOT_FOUND)
        log_event(q->core->log, LOG_WARN, "queue.chore_failed", "id=%ju code=%s what=%s",
                  (uintmax_t)c->id, code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
    pthread_mutex_lock(&q->lock);
    sched_unlock(q->sched, c->job, ends, ends ? 0 : alarm_s, queue_seconds(cx->now_ms));
    pthread_mutex_unlock(&q->lock);
}

bool queue_chore_run(struct ctx *cx, struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    struct chore *c = q->first_chore;
    if (c) {
        q->first_chore = c->next;
        if (!c->next)
            q->last_chore = NULL;
    }
    pthread_mutex_unlock(&q->lock);
    if (!c)
        return false;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    bool again = false;
    uint64_t done;
    own.arena = arena;
    if (c->kind == CHORE_OWED)
        again = queue_report_owed(&own, q, c->id) != OK;
    else if (c->kind == CHORE_REROUTE)
        again = queue_act(&own, q, &(struct queue_filter){0}, QUEUE_REROUTE, &done) != OK;
    else
        job_chore_run(&own, q, c);
    if (again) {
        pthread_mutex_lock(&q->lock);
        queue_chore_add(q, c->kind, SCHED_NONE, c->id);
        pthread_mutex_unlock(&q->lock);
    }
    queue_chore_free(c);
    return !again;
}

struct told {
    const struct queued *m;
    enum recipient_state state;
    int64_t now_ms;
};

/* Only the rows that the report spoke of. */
static enum code told_end(struct ctx *cx, struct txn *t, void *arg)
{
    const struct told *told = arg;
    struct queue_change change;
    enum code code = queue_change_begin(cx, t, told->m->id, &change);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    for (size_t i = 0; i < told->m->count; i++) {
        const struct recipient_row *row = &told->m->to[i];
        struct key k = queue_recipient_key(told->m->id, row->n);
        struct str value;
        if (row->state != told->state || txn_get(cx, t, key_str(&k), &value) != OK)
            continue;
        queue_change_end(t, &change, row->n);
        const struct event e = {.at_ms = told->now_ms,
                                .what = EVENT_REPORTED,
                                .address = row->address,
                                .status = row->status,
                                .text = change.m.return_path};
        queue_event_put(cx, t, told->m->id, row->n, &e);
    }
    queue_change_finish(cx, t, &change);
    return OK;
}

static enum code state_tell(struct ctx *cx, struct queue *q, const struct queued *m,
                            enum recipient_state state)
{
    bool failed = state == RECIPIENT_FAILED;
    struct report r = report_of(m, failed ? REPORT_FAILURE : REPORT_SUCCESS);
    uint32_t lowest = UINT32_MAX;
    r.to = ARENA_ARRAY(cx->arena, m->count ? m->count : 1, struct report_recipient);
    for (size_t i = 0; i < m->count; i++) {
        if (m->to[i].state != state)
            continue;
        r.to[r.to_count++] = recipient_of(&m->to[i], failed ? REPORT_FAILED : REPORT_RELAYED);
        if (m->to[i].n < lowest)
            lowest = m->to[i].n;
    }
    if (!r.to_count)
        return OK;
    /* The same set has the same id, so a repeat after a crash brings no second report. */
    r.id = str_printf(cx->arena, "%s.%ju.%u.%zu", failed ? "bounce" : "relay", (uintmax_t)m->id,
                      lowest, r.to_count);
    TRY(report_deliver(cx, q, m, &r));
    struct told told = {.m = m, .state = state, .now_ms = cx->now_ms};
    return store_update(cx, q->core->store, QUEUE_PART, told_end, &told);
}

enum code queue_report_owed(struct ctx *cx, struct queue *q, uint64_t id)
{
    struct queued m;
    if (!q->delivery)
        return fail(cx, E_BUSY, "queue: nobody brings reports yet");
    enum code code = queued_load(cx, q, id, &m);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    TRY(state_tell(cx, q, &m, RECIPIENT_FAILED));
    return state_tell(cx, q, &m, RECIPIENT_RELAYED);
}
