/* What its sender may do with mail that waits for its time: take it back, and see how it goes. */
#include "service/transport/queue/cancel.h"
#include "service/transport/admin.h"
#include "service/transport/queue/inner.h"

enum { PARTS_MAX = 100 }; /* of one message: 400 recipients each */

static const struct str back = STR("taken back by its sender");

/* The rows that a message became. */
struct whole {
    struct queued at[PARTS_MAX];
    size_t count;
    principal_id sender;
    int64_t now_ms;
};

static struct str part_name(struct ctx *cx, struct str delivery_id, size_t i)
{
    return i ? str_printf(cx->arena, "%.*s+%zu", STR_ARG(delivery_id), i) : delivery_id;
}

static enum code too_late(struct ctx *cx)
{
    return fail(cx, E_CONFLICT, "it has been taken up");
}

static enum code part_id_of(struct ctx *cx, struct queue *q, struct str delivery_id, size_t i,
                            uint64_t *out)
{
    struct key k = queue_delivery_key(part_name(cx, delivery_id, i));
    struct str value;
    TRY(store_get(cx, q->core->store, QUEUE_PART, key_str(&k), &value));
    return delivery_row_decode_id(cx, value, out);
}

/* All parts; one that has left means that it is too late. */
static enum code whole_load(struct ctx *cx, struct queue *q, struct str delivery_id,
                            struct whole *out)
{
    uint64_t id;
    out->count = 0;
    for (size_t i = 0; i < PARTS_MAX; i++) {
        enum code code = part_id_of(cx, q, delivery_id, i, &id);
        if (code == E_NOT_FOUND && i)
            return OK;
        TRY(code);
        code = queued_load(cx, q, id, &out->at[i]);
        if (code == E_NOT_FOUND)
            return too_late(cx);
        TRY(code);
        out->count++;
    }
    return OK;
}

static bool is_of(const struct whole *w, uint64_t id)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->at[i].id == id)
            return true;
    return false;
}

struct locked {
    job_no *at;
    size_t count;
};

/* All jobs of the message, or none: one that a slot has is on its way. */
static bool lock_all(struct ctx *cx, struct queue *q, const struct whole *w, struct locked *out)
{
    size_t at = 0, room = 0, jobs = 0;
    pthread_mutex_lock(&q->lock);
    for (job_no j; (j = sched_each(q->sched, &at)) != SCHED_NONE;) {
        if (!is_of(w, sched_id(q->sched, j)))
            continue;
        jobs++;
        if (!sched_lock(q->sched, j))
            continue;
        if (out->count == room) {
            size_t more = room ? room * 2 : 8;
            out->at =
                arena_grow(cx->arena, out->at, room * sizeof *out->at, more * sizeof *out->at);
            room = more;
        }
        out->at[out->count++] = j;
    }
    pthread_mutex_unlock(&q->lock);
    return jobs && jobs == out->count;
}

static void unlock_all(struct queue *q, const struct locked *locked, bool ends, int64_t now_ms)
{
    uint32_t now_s = queue_seconds(now_ms);
    pthread_mutex_lock(&q->lock);
    for (size_t i = 0; i < locked->count; i++)
        sched_unlock(q->sched, locked->at[i], ends, ends ? 0 : now_s + 1, now_s);
    pthread_mutex_unlock(&q->lock);
}

/* Untouched: as it was put there. */
static enum code part_end(struct ctx *cx, struct txn *t, const struct whole *w,
                          const struct queued *part)
{
    struct queue_change change;
    enum code code = queue_change_begin(cx, t, part->id, &change);
    if (code == E_NOT_FOUND)
        return too_late(cx);
    TRY(code);
    if (change.m.sender != w->sender || !w->sender)
        return fail(cx, E_DENIED, "somebody else has sent it");
    if (change.m.release_ms <= w->now_ms || change.m.open != part->count)
        return too_late(cx);
    for (size_t i = 0; i < part->count; i++) {
        struct key k = queue_recipient_key(part->id, part->to[i].n);
        struct recipient_row row;
        struct str value;
        code = txn_get(cx, t, key_str(&k), &value);
        if (code == OK)
            code = recipient_row_decode(cx, value, &row);
        if (code == E_NOT_FOUND || (code == OK && (row.state != RECIPIENT_WAITING || row.attempts)))
            return too_late(cx);
        TRY(code);
        queue_change_end(t, &change, part->to[i].n);
    }
    queue_change_finish(cx, t, &change);
    const struct event e = {.at_ms = w->now_ms, .what = EVENT_DROPPED, .text = back};
    queue_event_put(cx, t, part->id, 0, &e);
    return OK;
}

