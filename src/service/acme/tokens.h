/* Tokens of HTTP-01 that servers may fetch at this moment. */
#ifndef SERVICE_ACME_TOKENS_H
#define SERVICE_ACME_TOKENS_H

#include "base/str.h"

struct acme_tokens; /* safe for all threads */

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
