/* Sets of places of a view, as bits. */
#ifndef PROTO_IMAP_SEARCH_BITS_H
#define PROTO_IMAP_SEARCH_BITS_H

#include "proto/imap/wire/seqset.h"

struct imap_bits {
    uint64_t *word;
    uint32_t count; /* of places; bits behind it are 0 */
};

/* Without any; in the arena. */
struct imap_bits imap_bits_none(struct arena *a, uint32_t count);
/* All of the same count. */
void imap_bits_clear(struct imap_bits *b);
void imap_bits_fill(struct imap_bits *b);
void imap_bits_copy(struct imap_bits *to, const struct imap_bits *from);
void imap_bits_and(struct imap_bits *b, const struct imap_bits *with);
void imap_bits_or(struct imap_bits *b, const struct imap_bits *with);
void imap_bits_without(struct imap_bits *b, const struct imap_bits *those);

/* Adds the places of a rising set; those from count on are left out. */
void imap_bits_add(struct imap_bits *b, const struct imap_set *places);
void imap_bits_set(struct imap_bits *b, uint32_t place);
bool imap_bits_has(const struct imap_bits *b, uint32_t place);
/* How many; whether there is any from first up to end. */
uint32_t imap_bits_size(const struct imap_bits *b);
bool imap_bits_any(const struct imap_bits *b, uint32_t first, uint32_t end);
/* The first place from `from` on, or count. */
uint32_t imap_bits_next(const struct imap_bits *b, uint32_t from);
/* The last place before `end`, or count when there is none. */
uint32_t imap_bits_last(const struct imap_bits *b, uint32_t end);
/* The same as a rising set, in the arena or, a NULL, on the heap. */
struct imap_set imap_bits_places(struct arena *a, const struct imap_bits *b);

#endif
