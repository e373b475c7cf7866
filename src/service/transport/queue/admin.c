/* Looking at the queue, and changing it by hand. */
#include "service/transport/admin.h"
#include "base/cur.h"
#include "service/transport/queue/inner.h"
#include <stdlib.h>

enum { ACT_TOGETHER = 1000 };

static const char *const states[] = {[RECIPIENT_WAITING] = "waiting",
                                     [RECIPIENT_FAILED] = "failed",
                                     [RECIPIENT_RELAYED] = "relayed"};

static struct queue_message_facts facts_of(struct ctx *cx, struct queue *q, const struct queued *m)
{
    struct queue_message_facts f = {
        .id = m->id,
        .size_bytes = m->m.size_bytes,
        .delivery_id = m->m.delivery_id,
        .return_path = m->m.return_path,
        .envid = m->m.envid,
        .arrived_ms = m->m.arrived_ms,
        .release_ms = m->m.release_ms,
        .by_ms = m->m.by_ms,
        .expires_ms = queue_expires_ms(q, &m->m),
        .priority = m->m.priority,
        .held = m->m.flags & MESSAGE_HELD,
        .to_count = m->count,
        .to = ARENA_ARRAY(cx->arena, m->count ? m->count : 1, struct queue_recipient_facts),
    };
    for (size_t i = 0; i < m->count; i++)
        f.to[i] = (struct queue_recipient_facts){.address = m->to[i].address,
                                                 .destination = m->to[i].destination,
                                                 .state = str_z(states[m->to[i].state]),
                                                 .status = m->to[i].status,
                                                 .reply = m->to[i].diagnostic,
                                                 .attempts = m->to[i].attempts,
                                                 .next_ms = m->to[i].next_ms};
    return f;
}

static bool fits(const struct queue_filter *f, const struct queued *m)
{
    bool destination = !f->destination.n;
    for (size_t i = 0; i < m->count && !destination; i++)
        destination = str_eq(m->to[i].destination, f->destination);
    return destination && (!f->id || f->id == m->id) &&
           (!f->sender.n || str_ieq(f->sender, m->m.return_path)) &&
           (!f->held || m->m.flags & MESSAGE_HELD);
}

/* The id of the first message with an id above after; 0: none. */
static enum code next_id(struct ctx *cx, struct queue *q, uint64_t after, uint64_t *id)
{
    struct key k = queue_message_key(after + 1);
    struct scan *w AUTO(scan_close) = store_scan(
        cx, q->core->store, QUEUE_PART, (struct range){.from = key_str(&k), .to = STR("r")});
    struct str key, value;
    uint32_t n;
    *id = 0;
    if (scan_next(w, &key, &value) && !queue_key_read(str_from(key, 1), id, &n))
        return fail(cx, E_CORRUPT, "queue: a key");
    return scan_error(w);
}

enum code queue_list(struct ctx *cx, struct queue *q, const struct queue_filter *filter,
                     size_t limit, struct queue_message_facts **out, size_t *count)
{
    uint64_t id = filter->id ? filter->id : filter->after;
    *out = ARENA_ARRAY(cx->arena, limit ? limit : 1, struct queue_message_facts);
    *count = 0;
    if (!filter->id)
        TRY(next_id(cx, q, id, &id));
    while (id && *count < limit) {
        struct queued m;
        enum code code = queued_load(cx, q, id, &m);
        if (code != OK && (code != E_NOT_FOUND || filter->id))
            return code;
        if (code == OK && fits(filter, &m))
            (*out)[(*count)++] = facts_of(cx, q, &m);
        if (filter->id)
            break;
        TRY(next_id(cx, q, id, &id));
    }
    return OK;
}

static int by_jobs(const void *a, const void *b)
{
    const struct queue_destination_facts *x = a, *y = b;
    return (x->jobs < y->jobs) - (x->jobs > y->jobs);
}

