#include "service/transport/queue/row.h"
#include "base/buf.h"
#include "base/cur.h"

enum { ROW_VERSION = 1, KEY_TEXT_MAX = 240 };
enum {
    FAMILY_MAIL = 'q',
    FAMILY_DELIVERY = 'd',
    FAMILY_EVENT = 'h',
    FAMILY_TROUBLE = 't',
};

struct key queue_message_key(uint64_t id)
{
    struct key k = key_of(FAMILY_MAIL);
    key_u64(&k, id);
    return k;
}

struct key queue_recipient_key(uint64_t id, uint32_t n)
{
    struct key k = queue_message_key(id);
    key_u32(&k, n);
    return k;
}

struct key queue_delivery_key(struct str delivery_id)
{
    struct key k = key_of(FAMILY_DELIVERY);
    key_text(&k, str_sub(delivery_id, 0, KEY_TEXT_MAX));
    return k;
}

struct key queue_events_key(uint64_t id)
{
    struct key k = key_of(FAMILY_EVENT);
    if (id)
        key_u64(&k, id);
    return k;
}

struct key queue_event_key(uint64_t id, int64_t at_ms, uint32_t n)
{
    struct key k = queue_events_key(id);
    key_u64(&k, (uint64_t)at_ms);
    key_u32(&k, n);
    return k;
}

struct key queue_trouble_key(struct str destination)
{
    struct key k = key_of(FAMILY_TROUBLE);
    key_text(&k, str_sub(destination, 0, KEY_TEXT_MAX));
    return k;
}

struct key queue_blob_tag(uint64_t id)
{
    return queue_message_key(id);
}

bool queue_key_read(struct str key, uint64_t *id, uint32_t *n)
{
    struct cur c = cur_of(key);
    *n = UINT32_MAX;
    return cur_key_u64(&c, id) && (cur_end(&c) || cur_key_u32(&c, n)) && cur_end(&c);
}

static struct buf begin(struct arena *a)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    return b;
}

static bool version_take(struct cur *c)
{
    uint8_t version;
    return cur_le8(c, &version) && version == ROW_VERSION;
}

static void put_time(struct buf *b, int64_t ms)
{
    buf_le64(b, (uint64_t)ms);
}

static bool take_time(struct cur *c, int64_t *out)
{
    uint64_t v;
    if (!cur_le64(c, &v))
        return false;
    *out = (int64_t)v;
    return true;
}

static enum code corrupt(struct ctx *cx, const char *what)
{
    return fail(cx, E_CORRUPT, "queue: the row of a %s; a newer server wrote it?", what);
}

struct str message_row_encode(struct arena *a, const struct message_row *row)
{
    struct buf b = begin(a);
    buf_add(&b, str_of(row->body.bytes, sizeof row->body.bytes));
    buf_le64(&b, row->size_bytes);
    put_time(&b, row->arrived_ms);
    put_time(&b, row->release_ms);
    put_time(&b, row->by_ms);
    buf_le32(&b, row->flags);
    buf_le32(&b, row->open);
    buf_le8(&b, (uint8_t)(row->priority + 128));
    buf_le64(&b, row->sender);
    buf_le64(&b, row->agency);
    buf_le_str(&b, row->delivery_id);
    buf_le_str(&b, row->return_path);
    buf_le_str(&b, row->envid);
    buf_le_str(&b, str_sub(row->trace, 0, QUEUE_TRACE_MAX));
    must(!b.overflow);
    return buf_str(&b);
}

enum code message_row_decode(struct ctx *cx, struct str value, struct message_row *out)
{
    struct message_row row;
    struct cur c = cur_of(value);
    struct str body;
    uint8_t priority;
    if (!version_take(&c) || !cur_bytes(&c, sizeof row.body.bytes, &body) ||
        !cur_le64(&c, &row.size_bytes) || !take_time(&c, &row.arrived_ms) ||
        !take_time(&c, &row.release_ms) || !take_time(&c, &row.by_ms) ||
        !cur_le32(&c, &row.flags) || !cur_le32(&c, &row.open) || !cur_le8(&c, &priority) ||
        !cur_le64(&c, &row.sender) || !cur_le64(&c, &row.agency) ||
        !cur_le_str(&c, &row.delivery_id) || !cur_le_str(&c, &row.return_path) ||
        !cur_le_str(&c, &row.envid) || !cur_le_str(&c, &row.trace))
        return corrupt(cx, "message");
    memcpy(row.body.bytes, body.p, sizeof row.body.bytes);
    row.priority = (int8_t)(priority - 128);
    *out = row;
    return OK;
}

