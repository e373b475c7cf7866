#include "format/base64.h"
#include "base/arena.h"
#include "base/buf.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { NO = 64, LINE = 76 };

/* 0 to 63, or NO (64). "-" and "_" (RFC 4648 section 5) stand for "+" and "/". */
static const uint8_t values[256] = {
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 62, 64, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64, 64, 0,  1,  2,  3,  4,  5,  6,
    7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 63,
    64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
    49, 50, 51, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64};

static uint32_t value(struct str s, size_t i)
{
    return values[(unsigned char)s.p[i]];
}

/* Writes the groups of in at out; returns how many characters. */
static size_t encode(struct str in, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < in.n; i += 3) {
        size_t left = in.n - i;
        uint32_t bits = (uint32_t)(unsigned char)in.p[i] << 16;
        if (left > 1)
            bits |= (uint32_t)(unsigned char)in.p[i + 1] << 8;
        if (left > 2)
            bits |= (uint32_t)(unsigned char)in.p[i + 2];
        out[n++] = alphabet[bits >> 18];
        out[n++] = alphabet[bits >> 12 & 63];
        out[n++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        out[n++] = left > 2 ? alphabet[bits & 63] : '=';
    }
    return n;
}

struct str base64_encode(struct arena *a, struct str in)
{
    char *out = arena_array(a, in.n / 3 + 1, 4);
    return str_of(out, encode(in, out));
}

struct str base64url_encode(struct arena *a, struct str in)
{
    struct str text = base64_encode(a, in);
    struct buf b = buf_of(a, text.n + !text.n);
    for (size_t i = 0; i < text.n && text.p[i] != '='; i++)
        buf_byte(&b, text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i]);
    return buf_str(&b);
}

struct str base64_encode_lines(struct arena *a, struct str in)
{
    const size_t per_line = LINE / 4 * 3;
    char *out = arena_array(a, in.n / per_line + 1, LINE + 2);
    size_t n = 0;
    for (size_t i = 0; i < in.n; i += per_line) {
        n += encode(str_sub(in, i, per_line), out + n);
        out[n++] = '\r';
        out[n++] = '\n';
    }
    return str_of(out, n);
}

struct state {
    char *out;
    size_t n;
    uint32_t bits;
    unsigned count; /* of characters in bits, 0 to 3 */
};

/* Writes what a group of less than four characters holds. */
static void end_group(struct state *s)
{
    if (s->count >= 2)
        s->out[s->n++] = (char)(s->bits >> (s->count == 2 ? 4 : 10));
    if (s->count == 3)
        s->out[s->n++] = (char)(s->bits >> 2);
    s->bits = 0;
    s->count = 0;
}

static void put(struct state *s, uint32_t v)
{
    s->bits = s->bits << 6 | v;
    if (++s->count < 4)
        return;
    s->out[s->n++] = (char)(s->bits >> 16);
    s->out[s->n++] = (char)(s->bits >> 8);
    s->out[s->n++] = (char)s->bits;
    s->bits = 0;
    s->count = 0;
}

/* As many whole groups from i on as come without anything else; returns the offset behind. */
static size_t whole_groups(struct state *s, struct str in, size_t i, size_t max)
{
    for (; i + 4 <= in.n && s->n < max; i += 4) {
        uint32_t v0 = value(in, i), v1 = value(in, i + 1), v2 = value(in, i + 2),
                 v3 = value(in, i + 3);
        if ((v0 | v1 | v2 | v3) & NO)
            break;
        uint32_t bits = v0 << 18 | v1 << 12 | v2 << 6 | v3;
        s->out[s->n++] = (char)(bits >> 16);
        s->out[s->n++] = (char)(bits >> 8);
        s->out[s->n++] = (char)bits;
    }
    return i;
}

struct str base64_decode(struct arena *a, struct str in, size_t max)
{
    size_t most = in.n / 4 * 3 + 3;
    struct state s = {.out = arena_alloc(a, (max < most ? max : most) + 4)};
    for (size_t i = 0; i < in.n && s.n < max; i++) {
        if (s.count == 0)
            i = whole_groups(&s, in, i, max);
        if (i >= in.n || s.n >= max)
            break;
        uint32_t v = value(in, i);
        if (v != NO)
            put(&s, v);
        else if (in.p[i] == '=')
            end_group(&s);
    }
    if (s.n < max)
        end_group(&s);
    return str_of(s.out, s.n < max ? s.n : max);
}

enum code base64_decode_strict(struct ctx *cx, struct str in, struct str *out)
{
    size_t pad = 0;
    while (pad < 2 && pad < in.n && in.p[in.n - 1 - pad] == '=')
        pad++;
    if (in.n % 4 != 0)
        return fail(cx, E_SYNTAX, "base64: not whole groups of four");
    struct state s = {.out = arena_alloc(cx->arena, in.n / 4 * 3 + 4)};
    for (size_t i = 0; i < in.n - pad; i++) {
        if (value(in, i) == NO || in.p[i] == '-' || in.p[i] == '_')
            return fail(cx, E_SYNTAX, "base64: a character outside the alphabet");
        put(&s, value(in, i));
    }
    if ((s.count == 2 && (s.bits & 15)) || (s.count == 3 && (s.bits & 3)))
        return fail(cx, E_SYNTAX, "base64: bits left over");
    end_group(&s);
    *out = str_of(s.out, s.n);
    return OK;
}

enum code base64url_decode(struct ctx *cx, struct str in, struct str *out)
{
    struct state s = {.out = arena_alloc(cx->arena, in.n / 4 * 3 + 4)};
    for (size_t i = 0; i < in.n; i++) {
        if (value(in, i) == NO || in.p[i] == '+' || in.p[i] == '/')
            return fail(cx, E_SYNTAX, "base64url: a character outside the alphabet");
        put(&s, value(in, i));
    }
    if (s.count == 1 || (s.count == 2 && (s.bits & 15)) || (s.count == 3 && (s.bits & 3)))
        return fail(cx, E_SYNTAX, "base64url: bits left over");
    end_group(&s);
    *out = str_of(s.out, s.n);
    return OK;
}

uint64_t base64_decoded_size(uint64_t n, uint64_t lines)
{
    uint64_t ends = lines > n / 2 ? n : lines * 2;
    return (n - ends) / 4 * 3;
}
