/* Little-endian numbers at fixed places, for rows that are read by the hundred thousand. */
#ifndef BASE_LE_H
#define BASE_LE_H

#include "base/err.h"
#include "base/str.h"
#include <endian.h>

/* The number whose first byte is at offset off; it must lie in s. */
static inline uint32_t le32_at(struct str s, size_t off)
{
    uint32_t v;
    must(s.n >= sizeof v && off <= s.n - sizeof v);
    memcpy(&v, s.p + off, sizeof v);
    return le32toh(v);
}

static inline uint64_t le64_at(struct str s, size_t off)
{
    uint64_t v;
    must(s.n >= sizeof v && off <= s.n - sizeof v);
    memcpy(&v, s.p + off, sizeof v);
    return le64toh(v);
}

#endif
