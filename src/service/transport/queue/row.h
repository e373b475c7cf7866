/* The rows of the queue's partition: keys, values (docs/STORE.md). */
#ifndef SERVICE_TRANSPORT_QUEUE_ROW_H
#define SERVICE_TRANSPORT_QUEUE_ROW_H

#include "service/transport/queue.h"
#include "store/key.h"

struct cur;

enum message_flags {
    MESSAGE_HEADERS_ONLY = 1, /* RET=HDRS */
    MESSAGE_WHOLE = 2,        /* RET=FULL was said */
    MESSAGE_UTF8 = 4,
    MESSAGE_EIGHT_BIT = 8,
    MESSAGE_BINARY = 16,
    MESSAGE_REQUIRE_TLS = 32,
    MESSAGE_BY_RETURN = 64,
    MESSAGE_HELD = 128,
    MESSAGE_TLS_OPTIONAL = 256,
};

struct message_row {
    struct blob_id body;
    uint64_t size_bytes;
    int64_t arrived_ms, release_ms, by_ms;
    uint32_t flags, open; /* open: recipient rows that are left */
    int8_t priority;
    principal_id sender;
    uint64_t agency;
    struct str delivery_id, return_path, envid, trace;
};

/* Stored as numbers: append only. */
enum recipient_state {
    RECIPIENT_WAITING = 1,
    RECIPIENT_FAILED,  /* a report is owed */
    RECIPIENT_RELAYED, /* delivered; a report of success is owed */
};
enum { RECIPIENT_WARNED = 1, RECIPIENT_BY_TOLD = 2 }; /* flags: of the delay */

struct recipient_row {
    uint32_t n; /* of its key */
    enum recipient_state state;
    uint32_t flags, notify, attempts;
    int64_t next_ms;
    struct str destination, address, orcpt, status, diagnostic, next_hop;
};

/* What happened to a message. Stored as numbers: append only. */
enum event_what {
    EVENT_ACCEPTED = 1,
    EVENT_DELIVERED,
    EVENT_DEFERRED,
    EVENT_FAILED,
    EVENT_REPORTED, /* its sender was told */
    EVENT_DELAY_TOLD,
    EVENT_HELD,
    EVENT_RELEASED,
    EVENT_REQUEUED,
    EVENT_DROPPED,
    EVENT_REROUTED,
    EVENT_END
};
struct event {
    int64_t at_ms;
    enum event_what what;
    struct str address, status, text;
};

/* What is known of a destination that does not work. */
enum { TROUBLE_TRIES = 16 };
struct trouble_row {
    uint32_t fails;
    int64_t since_ms, retry_ms;
    struct str status, text;
    size_t try_count; /* the last tries */
    int64_t tries_ms[TROUBLE_TRIES];
};

enum { QUEUE_DIAGNOSTIC_MAX = 500, QUEUE_TRACE_MAX = 16 * 1024, QUEUE_ADDRESS_MAX = 330 };

/* The message's own row sorts in front of its recipients'. */
struct key queue_message_key(uint64_t id);
struct key queue_recipient_key(uint64_t id, uint32_t n);
struct key queue_delivery_key(struct str delivery_id);
struct key queue_event_key(uint64_t id, int64_t at_ms, uint32_t n);
struct key queue_events_key(uint64_t id); /* their prefix; 0: of all */
struct key queue_trouble_key(struct str destination);
/* Of what is in the queue: key without its family byte. n is UINT32_MAX for the message's row. */
bool queue_key_read(struct str key, uint64_t *id, uint32_t *n);
/* The tag of the reference to its blob. */
struct key queue_blob_tag(uint64_t id);

/* Values in the arena; texts over their maxima are cut. */
struct str message_row_encode(struct arena *a, const struct message_row *row);
struct str recipient_row_encode(struct arena *a, const struct recipient_row *row);
struct str event_encode(struct arena *a, const struct event *e);
struct str trouble_row_encode(struct arena *a, const struct trouble_row *row);
struct str delivery_row_encode_id(struct arena *a, uint64_t id);
/* Slices point into value. E_CORRUPT. n, and an event's time, come from the key. */
MUST_USE enum code message_row_decode(struct ctx *cx, struct str value, struct message_row *out);
MUST_USE enum code recipient_row_decode(struct ctx *cx, struct str value,
                                        struct recipient_row *out);
MUST_USE enum code event_decode(struct ctx *cx, struct str value, struct event *out);
MUST_USE enum code trouble_row_decode(struct ctx *cx, struct str value, struct trouble_row *out);
MUST_USE enum code delivery_row_decode_id(struct ctx *cx, struct str value, uint64_t *out);

#endif
