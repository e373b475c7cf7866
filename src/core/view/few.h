/* The changes since a picture was made, when they are few: single look-ups cost a fraction of a
   walk, which must first gather an iterator over all tables of the engine. */
#ifndef CORE_VIEW_FEW_H
#define CORE_VIEW_FEW_H

#include "core/row/row.h"

enum { FEW_CHANGES = 4 };

struct few {
    struct change_row rows[FEW_CHANGES];
    size_t count;
    bool all; /* each of them is there: it is what happened up to now, whatever happens meanwhile */
};

/* The change rows seen + 1 to now, where now is the account's counter; a row is never rewritten.
   Not all when they are too many, or one was overtaken by a later number or swept: then a walk must
   tell. Slices are in cx->arena. */
MUST_USE enum code few_changes(struct ctx *cx, struct core *c, account_id account, uint64_t seen,
                               uint64_t now, struct few *out);

#endif
