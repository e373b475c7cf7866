/* Ropes: output as a chain of pieces, some copied, some borrowed from blobs. */
#ifndef BASE_ROPE_H
#define BASE_ROPE_H

#include "base/arena.h"
#include "base/str.h"

struct iovec;

struct rope_piece {
    struct rope_piece *next;
    struct str bytes;
    void (*release)(void *owner); /* may be NULL */
    void *owner;
};

/* Grows at its end and is eaten from its start. Copied bytes live in the arena given to rope_of; so
   the arena must outlive the rope. All zero is a rope that only rope_of may follow. */
struct rope {
    struct arena *arena;
    struct rope_piece *first, *last;
    size_t bytes;     /* in all pieces */
    size_t tail_room; /* bytes free behind last->bytes, when last was made by rope_put */
};

/* An empty rope. */
struct rope rope_of(struct arena *a);
/* Appends a copy; small ones share a block. */
void rope_put(struct rope *r, struct str s);
void rope_printf(struct rope *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rope_u64(struct rope *r, uint64_t value);
/* Appends without copying: s must outlive the rope (constants, things in its arena). */
void rope_ref(struct rope *r, struct str s);
/* As rope_ref; release(owner) is called once, when the piece was eaten or the rope dropped. */
void rope_own(struct rope *r, struct str s, void (*release)(void *owner), void *owner);

/* Moves what b holds to the end of a; b is empty then. Both must be of the same arena. */
void rope_join(struct rope *a, struct rope *b);
/* Fills out with up to count pieces from the start, for writev; returns how many. */
size_t rope_iovec(const struct rope *r, struct iovec *out, size_t count);
/* Eats n bytes from the start (n <= bytes), releasing what is done with. */
void rope_eat(struct rope *r, size_t n);
/* Releases all pieces; the rope is empty then. */
void rope_drop(struct rope *r);
/* All bytes as one slice in arena a; the rope keeps them. */
struct str rope_flatten(const struct rope *r, struct arena *a);

#endif