static enum code cancel_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct whole *w = arg;
    for (size_t i = 0; i < w->count; i++)
        TRY(part_end(cx, t, w, &w->at[i]));
    return OK;
}

enum code queue_cancel(struct ctx *cx, struct queue *q, struct str delivery_id, principal_id sender)
{
    struct whole *w = ARENA_NEW(cx->arena, struct whole);
    struct locked locked = {0};
    TRY(whole_load(cx, q, delivery_id, w));
    w->sender = sender;
    w->now_ms = cx->now_ms;
    enum code code = lock_all(cx, q, w, &locked)
                         ? store_update(cx, q->core->store, QUEUE_PART, cancel_in, w)
                         : too_late(cx);
    unlock_all(q, &locked, code == OK, cx->now_ms);
    return code;
}

static struct queue_progress *progress_of(struct queue_progresses *all, struct ctx *cx,
                                          struct str address)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_ieq(all->at[i].address, address))
            return &all->at[i];
    if (all->count == all->room) {
        size_t more = all->room ? all->room * 2 : 8;
        all->at =
            arena_grow(cx->arena, all->at, all->room * sizeof *all->at, more * sizeof *all->at);
        all->room = more;
    }
    all->at[all->count] = (struct queue_progress){.address = address};
    return &all->at[all->count++];
}

/* Mail that had its time and goes elsewhere is a message of its own from then on. */
static bool is_only_released(const struct queue_event_facts *e)
{
    return str_eq(e->what, STR("delivered")) && str_eq(e->text, STR("delivered here"));
}

static enum code events_take(struct ctx *cx, struct queue *q, uint64_t id,
                             struct queue_progresses *out)
{
    static const struct {
        struct str what;
        enum queue_progress_state state;
    } rows[] = {
        {STR("delivered"), PROGRESS_DELIVERED},
        {STR("failed"), PROGRESS_FAILED},
        {STR("deferred"), PROGRESS_WAITING},
    };
    struct queue_event_facts *events;
    size_t count;
    TRY(queue_trace(cx, q, id, &events, &count));
    for (size_t i = 0; i < count; i++)
        out->taken_back |= str_eq(events[i].what, STR("dropped")) && str_eq(events[i].text, back);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; events[i].address.n && k < sizeof rows / sizeof *rows; k++) {
            if (!str_eq(events[i].what, rows[k].what))
                continue;
            struct queue_progress *p = progress_of(out, cx, events[i].address);
            p->state = rows[k].state;
            p->status = events[i].status;
            p->reply = is_only_released(&events[i]) ? (struct str){0} : events[i].text;
        }
    return OK;
}

static enum code waiting_take(struct ctx *cx, struct queue *q, uint64_t id,
                              struct queue_progresses *out)
{
    struct queued m;
    enum code code = queued_load(cx, q, id, &m);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    for (size_t i = 0; i < m.count; i++)
        (void)progress_of(out, cx, m.to[i].address);
    return OK;
}

enum code queue_progress(struct ctx *cx, struct queue *q, struct str delivery_id,
                         struct queue_progresses *out)
{
    uint64_t id, next;
    *out = (struct queue_progresses){0};
    for (size_t i = 0; i < PARTS_MAX; i++) {
        enum code code = part_id_of(cx, q, delivery_id, i, &id);
        if (code == E_NOT_FOUND && i)
            return OK;
        TRY(code);
        TRY(waiting_take(cx, q, id, out));
        code = events_take(cx, q, id, out);
        for (size_t k = 0; code == OK && k < out->count; k++) {
            struct str released = str_printf(cx->arena, "here.%ju.%zu", (uintmax_t)id, k);
            if (part_id_of(cx, q, released, 0, &next) == OK)
                code = events_take(cx, q, next, out);
        }
        if (code != OK && code != E_NOT_FOUND)
            return code;
    }
    return OK;
}
