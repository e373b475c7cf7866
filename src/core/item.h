/* Items: reading them, and changing them inside account_update. */
#ifndef CORE_ITEM_H
#define CORE_ITEM_H

#include "core/account.h"

/* Flags of an item; stored, append only. Keywords are separate bits, named by the folder. */
enum item_flag {
    FLAG_SEEN = 1,
    FLAG_ANSWERED = 2,
    FLAG_FLAGGED = 4,
    FLAG_DELETED = 8, /* IMAP's mark: to be expunged */
    FLAG_DRAFT = 16,
    FLAG_HIDDEN = 32, /* associated items (FAI): not shown by IMAP and JMAP */
};

enum {
    ITEM_KEYWORD_MAX = 100,     /* bytes of a keyword's name */
    ITEM_TRACE_MAX = 16 * 1024, /* bytes of trace fields */
    ITEM_SUMMARY_MAX = 512 * 1024,
    ITEM_DELIVERY_ID_MAX = 100,
    ITEM_CHANGE_MAX = 2000, /* items that one transaction may touch; split longer work */
};

/* What an item is made from. The message is trace followed by the blob. */
struct item_new {
    folder_id folder;
    uint32_t flags;
    const struct str *keywords; /* names; made known to the folder when new (E_LIMIT when full) */
    size_t keyword_count;
    int64_t received_ms; /* INTERNALDATE */
    int64_t saved_ms;    /* when it came into this folder (SAVEDATE) */
    struct str trace;    /* header fields of this delivery, each ended by CRLF; may be empty */
    const struct blob_new *blob; /* NULL: an item of properties alone, until it has its MIME */
    struct str summary;          /* format/summary.h, of the blob */
    struct str delivery_id;  /* not empty: a second add with the same id is answered E_EXISTS, with
                                what the first one made; kept for 7 days */
    bool delivery_id_is_new; /* nobody can have used it before: it is noted, not looked for */
    principal_id reader;     /* whose \Seen is in flags where each reader has one; 0: the item's */
    bool over_quota_ok;      /* do not ask for the quota (it is asked for by default: E_LIMIT) */
};

struct item_placed {
    item_id id;
    folder_id folder;
    uint32_t uid, uid_validity;
    uint64_t modseq;
};

/* The row beside an item, as read by views of it. Slices live until the next item_next, or in
   cx->arena after item_get. */
struct item_row {
    item_id id;
    uint32_t uid;
    int64_t received_ms, saved_ms;
    uint64_t size; /* bytes of trace and blob: RFC822.SIZE */
    struct blob_id blob;
    struct str trace;
    struct str summary;
    uint64_t created_modseq;
    uint64_t thread;     /* objectid/thread.h; 0: written before there were threads */
    uint8_t thread_keys; /* which rows of threads it holds; core's own */
};

/* Reading: uids first to last of a folder, in order. An item removed meanwhile is not there. */
struct item_scan *item_scan(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                            uint32_t first, uint32_t last);
/* The same for a long walk that will not come again soon (store/store.h: range.once). */
struct item_scan *item_scan_once(struct ctx *cx, struct core *c, account_id account,
                                 folder_id folder, uint32_t first, uint32_t last);
bool item_next(struct item_scan *w, struct item_row *out);
enum code item_scan_error(const struct item_scan *w);
void item_scan_close(struct item_scan *w);
AUTO_OF(struct item_scan *, item_scan_close)
MUST_USE enum code item_get(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                            uint32_t uid, struct item_row *out);
/* Where an item lies now. E_NOT_FOUND. */
MUST_USE enum code item_locate(struct ctx *cx, struct core *c, account_id account, item_id id,
                               struct item_placed *out);
/* The same inside account_update; E_NOT_FOUND also for what was removed and can be recovered. */
MUST_USE enum code item_txn_locate(struct ctx *cx, struct account_txn *t, item_id id,
                                   struct item_placed *out);

/* Changing. E_NOT_FOUND for folders and uids that are not there. */
MUST_USE enum code item_add(struct ctx *cx, struct account_txn *t, const struct item_new *new,
                            struct item_placed *out);
/* A new item that shares blobs; flags and keywords go along. */
MUST_USE enum code item_copy(struct ctx *cx, struct account_txn *t, folder_id from, uint32_t uid,
                             folder_id to, int64_t now_ms, struct item_placed *out);
/* The same item with a new placement; leaves a tombstone behind. */
MUST_USE enum code item_move(struct ctx *cx, struct account_txn *t, folder_id from, uint32_t uid,
                             folder_id to, int64_t now_ms, struct item_placed *out);
/* To the recoverable items, with origin and time (S9). */
MUST_USE enum code item_remove(struct ctx *cx, struct account_txn *t, folder_id folder,
                               uint32_t uid, int64_t now_ms);

enum flag_change { FLAGS_ADD, FLAGS_REMOVE, FLAGS_SET };

struct item_flags {
    enum flag_change how;
    uint32_t flags;
    const struct str *keywords;
    size_t keyword_count;
    uint64_t unchanged_since; /* RFC 7162: E_CONFLICT when the item's number is higher; UINT64_MAX:
                                 any */
    principal_id reader; /* whose \Seen is meant where each reader has one; 0: the item's own */
    uint32_t kept;       /* flags that stay as they are, whatever is asked for */
    bool keywords_kept;
};

/* changed: false when all was so already (no number is given out then). modseq: the item's now. */
MUST_USE enum code item_set_flags(struct ctx *cx, struct account_txn *t, folder_id folder,
                                  uint32_t uid, const struct item_flags *change, bool *changed,
                                  uint64_t *modseq);

/* Read state of one reader: his own in per-reader folders, else the item's. As item_set_flags. */
struct item_seen {
    principal_id reader;
    folder_id folder;
    uint32_t uid;
    bool seen;
};
MUST_USE enum code item_set_seen_for(struct ctx *cx, struct account_txn *t,
                                     const struct item_seen *seen, bool *changed, uint64_t *modseq);

/* An edit of content: the id stays, the uid is new, the old one leaves a tombstone. Folder, flags,
   keywords and times of new are not looked at: they stay as they are. */
MUST_USE enum code item_replace(struct ctx *cx, struct account_txn *t, folder_id folder,
                                uint32_t uid, const struct item_new *new, struct item_placed *out);

/* Copies between accounts: the rows are read from one and added to the other (a shared folder),
   with the blob referred to, not copied. Run inside the target's transaction. */
MUST_USE enum code item_adopt(struct ctx *cx, struct account_txn *t, const struct item_row *row,
                              uint32_t flags, const struct str *keywords, size_t keyword_count,
                              folder_id to, int64_t now_ms, struct item_placed *out);

/* The whole message in memory's least: trace from the row, the rest from the blob. Section ranges
   are cut from offsets that count from the first byte of trace. For IMAP BODY[] and friends. */
struct rope;
MUST_USE enum code item_bytes(struct ctx *cx, struct core *c, const struct item_row *row,
                              uint64_t offset, uint64_t n, struct rope *out);

#endif
