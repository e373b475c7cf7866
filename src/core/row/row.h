/* The rows of an account's partition: their bytes (docs/STORE.md). Internal to core.
   Decoding: E_CORRUPT for what cannot be read and for versions that are not known yet. */
#ifndef CORE_ROW_ROW_H
#define CORE_ROW_ROW_H

#include "core/change.h"
#include "core/item.h"
#include "core/row/key.h"

struct buf;
struct cur;

enum {
    SUMMARY_INLINE_MAX = 40 * 1024, /* bytes of a summary in its first row */
    SUMMARY_MORE_MAX = 60 * 1024,   /* bytes in each row that follows */
    DELIVERY_PERIOD_MS = 7 * 24 * 3600 * 1000,
};

enum account_flag { ACCOUNT_HOLD = 1, ACCOUNT_FILTERED = 2 /* a script is active */ };

struct account_row {
    struct account_facts facts;
    uint64_t next_id; /* items, source keys and reserved ranges draw from it; 48 bits */
    uint32_t next_folder, next_named, last_uid_validity;
    uint32_t flags;    /* enum account_flag */
    uint64_t swept;    /* no tombstone at or below it is left */
    uint64_t sweep_at; /* where the sweeper goes on in the change rows */
};

enum folder_flag {
    FOLDER_HIDDEN = 1,
    FOLDER_SUBSCRIBED = 2,
    FOLDER_PER_READER = 4,
    FOLDER_REMOVED = 8 /* its items are recoverable; only the sweeper and item_recover see it */
};

/* What seldom changes. */
struct folder_row {
    folder_id id, parent;
    enum role role;
    enum folder_kind kind;
    uint32_t flags; /* enum folder_flag */
    uint64_t own_modseq, created_modseq;
    uint64_t source; /* counter of the source key */
    int64_t created_ms, removed_ms;
    struct str name;
    size_t keyword_count;
    struct str keywords[FOLDER_KEYWORDS_MAX];
    uint32_t order; /* plus 1; 0: none, and not in the row */
};

/* What each change to an item moves. */
struct folder_counts {
    uint32_t uid_validity, uid_next;
    uint32_t total, unread, deleted, hidden_items;
    uint64_t bytes, modseq;
    bool uncounted; /* recoverable: not in the account's used_bytes and items */
};

struct placement {
    item_id id;
    uint32_t flags;
    uint64_t keywords;
    uint64_t content_modseq, read_modseq;
    uint64_t created_modseq, placed_modseq; /* the item made; put into this folder */
};
/* The number of its change row. */
uint64_t placement_modseq(const struct placement *p);

enum item_home_flag {
    ITEM_HOLD = 1,
    ITEM_HAS_BAG = 2,
    ITEM_EMBEDDED = 4,
    ITEM_EVENT = 8 /* found by its UID: core/calendar/event.h */
};

/* Where an item lies, and its identity for the outside. */
struct item_home {
    folder_id folder; /* 0: embedded in an attachment */
    uint32_t uid;
    uint32_t flags;           /* enum item_home_flag */
    uint64_t source;          /* counter of the source key; moves with the placement */
    folder_id origin;         /* of a recoverable item: where it was */
    int64_t removed_ms;       /* of a recoverable item */
    item_id parent;           /* embedded items: the item that holds it */
    uint64_t identity_modseq; /* content number at which a client brought change_key */
    struct str source_key;    /* brought by a client: GUID and counter; else empty */
    struct str change_key;    /* foreign change key, or empty: (replica, content_modseq) */
    struct str predecessors;  /* predecessor change list, or empty: the change key alone */
};

/* A row of the change log. Live items carry all that a view shows, so that a view is brought up to
   date by one walk, which sees one version. */
struct change_row {
    enum change_what what; /* CHANGE_ITEM, FOLDER, GONE_*; READ: read state of reader, see below */
    enum gone_how how;
    folder_id folder;
    uint32_t uid;
    struct placement place;  /* items: as it is; tombstones: id alone */
    int64_t at_ms;           /* tombstones */
    principal_id reader;     /* READ: whose state in folder changed */
    uint64_t folder_created; /* FOLDER */
};

struct delivery_row {
    struct item_placed placed;
    int64_t at_ms;
};

/* Where messages that name a message id belong, and, under a thread's own id, its items. */
struct thread_row {
    uint64_t thread;  /* 0: no row */
    uint32_t holders; /* items that keep the row for its name */
    item_id *items;   /* of the thread with this very id, oldest first */
    size_t count;
};

/* Encoded values lie in the arena. */
struct str account_row_encode(struct arena *a, const struct account_row *row);
MUST_USE enum code account_row_decode(struct ctx *cx, struct str value, struct account_row *out);
struct str folder_row_encode(struct arena *a, const struct folder_row *row);
/* Slices point into value. */
MUST_USE enum code folder_row_decode(struct ctx *cx, struct str value, struct folder_row *out);
struct str folder_counts_encode(struct arena *a, const struct folder_counts *counts);
MUST_USE enum code folder_counts_decode(struct ctx *cx, struct str value,
                                        struct folder_counts *out);
struct str placement_encode(struct arena *a, const struct placement *p);
MUST_USE enum code placement_decode(struct ctx *cx, struct str value, struct placement *out);
struct str item_home_encode(struct arena *a, const struct item_home *home);
MUST_USE enum code item_home_decode(struct ctx *cx, struct str value, struct item_home *out);
struct str change_row_encode(struct arena *a, const struct change_row *row);
MUST_USE enum code change_row_decode(struct ctx *cx, struct str value, struct change_row *out);
struct str delivery_row_encode(struct arena *a, const struct delivery_row *row);
MUST_USE enum code delivery_row_decode(struct ctx *cx, struct str value, struct delivery_row *out);
struct str thread_row_encode(struct arena *a, const struct thread_row *row);
MUST_USE enum code thread_row_decode(struct ctx *cx, struct str value, struct thread_row *out);
/* The summary's first SUMMARY_INLINE_MAX bytes; summary_bytes says how many there are in all. */
struct str summary_row_encode(struct arena *a, const struct item_row *row);
MUST_USE enum code summary_row_decode(struct ctx *cx, struct str value, struct item_row *out,
                                      size_t *summary_bytes);

#endif