struct str recipient_row_encode(struct arena *a, const struct recipient_row *row)
{
    struct buf b = begin(a);
    buf_le8(&b, (uint8_t)row->state);
    buf_le32(&b, row->flags);
    buf_le32(&b, row->notify);
    buf_le32(&b, row->attempts);
    put_time(&b, row->next_ms);
    buf_le_str(&b, row->destination);
    buf_le_str(&b, row->address);
    buf_le_str(&b, row->orcpt);
    buf_le_str(&b, str_sub(row->status, 0, QUEUE_DIAGNOSTIC_MAX));
    buf_le_str(&b, str_sub(row->diagnostic, 0, QUEUE_DIAGNOSTIC_MAX));
    buf_le_str(&b, str_sub(row->next_hop, 0, QUEUE_DIAGNOSTIC_MAX));
    must(!b.overflow);
    return buf_str(&b);
}

enum code recipient_row_decode(struct ctx *cx, struct str value, struct recipient_row *out)
{
    struct recipient_row row = {0};
    struct cur c = cur_of(value);
    uint8_t state;
    if (!version_take(&c) || !cur_le8(&c, &state) || !cur_le32(&c, &row.flags) ||
        !cur_le32(&c, &row.notify) || !cur_le32(&c, &row.attempts) ||
        !take_time(&c, &row.next_ms) || !cur_le_str(&c, &row.destination) ||
        !cur_le_str(&c, &row.address) || !cur_le_str(&c, &row.orcpt) ||
        !cur_le_str(&c, &row.status) || !cur_le_str(&c, &row.diagnostic) ||
        !cur_le_str(&c, &row.next_hop) || state < RECIPIENT_WAITING || state > RECIPIENT_RELAYED)
        return corrupt(cx, "recipient");
    row.state = (enum recipient_state)state;
    *out = row;
    return OK;
}

struct str event_encode(struct arena *a, const struct event *e)
{
    struct buf b = begin(a);
    buf_le8(&b, (uint8_t)e->what);
    buf_le_str(&b, str_sub(e->address, 0, QUEUE_ADDRESS_MAX));
    buf_le_str(&b, str_sub(e->status, 0, QUEUE_DIAGNOSTIC_MAX));
    buf_le_str(&b, str_sub(e->text, 0, QUEUE_DIAGNOSTIC_MAX));
    must(!b.overflow);
    return buf_str(&b);
}

enum code event_decode(struct ctx *cx, struct str value, struct event *out)
{
    struct event e = {0};
    struct cur c = cur_of(value);
    uint8_t what;
    if (!version_take(&c) || !cur_le8(&c, &what) || !cur_le_str(&c, &e.address) ||
        !cur_le_str(&c, &e.status) || !cur_le_str(&c, &e.text) || what < EVENT_ACCEPTED ||
        what >= EVENT_END)
        return corrupt(cx, "message's history");
    e.what = (enum event_what)what;
    *out = e;
    return OK;
}

struct str trouble_row_encode(struct arena *a, const struct trouble_row *row)
{
    struct buf b = begin(a);
    buf_le32(&b, row->fails);
    put_time(&b, row->since_ms);
    put_time(&b, row->retry_ms);
    buf_le_str(&b, str_sub(row->status, 0, QUEUE_DIAGNOSTIC_MAX));
    buf_le_str(&b, str_sub(row->text, 0, QUEUE_DIAGNOSTIC_MAX));
    buf_le32(&b, (uint32_t)row->try_count);
    for (size_t i = 0; i < row->try_count; i++)
        put_time(&b, row->tries_ms[i]);
    must(!b.overflow);
    return buf_str(&b);
}

enum code trouble_row_decode(struct ctx *cx, struct str value, struct trouble_row *out)
{
    struct trouble_row row = {0};
    struct cur c = cur_of(value);
    uint32_t count;
    if (!version_take(&c) || !cur_le32(&c, &row.fails) || !take_time(&c, &row.since_ms) ||
        !take_time(&c, &row.retry_ms) || !cur_le_str(&c, &row.status) ||
        !cur_le_str(&c, &row.text) || !cur_le32(&c, &count) || count > TROUBLE_TRIES)
        return corrupt(cx, "destination");
    for (size_t i = 0; i < count; i++)
        if (!take_time(&c, &row.tries_ms[i]))
            return corrupt(cx, "destination");
    row.try_count = count;
    *out = row;
    return OK;
}

struct str delivery_row_encode_id(struct arena *a, uint64_t id)
{
    struct buf b = begin(a);
    buf_le64(&b, id);
    return buf_str(&b);
}

enum code delivery_row_decode_id(struct ctx *cx, struct str value, uint64_t *out)
{
    struct cur c = cur_of(value);
    uint64_t id;
    if (!version_take(&c) || !cur_le64(&c, &id))
        return corrupt(cx, "delivery id");
    *out = id;
    return OK;
}
