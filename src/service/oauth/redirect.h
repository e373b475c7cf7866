/* Where a browser may be sent back to (RFC 6749 section 3.1.2, RFC 8252). */
#ifndef SERVICE_OAUTH_REDIRECT_H
#define SERVICE_OAUTH_REDIRECT_H

#include "base/str.h"

enum { REDIRECT_MAX = 500 };

/* Whether a client may register it: absolute, without fragment, user or blanks; https; http to a
   loopback address or localhost; a private-use scheme with a dot in it (RFC 8252 section 7.1). */
bool redirect_is_good(struct str uri);
/* Byte for byte; for loopback addresses written as such ("http://127.0.0.1/", "http://[::1]/") the
   port may be any (RFC 8252 section 7.3). */
bool redirect_fits(struct str registered, struct str asked);
/* Its origin for form-action of a Content-Security-Policy: "https://app.example:8443", or the
   scheme with its colon. uri is good. */
struct str redirect_origin(struct str uri);

#endif
