/* What happened to a message, also some days after it left. */
#include "base/cur.h"
#include "service/transport/admin.h"
#include "service/transport/queue/inner.h"
#include <stdlib.h>

enum { TRACE_MAX = 10000, TRIM_ROWS = 2000, ID_SHIFT = 16 };

enum code queue_find(struct ctx *cx, struct queue *q, struct str name, uint64_t *id)
{
    struct key k = queue_delivery_key(name);
    struct str value;
    if (str_u64(name, id))
        return OK;
    enum code code = store_get(cx, q->core->store, QUEUE_PART, key_str(&k), &value);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "the queue knows no message %.*s", STR_ARG(name));
    TRY(code);
    return delivery_row_decode_id(cx, value, id);
}

static const char *const names[] = {
    [EVENT_ACCEPTED] = "accepted", [EVENT_DELIVERED] = "delivered",
    [EVENT_DEFERRED] = "deferred", [EVENT_FAILED] = "failed",
    [EVENT_REPORTED] = "reported", [EVENT_DELAY_TOLD] = "delay-told",
    [EVENT_HELD] = "held",         [EVENT_RELEASED] = "released",
    [EVENT_REQUEUED] = "requeued", [EVENT_DROPPED] = "dropped",
    [EVENT_REROUTED] = "rerouted",
};

struct trace {
    struct queue_event_facts *at;
    size_t count, room;
};

static struct queue_event_facts *trace_add(struct ctx *cx, struct trace *t)
{
    if (t->count == t->room) {
        size_t more = t->room ? t->room * 2 : 16;
        t->at = arena_grow(cx->arena, t->at, t->room * sizeof *t->at, more * sizeof *t->at);
        t->room = more;
    }
    return &t->at[t->count++];
}

static enum code events_read(struct ctx *cx, struct queue *q, uint64_t id, struct trace *t)
{
    struct key from = queue_events_key(id), to = key_after(&from);
    struct scan *w AUTO(scan_close) = store_scan(
        cx, q->core->store, QUEUE_PART, (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str key, value;
    while (t->count < TRACE_MAX && scan_next(w, &key, &value)) {
        struct cur c = cur_of(str_from(key, 1));
        uint64_t of, at;
        struct event e;
        if (!cur_key_u64(&c, &of) || !cur_key_u64(&c, &at))
            return fail(cx, E_CORRUPT, "queue: a key of history");
        TRY(event_decode(cx, str_dup(cx->arena, value), &e));
        *trace_add(cx, t) = (struct queue_event_facts){.at_ms = (int64_t)at,
                                                       .what = str_z(names[e.what]),
                                                       .address = e.address,
                                                       .status = e.status,
                                                       .text = e.text};
    }
    return scan_error(w);
}

/* Of a destination that is in trouble: its tries since the message came. */
static enum code trouble_read(struct ctx *cx, struct queue *q, struct str destination,
                              int64_t since_ms, struct trace *t)
{
    struct key k = queue_trouble_key(destination);
    struct trouble_row row;
    struct str value;
    enum code code = store_get(cx, q->core->store, QUEUE_PART, key_str(&k), &value);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    TRY(trouble_row_decode(cx, value, &row));
    for (size_t i = 0; i < row.try_count; i++)
        if (row.tries_ms[i] >= since_ms)
            *trace_add(cx, t) = (struct queue_event_facts){.at_ms = row.tries_ms[i],
                                                           .what = STR("unreachable"),
                                                           .address = destination,
                                                           .status = row.status,
                                                           .text = row.text};
    return OK;
}

static int by_time(const void *a, const void *b)
{
    const struct queue_event_facts *x = a, *y = b;
    return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

enum code queue_trace(struct ctx *cx, struct queue *q, uint64_t id, struct queue_event_facts **out,
                      size_t *count)
{
    struct trace t = {0};
    struct queued m;
    TRY(events_read(cx, q, id, &t));
    enum code code = queued_load(cx, q, id, &m);
    for (size_t i = 0; code == OK && i < m.count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = str_eq(m.to[k].destination, m.to[i].destination);
        if (!seen)
            code = trouble_read(cx, q, m.to[i].destination, m.m.arrived_ms, &t);
    }
    if (code != OK && code != E_NOT_FOUND)
        return code;
    if (!t.count)
        return fail(cx, E_NOT_FOUND, "the queue knows no message %ju", (uintmax_t)id);
    qsort(t.at, t.count, sizeof *t.at, by_time);
    *out = t.at;
    *count = t.count;
    return OK;
}

/* Keys of rows that may go. */
struct trim {
    struct str keys[TRIM_ROWS];
    size_t count;
};

static enum code trim_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct trim *x = arg;
    (void)cx;
    for (size_t i = 0; i < x->count; i++)
        txn_delete(t, x->keys[i]);
    return OK;
}

static bool is_in_queue(struct ctx *cx, struct queue *q, uint64_t id)
{
    struct key k = queue_message_key(id);
    struct str value;
    return store_get(cx, q->core->store, QUEUE_PART, key_str(&k), &value) != E_NOT_FOUND;
}

static enum code events_collect(struct ctx *cx, struct queue *q, uint64_t before, struct trim *x)
{
    struct key to = queue_events_key(before);
    struct scan *w AUTO(scan_close) = store_scan(
        cx, q->core->store, QUEUE_PART, (struct range){.from = STR("h"), .to = key_str(&to)});
    struct str key, value;
    uint64_t last = 0;
    bool keep = false;
    while (x->count < TRIM_ROWS && scan_next(w, &key, &value)) {
        struct cur c = cur_of(str_from(key, 1));
        uint64_t id;
        if (!cur_key_u64(&c, &id))
            return fail(cx, E_CORRUPT, "queue: a key of history");
        if (id != last)
            keep = is_in_queue(cx, q, id);
        last = id;
        if (!keep)
            x->keys[x->count++] = str_dup(cx->arena, key);
    }
    return scan_error(w);
}

/* Ids are in no order by time, so all of them are looked at. */
static enum code deliveries_collect(struct ctx *cx, struct queue *q, uint64_t before,
                                    struct trim *x)
{
    struct scan *w AUTO(scan_close) = store_scan(cx, q->core->store, QUEUE_PART,
                                                 (struct range){.from = STR("d"), .to = STR("e")});
    struct str key, value;
    while (x->count < TRIM_ROWS && scan_next(w, &key, &value)) {
        uint64_t id;
        TRY(delivery_row_decode_id(cx, value, &id));
        if (id < before && !is_in_queue(cx, q, id))
            x->keys[x->count++] = str_dup(cx->arena, key);
    }
    return scan_error(w);
}

enum code queue_trim(struct ctx *cx, struct queue *q, bool *more)
{
    int64_t from_ms = cx->now_ms - (int64_t)q->config.history_s * 1000;
    uint64_t before = from_ms > 0 ? (uint64_t)from_ms << ID_SHIFT : 0;
    struct trim *x = ARENA_NEW(cx->arena, struct trim);
    *more = false;
    if (!before)
        return OK;
    TRY(events_collect(cx, q, before, x));
    if (!x->count)
        TRY(deliveries_collect(cx, q, before, x));
    *more = x->count == TRIM_ROWS;
    if (!x->count)
        return OK;
    return store_update(cx, q->core->store, QUEUE_PART, trim_in, x);
}
