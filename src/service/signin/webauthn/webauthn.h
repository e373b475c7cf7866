/* WebAuthn level 2, the relying party's side (sections 7.1 and 7.2): what a browser hands over is
   taken apart and checked. No attestation is asked for, so its statement is not looked at. */
#ifndef SERVICE_SIGNIN_WEBAUTHN_WEBAUTHN_H
#define SERVICE_SIGNIN_WEBAUTHN_WEBAUTHN_H

#include "base/err.h"
#include "base/str.h"

enum {
    WEBAUTHN_CLIENT_MAX = 4096, /* bytes of clientDataJSON */
    WEBAUTHN_DATA_MAX = 8192,   /* of an attestation object, of authenticator data */
    WEBAUTHN_SIGNATURE_MAX = 1100,
};

/* What has to be in it. */
struct webauthn_site {
    struct str origin; /* "https://mail.example:8443" */
    struct str host;   /* the relying party's id: "mail.example" */
    bool verified;     /* the person has to be verified, not only present */
};

struct webauthn_new {
    struct str challenge;  /* base64url, as the browser was given it */
    struct str credential; /* its id */
    struct str key;        /* COSE */
    uint32_t counter;
};

/* client: clientDataJSON; object: attestationObject. E_SYNTAX; E_DENIED: for another site, another
   purpose, nobody present; E_UNSUPPORTED: a key that was not asked for. */
MUST_USE enum code webauthn_register(struct ctx *cx, const struct webauthn_site *site,
                                     struct str client, struct str object,
                                     struct webauthn_new *out);

struct webauthn_proof {
    struct str client, data, signature; /* clientDataJSON, authenticatorData, signature */
};
/* The challenge that is said to be answered: nothing is checked. E_SYNTAX. */
MUST_USE enum code webauthn_challenge(struct ctx *cx, struct str client, struct str *out);
/* key: COSE, of the passkey. counter: as it says now. As webauthn_register. */
MUST_USE enum code webauthn_assert(struct ctx *cx, const struct webauthn_site *site,
                                   const struct webauthn_proof *proof, struct str key,
                                   uint32_t *counter);

#endif
