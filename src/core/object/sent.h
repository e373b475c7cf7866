/* What was handed in for sending (OBJECT_SUBMISSION), found by who hears how it goes: the queue by
   the delivery's id, reports that come back by the Message-ID. */
#ifndef CORE_OBJECT_SENT_H
#define CORE_OBJECT_SENT_H

#include "core/object/object.h"

enum { SENT_NEWS_MAX = 500 /* of one submission: what comes later is not tied to it */ };

/* Inside account_update, with the row itself: by which ids it is found. Both may be empty. */
struct sent_names {
    struct str delivery_id, message_id; /* message_id: with or without <> */
};
MUST_USE enum code sent_names_put(struct ctx *cx, struct account_txn *t, struct str submission,
                                  const struct sent_names *names);
/* When the row goes: its news go as well; its names are left to be overwritten. */
MUST_USE enum code sent_end(struct ctx *cx, struct account_txn *t, struct str submission);

/* A report that came: a notice of delivery (RFC 3464), or of disposition (RFC 8098). */
enum sent_news_kind { SENT_DSN = 1, SENT_MDN };
enum sent_delivered { SENT_UNKNOWN, SENT_YES, SENT_NO };
struct sent_news {
    enum sent_news_kind kind;
    item_id item;       /* the report */
    struct str address; /* of whom; empty: of nobody that it names */
    enum sent_delivered delivered;
    bool displayed;
    struct str reply; /* "550 5.1.1 No such user", or empty */
};
/* In the order in which they came, in cx->arena; none is OK. */
MUST_USE enum code sent_news_get(struct ctx *cx, struct core *c, account_id account,
                                 struct str submission, struct sent_news **out, size_t *count);

/* Something became of a delivery: its row counts as changed. OK as well when there is none. */
MUST_USE enum code sent_changed(struct ctx *cx, struct core *c, account_id account,
                                struct str delivery_id);
/* Ties news to what was sent under a Message-ID; the row counts as changed. Safe to repeat. OK as
   well when nothing was. */
MUST_USE enum code sent_reported(struct ctx *cx, struct core *c, account_id account,
                                 struct str message_id, const struct sent_news *news, size_t count);

#endif
