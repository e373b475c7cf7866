/* Signing in at the page: what is shown, and whether it is enough. docs/SIGNIN.md. */
#ifndef SERVICE_SIGNIN_SIGNIN_H
#define SERVICE_SIGNIN_SIGNIN_H

#include "core/signin/session.h"
#include "service/auth.h"

/* What somebody shows. */
struct signin_claim {
    const struct peer *peer;
    struct str login, password;
};

struct signin_outcome {
    struct auth_result who;
    enum session_how how;
};

/* As auth_password; application passwords are not taken. */
MUST_USE enum code signin_try(struct ctx *cx, struct auth *a, const struct signin_claim *claim,
                              struct signin_outcome *out);

#endif
