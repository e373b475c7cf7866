/* A picture of one folder at one number: uids, flags, numbers. Immutable and shared by all
 * sessions. */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include "core/item.h"

struct view; /* counted */

struct view_row {
    uint32_t uid;
    uint32_t flags;    /* enum item_flag */
    uint64_t keywords; /* bits, named by view_keyword */
    uint64_t modseq;   /* highest of content, flags and read state: IMAP's MODSEQ */
    item_id id;
};

/* The folder as of the account's last commit. Costs a comparison when nothing changed, a copy of
   the chunks that did when something has, a scan of the placement rows when nobody had it open.
   Hidden items are not in it. reader: whose read state; 0 or the owner is the item's own.
   E_NOT_FOUND. */
MUST_USE enum code view_get(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                            principal_id reader, struct view **out);
void view_unref(struct view *v);
AUTO_OF(struct view *, view_unref)

/* Kept counts: all rows, and those without FLAG_SEEN. */
uint32_t view_count(const struct view *v);
uint32_t view_unseen(const struct view *v);
/* Index of the first row without FLAG_SEEN, or view_count. */
uint32_t view_first_unseen(const struct view *v);
uint32_t view_uid_next(const struct view *v);
uint32_t view_uid_validity(const struct view *v);
uint64_t view_modseq(const struct view *v); /* HIGHESTMODSEQ */
folder_id view_folder(const struct view *v);
account_id view_account(const struct view *v);

/* Rows are in the order of uids; index is the message sequence number less one. */
struct view_row view_at(const struct view *v, uint32_t index); /* index < view_count */
/* The first index whose uid is uid or higher; view_count when there is none. */
uint32_t view_find(const struct view *v, uint32_t uid);
/* Copies rows index.. into out, as many as lie together (at least 1), at most count. For quick
 * walks. */
uint32_t view_rows(const struct view *v, uint32_t index, uint32_t count, struct view_row *out);

/* Names of keyword bits: NULL-p slice past the last. */
struct str view_keyword(const struct view *v, unsigned bit);
/* The bit's number, or -1. Case-blind. */
int view_keyword_bit(const struct view *v, struct str name);

/* What a session that knows old must be told to know new (the same folder; new is not older):
   removed: indices in old, rising; changed: indices in new of rows that old has with other flags,
   keywords or modseq; added: the index in new of the first row that old has not. Skips chunks that
   both share. Arrays are in cx->arena. */
struct view_difference {
    uint32_t *removed, *changed;
    uint32_t removed_count, changed_count;
    uint32_t added;
};
void view_diff(struct ctx *cx, const struct view *old, const struct view *new,
               struct view_difference *out);

/* IMAP4rev1's \Recent: the first session to ask is told from which uid on messages are recent to
   it; the next gets what came since. Kept in memory only. */
uint32_t view_claim_recent(struct core *c, struct view *v);

/* Keeps packed pictures of the account's large folders in the store, so that they open quickly
   after a restart. Does little unless much has changed since; for a thread with time. E_NOT_FOUND
   for an account that has gone. */
MUST_USE enum code views_seal(struct ctx *cx, struct core *c, account_id account);

/* Rings fn(arg) after each commit of the account, see store_watch. */
struct watch *account_watch(struct core *c, account_id account, watch_fn *fn, void *arg);

#endif
