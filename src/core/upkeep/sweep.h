/* Ends what has had its time: recoverable items, delivery ids, tombstones. Run by a timer;
   afterwards store_sweep (store/maintain.h) gives the blobs' space back. */
#ifndef CORE_UPKEEP_SWEEP_H
#define CORE_UPKEEP_SWEEP_H

#include "core/recover.h"

enum { TOMBSTONE_DAYS = 90, SWEEP_ITEMS_MAX = 500 };

struct sweep_report {
    size_t items, folders, tombstones, deliveries; /* ended */
    bool more;                                     /* call again soon */
};

/* One bounded step for each kind of thing: at most SWEEP_ITEMS_MAX items in a commit. Items and
   accounts on hold are left. Safe beside everything else; may be repeated. */
MUST_USE enum code sweep_account(struct ctx *cx, struct core *c, account_id account,
                                 struct sweep_report *out);

#endif
