/* Passkeys: challenges, adding one, and what one shows. docs/SIGNIN.md. */
#ifndef SERVICE_SIGNIN_PASSKEYS_H
#define SERVICE_SIGNIN_PASSKEYS_H

#include "core/directory.h"
#include "core/signin/passkey.h"
#include "service/signin/webauthn/webauthn.h"

enum {
    CHALLENGE_MS = 300 * 1000, /* a challenge can be answered so long, once */
    CHALLENGE_RANDOM_BYTES = 16,
    USER_HANDLE_BYTES = 32,
};

/* What a challenge is for; part of it. */
enum challenge_for {
    CHALLENGE_REGISTER = 1, /* adding one: subject is the person */
    CHALLENGE_ALONE,        /* signing in by it alone: subject 0 */
    CHALLENGE_SECOND,       /* beside the password, or to show again who it is: the person */
};

/* A challenge, in base64url. Nothing is kept of it. E_UNSUPPORTED without a key (core.seal). */
MUST_USE enum code passkeys_challenge(struct ctx *cx, struct core *c, enum challenge_for what,
                                      principal_id subject, struct str *out);
/* What authenticators know the person by, in base64url: tells nothing. E_UNSUPPORTED. */
MUST_USE enum code passkeys_handle(struct ctx *cx, struct core *c, principal_id who,
                                   struct str *out);

/* Adds what a browser made. E_SYNTAX, E_DENIED, E_UNSUPPORTED of webauthn_register; E_DENIED for a
   challenge that is none, or was answered; E_EXISTS; E_LIMIT. */
struct passkey_claim {
    struct webauthn_site site;
    struct str client, object, name;
};
MUST_USE enum code passkeys_add(struct ctx *cx, struct core *c, const struct principal *who,
                                const struct passkey_claim *claim, struct passkey_row *out);
MUST_USE enum code passkeys_end(struct ctx *cx, struct core *c, const struct principal *who,
                                struct str actor, uint64_t id);

/* What a browser shows of a passkey. */
struct passkey_show {
    struct webauthn_site site;
    struct str credential, handle; /* handle: userHandle, or empty */
    struct webauthn_proof proof;
};
/* Whether it is right, and answers a challenge for that; uses the challenge up. row: its own.
   E_DENIED and E_SYNTAX: it is not. */
MUST_USE enum code passkeys_check(struct ctx *cx, struct core *c, const struct passkey_show *show,
                                  enum challenge_for what, const struct passkey_row *row);

#endif
