/* Arguments (RFC 5804 section 4). */
#include "format/utf8.h"
#include "proto/managesieve/session.h"

static bool quoted(struct ctx *cx, struct cur *c, struct str *out)
{
    struct buf b = buf_of(cx->arena, MS_QUOTED_MAX);
    char one;
    for (;;) {
        if (!cur_byte(c, &one) || !one || one == '\r' || one == '\n')
            return false;
        if (one == '"')
            break;
        if (one == '\\' && (!cur_byte(c, &one) || (one != '"' && one != '\\')))
            return false;
        buf_byte(&b, one);
    }
    *out = b.n ? buf_str(&b) : STR(""); /* there, perhaps empty */
    return !b.overflow;
}

/* The frame has seen to it that the bytes are there. */
static bool literal(struct cur *c, struct str *out)
{
    uint64_t n;
    return cur_u64(c, &n) && cur_text(c, STR("+}")) &&
           (cur_text(c, STR("\r\n")) || cur_text(c, STR("\n"))) && cur_bytes(c, (size_t)n, out);
}

bool ms_string(struct ctx *cx, struct cur *c, struct str *out)
{
    struct cur at = *c;
    bool ok = cur_char(&at, '"') ? quoted(cx, &at, out) : cur_char(&at, '{') && literal(&at, out);
    if (!ok)
        return false;
    *c = at;
    return true;
}

bool ms_take_string(struct ctx *cx, struct cur *c, struct str *out)
{
    struct cur at = *c;
    if (!cur_char(&at, ' ') || !ms_string(cx, &at, out) || !utf8_valid(*out))
        return false;
    *c = at;
    return true;
}

bool ms_take_number(struct cur *c, uint64_t *out)
{
    struct cur at = *c;
    if (!cur_char(&at, ' ') || !cur_u64(&at, out) || *out > UINT32_MAX)
        return false;
    *c = at;
    return true;
}
