/* The change log: what changed since a number, for every protocol that syncs. */
#ifndef CORE_CHANGE_H
#define CORE_CHANGE_H

#include "core/account.h"

/* Each live folder and item has one row, at the number of its last change; each gone one a
 * tombstone. */
enum change_what {
    CHANGE_ITEM = 1, /* made, or content, flags or keywords changed */
    CHANGE_READ,     /* read state alone */
    CHANGE_FOLDER,
    CHANGE_GONE_ITEM, /* tombstones: removed from that folder (moved away, too) */
    CHANGE_GONE_FOLDER,
};

/* REPLACED: its content was edited; it lies in the same folder under a new uid. */
enum gone_how { GONE_REMOVED = 1, GONE_MOVED, GONE_PURGED, GONE_REPLACED };

struct change {
    uint64_t modseq;
    enum change_what what;
    folder_id folder;
    uint32_t uid; /* items */
    item_id item;
    enum gone_how how;       /* tombstones */
    uint64_t created_modseq; /* of the thing; above the asked-for number: it is new */
    uint64_t placed_modseq;  /* items: when it came into this folder; above: new to the folder */
    principal_id reader; /* CHANGE_READ of a per-reader folder: whose read state; uid is 0 then */
};

struct change_scan;

/* Rows with a number above since, in order; folder 0: the whole account. E_NOT_FOUND when since is
   older than what tombstones reach back to: the asker must start anew. */
MUST_USE enum code change_scan(struct ctx *cx, struct core *c, account_id account, uint64_t since,
                               folder_id folder, struct change_scan **out);
bool change_next(struct change_scan *w, struct change *out);
enum code change_scan_error(const struct change_scan *w);
void change_scan_close(struct change_scan *w);
AUTO_OF(struct change_scan *, change_scan_close)

#endif
