/* Rows of the directory that were read lately, each good for one version of its partition: a change
   voids all at once, so that a stale row is never seen. A fixed size; safe for all threads. */
#ifndef CORE_DIRECTORY_CACHE_H
#define CORE_DIRECTORY_CACHE_H

#include "base/arena.h"
#include "base/str.h"

struct directory_cache;

/* Empty; closed when nobody reads any more. */
struct directory_cache *directory_cache_open(void);
void directory_cache_close(struct directory_cache *c);

/* The value in the arena; false when it is not known at that version. */
bool directory_cache_get(struct directory_cache *c, struct str key, uint64_t version,
                         struct arena *a, struct str *value);
/* version: as it was before the value was read. Large rows are not kept. */
void directory_cache_put(struct directory_cache *c, struct str key, uint64_t version,
                         struct str value);

#endif
