/* Bearer tokens (RFC 6750) that are signed JSON Web Tokens (RFC 7519): who they name. */
#ifndef SERVICE_SASL_TOKEN_H
#define SERVICE_SASL_TOKEN_H

#include "base/err.h"
#include "base/str.h"

enum {
    TOKEN_KEYS_MAX = 16,
    TOKEN_LEEWAY_S = 60, /* how far the issuer's clock may be off */
};

struct token_config {
    struct str issuer, audience;          /* claims "iss" and "aud" must be these */
    struct str claim;                     /* whose value is the login: "email" */
    struct str key_files[TOKEN_KEYS_MAX]; /* PEM: public keys or certificates */
    size_t key_count;
};

struct tokens; /* safe for all threads */

/* Reads the keys. config and its texts outlive the result. E_SYNTAX names the file; E_UNSUPPORTED:
   neither RSA of 2048 bits or more, P-256 nor Ed25519. */
MUST_USE enum code tokens_open(struct ctx *cx, const struct token_config *config,
                               struct tokens **out);
void tokens_close(struct tokens *t);
const struct token_config *tokens_config(const struct tokens *t);

/* Whom the token names: signed by a key of ours (RS256, ES256, EdDSA), of our issuer, for us, and
   of now. login: in cx->arena; until_ms: when it expires. E_DENIED: anything else. */
MUST_USE enum code token_check(struct ctx *cx, const struct tokens *t, struct str token,
                               struct str *login, int64_t *until_ms);

/* Claims of a token, as far as they are looked at; strings in cx->arena. Inside of service/sasl. */
struct token_claims {
    struct str issuer, login;
    bool for_us; /* the audience is, or is among, what was asked for */
    bool has_expiry;
    int64_t expires_s, not_before_s;
};
/* The "alg" of a token's header; E_SYNTAX also for one with "crit". */
MUST_USE enum code token_header(struct ctx *cx, struct str json, struct str *algorithm);
MUST_USE enum code token_claims(struct ctx *cx, struct str json, const struct token_config *config,
                                struct token_claims *out);

/* One key, by OpenSSL. */
struct token_key;
MUST_USE enum code token_key_read(struct ctx *cx, struct str file, struct token_key **out);
void token_key_free(struct token_key *k);
/* algorithm: as the token names it; one that is not this key's is false. */
bool token_key_verify(const struct token_key *k, struct str algorithm, struct str text,
                      struct str signature);

#endif