enum code queue_destinations(struct ctx *cx, struct queue *q, size_t limit,
                             struct queue_destination_facts **out, size_t *count)
{
    static const char *const classes[] = {
        [DEST_PROVEN] = "works", [DEST_NEW] = "new", [DEST_BAD] = "unreachable"};
    size_t at = 0, n = 0;
    pthread_mutex_lock(&q->lock);
    struct queue_destination_facts *all =
        ARENA_ARRAY(cx->arena, sched_sums(q->sched).dests + 1, struct queue_destination_facts);
    for (dest_no d; (d = sched_each_dest(q->sched, &at)) != SCHED_NONE;) {
        struct sched_dest_facts f = sched_dest_facts(q->sched, d);
        if (!f.jobs)
            continue;
        all[n++] = (struct queue_destination_facts){
            .name = str_dup(cx->arena, f.name),
            .state = str_z(classes[f.class]),
            .why = str_dup(cx->arena, f.text),
            .jobs = f.jobs,
            .ready = f.ready,
            .slots = f.slots,
            .window = f.window,
            .fails = f.fails,
            .retry_ms = (int64_t)f.retry_s * 1000,
        };
    }
    pthread_mutex_unlock(&q->lock);
    qsort(all, n, sizeof *all, by_jobs);
    *out = all;
    *count = n < limit ? n : limit;
    return OK;
}

/* Ids of the messages that may be meant: each once, in order. */
struct ids {
    uint64_t *at;
    size_t count;
};

