/* Keys and signatures of JSON Web Tokens (RFC 7515, 7517, 7518, 7638), by OpenSSL: both halves. The
   public half alone, of other issuers, is service/sasl/token.h's. */
#ifndef SERVICE_OAUTH_JOSE_H
#define SERVICE_OAUTH_JOSE_H

#include "base/err.h"
#include "base/str.h"

/* Stored: append only. */
enum jose_algorithm { JOSE_ES256 = 1, JOSE_RS256 };
enum { JOSE_RSA_BITS = 2048 };

struct jose_key;

/* "ES256". */
struct str jose_algorithm_name(enum jose_algorithm algorithm);
/* A new pair. Of RSA it takes some tenths of a second. */
struct jose_key *jose_key_make(enum jose_algorithm algorithm);
/* A private key in PEM. E_SYNTAX; E_UNSUPPORTED: neither P-256 nor RSA of JOSE_RSA_BITS or more. */
MUST_USE enum code jose_key_read(struct ctx *cx, struct str pem, struct jose_key **out);
/* NULL is fine. */
void jose_key_close(struct jose_key *k);
enum jose_algorithm jose_key_algorithm(const struct jose_key *k);
/* PKCS #8, in clear. */
struct str jose_key_pem(struct arena *a, const struct jose_key *k);

/* The public half as RFC 7638 wants it: required members alone, in order, no blanks. */
struct str jose_jwk(struct arena *a, const struct jose_key *k);
/* base64url of the SHA-256 of such a text. */
struct str jose_thumbprint(struct arena *a, struct str jwk);
/* header and claims: JSON. The compact form (RFC 7515 section 7.1). */
struct str jose_sign(struct arena *a, const struct jose_key *k, struct str header,
                     struct str claims);
/* signature: as it stands in the token, decoded. */
bool jose_verify(const struct jose_key *k, struct str text, struct str signature);

#endif
