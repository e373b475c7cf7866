/* Plain blobs kept ready to send: shards of least recently used ones. */
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include "store/blob.h"
#include <stdatomic.h>

/* Plain bytes of a blob, or of one frame of a large one. */
struct blob {
    atomic_uint refs;
    struct blob_id id;
    uint32_t frame; /* FRAME_WHOLE: all */
    struct blob *next_hashed, *newer, *older;
    size_t n;
    char bytes[];
};

enum { FRAME_WHOLE = 0xffffffff };

struct blob_cache;
struct cache_stats {
    uint64_t hits, misses, bytes;
};

/* Keeps up to about max_bytes. */
struct blob_cache *cache_open(size_t max_bytes);
/* Blobs that are still held elsewhere live on. */
void cache_close(struct blob_cache *c);
/* With a reference for the caller, or NULL. */
struct blob *cache_get(struct blob_cache *c, const struct blob_id *id, uint32_t frame);
/* Keeps it too, if it is not too large a part of the cache. */
void cache_put(struct blob_cache *c, struct blob *b);
/* Whether one of n bytes would be kept. */
bool cache_takes(const struct blob_cache *c, size_t n);
struct cache_stats cache_stats(struct blob_cache *c);

/* Room for n bytes, with one reference. */
struct blob *blob_new_plain(const struct blob_id *id, uint32_t frame, size_t n);

#endif
