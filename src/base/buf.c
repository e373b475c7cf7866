#include "base/buf.h"
#include <stdarg.h>

struct buf buf_of(struct arena *a, size_t max)
{
    return (struct buf){.arena = a, .max = max};
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->p, b->n};
}

void buf_reset(struct buf *b)
{
    b->n = 0;
    b->overflow = false;
}

/* True if n more bytes have room; else marks the overflow. */
static bool room(struct buf *b, size_t n)
{
    if (n <= b->cap - b->n)
        return true;
    if (n > b->max - b->n) {
        b->overflow = true;
        return false;
    }
    size_t cap = b->cap ? b->cap : 64;
    while (cap - b->n < n)
        cap *= 2;
    if (cap > b->max)
        cap = b->max;
    b->p = arena_grow(b->arena, b->p, b->cap, cap);
    b->cap = cap;
    return true;
}

void buf_add(struct buf *b, struct str s)
{
    if (s.n == 0 || !room(b, s.n))
        return;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void buf_byte(struct buf *b, char c)
{
    if (room(b, 1))
        b->p[b->n++] = c;
}

void buf_fill(struct buf *b, char c, size_t n)
{
    if (n == 0 || !room(b, n))
        return;
    memset(b->p + b->n, c, n);
    b->n += n;
}

void buf_printf(struct buf *b, const char *format, ...)
{
    char small[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    must(n >= 0);
    if ((size_t)n < sizeof small) {
        buf_add(b, str_of(small, (size_t)n));
        return;
    }
    char *large = arena_alloc(b->arena, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(large, (size_t)n + 1, format, args);
    va_end(args);
    buf_add(b, str_of(large, (size_t)n));
}

size_t u64_digits(uint64_t value, char out[static 20])
{
    char reversed[20];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    return n;
}

void buf_u64(struct buf *b, uint64_t value)
{
    char digits[20];
    buf_add(b, str_of(digits, u64_digits(value, digits)));
}

static void little_endian(struct buf *b, uint64_t value, size_t n)
{
    char bytes[8];
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(value >> (8 * i) & 0xff);
    buf_add(b, str_of(bytes, n));
}

void buf_le8(struct buf *b, uint8_t value)
{
    little_endian(b, value, 1);
}

void buf_le16(struct buf *b, uint16_t value)
{
    little_endian(b, value, 2);
}

void buf_le32(struct buf *b, uint32_t value)
{
    little_endian(b, value, 4);
}

void buf_le64(struct buf *b, uint64_t value)
{
    little_endian(b, value, 8);
}

void buf_le_str(struct buf *b, struct str s)
{
    must(s.n <= UINT32_MAX);
    buf_le32(b, (uint32_t)s.n);
    buf_add(b, s);
}
