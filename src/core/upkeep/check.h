/* Looks over an account: do its rows agree with each other, and are its messages there? What can be
   derived from the rest is put right when asked. For `postroad store check`. */
#ifndef CORE_UPKEEP_CHECK_H
#define CORE_UPKEEP_CHECK_H

#include "core/core.h"

/* about: where, without message content: "folder 3 uid 17". */
typedef void check_account_fn(void *arg, const char *what, struct str about, bool repaired);

struct check_account {
    uint64_t folders, items, changes; /* looked at */
    uint64_t faults, repaired;
};

/* Runs beside everything else: what it judges is of one version. With repair, call it again while
   repaired is not 0 to be sure; it stops repairing when a commit is full. Faults are no error.
   E_NOT_FOUND: no such account; E_BUSY: the account changed all the time; E_CORRUPT when a row
   cannot be read at all. */
MUST_USE enum code core_check_account(struct ctx *cx, struct core *c, account_id account,
                                      bool repair, check_account_fn *report, void *arg,
                                      struct check_account *out);

#endif
