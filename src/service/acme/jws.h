/* Signed requests of ACME: flattened JWS (RFC 7515, RFC 8555 section 6.2). */
#ifndef SERVICE_ACME_JWS_H
#define SERVICE_ACME_JWS_H

#include "service/acme/crypto.h"

/* {"crv":"P-256","kty":"EC","x":...,"y":...}: members in the order that RFC 7638 wants. */
struct str acme_jwk(struct arena *a, const struct acme_key *k);
/* base64url of its SHA-256 (RFC 7638). */
struct str acme_thumbprint(struct arena *a, const struct acme_key *k);

/* kid empty: the key itself is named (newAccount). payload empty: POST-as-GET. */
struct str acme_jws(struct arena *a, const struct acme_key *k, struct str kid, struct str nonce,
                    struct str url, struct str payload);
/* The account's key, vouched for by a key that the authority gave us (section 7.3.4). hmac_key: its
   bytes. */
struct str acme_binding(struct arena *a, const struct acme_key *k, struct str key_id,
                        struct str hmac_key, struct str url);

#endif
