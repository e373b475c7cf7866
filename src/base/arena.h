/* Memory that is given out piece by piece and taken back all at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"
#include <stddef.h>

struct arena;

/* A new, empty arena. Costs no block until the first allocation. Not for use by two threads at
 * once. */
struct arena *arena_open(void);
void arena_close(struct arena *a);
AUTO_OF(struct arena *, arena_close)

/* n zeroed bytes, aligned for any type. Never NULL: out of memory ends the process.
   Under ASan each object is a block of its own, so that overflow and use after reset are caught. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull));
/* As arena_alloc(a, count * size); an overflow ends the process. */
void *arena_array(struct arena *a, size_t count, size_t size) __attribute__((returns_nonnull));
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, count, type) ((type *)arena_array((a), (count), sizeof(type)))

/* A copy of old with room for size bytes; the first old_size bytes are kept, the rest is zero.
   The last object given out grows in place where it can. */
void *arena_grow(struct arena *a, void *old, size_t old_size, size_t size);

/* As arena_grow, but what is new holds anything: for those who write before they read. */
void *arena_stretch(struct arena *a, void *old, size_t old_size, size_t size);

/* Gives all objects back; one block is kept for what comes next. */
void arena_reset(struct arena *a);
/* As arena_reset, but keeps no block: for sessions that fall idle. */
void arena_clear(struct arena *a);
/* Bytes given out since the last reset. */
size_t arena_used(const struct arena *a);

#endif
