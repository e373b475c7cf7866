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
    struct srs *srs;             /* NULL: return paths stay as they are */
    struct meter *meter;         /* NULL: nothing is counted */
    struct filters *filters;     /* NULL: no scripts run */
    struct admission *admission; /* may be NULL */
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
    bool later;                      /* FUTURERELEASE: mailboxes here get it by the queue, too */
    const struct item_new *kept;     /* item, as accounts keep it */
    struct filter_message *filtered; /* the message, for scripts */
};
/* Mail for elsewhere, as updates to go with those of the accounts; *out stays when there is none.
 */
struct queue_adding;
MUST_USE enum code outside_prepare(struct ctx *cx, struct delivery *d, const struct mailing *x,
                                   struct queue_adding **out);
/* Full mailboxes of groups: their addresses, to be told to the sender. Durable with OK. */
MUST_USE enum code outside_bounce(struct ctx *cx, struct delivery *d, const struct mailing *x,
                                  const struct route_target *const *full, size_t count);

/* A message that is made here, for the queue. what: how it is routed and by whom sent. */
struct filter_sent;
MUST_USE enum code outside_send(struct ctx *cx, struct delivery *d, const struct mailing *x,
                                const struct filter_sent *what, struct str id,
                                struct queue_adding **out);

/* What scripts want for one mailbox. */
struct filter_for;
struct filter_plan;
struct filtered {
    struct arena *arena; /* of all of it */
    struct filter_plan *plan;
    struct queue_adding **mail; /* made by filtered_mail */
    size_t mail_count;
};
/* Runs the scripts. Closed by filtered_close. */
MUST_USE enum code filtered_open(struct ctx *cx, struct delivery *d, const struct mailing *x,
                                 const struct filter_for *to, struct filtered **out);
void filtered_close(struct filtered *f);
/* Whether the session may refuse the message for this mailbox, and nothing else is to be done. */
bool filtered_refuses(const struct filtered *f);
/* Makes what is to be sent, once it is clear that the message is not refused. */
MUST_USE enum code filtered_mail(struct ctx *cx, struct delivery *d, const struct mailing *x,
                                 account_id account, struct filtered *f);

/* A report of what was sent from the account, now an item in it: what it says is tied to what was
   sent (core/object/sent.h). Anything else is left alone; faults are logged. */
bool returned_is(const struct delivery_message *m);
void returned_tie(struct ctx *cx, struct delivery *d, struct str message, account_id account,
                  item_id item);

/* Mail for the queue that goes with the accounts of one commit. */
struct update;
struct bundle {
    struct bundle_part {
        struct queue_adding *adding;
        enum code *result;
        size_t first;
    } * parts;
    size_t part_count;
    struct update *updates;
    size_t count;
};
/* result: where the failure of this part goes, if it has one. */
void bundle_add(struct ctx *cx, struct bundle *b, struct queue_adding *adding, enum code *result);
/* Fills in updates. */
void bundle_close(struct ctx *cx, struct bundle *b);
/* After the store has run them. */
void bundle_done(struct ctx *cx, struct bundle *b);

#endif
