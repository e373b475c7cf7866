/* A hash table from byte strings to pointers. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/err.h"
#include "base/str.h"

/* Keys are hashed with a secret of the process, so that nobody outside can make them collide.
   Not for use by two threads at once. */
struct map;

/* An empty map. Closing it frees its keys; the values stay their owners' business. */
struct map *map_open(void);
void map_close(struct map *m);
AUTO_OF(struct map *, map_close)

/* How many keys have a value. */
size_t map_count(const struct map *m);
/* NULL when there is none. */
void *map_get(const struct map *m, struct str key);
/* Sets key to value (not NULL) and returns what was there, or NULL. The key's bytes are copied. */
void *map_put(struct map *m, struct str key, void *value);
/* Returns what was there, or NULL. */
void *map_remove(struct map *m, struct str key);
/* Walks in no order: start with *at = 0; false at the end. The map must not change meanwhile,
   but for removing the entry just returned. */
bool map_next(const struct map *m, size_t *at, struct str *key, void **value);

/* A number as a key: the 8 bytes at n. */
struct str map_u64(const uint64_t *n);
/* The keyed hash itself (SipHash-1-3 with the process's secret). */
uint64_t hash_bytes(struct str s);

#endif
