/* Tokens of HTTP-01 that servers may fetch at this moment. */
#ifndef SERVICE_ACME_TOKENS_H
#define SERVICE_ACME_TOKENS_H

#include "base/str.h"

enum { ACME_TOKEN_MAX = 256 }; /* characters */

struct acme_tokens; /* safe for all threads */

/* base64url alone (RFC 8555 section 8.3): it becomes part of a path. */
bool acme_token_is_good(struct str token);

/* None at first. */
struct acme_tokens *acme_tokens_open(void);
/* Nobody asks any more. */
void acme_tokens_close(struct acme_tokens *t);
/* Copies both. */
void acme_tokens_put(struct acme_tokens *t, struct str token, struct str authorization);
void acme_tokens_drop(struct acme_tokens *t, struct str token);
/* In the arena; false: there is no such token. */
bool acme_tokens_find(struct acme_tokens *t, struct arena *a, struct str token, struct str *out);

#endif
