#include "proto/smtp/content.h"
#include "base/buf.h"

struct content_lines smtp_content_lines(struct str content, size_t max)
{
    struct content_lines out = {.nul = str_chr(content, 0) != SIZE_MAX};
    for (struct str rest = content; rest.n;) {
        size_t cr = str_chr(rest, '\r');
        size_t end = cr == SIZE_MAX ? rest.n : cr;
        struct str line = str_sub(rest, 0, end);
        out.bare |= str_chr(line, '\n') != SIZE_MAX;
        out.bare |= cr != SIZE_MAX && (cr + 1 == rest.n || rest.p[cr + 1] != '\n');
        out.dots |= *rest.p == '.';
        out.too_long |= end > max;
        if (out.bare)
            break;
        rest = str_from(rest, cr == SIZE_MAX ? rest.n : end + 2);
    }
    return out;
}

struct str smtp_content_undot(struct arena *a, struct str content)
{
    struct buf b = buf_of(a, content.n);
    struct str rest = *content.p == '.' ? str_from(content, 1) : content;
    for (;;) {
        size_t at = str_find(rest, STR("\r\n."));
        if (at == SIZE_MAX)
            break;
        buf_add(&b, str_sub(rest, 0, at + 2));
        rest = str_from(rest, at + 3);
    }
    buf_add(&b, rest);
    return buf_str(&b);
}
