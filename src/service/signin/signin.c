#include "service/signin/signin.h"
#include "service/auth_attempt.h"

enum code signin_try(struct ctx *cx, struct auth *a, const struct signin_claim *claim,
                     struct signin_outcome *out)
{
    struct auth_attempt t = {.peer = claim->peer,
                             .mechanism = STR("password"),
                             .login = claim->login,
                             .page = true,
                             .main = true};
    bool right = false;
    TRY(auth_attempt_begin(cx, a, &t, &out->who));
    TRY(auth_attempt_verify(cx, a, &t, claim->password, &right));
    out->how = SESSION_PASSWORD;
    return auth_attempt_end(cx, a, &t, right, auth_attempt_guess(cx, &t, claim->password),
                            &out->who);
}
