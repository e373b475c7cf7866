#include "store/key.h"
#include "base/arena.h"
#include "base/cur.h"
#include "base/err.h"

enum { END = 0x01, ESCAPE = 0x02, U48_BITS = 48 };

static void add(struct key *k, unsigned char byte)
{
    if (k->n == sizeof k->bytes)
        k->overflow = true;
    else
        k->bytes[k->n++] = (char)byte;
}

/* The highest seven bits first; the top bit is always set, so no byte is NUL. */
static void add_groups(struct key *k, uint64_t v, int groups)
{
    for (int shift = 7 * (groups - 1); shift >= 0; shift -= 7)
        add(k, (unsigned char)(0x80 | (v >> shift & 0x7f)));
}

struct key key_of(char family)
{
    struct key k = {0};
    add(&k, (unsigned char)family);
    return k;
}

void key_u32(struct key *k, uint32_t v)
{
    add_groups(k, v, 5);
}

void key_u48(struct key *k, uint64_t v)
{
    if (v >> U48_BITS)
        k->overflow = true;
    add_groups(k, v, 7);
}

void key_u64(struct key *k, uint64_t v)
{
    add_groups(k, v, 10);
}

void key_text(struct key *k, struct str text)
{
    for (size_t i = 0; i < text.n && !k->overflow; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c <= ESCAPE) {
            add(k, ESCAPE);
            c++;
        }
        add(k, c);
    }
    add(k, END);
}

struct str key_str(const struct key *k)
{
    must(!k->overflow);
    return str_of(k->bytes, k->n);
}

struct key key_after(const struct key *k)
{
    struct key after = *k;
    while (after.n && (unsigned char)after.bytes[after.n - 1] == 0xff)
        after.n--;
    must(after.n);
    after.bytes[after.n - 1]++;
    return after;
}

static bool take_groups(struct cur *c, int groups, int bits, uint64_t *out)
{
    struct str bytes;
    struct cur at = *c;
    if (!cur_bytes(&at, (size_t)groups, &bytes))
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char b = (unsigned char)bytes.p[i];
        if (b < 0x80 || v >> 57)
            return false;
        v = v << 7 | (b & 0x7f);
    }
    if (bits < 64 && v >> bits)
        return false;
    *c = at;
    *out = v;
    return true;
}

bool cur_key_u32(struct cur *c, uint32_t *out)
{
    uint64_t v;
    if (!take_groups(c, 5, 32, &v))
        return false;
    *out = (uint32_t)v;
    return true;
}

bool cur_key_u48(struct cur *c, uint64_t *out)
{
    return take_groups(c, 7, U48_BITS, out);
}

bool cur_key_u64(struct cur *c, uint64_t *out)
{
    return take_groups(c, 10, 64, out);
}

/* Where the end mark stands; the byte after an escape is none. SIZE_MAX: there is none. */
static size_t find_end(struct str in)
{
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] == END)
            return i;
        if (in.p[i] == ESCAPE)
            i++;
    }
    return SIZE_MAX;
}

/* Writes what in stands for; false at an escape of nothing. */
static bool unescape(struct str in, char *out, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == ESCAPE) {
            c = in.p[++i];
            if (c < 1 || c > ESCAPE + 1)
                return false;
            c--;
        }
        out[(*n)++] = c;
    }
    return true;
}

bool cur_key_text(struct cur *c, struct arena *a, struct str *out)
{
    size_t end = find_end(c->rest);
    if (end == SIZE_MAX)
        return false;
    struct str text = str_sub(c->rest, 0, end);
    if (str_chr(text, ESCAPE) != SIZE_MAX) {
        char *plain = arena_alloc(a, text.n);
        size_t n;
        if (!unescape(text, plain, &n))
            return false;
        text = str_of(plain, n);
    }
    c->rest = str_from(c->rest, end + 1);
    *out = text;
    return true;
}
