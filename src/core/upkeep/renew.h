/* After the store was put back to an older state, numbers that were given out since must not be
   given out again for something else: clients would take one for the other. */
#ifndef CORE_UPKEEP_RENEW_H
#define CORE_UPKEEP_RENEW_H

#include "core/account.h"

/* How far the account's counters jump: more than could be given out between copy and loss. */
#define RENEW_NUMBERS (UINT64_C(1) << 32)
enum { RENEW_FOLDERS = 100000, RENEW_NAMED = 1000 };

/* New UIDVALIDITY for each folder, so that IMAP clients forget what they knew; the counters of
   changes, items, folders and named properties jump. In as many commits as it takes; it may be
   repeated. E_NOT_FOUND. *folders: how many were renewed. */
MUST_USE enum code account_renew(struct ctx *cx, struct core *c, account_id id, size_t *folders);

#endif
