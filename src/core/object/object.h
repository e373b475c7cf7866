/* Small things that clients keep with an account, by kind and name: identities, settings, what was
   handed in for sending. Each has the account's number of its last change, and what is gone leaves
   a row that says so, so that every kind can tell what changed. Rows: docs/STORE.md. */
#ifndef CORE_OBJECT_OBJECT_H
#define CORE_OBJECT_OBJECT_H

#include "core/account.h"

enum {
    OBJECT_NAME_MAX = 150,        /* bytes */
    OBJECT_BYTES_MAX = 62 * 1024, /* bytes of a value */
    OBJECT_LONG_MAX = 512 * 1024, /* the same, of what was handed in for sending */
    OBJECT_GONE_DAYS = 90,        /* so long is told what is gone */
};

/* Stored: append only. */
enum object_kind {
    OBJECT_IDENTITY = 1, /* whom mail is written as (RFC 8621 section 6) */
    OBJECT_SETTING,      /* of the page */
    OBJECT_SUBMISSION,   /* RFC 8621 section 7 */
    OBJECT_NOTICE,       /* somebody shared something (RFC 9670 section 3) */
    OBJECT_SNOOZE,       /* a message that comes back */
    OBJECT_VACATION,     /* the one out-of-office */
    OBJECT_SENT_NAME,    /* of a submission, by a name that others know it by: core/object/sent.h */
    OBJECT_SENT_NEWS,    /* of a submission: what came back */
    OBJECT_SUBSCRIBED,   /* what changed in subscriptions to another's folders (core/share) */
    OBJECT_KIND_END
};

struct object {
    struct str name, value; /* of a gone one the value is empty */
    uint64_t created_modseq, modseq;
    int64_t changed_ms;
    bool gone;
    uint32_t long_bytes; /* of a value that lies in several rows; 0: in one */
};
struct objects {
    struct object *at; /* by name */
    size_t count;
};

/* In cx->arena. E_NOT_FOUND, also for what is gone. */
MUST_USE enum code object_get(struct ctx *cx, struct core *c, account_id account,
                              enum object_kind kind, struct str name, struct object *out);
/* All that are there. */
MUST_USE enum code object_list(struct ctx *cx, struct core *c, account_id account,
                               enum object_kind kind, struct objects *out);
/* How many are there. */
MUST_USE enum code object_count(struct ctx *cx, struct core *c, account_id account,
                                enum object_kind kind, uint32_t *count);
/* Those with a number above since, gone ones too, in the order of their numbers. E_NOT_FOUND: it
   is not known any more what went since then. */
MUST_USE enum code object_changes(struct ctx *cx, struct core *c, account_id account,
                                  enum object_kind kind, uint64_t since, struct objects *out);

/* Inside account_update. As object_get. */
MUST_USE enum code object_txn_get(struct ctx *cx, struct account_txn *t, enum object_kind kind,
                                  struct str name, struct object *out);
/* Makes or replaces one. *modseq, unless NULL: its number. E_LIMIT when there are most already, or
   for a value that is too long; E_SYNTAX for a name that is empty or too long. */
MUST_USE enum code object_put(struct ctx *cx, struct account_txn *t, enum object_kind kind,
                              const struct object *new, uint32_t most, uint64_t *modseq);
/* It counts as changed, and stays as it is. E_NOT_FOUND. */
MUST_USE enum code object_touch(struct ctx *cx, struct account_txn *t, enum object_kind kind,
                                struct str name);
/* E_NOT_FOUND. */
MUST_USE enum code object_remove(struct ctx *cx, struct account_txn *t, enum object_kind kind,
                                 struct str name);
/* How long a value of the kind may be, in bytes. */
size_t object_bytes_max(enum object_kind kind);
/* A number that no object of the account was named by. */
uint64_t object_number(struct account_txn *t);
/* Inside account_update: ends what has been gone for OBJECT_GONE_DAYS, of all kinds; *ended: how
   many rows, at most limit. */
MUST_USE enum code object_sweep(struct ctx *cx, struct account_txn *t, size_t limit, size_t *ended);

#endif
