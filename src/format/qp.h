/* Quoted-printable (RFC 2045 section 6.7) and the Q encoding of header words (RFC 2047). */
#ifndef FORMAT_QP_H
#define FORMAT_QP_H

#include "base/str.h"

/* Decodes at most max bytes. "=" that is not followed by two hex digits or a line end stays as it
   is; blanks at line ends are dropped; line ends stay as they are. Never fails. */
struct str qp_decode(struct arena *a, struct str in, size_t max);
/* As qp_decode, and "_" is a space. */
struct str qp_decode_word(struct arena *a, struct str in);

#endif
