/* The head of a request (RFC 9112 sections 2 to 6): what is not exactly of the grammar is refused.
 */
#ifndef PROTO_HTTP_HEAD_H
#define PROTO_HTTP_HEAD_H

#include "base/cur.h"
#include "proto/http/http.h"

/* Slices of what was parsed. */
struct http_head {
    struct str method, target;
    struct str host, path, query; /* of the target or of Host */
    struct str port;              /* behind the host: digits, or empty */
    bool old;                     /* HTTP/1.0 */
    bool close;                   /* the client wants the connection closed */
    bool expects;                 /* Expect: 100-continue */
    bool chunked;
    uint64_t length; /* of the body, unless chunked */
    struct http_field fields[HTTP_FIELDS_MAX];
    size_t field_count;
};

/* Why a request is refused before anybody looks what it wants. status 0: it is not. */
struct http_fault {
    unsigned status;
    const char *why; /* a literal, shown to the client */
};

/* text: request line and fields with the empty line at the end; an empty line before is skipped. */
struct http_fault http_head_parse(struct str text, struct http_head *out);
/* As http_head_parse for a head that came in another framing: method, target and fields are set.
   authority: ":authority", or empty. Fills in the rest. */
struct http_fault http_head_check(struct http_head *h, struct str authority);
/* Takes "name: value" without its CRLF. */
bool http_field_parse(struct str line, struct http_field *out);
/* GET and so on; 0 for others. */
unsigned http_method_of(struct str name);
/* "GET, HEAD, OPTIONS" */
struct str http_methods_text(struct arena *a, unsigned methods);

/* The bytes of a token (RFC 9110 section 5.6.2). */
bool http_is_token(char c);

#endif
