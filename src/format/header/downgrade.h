/* Headers with UTF-8 (RFC 6532) for programs that know nothing of it: after RFC 6858. Texts become
   RFC 2047 words; an address that ASCII cannot write becomes one that nobody has, with the address
   as its name. */
#ifndef FORMAT_HEADER_DOWNGRADE_H
#define FORMAT_HEADER_DOWNGRADE_H

#include "base/arena.h"
#include "base/str.h"

/* Whether there is UTF-8 in it; what is neither ASCII nor UTF-8 stays as it is. */
bool downgrade_is_needed(struct str header);
/* A header, with its blank line if it has one; fields in ASCII stay byte for byte. */
struct str downgrade_header(struct arena *a, struct str header);
/* The text of IMAP's ENVELOPE. It stays as it is when it cannot be read. */
struct str downgrade_envelope(struct arena *a, struct str envelope);

#endif
