/* Digests of bytes by their names in HTTP (RFC 5843), for those who compare files. */
#ifndef FORMAT_DIGEST_H
#define FORMAT_DIGEST_H

#include "base/arena.h"
#include "base/str.h"

/* Names, best last: "sha", "sha-256", "sha-512"; empty past the last. */
struct str digest_name(size_t index);
/* The digest's bytes, in a; false for a name that is not known. */
bool digest_of(struct arena *a, struct str name, struct str bytes, struct str *out);

#endif
