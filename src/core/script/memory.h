/* What scripts remember of messages that have passed (RFC 7352, RFC 5230 section 4.2): a key, until
   its time is over. */
#ifndef CORE_SCRIPT_MEMORY_H
#define CORE_SCRIPT_MEMORY_H

#include "core/account.h"

enum { SCRIPT_MEMORY_KEY_MAX = 64, SCRIPT_MEMORY_DAYS_MAX = 90 };

/* Stored: append only. */
enum script_memory {
    REMEMBERED_DUPLICATE = 1, /* "duplicate" */
    REMEMBERED_ANSWER,        /* "vacation": to whom, with what */
    REMEMBERED_REDIRECT,      /* a message that was sent on to somebody */
    REMEMBERED_TROUBLE,       /* the owner was told that a script fails */
};

/* Whether the key is remembered at cx->now_ms. */
MUST_USE enum code script_remembers(struct ctx *cx, struct core *c, account_id account,
                                    enum script_memory kind, struct str key, bool *out);
/* Inside account_update: from now on, for so long (at most SCRIPT_MEMORY_DAYS_MAX). E_SYNTAX for a
   key that is empty or longer than SCRIPT_MEMORY_KEY_MAX bytes. */
MUST_USE enum code script_remember(struct ctx *cx, struct account_txn *t, enum script_memory kind,
                                   struct str key, uint32_t seconds);
/* Inside account_update: ends what is over, at most limit rows; *ended: how many. */
MUST_USE enum code script_forget(struct ctx *cx, struct account_txn *t, size_t limit,
                                 size_t *ended);

#endif
