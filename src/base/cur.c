#include "base/cur.h"

struct cur cur_of(struct str s)
{
    return (struct cur){s};
}

bool cur_end(const struct cur *c)
{
    return c->rest.n == 0;
}

int cur_peek(const struct cur *c)
{
    return c->rest.n ? (unsigned char)c->rest.p[0] : -1;
}

static void advance(struct cur *c, size_t n)
{
    if (!n) /* an empty slice may be NULL, which takes no step */
        return;
    c->rest.p += n;
    c->rest.n -= n;
}

bool cur_byte(struct cur *c, char *out)
{
    if (!c->rest.n)
        return false;
    *out = c->rest.p[0];
    advance(c, 1);
    return true;
}

bool cur_char(struct cur *c, char wanted)
{
    if (!c->rest.n || c->rest.p[0] != wanted)
        return false;
    advance(c, 1);
    return true;
}

bool cur_bytes(struct cur *c, size_t n, struct str *out)
{
    if (c->rest.n < n)
        return false;
    *out = str_of(c->rest.p, n);
    advance(c, n);
    return true;
}

bool cur_text(struct cur *c, struct str text)
{
    if (!str_starts(c->rest, text))
        return false;
    advance(c, text.n);
    return true;
}

bool cur_word(struct cur *c, struct str word)
{
    if (!str_istarts(c->rest, word))
        return false;
    advance(c, word.n);
    return true;
}

bool cur_until(struct cur *c, char stop, struct str *out)
{
    size_t at = str_chr(c->rest, stop);
    if (at == SIZE_MAX)
        return false;
    *out = str_of(c->rest.p, at);
    advance(c, at + 1);
    return true;
}

bool cur_line(struct cur *c, struct str *out)
{
    if (!cur_until(c, '\n', out))
        return false;
    if (out->n && out->p[out->n - 1] == '\r')
        out->n--;
    return true;
}

bool cur_u64(struct cur *c, uint64_t *out)
{
    size_t n = 0;
    while (n < c->rest.n && ascii_is_digit(c->rest.p[n]))
        n++;
    if (!str_u64(str_of(c->rest.p, n), out))
        return false;
    advance(c, n);
    return true;
}

bool cur_u32(struct cur *c, uint32_t *out)
{
    struct cur ahead = *c;
    uint64_t value;
    if (!cur_u64(&ahead, &value) || value > UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    *c = ahead;
    return true;
}

struct str cur_while(struct cur *c, bool (*is)(char))
{
    size_t n = 0;
    while (n < c->rest.n && is(c->rest.p[n]))
        n++;
    struct str taken = str_of(c->rest.p, n);
    advance(c, n);
    return taken;
}

void cur_blanks(struct cur *c)
{
    while (c->rest.n && (c->rest.p[0] == ' ' || c->rest.p[0] == '\t'))
        advance(c, 1);
}

static bool little_endian(struct cur *c, size_t n, uint64_t *out)
{
    struct str bytes;
    if (!cur_bytes(c, n, &bytes))
        return false;
    *out = 0;
    for (size_t i = n; i-- > 0;)
        *out = *out << 8 | (unsigned char)bytes.p[i];
    return true;
}

bool cur_le8(struct cur *c, uint8_t *out)
{
    uint64_t value;
    if (!little_endian(c, 1, &value))
        return false;
    *out = (uint8_t)value;
    return true;
}

bool cur_le16(struct cur *c, uint16_t *out)
{
    uint64_t value;
    if (!little_endian(c, 2, &value))
        return false;
    *out = (uint16_t)value;
    return true;
}

bool cur_le32(struct cur *c, uint32_t *out)
{
    uint64_t value;
    if (!little_endian(c, 4, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

bool cur_le64(struct cur *c, uint64_t *out)
{
    uint64_t value;
    if (!little_endian(c, 8, &value))
        return false;
    *out = value;
    return true;
}

bool cur_varint(struct cur *c, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t n = 0; n < c->rest.n && n < 10; n++) {
        uint8_t byte = (uint8_t)c->rest.p[n];
        if (n == 9 && byte > 1)
            return false;
        value |= (uint64_t)(byte & 0x7f) << (7 * n);
        if (byte >= 0x80)
            continue;
        c->rest = str_from(c->rest, n + 1);
        *out = value;
        return true;
    }
    return false;
}

bool cur_le_str(struct cur *c, struct str *out)
{
    struct cur ahead = *c;
    uint32_t n;
    if (!cur_le32(&ahead, &n) || !cur_bytes(&ahead, n, out))
        return false;
    *c = ahead;
    return true;
}
