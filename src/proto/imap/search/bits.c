#include "proto/imap/search/bits.h"
#include "base/arena.h"

enum { WORD = 64 };

static size_t words(const struct imap_bits *b)
{
    return ((size_t)b->count + WORD - 1) / WORD;
}

struct imap_bits imap_bits_none(struct arena *a, uint32_t count)
{
    struct imap_bits b = {.count = count};
    b.word = ARENA_ARRAY(a, words(&b) + 1, uint64_t);
    return b;
}

void imap_bits_clear(struct imap_bits *b)
{
    for (size_t i = 0; i < words(b); i++)
        b->word[i] = 0;
}

void imap_bits_fill(struct imap_bits *b)
{
    for (size_t i = 0; i < words(b); i++)
        b->word[i] = UINT64_MAX;
    if (b->count % WORD)
        b->word[b->count / WORD] = (UINT64_C(1) << b->count % WORD) - 1;
}

void imap_bits_copy(struct imap_bits *to, const struct imap_bits *from)
{
    for (size_t i = 0; i < words(from); i++)
        to->word[i] = from->word[i];
}

void imap_bits_and(struct imap_bits *b, const struct imap_bits *with)
{
    for (size_t i = 0; i < words(b); i++)
        b->word[i] &= with->word[i];
}

void imap_bits_or(struct imap_bits *b, const struct imap_bits *with)
{
    for (size_t i = 0; i < words(b); i++)
        b->word[i] |= with->word[i];
}

void imap_bits_without(struct imap_bits *b, const struct imap_bits *those)
{
    for (size_t i = 0; i < words(b); i++)
        b->word[i] &= ~those->word[i];
}

void imap_bits_set(struct imap_bits *b, uint32_t place)
{
    b->word[place / WORD] |= UINT64_C(1) << place % WORD;
}

bool imap_bits_has(const struct imap_bits *b, uint32_t place)
{
    return place < b->count && b->word[place / WORD] >> place % WORD & 1;
}

void imap_bits_add(struct imap_bits *b, const struct imap_set *places)
{
    for (size_t i = 0; i < places->count; i++) {
        uint32_t last = places->at[i].last;
        for (uint32_t at = places->at[i].first; at <= last && at < b->count; at++) {
            if (at % WORD == 0 && last - at >= WORD - 1 && b->count - at >= WORD) {
                b->word[at / WORD] = UINT64_MAX;
                at += WORD - 1;
            } else {
                imap_bits_set(b, at);
            }
        }
    }
}

uint32_t imap_bits_size(const struct imap_bits *b)
{
    uint32_t n = 0;
    for (size_t i = 0; i < words(b); i++)
        n += (uint32_t)__builtin_popcountll(b->word[i]);
    return n;
}

uint32_t imap_bits_next(const struct imap_bits *b, uint32_t from)
{
    if (from >= b->count)
        return b->count;
    size_t at = from / WORD;
    uint64_t word = b->word[at] & UINT64_MAX << from % WORD;
    while (!word) {
        if (++at >= words(b))
            return b->count;
        word = b->word[at];
    }
    return (uint32_t)(at * WORD) + (uint32_t)__builtin_ctzll(word);
}

uint32_t imap_bits_last(const struct imap_bits *b, uint32_t end)
{
    for (uint32_t at = end < b->count ? end : b->count; at-- > 0;) {
        if (at % WORD == WORD - 1 && !b->word[at / WORD])
            at -= WORD - 1;
        else if (imap_bits_has(b, at))
            return at;
    }
    return b->count;
}

bool imap_bits_any(const struct imap_bits *b, uint32_t first, uint32_t end)
{
    return imap_bits_next(b, first) < end;
}

struct imap_set imap_bits_places(struct arena *a, const struct imap_bits *b)
{
    struct imap_set set = {0};
    for (uint32_t at = imap_bits_next(b, 0); at < b->count; at = imap_bits_next(b, at + 1))
        imap_set_add(a, &set, at);
    return set;
}
