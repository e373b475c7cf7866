/* The index of events by UID. Internal to core. */
#ifndef CORE_CALENDAR_ROWS_H
#define CORE_CALENDAR_ROWS_H

#include "core/row/row.h"

/* By UID: its hash, the same on every machine; the value has all of it. */
struct key event_uid_key(struct str uid, item_id id);
/* By item: leads to the row by UID. */
struct key event_item_key(item_id id);
struct str event_uid_row(struct arena *a, struct str uid);
struct str event_item_row(struct arena *a, struct str uid);
/* The item at the end of either key; false when it is no such key. */
bool event_key_read(struct str key, bool *by_uid, item_id *out);
MUST_USE enum code event_uid_decode(struct ctx *cx, struct str value, struct str *uid);

/* Both rows of an item that ends. */
MUST_USE enum code event_rows_end(struct ctx *cx, struct account_txn *t, item_id id);

#endif
