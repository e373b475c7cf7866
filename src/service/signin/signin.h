/* Signing in at the page: what is shown, and whether it is enough. docs/SIGNIN.md. */
#ifndef SERVICE_SIGNIN_SIGNIN_H
#define SERVICE_SIGNIN_SIGNIN_H

#include "core/signin/session.h"
#include "service/auth.h"
#include "service/signin/second.h"

struct passkey_show;

/* What somebody shows: a passkey alone, or login and password with what else is asked for. */
struct signin_claim {
    const struct peer *peer;
    struct str login, password;
    struct str code;                    /* of an authenticator, or for recovery; or empty */
    const struct passkey_show *passkey; /* or NULL */
};

struct signin_outcome {
    struct auth_result who;
    enum session_how how;
    unsigned wanted; /* of enum second: the password is right, and one of these has to come along */
};

/* As auth_password; application passwords are not taken. E_CONFLICT: a second factor is asked for:
   who and wanted are set, and nothing was counted. */
MUST_USE enum code signin_try(struct ctx *cx, struct auth *a, const struct signin_claim *claim,
                              struct signin_outcome *out);

enum { PROOF_MS = 600 * 1000 }; /* who has shown who it is may change how one signs in so long */

/* Somebody who is signed in shows again who it is: the password, a code or a passkey. login: whose
   session it is. As signin_try. */
MUST_USE enum code signin_prove(struct ctx *cx, struct auth *a, const struct signin_claim *claim,
                                struct signin_outcome *out);
/* Whether the last time was a moment ago. */
bool signin_proof_is_fresh(const struct session *s, int64_t now_ms);

#endif
