/* How full accounts are, as of their last change on this server: for answers that a commit checks
   again, so that RCPT reads no row. A fixed size; safe for all threads. */
#ifndef CORE_QUOTA_FULLNESS_H
#define CORE_QUOTA_FULLNESS_H

#include "core/account.h"

struct fullness;

/* What is older is not told: another server may have changed the account since. */
enum { FULLNESS_AGE_MS = 1000 };

/* Knows nothing; closed when nobody asks any more. */
struct fullness *fullness_open(void);
void fullness_close(struct fullness *f);

/* As a change leaves the account, or as it was read. */
void fullness_note(struct fullness *f, const struct account_facts *facts, int64_t now_ms);
/* The account is ended. */
void fullness_forget(struct fullness *f, account_id id);
/* out: id, used_bytes, items and quota alone. False when it is not known, or not lately. */
bool fullness_get(struct fullness *f, account_id id, int64_t now_ms, struct account_facts *out);

#endif
