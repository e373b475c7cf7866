/* What the parts of a check share. Internal to core_check_account. */
#ifndef CORE_UPKEEP_CHECKER_H
#define CORE_UPKEEP_CHECKER_H

#include "core/txn.h"
#include "core/upkeep/check.h"

struct finding {
    struct finding *next;
    const char *what;
    struct str about;
    bool repaired;
};

/* A row to be written or, without value, removed. */
struct fix {
    struct fix *next;
    struct str key, value;
    bool drop;
};

struct checker {
    struct ctx *cx;
    struct core *c;
    struct account_txn t;
    bool repair;
    struct check_account counts;
    struct finding *findings, **findings_end;
    struct fix *fixes, **fixes_end;
    size_t fix_bytes;
    uint64_t used_bytes, items, annotation_bytes, highest_modseq, highest_id;
};

/* Notes a fault. True when it is to be repaired: it can be, and there is room. */
bool check_fault(struct checker *k, const char *what, struct str about, bool can_repair);
void check_fix_put(struct checker *k, const struct key *key, struct str value);
void check_fix_drop(struct checker *k, struct str key);
/* The row as the transaction sees it; false when it is not there. */
MUST_USE enum code check_row(struct checker *k, const struct key *key, struct str *value,
                             bool *is_there);

/* The parts. */
MUST_USE enum code check_folder_items(struct checker *k, struct folder_slot *slot);
MUST_USE enum code check_homes(struct checker *k);
MUST_USE enum code check_changes(struct checker *k);
MUST_USE enum code check_threads(struct checker *k);
MUST_USE enum code check_annotations(struct checker *k);
MUST_USE enum code check_scripts(struct checker *k);
MUST_USE enum code check_event_rows(struct checker *k);
MUST_USE enum code check_event(struct checker *k, item_id id, const struct item_home *home);
MUST_USE enum code check_thread_member(struct checker *k, const struct item_row *item);

#endif
