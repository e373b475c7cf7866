/* Finding fields: lines, folds, names. */
#include "base/buf.h"
#include "format/header.h"

/* A header in which no LF comes for so long has CR as its line end. */
enum { LF_WINDOW = 64 * 1024, NAME_LONGEST = 25 };

/* Sorted by length, so that a look-up stops early. */
static const struct {
    struct str name;
    enum header_id id;
} known[] = {
    {STR("to"), HEADER_TO},
    {STR("cc"), HEADER_CC},
    {STR("bcc"), HEADER_BCC},
    {STR("date"), HEADER_DATE},
    {STR("from"), HEADER_FROM},
    {STR("sender"), HEADER_SENDER},
    {STR("subject"), HEADER_SUBJECT},
    {STR("list-id"), HEADER_LIST_ID},
    {STR("reply-to"), HEADER_REPLY_TO},
    {STR("priority"), HEADER_PRIORITY},
    {STR("message-id"), HEADER_MESSAGE_ID},
    {STR("references"), HEADER_REFERENCES},
    {STR("precedence"), HEADER_PRECEDENCE},
    {STR("importance"), HEADER_IMPORTANCE},
    {STR("x-priority"), HEADER_X_PRIORITY},
    {STR("content-id"), HEADER_CONTENT_ID},
    {STR("in-reply-to"), HEADER_IN_REPLY_TO},
    {STR("content-md5"), HEADER_CONTENT_MD5},
    {STR("content-type"), HEADER_CONTENT_TYPE},
    {STR("auto-submitted"), HEADER_AUTO_SUBMITTED},
    {STR("content-language"), HEADER_CONTENT_LANGUAGE},
    {STR("content-location"), HEADER_CONTENT_LOCATION},
    {STR("content-description"), HEADER_CONTENT_DESCRIPTION},
    {STR("content-disposition"), HEADER_CONTENT_DISPOSITION},
    {STR("content-transfer-encoding"), HEADER_CONTENT_TRANSFER_ENCODING},
};

enum header_id header_id(struct str name)
{
    if (name.n > NAME_LONGEST)
        return HEADER_OTHER;
    for (size_t i = 0; i < sizeof known / sizeof *known && known[i].name.n <= name.n; i++)
        if (known[i].name.n == name.n && ascii_lower(name.p[0]) == known[i].name.p[0] &&
            str_ieq(name, known[i].name))
            return known[i].id;
    return HEADER_OTHER;
}

/* Length of the first line with its end. */
static size_t line_length(struct str s)
{
    size_t lf = str_chr(str_sub(s, 0, LF_WINDOW), '\n');
    if (lf != SIZE_MAX)
        return lf + 1;
    size_t cr = str_chr(str_sub(s, 0, LF_WINDOW), '\r');
    if (cr != SIZE_MAX)
        return cr + 1;
    lf = str_chr(s, '\n');
    return lf == SIZE_MAX ? s.n : lf + 1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The line and the continuation lines that follow it. */
static struct str folded_line(struct str s)
{
    size_t n = line_length(s);
    while (n < s.n && is_blank(s.p[n]))
        n += line_length(str_from(s, n));
    return str_sub(s, 0, n);
}

/* Offset of the colon when the line starts with a field name, else SIZE_MAX. */
static size_t name_end(struct str line)
{
    size_t i = 0;
    while (i < line.n && line.p[i] > ' ' && line.p[i] != ':' && line.p[i] != 0x7f)
        i++;
    size_t colon = i;
    while (colon < line.n && is_blank(line.p[colon]))
        colon++;
    return i && colon < line.n && line.p[colon] == ':' ? colon : SIZE_MAX;
}

bool header_next(struct cur *c, struct header_field *out)
{
    struct str rest = c->rest;
    while (rest.n && rest.p[0] != '\n' && rest.p[0] != '\r') {
        struct str line = folded_line(rest);
        size_t colon = name_end(line);
        rest = str_from(rest, line.n);
        if (colon == SIZE_MAX)
            continue;
        out->name = str_trim(str_sub(line, 0, colon));
        out->value = str_trim(str_from(line, colon + 1));
        out->line = line;
        if (!out->value.p)
            out->value = str_of(line.p, 0); /* there, but empty */
        c->rest = rest;
        return true;
    }
    return false;
}

bool header_find(struct str header, struct str name, struct header_field *out)
{
    struct cur c = cur_of(header);
    struct header_field f;
    while (header_next(&c, &f))
        if (str_ieq(f.name, name)) {
            *out = f;
            return true;
        }
    return false;
}

bool header_find_last(struct str header, struct str name, struct header_field *out)
{
    struct cur c = cur_of(header);
    struct header_field f;
    bool found = false;
    while (header_next(&c, &f))
        if (str_ieq(f.name, name)) {
            *out = f;
            found = true;
        }
    return found;
}

static bool is_named(struct str name, const struct str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_ieq(name, names[i]))
            return true;
    return false;
}

