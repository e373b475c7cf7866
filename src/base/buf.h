/* Bounded output: text and stored values are appended here. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"
#include "base/str.h"

/* Made with its maximum. Appending past it sets overflow and drops what does not fit; check once,
   at the end. Lives in its arena, and so do the slices taken from it. */
struct buf {
    struct arena *arena;
    char *p;
    size_t n, cap, max;
    bool overflow;
};

/* Empty; allocates with its first byte. */
struct buf buf_of(struct arena *a, size_t max);
/* What was appended so far; valid until the next append. */
struct str buf_str(const struct buf *b);
void buf_reset(struct buf *b);

/* Append whole, or nothing at all and set overflow. */
void buf_add(struct buf *b, struct str s);
void buf_byte(struct buf *b, char c);
void buf_fill(struct buf *b, char c, size_t n);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Decimal, without the cost of printf. */
void buf_u64(struct buf *b, uint64_t value);

/* Little-endian numbers of stored values, read by cur_le*. */
void buf_le8(struct buf *b, uint8_t value);
void buf_le16(struct buf *b, uint16_t value);
void buf_le32(struct buf *b, uint32_t value);
void buf_le64(struct buf *b, uint64_t value);
/* Groups of seven bits, the lowest first, the top bit set in all but the last: 1 to 10 bytes. */
void buf_varint(struct buf *b, uint64_t value);
/* A 32-bit length and the bytes. */
void buf_le_str(struct buf *b, struct str s);

/* Writes value in decimal into out and returns the digits' number (1 to 20). */
size_t u64_digits(uint64_t value, char out[static 20]);

#endif
