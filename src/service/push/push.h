/* Tells devices of new mail by a push service (XAPPLEPUSHSERVICE): watches the accounts that
   devices registered for and sends each device at most one note in a while. */
#ifndef SERVICE_PUSH_PUSH_H
#define SERVICE_PUSH_PUSH_H

#include "core/push/device.h"

struct push; /* safe for all threads */
struct web;

struct push_config {
    struct str topic;  /* what our certificate is for: told to devices */
    struct str url;    /* of the service: notes are posted to URL/3/device/TOKEN */
    uint32_t gap_ms;   /* a device is told once in so long, however much comes */
    uint32_t retry_ms; /* a note that could not be sent is sent again after that */
    const struct web *web;
};

/* Does nothing before push_run. What config points to outlives it. */
struct push *push_open(struct core *c, const struct push_config *config);
/* No call is under way any more. Waits for the notes that are: stop the web client first. */
void push_close(struct push *p);

/* As configured. */
struct str push_topic(const struct push *p);
/* Keeps the device and watches for it from now on. As push_device_set. */
MUST_USE enum code push_register(struct ctx *cx, struct push *p, const struct push_device *device);
/* As push_device_drop. */
MUST_USE enum code push_forget(struct ctx *cx, struct push *p, account_id account, struct str token,
                               size_t *removed);
/* Sends what is due, and drops devices that are gone; the first time it reads who is registered. To
   be run every second or so by a thread that may wait for the store; cx->now_ms is the clock. */
MUST_USE enum code push_run(struct ctx *cx, struct push *p);
/* Ends registrations that have had their time. */
MUST_USE enum code push_sweep(struct ctx *cx, struct push *p);

/* The body of a note: what the device calls its account, and the hashes of the mailboxes. */
enum { PUSH_HASH_BYTES = 32 };
struct str push_note_body(struct arena *a, struct str id, const struct str *hashes, size_t count);
/* MD5 of a name in hexadecimal, as the service names mailboxes. */
struct str push_note_hash(struct arena *a, struct str name);

#endif
