/* Messages of 8-bit or binary content for hosts that take 7 bits alone (RFC 6152 section 3, RFC
   3030 section 3): parts become quoted-printable or base64, what is in them stays the same. */
#ifndef FORMAT_SEVEN_H
#define FORMAT_SEVEN_H

#include "base/err.h"
#include "base/str.h"

enum { SEVEN_LINE_MAX = 998 }; /* a longer line is encoded, too (RFC 5321 section 4.5.3.1.6) */

/* Whether the header, and those of all parts and of messages in it, are ASCII: then it needs no
   SMTPUTF8 (RFC 6531, 6532). What cannot be looked through to its end is not. */
bool seven_headers(struct ctx *cx, struct str message);

/* The message in ASCII, with CRLF as its only line end. Header fields and boundaries stay byte for
   byte, but for Content-Transfer-Encoding on each level, and MIME-Version and Content-Type where a
   message without them has to have them (RFC 1428). 8-bit bytes that belong to no part, before the
   first boundary and behind the last, become "?". Nothing in multipart/signed or
   multipart/encrypted is touched (RFC 1847). out: message itself when nothing is to be done; else
   in cx->arena, up to three times as large. E_UNSUPPORTED: it cannot be done without loss. */
MUST_USE enum code seven_bits(struct ctx *cx, struct str message, struct str *out);

#endif
