#include "format/hex.h"
#include "base/arena.h"

struct str hex_encode(struct arena *a, struct str in)
{
    static const char digits[] = "0123456789abcdef";
    char *out = arena_array(a, in.n + 1, 2);
    for (size_t i = 0; i < in.n; i++) {
        unsigned byte = (unsigned char)in.p[i];
        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
    return str_of(out, in.n * 2);
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum code hex_decode(struct ctx *cx, struct str in, struct str *out)
{
    if (in.n % 2)
        return fail(cx, E_SYNTAX, "hex: an odd number of digits");
    char *bytes = arena_alloc(cx->arena, in.n / 2 + 1);
    for (size_t i = 0; i < in.n; i += 2) {
        int high = hex_digit(in.p[i]), low = hex_digit(in.p[i + 1]);
        if (high < 0 || low < 0)
            return fail(cx, E_SYNTAX, "hex: not a digit");
        bytes[i / 2] = (char)(high * 16 + low);
    }
    *out = str_of(bytes, in.n / 2);
    return OK;
}
