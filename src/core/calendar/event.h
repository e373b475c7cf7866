/* Events: items of calendar folders whose blob is a calendar object of one UID (RFC 5545), found by
   it without reading them. Rows: docs/STORE.md. */
#ifndef CORE_CALENDAR_EVENT_H
#define CORE_CALENDAR_EVENT_H

#include "core/item.h"

struct event_found {
    item_id id;
    folder_id folder;
    uint32_t uid; /* in its folder; not the UID of the event */
    struct blob_id blob;
};

struct event_new {
    folder_id folder; /* a calendar; 0, or one that is none: the default calendar, made if missing.
                         An event that is there stays where it is. */
    struct str uid;   /* of the event; at most EVENT_UID_MAX bytes */
    struct str title; /* UTF-8, for lists */
    const struct blob_new *blob;
};

enum { EVENT_UID_MAX = 1000, EVENT_TITLE_MAX = 500 /* bytes kept with the item */ };

/* What the account has under a UID. E_NOT_FOUND: nothing, or it was removed. */
MUST_USE enum code event_find(struct ctx *cx, struct core *c, account_id account, struct str uid,
                              struct event_found *out);
/* The event as text, in cx->arena. */
MUST_USE enum code event_text(struct ctx *cx, struct core *c, const struct blob_id *blob,
                              struct str *out);

/* Inside account_update. As event_find. */
MUST_USE enum code event_txn_find(struct ctx *cx, struct account_txn *t, struct str uid,
                                  struct event_found *out);
/* Adds it, or replaces what is there under the UID. E_LIMIT: over quota; nothing is written then.
 */
MUST_USE enum code event_put(struct ctx *cx, struct account_txn *t, const struct event_new *new,
                             struct item_placed *out);
/* To the recoverable items. E_NOT_FOUND. */
MUST_USE enum code event_remove(struct ctx *cx, struct account_txn *t, struct str uid);

#endif
