/* What the files of delivery share. */
#ifndef SERVICE_DELIVERY_PARTS_H
#define SERVICE_DELIVERY_PARTS_H

#include "base/map.h"
#include "service/delivery.h"
#include "store/blob.h"

struct metric;
struct retries;

struct delivery {
    struct core *core;
    struct delivery_config config;
    struct arena *arena; /* of config's strings */
    struct retries *retries;
    struct queue *queue; /* NULL: no mail for elsewhere; as routing */
    struct routing *routing;
    struct metric *mailboxes, *seconds;
};

enum {
    RETRY_DAYS = 7,     /* as long as an account keeps a delivery id */
    RETRIES_MAX = 4096, /* half-done deliveries that are remembered */
};

/* Half-done deliveries: the same bytes from the same return path get the id of the first attempt,
   so that the accounts that have it already know it. Safe for all threads. */
struct retries *retries_open(void);
void retries_close(struct retries *x);
/* The id of an earlier attempt, in cx->arena; empty if none. Free when nothing is remembered. */
struct str retries_find(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                        struct str return_path);
/* The oldest is forgotten when there are RETRIES_MAX. */
void retries_add(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                 struct str return_path, struct str id);
void retries_remove(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                    struct str return_path);

/* A delivery under way. */
struct item_new;
struct mailing {
    const struct delivery_message *m;
    const struct item_new *item; /* blob, delivery id */
    struct delivery_recipient *to;
    size_t count;
};
/* Mail for elsewhere, as updates to go with those of the accounts; *out stays when there is none.
 */
struct queue_adding;
MUST_USE enum code outside_prepare(struct ctx *cx, struct delivery *d, const struct mailing *x,
                                   struct queue_adding **out);
/* Full mailboxes of groups: their addresses, to be told to the sender. Durable with OK. */
MUST_USE enum code outside_bounce(struct ctx *cx, struct delivery *d, const struct mailing *x,
                                  const struct route_target *const *full, size_t count);

#endif