static int by_id(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static struct ids ids_collect(struct ctx *cx, struct queue *q, const struct queue_filter *f)
{
    struct ids ids = {0};
    size_t at = 0, n = 0;
    pthread_mutex_lock(&q->lock);
    dest_no dest = f->destination.n ? sched_dest_find(q->sched, f->destination) : SCHED_NONE;
    ids.at = ARENA_ARRAY(cx->arena, sched_sums(q->sched).jobs + 1, uint64_t);
    for (job_no j; (j = sched_each(q->sched, &at)) != SCHED_NONE;)
        if ((!f->destination.n || sched_dest_of(q->sched, j) == dest) &&
            (!f->id || sched_id(q->sched, j) == f->id))
            ids.at[n++] = sched_id(q->sched, j);
    pthread_mutex_unlock(&q->lock);
    qsort(ids.at, n, sizeof *ids.at, by_id);
    for (size_t i = 0; i < n; i++)
        if (!ids.count || ids.at[ids.count - 1] != ids.at[i])
            ids.at[ids.count++] = ids.at[i];
    return ids;
}

/* The jobs of some messages, locked; those that a slot has are noted as out. */
struct taken {
    uint64_t id;
    job_no job;
    bool out;
    struct str destination;
};
struct batch {
    struct taken *at;
    size_t count, room;
};

static void batch_take(struct ctx *cx, struct queue *q, const uint64_t *ids, size_t count,
                       struct batch *b)
{
    size_t at = 0;
    pthread_mutex_lock(&q->lock);
    for (job_no j; (j = sched_each(q->sched, &at)) != SCHED_NONE;) {
        uint64_t id = sched_id(q->sched, j);
        if (!bsearch(&id, ids, count, sizeof *ids, by_id))
            continue;
        if (b->count == b->room) {
            size_t more = b->room ? b->room * 2 : 64;
            b->at = arena_grow(cx->arena, b->at, b->room * sizeof *b->at, more * sizeof *b->at);
            b->room = more;
        }
        struct str name = sched_dest_facts(q->sched, sched_dest_of(q->sched, j)).name;
        b->at[b->count++] = (struct taken){
            .id = id,
            .job = j,
            .out = !sched_lock(q->sched, j),
            .destination = str_dup(cx->arena, name),
        };
    }
    pthread_mutex_unlock(&q->lock);
}

/* One message being changed. */
struct act {
    enum queue_act act;
    uint64_t id;
    const struct queued *m;    /* as it was */
    const struct routed *ways; /* of its recipients, by index; REQUEUE and REROUTE */
    int64_t now_ms;
    bool gone, owed;
};

static void row_act(struct ctx *cx, struct txn *t, struct act *x, struct queue_change *change,
                    size_t i)
{
    struct recipient_row row = x->m->to[i];
    const struct routed *way = &x->ways[i];
    if (row.state != RECIPIENT_WAITING)
        return;
    bool moved = !str_eq(row.destination, way->destination);
    if (way->way == WAY_ERROR || way->way == WAY_RELOCATED) {
        row.state = RECIPIENT_FAILED;
        row.status = STR("5.7.1");
        row.diagnostic = way->text;
        x->owed = true;
    } else {
        row.destination = way->destination;
    }
    if (x->act == QUEUE_REQUEUE)
        row.next_ms = x->now_ms;
    else if (!moved)
        return;
    queue_change_put(cx, t, change, &row);
    if (!moved)
        return;
    const struct event e = {.at_ms = x->now_ms,
                            .what = EVENT_REROUTED,
                            .address = row.address,
                            .text = row.destination};
    queue_event_put(cx, t, x->id, row.n, &e);
}

static void flags_act(struct ctx *cx, struct txn *t, const struct act *x,
                      struct queue_change *change)
{
    struct key k = queue_message_key(x->id);
    uint32_t flags = change->m.flags;
    change->m.flags = x->act == QUEUE_HOLD ? flags | MESSAGE_HELD : flags & ~(uint32_t)MESSAGE_HELD;
    if (change->m.flags != flags)
        txn_put(t, key_str(&k), message_row_encode(cx->arena, &change->m));
}

static enum code act_in(struct ctx *cx, struct txn *t, void *arg)
{
    static const enum event_what events[] = {[QUEUE_HOLD] = EVENT_HELD,
                                             [QUEUE_RELEASE] = EVENT_RELEASED,
                                             [QUEUE_REQUEUE] = EVENT_REQUEUED,
                                             [QUEUE_DROP] = EVENT_DROPPED};
    struct act *x = arg;
    struct queue_change change;
    x->owed = false;
    enum code code = queue_change_begin(cx, t, x->id, &change);
    x->gone = code == E_NOT_FOUND;
    if (code != OK)
        return x->gone ? OK : code;
    for (size_t i = 0; i < x->m->count; i++) {
        struct key k = queue_recipient_key(x->id, x->m->to[i].n);
        struct str value;
        code = txn_get(cx, t, key_str(&k), &value);
        if (code != OK && code != E_NOT_FOUND)
            return code;
        if (code == OK && x->act == QUEUE_DROP)
            queue_change_end(t, &change, x->m->to[i].n);
        else if (code == OK && x->ways)
            row_act(cx, t, x, &change, i);
    }
    if (x->act == QUEUE_HOLD || x->act == QUEUE_RELEASE)
        flags_act(cx, t, x, &change);
    queue_change_finish(cx, t, &change);
    const struct event e = {.at_ms = x->now_ms, .what = events[x->act]};
    if (x->act != QUEUE_REROUTE)
        queue_event_put(cx, t, x->id, 0, &e);
    return OK;
}

static enum code ways_find(struct ctx *cx, struct queue *q, const struct queued *m,
                           struct routed **out)
{
    *out = ARENA_ARRAY(cx->arena, m->count ? m->count : 1, struct routed);
    for (size_t i = 0; i < m->count; i++) {
        struct routed *way = &(*out)[i];
        *way = (struct routed){.destination = m->to[i].destination};
        if (!q->routing || m->to[i].state != RECIPIENT_WAITING ||
            str_eq(m->to[i].destination, QUEUE_HERE))
            continue;
        TRY(routing_find(cx, q->routing, m->to[i].address, m->m.return_path, way));
        if (m->m.flags & MESSAGE_TLS_OPTIONAL)
            way->destination = routing_tls_optional(cx, way);
    }
    return OK;
}

static bool is_out(const struct batch *b, uint64_t id, struct str destination)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->at[i].out && b->at[i].id == id && str_eq(b->at[i].destination, destination))
            return true;
    return false;
}

/* Under the lock. */
static void schedule_again(struct queue *q, const struct queued *m, const struct batch *b, bool now,
                           int64_t now_ms)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct recipient_row *row = &m->to[i];
        bool seen = row->state != RECIPIENT_WAITING || is_out(b, m->id, row->destination);
        for (size_t k = 0; k < i && !seen; k++)
            seen = m->to[k].state == RECIPIENT_WAITING &&
                   str_eq(m->to[k].destination, row->destination);
        if (seen)
            continue;
        const struct queue_job job = {.id = m->id,
                                      .m = &m->m,
                                      .destination = row->destination,
                                      .due_ms = row->next_ms,
                                      .unwarned = !(row->flags & RECIPIENT_WARNED)};
        queue_schedule(q, &job, now_ms);
        dest_no n = sched_dest_find(q->sched, row->destination);
        if (now && n != SCHED_NONE)
            sched_dest_retry(q->sched, n, queue_seconds(now_ms));
    }
}

