/* Keys from passwords, by libsodium; SHA-1, which that has not, by OpenSSL. */
#ifndef CORE_CREDENTIAL_KDF_H
#define CORE_CREDENTIAL_KDF_H

#include "base/err.h"
#include "base/str.h"

struct scram_keys;

/* Argon2id at OWASP's first choice: 19 MiB and two passes, on one lane. */
enum { ARGON2_KIB = 19 * 1024, ARGON2_PASSES = 2, ARGON2_TEXT_MAX = 128 };
enum { KDF_BYTES = 32, KDF_SHA1_BYTES = 20 };

/* "$argon2id$v=19$m=...", NUL-terminated, with a salt of its own. E_IO without memory. */
MUST_USE enum code kdf_argon2(struct ctx *cx, struct str password, char out[ARGON2_TEXT_MAX]);
/* Any parameters; what text says is bounded by the caller, who wrote it. E_DENIED when the password
   is another; E_IO when that could not be found out, for want of memory. */
MUST_USE enum code kdf_argon2_verify(struct ctx *cx, const char *text, struct str password);
/* Made with other parameters than today's. */
bool kdf_argon2_is_old(const char *text);
/* A text like those of kdf_argon2 that no password fits: checking against it costs as much. */
const char *kdf_argon2_nobody(void);

/* FIPS 180-4, and RFC 2104 with it; key of any length. */
void kdf_sha256(struct str in, unsigned char out[KDF_BYTES]);
void kdf_hmac_sha256(struct str key, struct str in, unsigned char out[KDF_BYTES]);
/* RFC 2104 with SHA-1, for TOTP. */
void kdf_hmac_sha1(struct str key, struct str in, unsigned char out[KDF_SHA1_BYTES]);
/* In a time that does not tell where they differ. */
bool kdf_equal(const void *a, const void *b, size_t n);
/* Wipes what must not stay in memory. */
void kdf_wipe(void *p, size_t n);

/* RFC 5802 section 3: stored_key and server_key from hash, salt and iterations in keys. password:
   prepared. */
void kdf_scram(struct str password, struct scram_keys *keys);
/* What a client of SCRAM-SHA-256 needs; salt of any length. */
void kdf_scram_client(struct str password, struct str salt, uint32_t iterations,
                      unsigned char client_key[KDF_BYTES], unsigned char server_key[KDF_BYTES]);
/* kdf_scram() for SCRAM_SHA_1. */
void kdf_scram_sha1(struct str password, struct scram_keys *keys);

/* SASLprep (RFC 4013). stored: also refuses characters that Unicode 3.2 does not know, as a
   password to be kept must; E_SYNTAX. Plain ASCII comes back as it is. */
MUST_USE enum code kdf_prepare(struct ctx *cx, struct str password, bool stored, struct str *out);

#endif
