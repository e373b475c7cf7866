/* Reading and changing a message's rows. */
#include "service/transport/queue/inner.h"

static void copy_recipient(struct arena *a, struct recipient_row *row)
{
    row->destination = str_dup(a, row->destination);
    row->address = str_dup(a, row->address);
    row->orcpt = str_dup(a, row->orcpt);
    row->status = str_dup(a, row->status);
    row->diagnostic = str_dup(a, row->diagnostic);
    row->next_hop = str_dup(a, row->next_hop);
}

static void copy_message(struct arena *a, struct message_row *m)
{
    m->delivery_id = str_dup(a, m->delivery_id);
    m->return_path = str_dup(a, m->return_path);
    m->envid = str_dup(a, m->envid);
    m->trace = str_dup(a, m->trace);
}

enum code queued_load(struct ctx *cx, struct queue *q, uint64_t id, struct queued *out)
{
    struct queued all = {.id = id};
    size_t room = 0;
    bool found = false;
    struct key from = queue_message_key(id), to = key_after(&from);
    struct scan *w AUTO(scan_close) = store_scan(
        cx, q->core->store, QUEUE_PART, (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        uint64_t of;
        uint32_t n;
        if (!queue_key_read(str_from(key, 1), &of, &n))
            return fail(cx, E_CORRUPT, "queue: a key");
        if (n == UINT32_MAX) {
            TRY(message_row_decode(cx, value, &all.m));
            copy_message(cx->arena, &all.m);
            found = true;
            continue;
        }
        if (all.count == room) {
            size_t more = room ? room * 4 : 1;
            all.to = arena_grow(cx->arena, all.to, room * sizeof *all.to, more * sizeof *all.to);
            room = more;
        }
        TRY(recipient_row_decode(cx, value, &all.to[all.count]));
        all.to[all.count].n = n;
        copy_recipient(cx->arena, &all.to[all.count++]);
    }
    TRY(scan_error(w));
    if (!found)
        return fail(cx, E_NOT_FOUND, "the queue has no message %ju", (uintmax_t)id);
    *out = all;
    return OK;
}

enum code queue_change_begin(struct ctx *cx, struct txn *t, uint64_t id, struct queue_change *out)
{
    struct key k = queue_message_key(id);
    struct str value;
    *out = (struct queue_change){.id = id};
    TRY(txn_get(cx, t, key_str(&k), &value));
    return message_row_decode(cx, value, &out->m);
}

void queue_change_put(struct ctx *cx, struct txn *t, const struct queue_change *c,
                      const struct recipient_row *row)
{
    struct key k = queue_recipient_key(c->id, row->n);
    txn_put(t, key_str(&k), recipient_row_encode(cx->arena, row));
}

void queue_change_end(struct txn *t, struct queue_change *c, uint32_t n)
{
    struct key k = queue_recipient_key(c->id, n);
    txn_delete(t, key_str(&k));
    c->ended = true;
    if (c->m.open)
        c->m.open--;
}

void queue_change_finish(struct ctx *cx, struct txn *t, struct queue_change *c)
{
    struct key k = queue_message_key(c->id), tag = queue_blob_tag(c->id);
    if (!c->ended)
        return;
    if (c->m.open) {
        txn_put(t, key_str(&k), message_row_encode(cx->arena, &c->m));
        return;
    }
    txn_delete(t, key_str(&k));
    txn_blob_unref(t, &c->m.body, key_str(&tag));
}

void queue_event_put(struct ctx *cx, struct txn *t, uint64_t id, uint32_t n, const struct event *e)
{
    /* What happens at the same time to the same recipient differs in kind. */
    struct key k = queue_event_key(id, e->at_ms, n << 4 | (uint32_t)e->what);
    txn_put(t, key_str(&k), event_encode(cx->arena, e));
}
