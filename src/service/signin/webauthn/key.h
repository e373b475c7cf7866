/* Public keys of passkeys: COSE (RFC 9052, RFC 9053, RFC 8812), and their signatures, by OpenSSL.
 */
#ifndef SERVICE_SIGNIN_WEBAUTHN_KEY_H
#define SERVICE_SIGNIN_WEBAUTHN_KEY_H

#include "base/err.h"
#include "base/str.h"

/* Algorithms that we ask for, in this order; 0 ends them: ES256, EdDSA (Ed25519), RS256. */
extern const int webauthn_algorithms[];

/* Whether it is a key of one of them that can be used. E_SYNTAX; E_UNSUPPORTED. */
MUST_USE enum code webauthn_key_check(struct ctx *cx, struct str cose);
/* Whether signature is that key's of data. E_DENIED: it is not; E_SYNTAX: no key. */
MUST_USE enum code webauthn_key_verify(struct ctx *cx, struct str cose, struct str data,
                                       struct str signature);

#endif
