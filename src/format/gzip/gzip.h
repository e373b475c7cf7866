/* gzip (RFC 1952), written. Reading what others packed is done in the cage (src/helper). */
#ifndef FORMAT_GZIP_GZIP_H
#define FORMAT_GZIP_GZIP_H

#include "base/err.h"
#include "base/str.h"

/* In the arena; without a name and a time, so the same bytes give the same bytes. */
struct str gzip_pack(struct arena *a, struct str in);

#endif
