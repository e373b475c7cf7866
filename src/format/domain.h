/* Domain names: Unicode and ASCII forms (IDNA 2008). The one place that knows libidn2. */
#ifndef FORMAT_DOMAIN_H
#define FORMAT_DOMAIN_H

#include "base/err.h"
#include "base/str.h"

/* Lower-case A-labels ("xn--…"), for look-ups and comparing. E_SYNTAX when it is no domain name. */
MUST_USE enum code domain_to_ascii(struct ctx *cx, struct str domain, struct str *out);
/* U-labels for showing. E_SYNTAX. */
MUST_USE enum code domain_to_unicode(struct ctx *cx, struct str domain, struct str *out);
/* Letters, digits, inner hyphens (and UTF-8) in labels of 1 to 63 bytes, at most 255 in all, no dot
   at the end. */
bool domain_valid(struct str domain);
/* Whether name is the domain or lies below it; ASCII case does not matter. */
bool domain_is_below(struct str name, struct str domain);

#endif
