/* Text in any charset to UTF-8. The one place that knows ICU's converters. */
#ifndef FORMAT_CHARSET_H
#define FORMAT_CHARSET_H

#include "base/str.h"

/* True for names of charsets (RFC 2978, and what mail programs call them) that can be decoded. */
bool charset_known(struct str name);
/* To valid UTF-8; what cannot be decoded becomes U+FFFD. Unknown or empty name, and us-ascii
   with bytes that are not: UTF-8 if valid, else windows-1252. Never fails. May return in itself. */
struct str charset_to_utf8(struct arena *a, struct str name, struct str in);

/* Those worth naming to somebody who asked for another one, by spaces; all are known. */
struct str charset_names(void);

#endif
