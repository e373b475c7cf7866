/* Rows of passkeys (WebAuthn credentials), and of challenges that were answered (SIGNIN_PART). */
#ifndef CORE_SIGNIN_PASSKEY_H
#define CORE_SIGNIN_PASSKEY_H

#include "core/core.h"

enum {
    PASSKEYS_MAX = 20, /* of one person */
    PASSKEY_NAME_MAX = 100,
    PASSKEY_CREDENTIAL_MAX = 1023, /* bytes of a credential id (WebAuthn level 2 section 4) */
    PASSKEY_KEY_MAX = 1100,        /* bytes of a COSE key: RSA of 8192 bits fits */
    PASSKEY_HOST_MAX = 255,
    PASSKEY_HASH_BYTES = 32,
};

struct passkey_row {
    principal_id who;
    uint64_t id;           /* within who's; from the credential id */
    struct str credential; /* the authenticator's name of it */
    struct str key;        /* the COSE key, as it came */
    struct str host;       /* relying party: where it is for */
    uint32_t counter;      /* of signatures, as last seen */
    int64_t created_ms, used_ms;
    struct str name;
};

/* Whose number a credential has: 8 bytes of its SHA-256. */
uint64_t passkey_row_id(struct str credential);
/* E_EXISTS: the credential is known, whoever's it is; E_LIMIT. */
MUST_USE enum code passkey_row_add(struct ctx *cx, struct core *c, const struct passkey_row *r);
/* By the credential's id, of anybody. E_NOT_FOUND; strings are in cx->arena. */
MUST_USE enum code passkey_row_find(struct ctx *cx, struct core *c, struct str credential,
                                    struct passkey_row *out);
/* All of one person, in cx->arena. */
MUST_USE enum code passkey_row_list(struct ctx *cx, struct core *c, principal_id who,
                                    struct passkey_row **out, size_t *count);
/* A new name. E_NOT_FOUND. */
MUST_USE enum code passkey_row_rename(struct ctx *cx, struct core *c, const struct passkey_row *r);
/* With the last second factor the recovery codes go. E_NOT_FOUND. */
MUST_USE enum code passkey_row_drop(struct ctx *cx, struct core *c, principal_id who, uint64_t id);

/* A challenge that was answered, and until when it could be. */
struct challenge_mark {
    int64_t until_ms;
    unsigned char hash[PASSKEY_HASH_BYTES];
};
/* The signature was right: counter and used_ms are written and the challenge is used up, in one
   change. E_EXISTS: it was before; E_DENIED: the counter did not grow (somebody has a copy);
   E_NOT_FOUND: the passkey is gone. */
MUST_USE enum code passkey_row_use(struct ctx *cx, struct core *c, const struct passkey_row *r,
                                   const struct challenge_mark *mark);
/* The same for a challenge alone. */
MUST_USE enum code challenge_use(struct ctx *cx, struct core *c, const struct challenge_mark *mark);
/* Forgets those whose time is past; done: none is left. */
MUST_USE enum code challenge_sweep(struct ctx *cx, struct core *c);

#endif
