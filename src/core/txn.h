/* An account inside a transaction: rows that many operations touch are read once and written once,
   at the end. Internal to core. */
#ifndef CORE_TXN_H
#define CORE_TXN_H

#include "core/row/row.h"

/* A folder that the transaction looked at. */
struct folder_slot {
    struct folder_slot *next;
    folder_id id;
    struct folder_counts counts;
    bool counts_dirty;
    struct folder_row *row; /* NULL until txn_folder_row */
    bool row_dirty;
    bool gone;
    struct folder_facts facts; /* made by folder_facts() */
};

struct account_txn {
    struct ctx *cx;
    struct txn *t;
    account_id id;
    struct account_row row;
    struct folder_slot *folders;
    bool all_folders; /* each folder of the account is in folders, with its row */
    uint32_t *roles;  /* folder by role; NULL until txn_role_folder */
    bool roles_dirty;
    unsigned touched; /* items */
};

/* The account's row outside of a transaction. E_NOT_FOUND. */
MUST_USE enum code account_row_get(struct ctx *cx, struct core *c, account_id id,
                                   struct account_row *out);
/* E_NOT_FOUND when the account does not exist. */
MUST_USE enum code account_txn_load(struct ctx *cx, struct txn *t, account_id id,
                                    struct account_txn *out);
/* A transaction for an account that has no rows yet. */
void account_txn_empty(struct ctx *cx, struct txn *t, account_id id, struct account_txn *out);
/* Whether a script of the account is active, so that who delivers need not look. */
void account_txn_set_filtered(struct account_txn *t, bool on);
/* Writes what changed. */
void account_txn_finish(struct account_txn *t);

/* The next number of the account's counter. */
uint64_t txn_number(struct account_txn *t);
/* The first of count numbers for items and source keys. */
uint64_t txn_ids(struct account_txn *t, uint64_t count);
/* A UIDVALIDITY that no folder of the account has had. */
uint32_t txn_uid_validity(struct ctx *cx, struct account_txn *t);
/* Counts one more item against ITEM_CHANGE_MAX and the size of a commit. E_LIMIT. */
MUST_USE enum code txn_touch(struct ctx *cx, struct account_txn *t);

/* E_NOT_FOUND. Removed folders are found, too: see folder_flag. */
MUST_USE enum code txn_folder(struct ctx *cx, struct account_txn *t, folder_id id,
                              struct folder_slot **out);
/* The same with slot->row. */
MUST_USE enum code txn_folder_row(struct ctx *cx, struct account_txn *t, folder_id id,
                                  struct folder_slot **out);
MUST_USE enum code txn_all_folders(struct ctx *cx, struct account_txn *t);
/* A folder that was just made. */
struct folder_slot *txn_folder_new(struct account_txn *t, folder_id id);
/* Gives the folder itself a new number: name, rights, keywords changed. Needs slot->row. */
void txn_folder_changed(struct account_txn *t, struct folder_slot *slot);
/* 0 when no folder has the role. */
MUST_USE enum code txn_role_folder(struct ctx *cx, struct account_txn *t, enum role role,
                                   folder_id *out);
MUST_USE enum code txn_role_set(struct ctx *cx, struct account_txn *t, enum role role,
                                folder_id folder);

/* E_LIMIT when bytes more would pass the quota. */
MUST_USE enum code account_txn_may_hold(struct ctx *cx, const struct account_txn *t,
                                        uint64_t bytes);
/* Slices and keywords point into row. Path is left empty. */
struct folder_facts folder_facts_of(const struct folder_row *row,
                                    const struct folder_counts *counts);
/* Ends an empty removed folder. */
MUST_USE enum code folder_purge(struct ctx *cx, struct account_txn *t, folder_id id);

/* The change row at a number. */
void txn_change_put(struct account_txn *t, uint64_t modseq, const struct change_row *row);
void txn_change_drop(struct account_txn *t, uint64_t modseq);
/* E_CORRUPT instead of E_NOT_FOUND: for rows that another row says are there. */
MUST_USE enum code txn_get_expected(struct ctx *cx, struct account_txn *t, const struct key *key,
                                    const char *what, struct str *value);

#endif