struct str header_pick(struct arena *a, struct str header, const struct str *names, size_t count,
                       bool except)
{
    struct buf out = buf_of(a, header.n + 4);
    struct cur c = cur_of(header);
    struct header_field f;
    while (header_next(&c, &f)) {
        if (is_named(f.name, names, count) == except)
            continue;
        buf_add(&out, f.line);
        if (!str_ends(f.line, STR("\n")) && !str_ends(f.line, STR("\r")))
            buf_add(&out, STR("\r\n"));
    }
    buf_add(&out, STR("\r\n"));
    return buf_str(&out);
}

struct str header_unfold(struct arena *a, struct str raw)
{
    bool plain = true;
    for (size_t i = 0; i < raw.n && plain; i++)
        plain = raw.p[i] != '\r' && raw.p[i] != '\n' && raw.p[i] != 0;
    if (plain)
        return raw;
    char *out = arena_alloc(a, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] != '\r' && raw.p[i] != '\n' && raw.p[i] != 0)
            out[n++] = raw.p[i];
    return str_of(out, n);
}

/* Skips a comment; c stands on its "(". One that does not end takes the rest. */
static void skip_comment(struct cur *c)
{
    size_t depth = 0, i = 0;
    struct str s = c->rest;
    for (; i < s.n; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (s.p[i] == '(')
            depth++;
        else if (s.p[i] == ')' && --depth == 0)
            break;
    }
    c->rest = str_from(s, i + 1);
}

void header_skip_cfws(struct cur *c)
{
    for (;;) {
        int next = cur_peek(c);
        if (next == '(')
            skip_comment(c);
        else if (next == ' ' || next == '\t' || next == '\r' || next == '\n')
            c->rest = str_from(c->rest, 1);
        else
            return;
    }
}

static bool is_id_char(char c)
{
    return c != '>' && c != '<' && c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != 0;
}

bool header_next_id(struct arena *a, struct cur *c, struct str *out)
{
    for (;;) {
        size_t start = str_chr(c->rest, '<');
        if (start == SIZE_MAX)
            return false;
        struct cur inner = cur_of(str_from(c->rest, start + 1));
        struct buf id = buf_of(a, inner.rest.n + 2);
        buf_byte(&id, '<');
        for (struct str piece; (piece = cur_while(&inner, is_id_char)).n;) {
            buf_add(&id, piece);
            while (!cur_end(&inner) && ascii_is_space((char)cur_peek(&inner)))
                inner.rest = str_from(inner.rest, 1);
        }
        buf_byte(&id, '>');
        bool ended = cur_char(&inner, '>');
        c->rest = inner.rest;
        if (ended && id.n > 2) {
            *out = buf_str(&id);
            return true;
        }
        if (cur_end(c))
            return false;
        if (!ended && cur_peek(c) != '<')
            c->rest = str_from(c->rest, 1); /* a NUL */
    }
}
