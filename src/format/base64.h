/* Base64 (RFC 4648), strict as SASL wants it and lenient as mail in the wild needs it. */
#ifndef FORMAT_BASE64_H
#define FORMAT_BASE64_H

#include "base/err.h"
#include "base/str.h"

/* One line, padded. */
struct str base64_encode(struct arena *a, struct str in);
/* "-" and "_" for "+" and "/", without padding (RFC 4648 section 5): tokens and JOSE. */
struct str base64url_encode(struct arena *a, struct str in);
/* Lines of 76 characters, each ended by CRLF (RFC 2045 section 6.8). */
struct str base64_encode_lines(struct arena *a, struct str in);
/* The same read back, as strict as base64_decode_strict. E_SYNTAX. */
MUST_USE enum code base64url_decode(struct ctx *cx, struct str in, struct str *out);
/* Only the alphabet, whole groups of four, right padding, no bits left over; empty is fine.
   E_SYNTAX. */
MUST_USE enum code base64_decode_strict(struct ctx *cx, struct str in, struct str *out);
/* What mail needs: skips all that is not of the alphabet, goes on after padding (pieces that were
   encoded one by one), takes a last group that is too short. Decodes at most max bytes. Takes "-"
   and "_" as "+" and "/". */
struct str base64_decode(struct arena *a, struct str in, size_t max);
/* Bytes that well-formed base64 text of n bytes with so many line ends (CRLF) decodes to; an upper
   bound within 3 bytes for it, an estimate for anything else. */
uint64_t base64_decoded_size(uint64_t n, uint64_t lines);

#endif
