/* Tag lists: "v=1; a=rsa-sha256; ..." (RFC 6376 section 3.2). Also those of DMARC, ARC, MTA-STS and
   TLSRPT records. */
#ifndef SERVICE_MAILAUTH_TAGS_H
#define SERVICE_MAILAUTH_TAGS_H

#include "base/err.h"
#include "base/str.h"

enum { TAGS_MAX = 50 };

struct tag {
    struct str name;
    struct str value; /* without the white space around it */
    struct str raw;   /* from the "=" to the ";" or the end: what a b= leaves out when signed */
};

struct tags {
    struct tag *at;
    size_t count;
};

/* Slices of text, array in cx->arena. E_SYNTAX: not a tag list, or a tag twice; E_LIMIT. */
MUST_USE enum code tags_parse(struct ctx *cx, struct str text, struct tags *out);
/* NULL when there is no such tag. Names are told apart by case. */
const struct tag *tags_find(const struct tags *t, struct str name);
/* Its value, or empty. */
struct str tags_get(const struct tags *t, struct str name);
/* The value without any white space in it: base64, lists of names. */
struct str tags_squeezed(struct ctx *cx, const struct tags *t, struct str name);

#endif
