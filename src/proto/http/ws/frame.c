#include "proto/http/ws/frame.h"
#include "base/cur.h"

enum {
    FIN = 0x80,
    RESERVED = 0x70,
    OP = 0x0f,
    MASKED = 0x80,
    LENGTH = 0x7f,
    TWO = 126,
    EIGHT = 127
};

static bool is_control(uint8_t op)
{
    return op & 8;
}

static bool op_known(uint8_t op)
{
    return op <= WS_BINARY || (op >= WS_CLOSE && op <= WS_PONG);
}

static bool take_number(struct cur *c, unsigned bytes, uint64_t *out)
{
    struct str s;
    if (!cur_bytes(c, bytes, &s))
        return false;
    *out = 0;
    for (size_t i = 0; i < s.n; i++)
        *out = *out << 8 | (unsigned char)s.p[i];
    return true;
}

/* Section 5.2: the shortest form alone. */
static enum ws_found length_read(struct cur *c, unsigned first, uint64_t *n)
{
    *n = first;
    if (first == TWO)
        return !take_number(c, 2, n) ? WS_SHORT : *n < TWO ? WS_BROKEN : WS_FRAME;
    if (first == EIGHT)
        return !take_number(c, 8, n)                          ? WS_SHORT
               : *n <= UINT16_MAX || *n > (uint64_t)INT64_MAX ? WS_BROKEN
                                                              : WS_FRAME;
    return WS_FRAME;
}

enum ws_found ws_frame_read(struct str in, size_t max, struct ws_frame *out, enum ws_code *code)
{
    struct cur c = cur_of(in);
    struct ws_frame f = {0};
    uint64_t first, second, n;
    struct str mask;
    *code = WS_PROTOCOL;
    if (!take_number(&c, 1, &first))
        return WS_SHORT;
    f.op = (uint8_t)(first & OP);
    f.last = first & FIN;
    if (first & RESERVED || !op_known(f.op) || (is_control(f.op) && !f.last))
        return WS_BROKEN;
    if (!take_number(&c, 1, &second))
        return WS_SHORT;
    if (!(second & MASKED) || (is_control(f.op) && (second & LENGTH) > WS_CONTROL_MAX))
        return WS_BROKEN;
    enum ws_found found = length_read(&c, (unsigned)second & LENGTH, &n);
    if (found != WS_FRAME)
        return found;
    if (n > max && !is_control(f.op)) {
        *code = WS_TOO_BIG;
        return WS_BROKEN;
    }
    if (!cur_bytes(&c, sizeof f.mask, &mask))
        return WS_SHORT;
    memcpy(f.mask, mask.p, sizeof f.mask);
    f.n = (size_t)n;
    f.head_n = in.n - c.rest.n;
    *out = f;
    return WS_FRAME;
}

void ws_frame_unmask(const struct ws_frame *f, struct str in, char *to)
{
    for (size_t i = 0; i < f->n; i++)
        to[i] = (char)((unsigned char)in.p[f->head_n + i] ^ f->mask[i % sizeof f->mask]);
}

void ws_frame_head(struct rope *out, enum ws_op op, size_t n)
{
    char head[WS_HEAD_MAX] = {(char)(FIN | op)};
    size_t at = 2, bytes = n < TWO ? 0 : n <= UINT16_MAX ? 2 : 8;
    head[1] = (char)(bytes == 0 ? n : bytes == 2 ? TWO : EIGHT);
    for (size_t i = bytes; i > 0; i--)
        head[at++] = (char)((uint64_t)n >> (8 * (i - 1)));
    rope_put(out, str_of(head, at));
}

bool ws_code_ok(unsigned code)
{
    bool registered = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
    return registered || (code >= 3000 && code <= 4999);
}
