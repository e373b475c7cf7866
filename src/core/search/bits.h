/* Sets of item ids, as bits. */
#ifndef CORE_SEARCH_BITS_H
#define CORE_SEARCH_BITS_H

#include "base/err.h"
#include <stdlib.h>

/* All zero is empty; bits_free gives it back. */
struct bits {
    uint64_t *words;
    size_t count; /* of words */
};

/* Whether id is in it. */
static inline bool bits_has(const struct bits *b, uint64_t id)
{
    return id / 64 < b->count && (b->words[id / 64] >> (id % 64) & 1);
}

/* Room for ids below or at that one. */
static inline void bits_reach(struct bits *b, uint64_t id)
{
    if (id / 64 < b->count)
        return;
    size_t count = (size_t)(id / 64) * 5 / 4 + 16;
    b->words = (uint64_t *)realloc(b->words, count * sizeof *b->words);
    must(b->words);
    for (size_t i = b->count; i < count; i++)
        b->words[i] = 0;
    b->count = count;
}

/* Puts id in. */
static inline void bits_set(struct bits *b, uint64_t id)
{
    bits_reach(b, id);
    b->words[id / 64] |= (uint64_t)1 << (id % 64);
}

/* Takes id out. */
static inline void bits_clear(struct bits *b, uint64_t id)
{
    if (id / 64 < b->count)
        b->words[id / 64] &= ~((uint64_t)1 << (id % 64));
}

/* How many are in it. */
static inline size_t bits_count(const struct bits *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->count; i++)
        n += (size_t)__builtin_popcountll(b->words[i]);
    return n;
}

/* a keeps what is in b as well. */
static inline void bits_and(struct bits *a, const struct bits *b)
{
    for (size_t i = 0; i < a->count; i++)
        a->words[i] &= i < b->count ? b->words[i] : 0;
}

/* a gets what is in b. */
static inline void bits_or(struct bits *a, const struct bits *b)
{
    if (b->count > a->count)
        bits_reach(a, (uint64_t)b->count * 64 - 1);
    for (size_t i = 0; i < b->count; i++)
        a->words[i] |= b->words[i];
}

static inline void bits_free(struct bits *b)
{
    free(b->words);
    b->words = NULL;
    b->count = 0;
}

#endif
