/* Sealed views: the rows of a large folder as they were at a number, packed into a few values, so
   that opening it reads these and what changed since instead of a row for each message. Derived:
   without them, or when they do not fit, the placement rows are walked. docs/STORE.md has the
   layout. Internal to core. */
#ifndef CORE_VIEW_SEAL_H
#define CORE_VIEW_SEAL_H

#include "core/txn.h"
#include "core/view/view.h"

enum {
    SEAL_ROWS_MIN = 2048,     /* smaller folders are opened by a walk */
    SEAL_CHANGES_MIN = 1024,  /* numbers given out since, until a view is sealed anew */
    SEAL_CHANGES_SHARE = 64,  /* or so many rows for each of them, if that is more */
    SEAL_BEHIND_MIN = 4096,   /* further behind, and by half of the rows, it is not used */
    SEAL_PART_BYTES = 60000,  /* rows of one value, about */
    SEAL_PARTS_AT_ONCE = 12,  /* written by one commit */
    SEAL_PARTS_MAX = 1 << 20, /* what a head may claim */
};

struct seal {
    uint64_t stamp; /* the number at which the rows were packed; each part has it too */
    uint64_t seen;  /* all changes up to this number are in it */
    uint64_t modseq;
    uint32_t uid_validity, uid_next, rows, parts;
};

/* The head as it is written; in the arena. */
struct str seal_encode(struct arena *a, const struct seal *seal);
/* E_CORRUPT, also for a layout that is not known. */
MUST_USE enum code seal_decode(struct ctx *cx, struct str value, struct seal *out);

/* The folder as sealed, without keywords. E_NOT_FOUND when there is none, or it is being written.
 */
MUST_USE enum code seal_load(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                             struct seal *seal, struct view **out);
/* Packs a view; all changes up to seen are in it. E_NOT_FOUND when the folder has gone. */
MUST_USE enum code seal_write(struct ctx *cx, struct core *c, const struct view *v, uint64_t seen);
/* Whether a view of so many rows is to be packed at seen: there is no seal, or an old one. */
MUST_USE enum code seal_is_due(struct ctx *cx, struct core *c, const struct entry_name *name,
                               uint32_t rows, uint64_t seen, bool *due);
/* The entry's picture from its seal and what changed since. E_NOT_FOUND when there is none that is
   worth it; E_CORRUPT. */
MUST_USE enum code view_unseal(struct ctx *cx, struct core *c, struct entry *e);
/* Whether the seal, with what changed since, shows something else than the rows. */
MUST_USE enum code seal_check(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                              bool *is_wrong);
/* In the transaction that ends a folder, or doubts its seal. */
MUST_USE enum code seal_drop(struct ctx *cx, struct txn *t, folder_id folder);

#endif
