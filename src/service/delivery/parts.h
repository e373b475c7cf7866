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
    struct srs *srs;     /* NULL: return paths stay as they are */
    struct meter *meter; /* NULL: nothing is counted */
    struct metric *mailboxes, *seconds;
};

enum {
    RETRY_DAYS = 7,                  /* as long as an account keeps a delivery id */
    RETRIES_MAX = 4096,              /* half-done deliveries that are remembered */
    RETRY_ACCOUNTS_MAX = 256 * 1024, /* that have one of them, together */
};

/* What became of a delivery that was half done. */
struct half_done {
    struct str id;        /* of the first attempt: accounts of which nobody knows may know it */
    account_id *accounts; /* that have it, each once */
    size_t count;
};

/* Half-done deliveries: the same bytes from the same return path bring no second copy to those that
   have it. Safe for all threads. */
struct retries *retries_open(void);
void retries_close(struct retries *x);
/* What earlier attempts did, in cx->arena; all empty if there were none. Free when nothing is
   remembered. */
struct half_done retries_find(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                              struct str return_path);
/* Replaces what was known. The oldest are forgotten when there are RETRIES_MAX, or when they and
   this one have more than RETRY_ACCOUNTS_MAX accounts. */
void retries_add(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                 struct str return_path, const struct half_done *half);
void retries_remove(struct ctx *cx, struct retries *x, const struct blob_id *blob,
                    struct str return_path);

/* A delivery under way. */
struct item_new;
struct mailing {
    const struct delivery_message *m;
    const struct item_new *item; /* blob, delivery id */
    struct delivery_recipient *to;
    size_t count;
    bool later; /* FUTURERELEASE: mailboxes here get it by the queue, too */
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
