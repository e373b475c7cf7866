/* Who is trusted: files of PEM, read anew when they are a minute old. */
#ifndef SERVICE_SMIME_TRUST_H
#define SERVICE_SMIME_TRUST_H

#include "service/smime/smime.h"

struct trusted {
    struct str pem;  /* in cx->arena */
    uint64_t number; /* of these very bytes */
    size_t files;
};
/* Reads the file, or the folder's files in the order of their names. E_NOT_FOUND, E_IO; E_LIMIT
   past SMIME_TRUST_MAX. */
MUST_USE enum code trust_read(struct ctx *cx, struct str path, struct trusted *out);
/* How often the text begins a block of that name. */
size_t trust_blocks(struct str pem, struct str name);

#endif
