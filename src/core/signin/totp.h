/* Rows of TOTP secrets and of recovery codes, beside the sessions (SIGNIN_PART). */
#ifndef CORE_SIGNIN_TOTP_H
#define CORE_SIGNIN_TOTP_H

#include "core/core.h"

enum {
    TOTPS_MAX = 5, /* of one person, those not confirmed yet among them */
    TOTP_NAME_MAX = 100,
    TOTP_PENDING_MS = 3600 * 1000, /* not confirmed so long: it gives way */
    RECOVERY_CODES = 10,
    RECOVERY_HASH_BYTES = 32,
};

struct totp_row {
    principal_id who;
    uint64_t id;
    bool on; /* confirmed by a code */
    int64_t created_ms, used_ms;
    uint64_t step; /* of the last code that was taken: none at or before it is again */
    struct str name, sealed;
};

/* E_LIMIT past TOTPS_MAX. */
MUST_USE enum code totp_row_add(struct ctx *cx, struct core *c, const struct totp_row *r);
/* All of one person, in cx->arena. */
MUST_USE enum code totp_row_list(struct ctx *cx, struct core *c, principal_id who,
                                 struct totp_row **out, size_t *count);
/* A code of that step was right: taken, once, and the row is on from now. E_DENIED: taken before.
   E_NOT_FOUND. */
MUST_USE enum code totp_row_take(struct ctx *cx, struct core *c, const struct totp_row *r);
/* With the last second factor the recovery codes go. E_NOT_FOUND. */
MUST_USE enum code totp_row_drop(struct ctx *cx, struct core *c, principal_id who, uint64_t id);

/* Replaces all codes of who; their hashes, RECOVERY_CODES of them. */
struct recovery {
    principal_id who;
    int64_t made_ms;
    size_t count;
    unsigned char hash[RECOVERY_CODES][RECOVERY_HASH_BYTES];
};
MUST_USE enum code recovery_set(struct ctx *cx, struct core *c, const struct recovery *r);
/* What is left; count 0: none. */
MUST_USE enum code recovery_get(struct ctx *cx, struct core *c, principal_id who,
                                struct recovery *out);
/* Takes one away. E_NOT_FOUND: it is none. */
MUST_USE enum code recovery_take(struct ctx *cx, struct core *c, principal_id who,
                                 const unsigned char hash[RECOVERY_HASH_BYTES]);
/* Inside a change: drops the codes when no factor is left. */
MUST_USE enum code recovery_tidy(struct ctx *cx, struct txn *t, principal_id who);

#endif
