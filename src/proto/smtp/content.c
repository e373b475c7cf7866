#include "proto/smtp/content.h"
#include "base/buf.h"
#include "format/header.h"

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

static void field_note(struct content_header *h, const struct header_field *f)
{
    if (str_ieq(f->name, STR("Received"))) {
        h->received++;
    } else if (str_ieq(f->name, STR("From"))) {
        if (h->from++ == 0)
            h->from_value = f->value;
    } else if (str_ieq(f->name, STR("Sender"))) {
        if (h->sender++ == 0)
            h->sender_value = f->value;
    } else if (str_ieq(f->name, STR("Date"))) {
        h->has_date = true;
    } else if (str_ieq(f->name, STR("Message-ID"))) {
        h->has_message_id = true;
    }
}

/* With the blank line; all when there is none. SIZE_MAX: longer than max. */
static size_t header_size(struct str message, size_t max)
{
    if (str_starts(message, STR("\r\n")))
        return 2;
    size_t at = str_find(str_sub(message, 0, max), STR("\r\n\r\n"));
    if (at != SIZE_MAX)
        return at + 4;
    return message.n <= max ? message.n : SIZE_MAX;
}

struct content_header smtp_content_header(struct str message, size_t max)
{
    struct content_header h = {0};
    size_t size = header_size(message, max);
    if (size == SIZE_MAX) {
        h.unended = true;
        return h;
    }
    struct cur c = cur_of(str_sub(message, 0, size));
    struct header_field f;
    size_t left = c.rest.n;
    while (header_next(&c, &f)) {
        h.garbage |= f.line.n + c.rest.n != left;
        left = c.rest.n;
        field_note(&h, &f);
    }
    /* Behind the last field there is the blank line, or nothing. */
    h.garbage |= left > 2;
    return h;
}
