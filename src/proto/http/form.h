/* Parameters of a query or of a form: application/x-www-form-urlencoded. */
#ifndef PROTO_HTTP_FORM_H
#define PROTO_HTTP_FORM_H

#include "base/buf.h"
#include "proto/http/message.h"

enum { HTTP_FORM_MAX = 64 }; /* parameters */

/* Decoded, in the order in which they came. */
struct http_form {
    struct http_field at[HTTP_FORM_MAX];
    size_t count;
};

/* In cx->arena. E_SYNTAX: a broken escape, a control character, not UTF-8, a name that came twice
   (RFC 6749 section 3.1 forbids it); E_LIMIT past HTTP_FORM_MAX. */
MUST_USE enum code http_form_parse(struct ctx *cx, struct str text, struct http_form *out);
/* The body of a request that says that it is a form. E_SYNTAX. */
MUST_USE enum code http_form_read(struct ctx *cx, const struct http_request *q,
                                  struct http_form *out);
/* The value; empty when there is none. */
struct str http_form_get(const struct http_form *f, struct str name);
/* Appends name=value, escaped, with "&" or the given separator before it. */
void http_form_put(struct buf *out, char before, struct str name, struct str value);

#endif
