#include "format/utf8.h"

enum { REPLACEMENT = 0xfffd, CODE_POINT_MAX = 0x10ffff };

/* In blocks, which compilers turn into vector code. */
bool utf8_is_ascii(struct str s)
{
    enum { BLOCK = 64 };
    size_t i = 0;
    for (; i + BLOCK <= s.n; i += BLOCK) {
        unsigned char all = 0;
        for (size_t k = 0; k < BLOCK; k++)
            all |= (unsigned char)s.p[i + k];
        if (all >= 0x80)
            return false;
    }
    for (; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static uint32_t byte_at(struct str s, size_t i)
{
    return (unsigned char)s.p[i];
}

/* Bytes of the sequence that this byte starts; 0 when none does. */
static size_t length_of(uint32_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2)
        return 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return first < 0xf5 ? 4 : 0;
}

/* Decodes the sequence at s[i]; returns its length, or 0 when it is bad. */
static size_t decode(struct str s, size_t i, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t c = byte_at(s, i);
    size_t n = length_of(c);
    if (n == 0 || n > s.n - i)
        return 0;
    if (n > 1)
        c &= 0x7fU >> n;
    for (size_t k = 1; k < n; k++) {
        uint32_t next = byte_at(s, i + k);
        if ((next & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (next & 0x3f);
    }
    if (c < least[n] || c > CODE_POINT_MAX || (c >= 0xd800 && c < 0xe000))
        return 0;
    *out = c;
    return n;
}

/* Length of the valid prefix. */
static size_t valid_prefix(struct str s)
{
    uint32_t c;
    size_t i = 0;
    while (i < s.n) {
        size_t n = byte_at(s, i) < 0x80 ? 1 : decode(s, i, &c);
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

bool utf8_valid(struct str s)
{
    return utf8_is_ascii(s) || valid_prefix(s) == s.n;
}

struct str utf8_cut(struct str s, size_t max)
{
    if (s.n <= max)
        return s;
    while (max && (byte_at(s, max) & 0xc0) == 0x80)
        max--;
    return str_sub(s, 0, max);
}

struct str utf8_cut_chars(struct str s, size_t max)
{
    size_t chars = 0;
    for (size_t i = 0; i < s.n; i++) {
        if ((byte_at(s, i) & 0xc0) == 0x80)
            continue;
        if (chars++ == max)
            return str_sub(s, 0, i);
    }
    return s;
}

bool utf8_next(struct cur *c, uint32_t *out)
{
    size_t n = c->rest.n ? decode(c->rest, 0, out) : 0;
    c->rest = str_from(c->rest, n);
    return n != 0;
}

void utf8_put(struct buf *b, uint32_t c)
{
    if (c > CODE_POINT_MAX || (c >= 0xd800 && c < 0xe000))
        c = REPLACEMENT;
    char bytes[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3f));
    static const uint32_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    bytes[0] = (char)(lead[n] | c);
    buf_add(b, str_of(bytes, n));
}

/* Offset of the next byte from i on that can start a sequence. */
static size_t resync(struct str s, size_t i)
{
    uint32_t c;
    while (i < s.n && decode(s, i, &c) == 0)
        i++;
    return i;
}

struct str utf8_clean(struct arena *a, struct str s)
{
    if (utf8_valid(s))
        return s;
    struct buf out = buf_of(a, s.n * 3 + 3);
    while (s.n) {
        size_t good = valid_prefix(s);
        buf_add(&out, str_sub(s, 0, good));
        if (good == s.n)
            break;
        utf8_put(&out, REPLACEMENT);
        s = str_from(s, resync(s, good + 1));
    }
    return buf_str(&out);
}
