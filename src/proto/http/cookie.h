/* The cookie of the page's sessions (RFC 6265), and what keeps other sites from using it
   (docs/SIGNIN.md). */
#ifndef PROTO_HTTP_COOKIE_H
#define PROTO_HTTP_COOKIE_H

#include "proto/http/session.h"

/* The token of the session's cookie; false when none came. */
bool http_cookie_token(const struct http_request *q, struct str *token);
/* Sets it. max_age_s 0: the browser forgets it when it is closed. */
void http_cookie_put(struct ctx *cx, struct http_response *a, struct str token, uint32_t max_age_s);
/* Has the browser forget it. */
void http_cookie_clear(struct http_response *a);

/* Our own origin (RFC 6454 section 6.2) is what the request was sent to: "https://mail.example", in
   lower case. */
struct str http_own_origin(struct ctx *cx, const struct http_request *q);
/* Whether Origin, when it came, is our own, and Sec-Fetch-Site, when it came, names no other site.
   NULL, or why not: a literal. */
const char *http_foreign(struct ctx *cx, const struct http_request *q);
/* The same for a request by cookie, which must also show that it is no form of another site: what
   changes something carries "Postroad-Request: 1", a WebSocket its Origin. */
const char *http_cookie_refuse(struct ctx *cx, const struct http_request *q);
/* Asked by a script of the page: a browser would show its own window for a challenge of Basic. */
bool http_from_page(const struct http_request *q);

#endif
