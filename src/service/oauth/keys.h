/* The keys that ID tokens are signed with: two of the moment, one of each algorithm, and those
   before them as long as what they signed may be looked at. */
#ifndef SERVICE_OAUTH_KEYS_H
#define SERVICE_OAUTH_KEYS_H

#include "format/json.h"
#include "service/oauth/jose.h"
#include "service/oauth/oauth.h"

enum { OAUTH_KEYS_MAX = 32, OAUTH_KEY_RETIRED_DAYS = 7 };

struct oauth_key {
    struct str id; /* its thumbprint (RFC 7638) */
    enum jose_algorithm algorithm;
    int64_t created_ms, retired_ms; /* retired_ms 0: signs */
};

/* Those of JWKS, newest first, in cx->arena. */
MUST_USE enum code oauth_key_list(struct ctx *cx, struct oauth *o, struct oauth_key **out,
                                  size_t *count);
/* New ones of both algorithms sign from now on. E_LIMIT when it was done too often lately. */
MUST_USE enum code oauth_key_rotate(struct ctx *cx, struct oauth *o);
/* JWK Set (RFC 7517 section 5). */
MUST_USE enum code oauth_jwks(struct ctx *cx, struct oauth *o, struct json *j);
/* A JWT of these claims, signed by the key of the moment. typ: "JWT". */
MUST_USE enum code oauth_sign(struct ctx *cx, struct oauth *o, enum jose_algorithm algorithm,
                              struct str claims, struct str *out);
/* The claims of a JWT that a key of ours has signed, as JSON; nothing else is looked at. E_DENIED.
 */
MUST_USE enum code oauth_verify(struct ctx *cx, struct oauth *o, struct str token,
                                struct str *claims);

#endif
