/* What conversions are asked by, and texts. */
#ifndef SERVICE_FILTER_CONVERT_TEXT_H
#define SERVICE_FILTER_CONVERT_TEXT_H

#include "base/err.h"
#include "base/str.h"

struct sieve_conversion;

/* RFC 5259 section 7, RFC 2879. Those that were not said are empty, or 0. */
struct convert_asked {
    struct str charset;
    bool replaces; /* unknown-character-replacement was said; it may be empty */
    struct str replacement;
    uint32_t width, height; /* pix-x, pix-y: a picture has no more pixels */
};
/* E_UNSUPPORTED: one that is not known or makes no sense for the type, twice the same, a number
   that is none. */
MUST_USE enum code convert_asked_read(struct ctx *cx, const struct sieve_conversion *x,
                                      struct convert_asked *out);

/* A text of one type as another: the same in other charset, or HTML as plain text.
   E_UNSUPPORTED: that is not made of that; E_SYNTAX: a character that the charset has not;
   E_EXISTS: it is just that. */
MUST_USE enum code convert_text(struct ctx *cx, const struct convert_asked *asked,
                                struct sieve_conversion *x);
/* x->out, which is UTF-8, in the charset asked for. E_SYNTAX, E_UNSUPPORTED. */
MUST_USE enum code convert_settle(struct ctx *cx, const struct convert_asked *asked,
                                  struct sieve_conversion *x);

#endif
