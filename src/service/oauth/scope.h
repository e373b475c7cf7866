/* What a token is good for (RFC 6749 section 3.3). */
#ifndef SERVICE_OAUTH_SCOPE_H
#define SERVICE_OAUTH_SCOPE_H

#include "base/err.h"
#include "base/str.h"

/* Bits; stored: append only. */
enum oauth_scope {
    SCOPE_OPENID = 1,
    SCOPE_PROFILE = 2,
    SCOPE_EMAIL = 4,
    SCOPE_OFFLINE = 8, /* offline_access: refresh tokens */
    SCOPE_IMAP = 16,
    SCOPE_POP = 32,
    SCOPE_SMTP = 64,
    SCOPE_JMAP = 128,
    SCOPE_SIEVE = 256,
    SCOPE_DAV = 512,
    SCOPE_ALL = 1023,
    SCOPE_PROTOCOLS = 1008, /* those that open a protocol */
};
enum { SCOPES = 10, SCOPE_TEXT_MAX = 1000 };

/* Words between spaces; unknown ones are left out (RFC 6749 section 3.3 lets us). E_SYNTAX for
   characters that no scope has, E_LIMIT past SCOPE_TEXT_MAX. */
MUST_USE enum code scope_parse(struct ctx *cx, struct str text, uint32_t *out);
/* "openid email imap": in the order above, in the arena. */
struct str scope_text(struct arena *a, uint32_t scopes);
/* The name of the bit with that index; empty past the last. */
struct str scope_name(size_t index);
/* What a listener of that role wants of a token: SCOPE_IMAP of "imaps". 0: takes none. */
uint32_t scope_of_role(struct str role);

#endif
