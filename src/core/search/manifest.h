/* What an index consists of: one small file, replaced as a whole by each commit. What it does not
   name is not there. */
#ifndef CORE_SEARCH_MANIFEST_H
#define CORE_SEARCH_MANIFEST_H

#include "base/err.h"
#include <stddef.h>

enum {
    MANIFEST_LAYOUT = 2, /* of an index; another one is thrown away */
    MANIFEST_SHARDS_MAX = 64,
};

struct manifest_shard {
    uint64_t name; /* of its directory; grows, never used again */
    uint32_t docs;
};

struct manifest {
    uint64_t modseq; /* of the account, up to which all is in the index */
    uint64_t next;   /* name of the next shard */
    struct manifest_shard shards[MANIFEST_SHARDS_MAX];
    size_t count;
};

/* Of the index in dir. E_NOT_FOUND; E_CORRUPT when it is damaged or of another layout. */
MUST_USE enum code manifest_read(struct ctx *cx, const char *dir, struct manifest *out);
/* Durable when it returns. E_IO. */
MUST_USE enum code manifest_write(struct ctx *cx, const char *dir, const struct manifest *m);

#endif
