/* Authorization codes (RFC 6749 section 4.1) with PKCE (RFC 7636). */
#ifndef SERVICE_OAUTH_CODE_H
#define SERVICE_OAUTH_CODE_H

#include "service/oauth/token.h"

enum { PKCE_MIN = 43, PKCE_MAX = 128, OAUTH_NONCE_MAX = 500 };

/* What a person has agreed to, and for which request. */
struct oauth_agreed {
    struct str client, redirect, challenge, nonce;
    uint32_t scopes;
    principal_id who;
    uint64_t session; /* of the page; 0: none */
    int64_t auth_time_ms;
    uint8_t how; /* enum session_how */
};

/* The S256 challenge of a verifier (section 4.2). */
struct str oauth_challenge(struct arena *a, struct str verifier);
/* Whether it can be one: of the right length and letters. */
bool oauth_verifier_is_good(struct str verifier);

/* A code for it, in cx->arena; kept as a hash. Logged, counted and in the audit log. */
MUST_USE enum code oauth_code_make(struct ctx *cx, struct oauth *o, const struct oauth_agreed *a,
                                   struct str *out);
/* The tokens for a code. E_DENIED (invalid_grant): unknown, expired, another client's or
   redirection's, a wrong verifier; one that came before ends the grant that it led to. */
struct oauth_redeem {
    struct str code, redirect, verifier;
};
MUST_USE enum code oauth_code_redeem(struct ctx *cx, struct oauth *o,
                                     const struct oauth_client *client,
                                     const struct oauth_redeem *r, struct oauth_tokens *out);
/* Inside of service/oauth: those that have had their time. */
MUST_USE enum code oauth_code_sweep(struct ctx *cx, struct oauth *o);
/* As oauth_code_make says: that a person allowed a client something. how: "code", "device". */
MUST_USE enum code oauth_granted(struct ctx *cx, struct oauth *o, const struct oauth_agreed *a,
                                 const char *how);

#endif
