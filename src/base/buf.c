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
    b->p = arena_stretch(b->arena, b->p, b->cap, cap);
    b->cap = cap;
    return true;
}

/* Most of what is appended is a word: two moves of a fixed size, which may overlap, cost less than
   a call. */
static void put(char *to, const char *from, size_t n)
{
    uint64_t first, last;
    uint32_t first_half, last_half;
    if (n > 2 * sizeof first) {
        memcpy(to, from, n);
    } else if (n >= sizeof first) {
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + n - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + n - sizeof last, &last, sizeof last);
    } else if (n >= sizeof first_half) {
        memcpy(&first_half, from, sizeof first_half);
        memcpy(&last_half, from + n - sizeof last_half, sizeof last_half);
        memcpy(to, &first_half, sizeof first_half);
        memcpy(to + n - sizeof last_half, &last_half, sizeof last_half);
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
    }
}

void buf_add(struct buf *b, struct str s)
{
    if (s.n == 0 || !room(b, s.n))
        return;
    put(b->p + b->n, s.p, s.n);
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

static size_t digits_of(uint64_t value)
{
    size_t n = 1;
    for (; value >= 10000; value /= 10000)
        n += 4;
    return n + (value >= 10) + (value >= 100) + (value >= 1000);
}

static void put_digits(uint64_t value, char *out, size_t n)
{
    for (; n > 1; n -= 2, value /= 100) {
        unsigned two = (unsigned)(value % 100);
        out[n - 1] = (char)('0' + two % 10);
        out[n - 2] = (char)('0' + two / 10);
    }
    if (n)
        out[0] = (char)('0' + value);
}

size_t u64_digits(uint64_t value, char out[static 20])
{
    size_t n = digits_of(value);
    put_digits(value, out, n);
    return n;
}

void buf_u64(struct buf *b, uint64_t value)
{
    size_t n = digits_of(value);
    if (!room(b, n))
        return;
    put_digits(value, b->p + b->n, n);
    b->n += n;
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

void buf_varint(struct buf *b, uint64_t value)
{
    char bytes[10];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[n++] = (char)(value | 0x80);
    bytes[n++] = (char)value;
    buf_add(b, str_of(bytes, n));
}

void buf_le_str(struct buf *b, struct str s)
{
    must(s.n <= UINT32_MAX);
    buf_le32(b, (uint32_t)s.n);
    buf_add(b, s);
}
