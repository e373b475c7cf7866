#include "format/uri/percent.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/hex.h"

static bool take_byte(struct cur *c, struct buf *b)
{
    char high, low;
    if (!cur_byte(c, &high) || !cur_byte(c, &low) || hex_digit(high) < 0 || hex_digit(low) < 0)
        return false;
    buf_byte(b, (char)(hex_digit(high) * 16 + hex_digit(low)));
    return true;
}

bool percent_decode(struct arena *a, struct str in, struct str *out)
{
    struct cur c = cur_of(in);
    struct buf b = buf_of(a, in.n);
    struct str plain;
    if (str_chr(in, '%') == SIZE_MAX) {
        *out = in;
        return true;
    }
    while (cur_until(&c, '%', &plain)) {
        buf_add(&b, plain);
        if (!take_byte(&c, &b))
            return false;
    }
    buf_add(&b, c.rest);
    *out = buf_str(&b);
    return true;
}

bool percent_query(struct arena *a, struct str query, struct str name, struct str *out)
{
    for (struct str rest = query; rest.n;) {
        size_t end = str_chr(rest, '&');
        struct cur c = cur_of(end == SIZE_MAX ? rest : str_sub(rest, 0, end));
        rest = end == SIZE_MAX ? (struct str){0} : str_from(rest, end + 1);
        if (cur_text(&c, name) && cur_char(&c, '='))
            return percent_decode(a, c.rest, out);
    }
    return false;
}