static enum code message_act(struct ctx *cx, struct queue *q, const struct queue_filter *filter,
                             struct act *x, bool *done)
{
    struct queued m;
    struct routed *ways = NULL;
    enum code code = queued_load(cx, q, x->id, &m);
    *done = code == OK && fits(filter, &m);
    if (code != OK || !*done)
        return code == E_NOT_FOUND ? OK : code;
    x->m = &m;
    if (x->act == QUEUE_REQUEUE || x->act == QUEUE_REROUTE)
        TRY(ways_find(cx, q, &m, &ways));
    x->ways = ways;
    TRY(store_update(cx, q->core->store, QUEUE_PART, act_in, x));
    if (x->act == QUEUE_DROP)
        queue_sender_told(cx, q, &m.m);
    return OK;
}

/* Ends the jobs of a message and makes those that it should have now. */
static void jobs_renew(struct ctx *cx, struct queue *q, const struct batch *b, const struct act *x)
{
    struct queued m = {0};
    enum code code = queued_load(cx, q, x->id, &m);
    uint32_t now_s = queue_seconds(cx->now_ms);
    pthread_mutex_lock(&q->lock);
    for (size_t i = 0; i < b->count; i++) {
        if (b->at[i].id != x->id || b->at[i].out)
            continue;
        /* One that cannot be read now stays as it was. */
        bool ends = code == OK || code == E_NOT_FOUND;
        sched_unlock(q->sched, b->at[i].job, ends, ends ? 0 : now_s + 1, now_s);
    }
    if (code == OK)
        schedule_again(q, &m, b, x->act == QUEUE_REQUEUE, cx->now_ms);
    if (x->owed)
        queue_chore_add(q, CHORE_OWED, SCHED_NONE, x->id);
    pthread_mutex_unlock(&q->lock);
}

/* Some messages, in memory of their own. */
static enum code batch_act(struct ctx *cx, struct queue *q, const struct queue_filter *filter,
                           enum queue_act act, struct ids ids, uint64_t *done)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct arena *each AUTO(arena_close) = arena_open();
    struct ctx all = *cx, own = *cx;
    struct batch b = {0};
    enum code first = OK;
    all.arena = arena;
    own.arena = each;
    batch_take(&all, q, ids.at, ids.count, &b);
    for (size_t i = 0; i < ids.count; i++) {
        struct act x = {.act = act, .id = ids.at[i], .now_ms = cx->now_ms};
        bool changed = false;
        enum code code = message_act(&own, q, filter, &x, &changed);
        if (code != OK && first == OK) {
            first = code;
            cx->err = own.err;
        }
        *done += code == OK && changed;
        jobs_renew(&own, q, &b, &x);
        arena_reset(each);
    }
    return first;
}

enum code queue_act(struct ctx *cx, struct queue *q, const struct queue_filter *filter,
                    enum queue_act act, uint64_t *done)
{
    struct ids ids = ids_collect(cx, q, filter);
    *done = 0;
    for (size_t i = 0; i < ids.count; i += ACT_TOGETHER) {
        size_t left = ids.count - i;
        const struct ids some = {ids.at + i, left < ACT_TOGETHER ? left : ACT_TOGETHER};
        TRY(batch_act(cx, q, filter, act, some, done));
    }
    queue_pump(cx, q);
    return OK;
}

void queue_reroute(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    queue_chore_add(q, CHORE_REROUTE, SCHED_NONE, 0);
    pthread_mutex_unlock(&q->lock);
}

enum code queue_etrn(struct ctx *cx, struct queue *q, struct str domain, bool *allowed,
                     uint64_t *waiting)
{
    struct str address = str_join(cx->arena, (struct str[]){STR("postmaster@"), domain}, 2);
    struct routed where;
    struct destination d;
    *allowed = false;
    *waiting = 0;
    TRY(routing_find(cx, q->routing, address, (struct str){0}, &where));
    if (!where.rule.n || !where.destination.n ||
        routing_destination(cx, q->routing, where.destination, &d) != OK || !d.rule.etrn)
        return OK;
    *allowed = true;
    const struct queue_filter filter = {.destination = where.destination};
    return queue_act(cx, q, &filter, QUEUE_REQUEUE, waiting);
}
