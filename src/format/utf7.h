/* Mailbox names as IMAP4rev1 writes them: modified UTF-7 (RFC 3501 section 5.1.3). */
#ifndef FORMAT_UTF7_H
#define FORMAT_UTF7_H

#include "base/err.h"
#include "base/str.h"

/* Modified UTF-7 to UTF-8, strict: 8-bit bytes, an unended or superfluous shift, lone surrogates,
   bits left over, or an encoded character that must stand for itself are E_SYNTAX. */
MUST_USE enum code utf7_decode(struct ctx *cx, struct str in, struct str *out);
/* Valid UTF-8 to modified UTF-7. s itself when nothing needs encoding. */
struct str utf7_encode(struct arena *a, struct str in);

#endif
