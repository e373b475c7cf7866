#include "format/utf7.h"
#include "base/arena.h"
#include "format/utf8.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static bool is_direct(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

static int value(char c)
{
    size_t at = c ? str_chr(str_z(alphabet), c) : SIZE_MAX;
    return at == SIZE_MAX ? -1 : (int)at;
}

/* UTF-16 units that come one by one. */
struct units {
    struct buf *out;
    uint32_t high; /* a surrogate that waits for its other half, or 0 */
};

static bool unit(struct units *u, uint32_t x)
{
    bool is_low = x >= 0xdc00 && x < 0xe000;
    if (is_low != (u->high != 0))
        return false;
    if (is_low) {
        utf8_put(u->out, 0x10000 + ((u->high - 0xd800) << 10) + (x - 0xdc00));
        u->high = 0;
        return true;
    }
    if (x >= 0xd800 && x < 0xdc00) {
        u->high = x;
        return true;
    }
    if (x >= 0x20 && x <= 0x7e)
        return false; /* must stand for itself */
    utf8_put(u->out, x);
    return x != 0;
}

/* What stands between "&" and "-", not empty. */
static bool shifted(struct str s, struct buf *out)
{
    struct units u = {.out = out};
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < s.n; i++) {
        int v = value(s.p[i]);
        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
        count += 6;
        if (count < 16)
            continue;
        count -= 16;
        if (!unit(&u, bits >> count & 0xffff))
            return false;
        bits &= (1U << count) - 1;
    }
    return u.high == 0 && count < 6 && bits == 0;
}

enum code utf7_decode(struct ctx *cx, struct str in, struct str *out)
{
    struct buf b = buf_of(cx->arena, in.n * 3 + 1);
    struct cur c = cur_of(in);
    char byte;
    bool was_shift = false;
    while (cur_byte(&c, &byte)) {
        struct str run;
        if (!is_direct(byte))
            return fail(cx, E_SYNTAX, "utf-7: a byte that must be encoded");
        if (byte != '&') {
            buf_byte(&b, byte);
            was_shift = false;
            continue;
        }
        if (!cur_until(&c, '-', &run))
            return fail(cx, E_SYNTAX, "utf-7: a shift that does not end");
        if (run.n == 0)
            buf_byte(&b, '&');
        else if (was_shift || !shifted(run, &b))
            return fail(cx, E_SYNTAX, "utf-7: a bad shift");
        was_shift = run.n != 0;
    }
    *out = buf_str(&b);
    return OK;
}

struct encoder {
    struct buf *out;
    uint32_t bits;
    unsigned count;
    bool on; /* between "&" and "-" */
};

static void put_unit(struct encoder *e, uint32_t x)
{
    if (!e->on)
        buf_byte(e->out, '&');
    e->on = true;
    e->bits = e->bits << 16 | x;
    e->count += 16;
    while (e->count >= 6) {
        e->count -= 6;
        buf_byte(e->out, alphabet[e->bits >> e->count & 63]);
    }
    e->bits &= (1U << e->count) - 1;
}

static void shift_out(struct encoder *e)
{
    if (!e->on)
        return;
    if (e->count)
        buf_byte(e->out, alphabet[e->bits << (6 - e->count) & 63]);
    buf_byte(e->out, '-');
    e->on = false;
    e->bits = 0;
    e->count = 0;
}

struct str utf7_encode(struct arena *a, struct str in)
{
    size_t plain = 0;
    while (plain < in.n && is_direct(in.p[plain]) && in.p[plain] != '&')
        plain++;
    if (plain == in.n)
        return in;
    struct buf b = buf_of(a, in.n * 6 + 8);
    struct encoder e = {.out = &b};
    struct cur c = cur_of(in);
    uint32_t x;
    while (utf8_next(&c, &x)) {
        if (x >= 0x20 && x <= 0x7e) {
            shift_out(&e);
            buf_add(&b, x == '&' ? STR("&-") : str_of(&(char){(char)x}, 1));
        } else if (x < 0x10000) {
            put_unit(&e, x);
        } else {
            put_unit(&e, 0xd800 + ((x - 0x10000) >> 10));
            put_unit(&e, 0xdc00 + ((x - 0x10000) & 0x3ff));
        }
    }
    shift_out(&e);
    return buf_str(&b);
}
