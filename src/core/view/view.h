/* What a view is made of. Internal to core. */
#ifndef CORE_VIEW_VIEW_H
#define CORE_VIEW_VIEW_H

#include "core/row/row.h"
#include "core/view/cache.h"
#include "core/view/tree.h"

/* Shared by the views of a folder while they stay the same. */
struct keywords {
    atomic_uint refs;
    size_t count;
    struct str names[FOLDER_KEYWORDS_MAX];
    char bytes[];
};
struct keywords *keywords_ref(struct keywords *k);
void keywords_unref(struct keywords *k);

struct view {
    struct picture picture; /* first */
    account_id account;
    folder_id folder;
    uint32_t uid_validity, uid_next;
    uint64_t modseq;
    struct tree tree;
    struct keywords *keywords;
    struct view *base; /* views of a reader: what they were made from */
};

/* Without rows yet; one reference. */
struct view *view_new(account_id account, folder_id folder);
/* Once it is whole. */
void view_seal(struct view *v);
/* With the items' own read state. E_NOT_FOUND. */
MUST_USE enum code view_base_get(struct ctx *cx, struct core *c, account_id account,
                                 folder_id folder, struct view **out);
/* With the lock of the folder's entry held (or an entry that nobody else knows). Its picture, if it
   has one, brought up to the last commit; from the change rows; made by a walk over the placement
   rows. seen goes along. E_NOT_FOUND. */
MUST_USE enum code view_current(struct ctx *cx, struct core *c, struct entry *e);
MUST_USE enum code view_refresh(struct ctx *cx, struct core *c, struct entry *e);
MUST_USE enum code view_walk(struct ctx *cx, struct core *c, struct entry *e);
/* As they are now. E_NOT_FOUND when the folder is not there any more. */
MUST_USE enum code view_keywords_load(struct ctx *cx, struct core *c, const struct view *v,
                                      struct keywords **out);
MUST_USE enum code view_uid_validity_load(struct ctx *cx, struct core *c, const struct view *v,
                                          uint32_t *out);
/* With the read state of a reader of a per-reader folder. */
MUST_USE enum code view_reader_get(struct ctx *cx, struct core *c, const struct entry_name *name,
                                   struct view **out);

#endif
