/* Inside of service/oauth: tokens are made here. */
#ifndef SERVICE_OAUTH_MINT_H
#define SERVICE_OAUTH_MINT_H

#include "service/oauth/inner.h"
#include "service/oauth/token.h"

/* What is sealed into a token; the first byte of its text says which kind it is. */
enum mint_kind { MINT_ACCESS = 1, MINT_REFRESH = 2 };
struct mint {
    enum mint_kind kind;
    principal_id who;
    uint64_t grant;
    uint32_t number, scopes;
    int64_t expires_ms; /* of access tokens */
};
struct str mint_text(struct ctx *cx, const struct oauth *o, const struct mint *m);
/* False when we have not made it. */
bool mint_read(struct ctx *cx, const struct oauth *o, struct str token, struct mint *out);

/* The tokens with the grant's number. */
MUST_USE enum code mint_tokens(struct ctx *cx, struct oauth *o, const struct oauth_subject *s,
                               uint32_t scopes, struct oauth_tokens *out);
/* A change in the log that nobody wants to see: something came twice, and its grant ended. */
void mint_reused(struct ctx *cx, struct oauth *o, const struct oauth_grant *g, const char *what);

#endif
