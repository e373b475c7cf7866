/* Text in any charset to UTF-8. The one place that knows ICU's converters. */
#ifndef FORMAT_CHARSET_H
#define FORMAT_CHARSET_H

#include "base/str.h"

/* True for names of charsets (RFC 2978, and what mail programs call them) that can be decoded. */
bool charset_known(struct str name);
/* To valid UTF-8; what cannot be decoded becomes U+FFFD. Unknown or empty name, and us-ascii
   with bytes that are not: UTF-8 if valid, else windows-1252. Never fails. May return in itself. */
struct str charset_to_utf8(struct arena *a, struct str name, struct str in);

/* Valid UTF-8 in another charset, one in which ASCII can be mixed with what follows it (not UTF-16
   and such). A character that it has not becomes replacement; replacement NULL: false, as for names
   that are not known and for a replacement that it has not either. */
bool charset_from_utf8(struct arena *a, struct str name, struct str text,
                       const struct str *replacement, struct str *out);

/* Those worth naming to somebody who asked for another one, by spaces; all are known. */
struct str charset_names(void);

#endif
