/* Changes to folders, inside account_update. Looking at them: account_view. */
#ifndef CORE_FOLDER_H
#define CORE_FOLDER_H

#include "core/account.h"

/* Paths are UTF-8, levels joined by '/'. Names: E_SYNTAX for empty levels, control characters, bad
   UTF-8; E_LIMIT past FOLDER_NAME_MAX bytes, FOLDER_DEPTH_MAX or FOLDERS_MAX. */

enum { FOLDER_RENAME_INBOX_MAX = 500, FOLDER_ORDER_MAX = 0x7fffffff };

/* Makes missing parents too. E_EXISTS, also when another folder has the role. */
MUST_USE enum code folder_create(struct ctx *cx, struct account_txn *t, struct str path,
                                 enum folder_kind kind, enum role role, folder_id *out);
/* Children move along. INBOX: its items go to the new folder and it stays (RFC 9051 6.3.6), which
   moves at most FOLDER_RENAME_INBOX_MAX items, else E_LIMIT. E_NOT_FOUND, E_EXISTS, E_DENIED
   (roles). */
MUST_USE enum code folder_rename(struct ctx *cx, struct account_txn *t, struct str from,
                                 struct str to);
/* By ids, one level: a name may not hold '/'. E_NOT_FOUND: no such parent. */
MUST_USE enum code folder_create_in(struct ctx *cx, struct account_txn *t, folder_id parent,
                                    struct str name, enum role role, folder_id *out);
/* Another parent, another name; parent 0 is the top. What others are called is not looked at, so
   that two folders can change their names: folder_place_check is asked at the end, for each.
   E_DENIED (roles). */
MUST_USE enum code folder_place(struct ctx *cx, struct account_txn *t, folder_id id,
                                folder_id parent, struct str name);
/* E_EXISTS: another one is called so; E_LIMIT: too deep, or below itself. */
MUST_USE enum code folder_place_check(struct ctx *cx, struct account_txn *t, folder_id id);
/* Where clients show it among others, at most FOLDER_ORDER_MAX. */
MUST_USE enum code folder_set_order(struct ctx *cx, struct account_txn *t, folder_id id,
                                    uint32_t order);
/* Its items become recoverable ones: item_recover finds them for RECOVERABLE_DAYS. E_DENIED for
   INBOX and for folders with a role that must be; a folder with children stays as a name without
   messages: E_EXISTS (the caller's protocol says how). */
MUST_USE enum code folder_delete(struct ctx *cx, struct account_txn *t, folder_id id);
MUST_USE enum code folder_subscribe(struct ctx *cx, struct account_txn *t, folder_id id, bool on);
MUST_USE enum code folder_set_role(struct ctx *cx, struct account_txn *t, folder_id id,
                                   enum role role);
/* In shared and public folders each reader has a read state of its own (item_set_seen_for). */
MUST_USE enum code folder_set_per_reader(struct ctx *cx, struct account_txn *t, folder_id id,
                                         bool on);
/* The folder with that role, made when it is missing. */
MUST_USE enum code folder_of_role(struct ctx *cx, struct account_txn *t, enum role role,
                                  folder_id *out);
/* The folder as this transaction sees it. E_NOT_FOUND. */
MUST_USE enum code folder_facts(struct ctx *cx, struct account_txn *t, folder_id id,
                                const struct folder_facts **out);

#endif
