/* Percent-encoding (RFC 3986 section 2.1) and the parameters of a query. */
#ifndef FORMAT_URI_PERCENT_H
#define FORMAT_URI_PERCENT_H

#include "base/str.h"

struct arena;

/* %XX becomes its byte, all else stays; in a when something had to be decoded. False for a "%"
   without two hexadecimal digits. */
bool percent_decode(struct arena *a, struct str in, struct str *out);
/* The value of the first "name=value" between "&", decoded. False when there is none, or it cannot
   be decoded. */
bool percent_query(struct arena *a, struct str query, struct str name, struct str *out);

#endif
