/* Second factors: TOTP and recovery codes, and taking all of them away. Passkeys are passkeys.h's.
   docs/SIGNIN.md. */
#ifndef SERVICE_SIGNIN_SECOND_H
#define SERVICE_SIGNIN_SECOND_H

#include "core/directory.h"
#include "core/signin/session.h"
#include "core/signin/totp.h"

/* What may be asked for; bits. */
enum second { SECOND_TOTP = 1, SECOND_PASSKEY = 2, SECOND_RECOVERY = 4 };

/* What who has: 0 when no second factor is on. */
MUST_USE enum code second_methods(struct ctx *cx, struct core *c, principal_id who, unsigned *out);
/* Whether it is a code of an authenticator, or one for recovery; a right one is taken, and will not
   be again. how: which of the two. */
MUST_USE enum code second_code(struct ctx *cx, struct core *c, principal_id who, struct str code,
                               bool *right, enum session_how *how);

/* A new TOTP secret, which counts once totp_confirm was told a code of it. E_LIMIT; E_SYNTAX for
   the name; E_UNSUPPORTED without a key to keep it under. In cx->arena. */
struct totp_new {
    uint64_t id;
    struct str secret, uri; /* base32; otpauth: */
};
MUST_USE enum code totp_begin(struct ctx *cx, struct core *c, const struct principal *who,
                              struct str name, struct totp_new *out);
/* E_DENIED: not its code; E_NOT_FOUND. */
MUST_USE enum code totp_confirm(struct ctx *cx, struct core *c, const struct principal *who,
                                uint64_t id, struct str code);
MUST_USE enum code totp_end(struct ctx *cx, struct core *c, const struct principal *who,
                            struct str actor, uint64_t id);

/* New codes instead of all older ones, shown once: RECOVERY_CODES of them, in cx->arena. E_DENIED:
   no second factor is on. */
MUST_USE enum code recovery_make(struct ctx *cx, struct core *c, const struct principal *who,
                                 struct str out[RECOVERY_CODES]);

/* Takes away every second factor of who: the password alone signs in again. removed: how many. */
MUST_USE enum code second_reset(struct ctx *cx, struct core *c, const struct principal *who,
                                struct str actor, size_t *removed);

/* Log line and entry of the audit log for a change of who's factors. */
struct second_act {
    struct str actor;
    const char *act, *what; /* "second-factor.add", "totp" */
};
MUST_USE enum code second_note(struct ctx *cx, struct core *c, const struct principal *who,
                               struct second_act act);

#endif
