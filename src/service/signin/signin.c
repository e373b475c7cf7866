#include "service/signin/signin.h"
#include "base/arena.h"
#include "core/credential/kdf.h"
#include "format/hex.h"
#include "service/auth_attempt.h"
#include "service/signin/passkeys.h"

/* The passkey that is shown, if somebody has it. */
static enum code passkey_find(struct ctx *cx, struct auth *a, const struct passkey_show *show,
                              struct passkey_row *row, bool *found)
{
    enum code code = passkey_row_find(cx, auth_core(a), show->credential, row);
    if (code != E_NOT_FOUND)
        TRY(code);
    *found = code == OK;
    return OK;
}

/* E_DENIED and the like are an answer: it is not right. */
static enum code passkey_is_right(struct ctx *cx, struct auth *a, const struct passkey_show *show,
                                  enum challenge_for what, const struct passkey_row *row,
                                  bool *right)
{
    enum code code = passkeys_check(cx, auth_core(a), show, what, row);
    if (code != E_DENIED && code != E_SYNTAX && code != E_UNSUPPORTED)
        TRY(code);
    *right = code == OK;
    return OK;
}

/* Nobody's passkey counts under a name of its own, as logins that nobody has do. */
static enum code by_passkey(struct ctx *cx, struct auth *a, const struct signin_claim *claim,
                            struct signin_outcome *out)
{
    struct auth_attempt t = {.peer = claim->peer, .mechanism = STR("passkey"), .page = true};
    unsigned char hash[KDF_BYTES];
    struct passkey_row row;
    struct principal who;
    bool known = false, right = false;
    TRY(passkey_find(cx, a, claim->passkey, &row, &known));
    kdf_sha256(claim->passkey->credential, hash);
    t.login = hex_encode(cx->arena, str_of(hash, 8));
    if (known) {
        enum code code = directory_by_id(cx, auth_core(a), row.who, &who);
        if (code != E_NOT_FOUND)
            TRY(code);
        t.login = code == OK ? who.address : t.login;
    }
    TRY(auth_attempt_begin(cx, a, &t, &out->who));
    if (known && t.known && t.who.id == row.who)
        TRY(passkey_is_right(cx, a, claim->passkey, CHALLENGE_ALONE, &row, &right));
    out->how = SESSION_PASSKEY;
    t.reason = "passkey";
    return auth_attempt_end(cx, a, &t, right, 0, &out->who);
}

/* What came along with a right password. shown: whether anything did. */
static enum code second(struct ctx *cx, struct auth *a, const struct auth_attempt *t,
                        const struct signin_claim *claim, bool *right, enum session_how *how)
{
    struct passkey_row row;
    bool known = false;
    *right = false;
    if (!claim->passkey)
        return second_code(cx, auth_core(a), t->who.id, claim->code, right, how);
    *how = SESSION_PASSKEY;
    TRY(passkey_find(cx, a, claim->passkey, &row, &known));
    if (known && row.who == t->who.id)
        TRY(passkey_is_right(cx, a, claim->passkey, CHALLENGE_SECOND, &row, right));
    return OK;
}

/* The password is right. Nothing is counted as a success before the second factor is. */
static enum code after_password(struct ctx *cx, struct auth *a, struct auth_attempt *t,
                                const struct signin_claim *claim, struct signin_outcome *out)
{
    bool allowed, right = true;
    uint64_t guess = 0;
    out->how = SESSION_PASSWORD;
    TRY(auth_attempt_allowed(cx, a, t, &allowed));
    if (allowed)
        TRY(second_methods(cx, auth_core(a), t->who.id, &out->wanted));
    if (!out->wanted)
        return auth_attempt_end(cx, a, t, true, 0, &out->who);
    if (!claim->passkey && !claim->code.n) {
        out->who.who = t->who;
        return fail(cx, E_CONFLICT, "sign-in: a second factor is asked for");
    }
    TRY(second(cx, a, t, claim, &right, &out->how));
    t->reason = "second-factor";
    if (!right && !claim->passkey)
        guess = auth_attempt_guess(cx, t, claim->code);
    return auth_attempt_end(cx, a, t, right, guess, &out->who);
}

enum code signin_try(struct ctx *cx, struct auth *a, const struct signin_claim *claim,
                     struct signin_outcome *out)
{
    struct auth_attempt t = {.peer = claim->peer,
                             .mechanism = STR("page"),
                             .login = claim->login,
                             .page = true,
                             .main = true};
    bool right = false;
    if (!claim->login.n && claim->passkey)
        return by_passkey(cx, a, claim, out);
    TRY(auth_attempt_begin(cx, a, &t, &out->who));
    TRY(auth_attempt_verify(cx, a, &t, claim->password, &right));
    if (t.known && right)
        return after_password(cx, a, &t, claim, out);
    return auth_attempt_end(cx, a, &t, right, auth_attempt_guess(cx, &t, claim->password),
                            &out->who);
}

enum code signin_prove(struct ctx *cx, struct auth *a, const struct signin_claim *claim,
                       struct signin_outcome *out)
{
    struct auth_attempt t = {.peer = claim->peer,
                             .mechanism = STR("proof"),
                             .login = claim->login,
                             .page = true,
                             .main = claim->password.n > 0};
    bool right = false;
    struct str secret = claim->password.n ? claim->password : claim->code;
    TRY(auth_attempt_begin(cx, a, &t, &out->who));
    if (claim->password.n)
        TRY(auth_attempt_verify(cx, a, &t, claim->password, &right));
    else if (t.known)
        TRY(second(cx, a, &t, claim, &right, &out->how));
    return auth_attempt_end(cx, a, &t, right, auth_attempt_guess(cx, &t, secret), &out->who);
}

bool signin_proof_is_fresh(const struct session *s, int64_t now_ms)
{
    return now_ms - s->proved_ms < PROOF_MS;
}
