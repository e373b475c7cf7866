/* The text of a part as JSON can hold it (RFC 8621 section 4.1.4: EmailBodyValue). */
#include "base/buf.h"
#include "format/charset.h"
#include "format/utf8.h"
#include "proto/jmap/email/shown.h"

static bool is_ascii_name(struct str name)
{
    return !name.n || str_ieq(name, STR("us-ascii"));
}

/* Something was not as its charset has it, or the charset is not known. */
static bool is_broken(struct str charset, struct str raw, struct str text)
{
    charset = str_trim(charset);
    if (is_ascii_name(charset))
        return !utf8_is_ascii(raw);
    if (!charset_known(charset))
        return true;
    if (str_ieq(charset, STR("utf-8")))
        return !utf8_valid(raw);
    return str_find(text, STR("\xef\xbf\xbd")) != SIZE_MAX;
}

/* Each CRLF becomes LF. */
static struct str plain_ends(struct arena *a, struct str s)
{
    if (str_chr(s, '\r') == SIZE_MAX)
        return s;
    struct buf b = buf_of(a, s.n);
    struct cur c = cur_of(s);
    struct str piece;
    while (cur_until(&c, '\r', &piece)) {
        buf_add(&b, piece);
        if (cur_peek(&c) != '\n')
            buf_byte(&b, '\r');
    }
    buf_add(&b, c.rest);
    return buf_str(&b);
}

/* Whether a tag begins there that has no end. */
static bool is_open_tag(struct str s)
{
    char next = s.n > 1 ? s.p[1] : '/';
    return (ascii_is_alpha(next) || next == '/' || next == '!') && str_chr(s, '>') == SIZE_MAX;
}

/* Not within a character, and not within a tag of HTML. */
static struct str cut(struct str text, size_t max, bool html)
{
    struct str kept = utf8_cut(text, max);
    size_t open = html ? str_rchr(kept, '<') : SIZE_MAX;
    if (open != SIZE_MAX && is_open_tag(str_from(kept, open)))
        kept.n = open;
    return kept;
}

void jmap_put_value(struct arena *a, const struct mime *m, uint32_t part, size_t max,
                    struct json *j)
{
    const struct mime_part *p = &m->parts[part];
    struct str charset = header_param(&p->type, STR("charset"));
    struct str raw = mime_content(a, m, part, SIZE_MAX);
    struct str text = charset_to_utf8(a, charset, raw);
    bool broken = p->node.encoding == MIME_UNKNOWN || is_broken(charset, raw, text);
    text = plain_ends(a, text);
    bool longer = max && text.n > max;
    if (longer)
        text = cut(text, max, str_eq(p->type.subtype, STR("html")));
    json_object(j);
    json_key(j, "value");
    json_str(j, text);
    json_key(j, "isEncodingProblem");
    json_bool(j, broken);
    json_key(j, "isTruncated");
    json_bool(j, longer);
    json_object_end(j);
}
