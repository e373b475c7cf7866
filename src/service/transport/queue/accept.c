/* Messages come into the queue, in one store_update_all with the mailboxes here. */
#include "base/metric.h"
#include "service/transport/queue/inner.h"

enum { ID_SHIFT = 16 };

/* One message row with its recipients: one update. */
struct part {
    struct queue_adding *all;
    uint64_t id;
    struct str delivery_id;
    const struct queue_to *to;
    size_t count;
    bool known; /* it was there: a repeat */
};

struct queue_adding {
    struct queue *q;
    struct queue_new m;
    struct part *parts;
    struct ctx *contexts;
    size_t count;
};

/* In the order of arrival, and never twice: also after a clock that went back. */
static uint64_t id_new(struct queue *q, int64_t now_ms)
{
    uint64_t at = (uint64_t)now_ms << ID_SHIFT;
    pthread_mutex_lock(&q->lock);
    q->last_id = at > q->last_id ? at : q->last_id + 1;
    uint64_t id = q->last_id;
    pthread_mutex_unlock(&q->lock);
    return id;
}

struct queue_adding *queue_adding_make(struct ctx *cx, struct queue *q, const struct queue_new *m,
                                       const struct queue_to *to, size_t count)
{
    struct queue_adding *a = ARENA_NEW(cx->arena, struct queue_adding);
    *a = (struct queue_adding){
        .q = q, .m = *m, .count = (count + QUEUE_TOGETHER - 1) / QUEUE_TOGETHER};
    a->parts = ARENA_ARRAY(cx->arena, a->count, struct part);
    a->contexts = ARENA_ARRAY(cx->arena, a->count, struct ctx);
    for (size_t i = 0; i < a->count; i++) {
        size_t from = i * QUEUE_TOGETHER, left = count - from;
        a->parts[i] = (struct part){
            .all = a,
            .id = id_new(q, m->arrived_ms),
            .delivery_id =
                i ? str_printf(cx->arena, "%.*s+%zu", STR_ARG(m->delivery_id), i) : m->delivery_id,
            .to = to + from,
            .count = left < QUEUE_TOGETHER ? left : QUEUE_TOGETHER,
        };
        a->contexts[i] = *cx;
        a->contexts[i].arena = arena_open();
    }
    return a;
}

size_t queue_adding_count(const struct queue_adding *a)
{
    return a->count;
}

static uint32_t flags_of(const struct queue_new *m)
{
    return (m->headers_only ? MESSAGE_HEADERS_ONLY : 0u) | (m->whole ? MESSAGE_WHOLE : 0u) |
           (m->utf8 ? MESSAGE_UTF8 : 0u) | (m->eight_bit ? MESSAGE_EIGHT_BIT : 0u) |
           (m->binary ? MESSAGE_BINARY : 0u) | (m->require_tls ? MESSAGE_REQUIRE_TLS : 0u) |
           (m->by_return ? MESSAGE_BY_RETURN : 0u) | (m->held ? MESSAGE_HELD : 0u) |
           (m->tls_optional ? MESSAGE_TLS_OPTIONAL : 0u);
}

static struct message_row row_of(const struct part *p)
{
    const struct queue_new *m = &p->all->m;
    return (struct message_row){
        .body = *blob_new_id(m->body),
        .size_bytes = blob_new_size(m->body) + m->trace.n,
        .arrived_ms = m->arrived_ms,
        .release_ms = m->release_ms,
        .by_ms = m->by_ms,
        .flags = flags_of(m),
        .open = (uint32_t)p->count,
        .priority = m->priority,
        .sender = m->sender,
        .agency = m->agency,
        .delivery_id = p->delivery_id,
        .return_path = m->return_path,
        .envid = m->envid,
        .trace = m->trace,
    };
}

static void recipients_put(struct ctx *cx, struct txn *t, const struct part *p)
{
    const struct queue_new *m = &p->all->m;
    for (size_t i = 0; i < p->count; i++) {
        const struct queue_to *to = &p->to[i];
        const struct recipient_row row = {
            .n = (uint32_t)i,
            .state = to->status.n ? RECIPIENT_FAILED : RECIPIENT_WAITING,
            .notify = to->notify,
            .next_ms = m->release_ms > m->arrived_ms ? m->release_ms : m->arrived_ms,
            .destination = to->destination,
            .address = to->address,
            .orcpt = to->orcpt,
            .status = to->status,
            .diagnostic = to->diagnostic,
        };
        struct key k = queue_recipient_key(p->id, row.n);
        txn_put(t, key_str(&k), recipient_row_encode(cx->arena, &row));
    }
}

static enum code add(struct ctx *cx, struct txn *t, void *arg)
{
    struct part *p = arg;
    const struct queue_new *m = &p->all->m;
    struct key by_id = queue_delivery_key(p->delivery_id);
    p->known = false;
    if (!m->delivery_id_is_new) {
        struct str value;
        enum code code = txn_get(cx, t, key_str(&by_id), &value);
        p->known = code == OK;
        if (code != E_NOT_FOUND)
            return code;
    }
    struct message_row row = row_of(p);
    struct key k = queue_message_key(p->id), tag = queue_blob_tag(p->id);
    txn_put(t, key_str(&by_id), delivery_row_encode_id(cx->arena, p->id));
    txn_put(t, key_str(&k), message_row_encode(cx->arena, &row));
    recipients_put(cx, t, p);
    txn_blob_put(t, m->body, key_str(&tag));
    const struct event e = {
        .at_ms = m->arrived_ms,
        .what = EVENT_ACCEPTED,
        .address = m->return_path,
        .text =
            str_printf(cx->arena, "%zu recipients, %ju bytes", p->count, (uintmax_t)row.size_bytes),
    };
    queue_event_put(cx, t, p->id, 0, &e);
    return OK;
}

void queue_adding_updates(struct queue_adding *a, struct update *out)
{
    for (size_t i = 0; i < a->count; i++)
        out[i] = (struct update){
            .part = QUEUE_PART, .fn = add, .arg = &a->parts[i], .cx = &a->contexts[i]};
}

static bool seen_before(const struct part *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!p->to[i].status.n && str_eq(p->to[i].destination, p->to[n].destination))
            return true;
    return false;
}

static void part_schedule(const struct part *p, int64_t now_ms)
{
    struct queue *q = p->all->q;
    struct message_row m = row_of(p);
    int64_t due = m.release_ms > m.arrived_ms ? m.release_ms : m.arrived_ms;
    bool owed = false;
    pthread_mutex_lock(&q->lock);
    for (size_t i = 0; i < p->count; i++) {
        if (p->to[i].status.n)
            owed = true;
        else if (!seen_before(p, i))
            queue_schedule(q, &(struct queue_job){p->id, &m, p->to[i].destination, due, false},
                           now_ms);
    }
    if (owed)
        queue_chore_add(q, CHORE_OWED, SCHED_NONE, p->id);
    pthread_mutex_unlock(&q->lock);
    metric_add(q->accepted, 1);
}

enum code queue_adding_done(struct ctx *cx, struct queue_adding *a, const struct update *ran)
{
    enum code first = OK;
    for (size_t i = 0; i < a->count; i++) {
        if (ran[i].result == OK && !a->parts[i].known)
            part_schedule(&a->parts[i], cx->now_ms);
        if (ran[i].result != OK && first == OK) {
            first = ran[i].result;
            cx->err = a->contexts[i].err;
        }
        arena_close(a->contexts[i].arena);
    }
    if (first == OK)
        queue_pump(cx, a->q);
    return first;
}
