/* Access and refresh tokens: opaque to others, sealed by us. What they say is checked against the
   row of their grant each time, so that what ends a grant ends them at once. docs/OAUTH.md. */
#ifndef SERVICE_OAUTH_TOKEN_H
#define SERVICE_OAUTH_TOKEN_H

#include "service/oauth/client.h"
#include "service/oauth/grant.h"

enum { OAUTH_TOKEN_MAX = 200 }; /* bytes of a token of ours */

/* A good access token. */
struct oauth_access {
    struct oauth_grant grant;
    struct principal who;
    uint32_t scopes, number;
    int64_t expires_ms;
};
/* Whether it looks like one of ours; if not, another issuer's may be tried. */
bool oauth_is_ours(struct str token);
/* Whether we have made it, and be it long ago: who shows it is not guessing. */
bool oauth_was_ours(struct ctx *cx, const struct oauth *o, struct str token);
/* E_DENIED for all that is no access token now. Strings in cx->arena. */
MUST_USE enum code oauth_access(struct ctx *cx, struct oauth *o, struct str token,
                                struct oauth_access *out);

/* What a client is given (RFC 6749 section 5.1). */
struct oauth_tokens {
    struct str access, refresh, id; /* refresh and id may be empty */
    uint32_t expires_s, scopes;
};
/* Another pair for a refresh token (RFC 6749 section 6). scopes 0: as they were. E_DENIED
   (invalid_grant): also when it came twice, which ends the grant; E_UNSUPPORTED (invalid_scope). */
MUST_USE enum code oauth_refresh(struct ctx *cx, struct oauth *o, const struct oauth_client *client,
                                 struct str token, uint32_t scopes, struct oauth_tokens *out);
/* RFC 7009. A refresh token ends its grant; an access token ends itself and those before it. One of
   another client, or none at all, is OK as well. */
MUST_USE enum code oauth_revoke(struct ctx *cx, struct oauth *o, const struct oauth_client *client,
                                struct str token);
/* As oauth_access for introspection (RFC 7662): refresh tokens, too. *refresh: it is one. */
MUST_USE enum code oauth_look(struct ctx *cx, struct oauth *o, struct str token,
                              struct oauth_access *out, bool *refresh);

/* What the claims of an ID token are made of: OpenID Connect Core section 2. */
struct oauth_subject {
    const struct oauth_grant *grant;
    const struct oauth_client *client;
    struct str nonce, access; /* access: the token that came with it */
};
MUST_USE enum code oauth_id_token(struct ctx *cx, struct oauth *o, const struct oauth_subject *s,
                                  struct str *out);
/* "sub" of a person: never another's. */
struct str oauth_subject_of(struct arena *a, principal_id who);
/* at_hash (section 3.1.3.6): the left half of the token's SHA-256. */
struct str oauth_at_hash(struct arena *a, struct str access);

#endif
