/* Messages that were put away until a time: then they come back, unread. What is due when is in a
   partition of its own (DUE_PART), what is to be done in the account (OBJECT_SNOOZE): so nothing is
   lost by a restart, and nothing done twice. */
#ifndef SERVICE_SNOOZE_SNOOZE_H
#define SERVICE_SNOOZE_SNOOZE_H

#include "core/item.h"

#define SNOOZE_KEYWORD STR("$snoozed")

enum { SNOOZE_DAYS_MAX = 5 * 365 };

struct snooze {
    item_id item;
    int64_t until_ms;
    folder_id back; /* where it comes back to; 0: the inbox */
};

/* Puts it away: marks it, and notes when it comes back. An earlier note for it is replaced.
   E_NOT_FOUND: no such message; E_LIMIT. Durable with OK. */
MUST_USE enum code snooze_set(struct ctx *cx, struct core *c, account_id account,
                              const struct snooze *s);
/* Inside account_update: the note and the mark go; the message stays where it is. E_NOT_FOUND. */
MUST_USE enum code snooze_end(struct ctx *cx, struct account_txn *t, item_id item);
/* Of a note's value. */
MUST_USE enum code snooze_read(struct ctx *cx, struct str value, struct snooze *out);
/* The name of the note: "E1f". */
struct str snooze_name(struct arena *a, item_id item);
/* Brings back what is due, at most limit; *done: how many. To be called each few seconds. */
MUST_USE enum code snooze_run(struct ctx *cx, struct core *c, size_t limit, size_t *done);

#endif
