/* Keys, signatures and certificates that ACME needs, by OpenSSL: P-256 throughout. */
#ifndef SERVICE_ACME_CRYPTO_H
#define SERVICE_ACME_CRYPTO_H

#include "base/err.h"
#include "base/str.h"

enum { ACME_HASH_BYTES = 32, ACME_POINT_BYTES = 32 };

struct acme_key; /* of an account or of a certificate; both halves */

/* A new pair. */
struct acme_key *acme_key_make(void);
/* PEM; what else stands in it is skipped. E_SYNTAX; E_UNSUPPORTED when it is not P-256. */
MUST_USE enum code acme_key_read(struct ctx *cx, struct str pem, struct acme_key **out);
void acme_key_close(struct acme_key *k);
AUTO_OF(struct acme_key *, acme_key_close)
/* PEM of both halves (PKCS #8). */
struct str acme_key_pem(struct arena *a, const struct acme_key *k);
/* The public point: ACME_POINT_BYTES each. */
void acme_key_point(struct arena *a, const struct acme_key *k, struct str *x, struct str *y);
/* ECDSA with SHA-256, r and s one behind the other (RFC 7518 section 3.4). */
struct str acme_sign(struct arena *a, const struct acme_key *k, struct str text);

/* out: ACME_HASH_BYTES. */
void acme_hash(struct str text, unsigned char *out);
struct str acme_hmac(struct arena *a, struct str key, struct str text);

/* A request for a certificate (PKCS #10, DER) for these DNS names. */
struct str acme_csr(struct arena *a, const struct acme_key *k, const struct str *names,
                    size_t count);
/* A certificate signed by itself and its key, as PEM, for a week. hash: ACME_HASH_BYTES that go
   into its acmeIdentifier (RFC 8737 section 3), or NULL: none. */
struct str acme_self_signed(struct arena *a, const struct str *names, size_t count,
                            const unsigned char *hash);

/* What a certificate says; slices in the arena. */
struct acme_facts {
    int64_t not_before_ms, not_after_ms;
    struct str authority; /* keyIdentifier of the authority key identifier, or empty */
    struct str serial;    /* its DER bytes */
};
/* Of the first certificate of a PEM file. E_SYNTAX. */
MUST_USE enum code acme_facts_read(struct ctx *cx, struct str pem, struct acme_facts *out);
/* Whether the chain's first certificate is for this key and all the names. E_SYNTAX, E_CONFLICT. */
MUST_USE enum code acme_chain_fits(struct ctx *cx, struct str pem, const struct acme_key *k,
                                   const struct str *names, size_t count);

#endif
