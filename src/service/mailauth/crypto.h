/* Hashes and signatures of mail, by OpenSSL. */
#ifndef SERVICE_MAILAUTH_CRYPTO_H
#define SERVICE_MAILAUTH_CRYPTO_H

#include "base/err.h"
#include "base/str.h"

enum {
    SHA256_BYTES = 32,
    RSA_VERIFY_BITS_MIN = 1024, /* RFC 8301 section 3.2 */
    RSA_BITS_MAX = 8192,        /* larger ones cost too much */
    RSA_SIGN_BITS = 2048,
};

struct digest;

/* SHA-256 in pieces. */
struct digest *digest_open(void);
void digest_add(struct digest *d, struct str bytes);
/* out: SHA256_BYTES. The digest can then be used anew. */
void digest_end(struct digest *d, unsigned char *out);
void digest_close(struct digest *d);
AUTO_OF(struct digest *, digest_close)

enum sign_algorithm { SIGN_RSA_SHA256 = 1, SIGN_ED25519_SHA256 }; /* stored: append only */
/* "rsa-sha256" (RFC 6376), "ed25519-sha256" (RFC 8463). */
struct str sign_algorithm_name(enum sign_algorithm algorithm);

struct sign_key; /* public alone, or both halves; safe for all threads */

/* bytes: of RSA the DER of SubjectPublicKeyInfo or RSAPublicKey, of Ed25519 the 32 bytes. E_SYNTAX;
   E_LIMIT: weaker or larger than the limits above. */
MUST_USE enum code sign_key_public(struct ctx *cx, enum sign_algorithm algorithm, struct str bytes,
                                   struct sign_key **out);
/* PEM of a private key. E_SYNTAX; E_UNSUPPORTED for other kinds; E_LIMIT as above. */
MUST_USE enum code sign_key_private(struct ctx *cx, struct str pem, struct sign_key **out);
/* A new key pair. */
struct sign_key *sign_key_make(enum sign_algorithm algorithm);
void sign_key_close(struct sign_key *k);
AUTO_OF(struct sign_key *, sign_key_close)

/* What it signs with, and how long it is. */
enum sign_algorithm sign_key_algorithm(const struct sign_key *k);
/* Of the modulus; 256 for Ed25519. */
unsigned sign_key_bits(const struct sign_key *k);
/* What sign_key_public() takes: for p= in the DNS. In the arena. */
struct str sign_key_published(struct arena *a, const struct sign_key *k);
/* PEM of the private half. */
struct str sign_key_pem(struct arena *a, const struct sign_key *k);

/* hash: SHA256_BYTES. */
bool sign_verify(const struct sign_key *k, const unsigned char *hash, struct str signature);
/* In the arena. k holds both halves. */
struct str sign_make(struct arena *a, const struct sign_key *k, const unsigned char *hash);

#endif
