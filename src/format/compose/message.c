/* Parts: their fields, their encoding by what they hold, the boundaries between them. */
#include "base/rope.h"
#include "format/base64.h"
#include "format/compose/compose.h"
#include "format/header.h"
#include "format/thread.h"
#include "format/utf8.h"

enum { FIELDS_MAX = 64 * 1024, BOUNDARY_TRIES = 1000, QP_LINE = 76 };

/* What content asks for. */
struct look {
    size_t high, longest;
    bool nul, loose; /* an LF without CR, a CR without LF */
};

static struct look look_at(struct str s)
{
    struct look l = {0};
    size_t line = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool crlf = c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n';
        l.high += c >= 0x80;
        l.nul |= c == 0;
        l.loose |= (c == '\r' && !crlf) || c == '\n';
        line = crlf ? 0 : line + 1;
        i += crlf;
        l.longest = line > l.longest ? line : l.longest;
    }
    return l;
}

struct str compose_lines(struct arena *a, struct str text)
{
    struct buf b = buf_of(a, text.n * 2 + 1);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
            i++;
        if (c == '\r' || c == '\n')
            buf_add(&b, STR("\r\n"));
        else
            buf_byte(&b, c);
    }
    return buf_str(&b);
}

static bool at_end(struct str in, size_t i)
{
    return i >= in.n || (in.p[i] == '\r' && i + 1 < in.n && in.p[i + 1] == '\n');
}

/* A blank at the end of a line, a dot alone, "From ": what hops on the way are known to change. */
static bool is_literal(struct str in, size_t i, size_t column)
{
    char c = in.p[i];
    if (c == ' ' || c == '\t')
        return !at_end(in, i + 1);
    if (column == 0 && (c == '.' || c == 'F'))
        return false;
    return c > ' ' && c <= '~' && c != '=';
}

struct str compose_qp(struct arena *a, struct str in)
{
    struct buf b = buf_of(a, in.n * 4 + 1);
    size_t column = 0;
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] == '\r' && at_end(in, i)) {
            buf_add(&b, STR("\r\n"));
            column = 0;
            i++;
            continue;
        }
        bool literal = is_literal(in, i, column);
        size_t n = literal ? 1 : 3, room = at_end(in, i + 1) ? QP_LINE : QP_LINE - 1;
        if (column + n > room) {
            buf_add(&b, STR("=\r\n"));
            column = 0;
            literal = is_literal(in, i, column) && in.p[i] != '-'; /* no boundary comes of it */
        }
        if (literal)
            buf_byte(&b, in.p[i]);
        else
            buf_printf(&b, "=%02X", (unsigned)(unsigned char)in.p[i]);
        column += literal ? 1 : 3;
    }
    return buf_str(&b);
}

enum coding { CODING_7BIT, CODING_8BIT, CODING_QP, CODING_BASE64 };

/* RFC 2045 section 6; messages in messages are not encoded where that can be avoided (RFC 2046
   section 5.2.1). */
static enum coding coding_of(const struct compose_part *p, struct str content)
{
    struct look l = look_at(content);
    bool text = p->is_text || str_istarts(p->type, STR("text/"));
    bool lines = !l.nul && !l.loose && l.longest <= COMPOSE_LINE_MAX;
    if (lines && str_istarts(p->type, STR("message/")))
        return l.high ? CODING_8BIT : CODING_7BIT;
    if (!text || l.nul || l.loose)
        return CODING_BASE64;
    if (lines && !l.high)
        return CODING_7BIT;
    return l.high > content.n / 4 ? CODING_BASE64 : CODING_QP;
}

static struct str encode(struct arena *a, const struct compose_part *p, struct str content,
                         struct str *encoding)
{
    static const struct str names[] = {STR("7bit"), STR("8bit"), STR("quoted-printable"),
                                       STR("base64")};
    enum coding coding = coding_of(p, content);
    *encoding = names[coding];
    return coding == CODING_QP       ? compose_qp(a, content)
           : coding == CODING_BASE64 ? base64_encode_lines(a, content)
                                     : content;
}

struct str compose_content(struct arena *a, struct str type, struct str content,
                           struct str *encoding)
{
    const struct compose_part p = {.type = type};
    return encode(a, &p, content, encoding);
}

struct writer {
    struct ctx *cx;
    struct rope *out;
    struct str seed;
    size_t max;
    unsigned boundaries;
};

static bool is_type_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || str_chr(STR("!#$&-^_.+"), c) != SIZE_MAX;
}

static bool is_type(struct str s)
{
    size_t slash = str_chr(s, '/');
    for (size_t i = 0; i < s.n; i++)
        if (i != slash && !is_type_char(s.p[i]))
            return false;
    return slash != SIZE_MAX && slash > 0 && slash + 1 < s.n && s.n <= QP_LINE;
}

static bool is_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_type_char(s.p[i]))
            return false;
    return s.n > 0 && s.n <= QP_LINE;
}

static void put_type(struct buf *b, const struct compose_part *p, struct str charset,
                     struct str boundary)
{
    size_t column = b->n;
    buf_printf(b, "Content-Type: %.*s", STR_ARG(p->type));
    column = b->n - column;
    if (charset.n)
        compose_param(b, STR("charset"), charset, &column);
    if (boundary.n) {
        buf_printf(b, ";\r\n boundary=\"%.*s\"", STR_ARG(boundary));
        column = boundary.n + 12;
    }
    if (p->name.n)
        compose_param(b, STR("name"), p->name, &column);
    for (size_t i = 0; i < p->param_count; i++)
        compose_param(b, p->params[i].name, p->params[i].value, &column);
    buf_add(b, STR("\r\n"));
}

static bool are_params(const struct compose_part *p)
{
    for (size_t i = 0; i < p->param_count; i++)
        if (!is_word(p->params[i].name))
            return false;
    return true;
}

static bool put_languages(struct buf *b, const struct compose_part *p)
{
    bool good = true;
    if (!p->language_count)
        return true;
    buf_add(b, STR("Content-Language:"));
    for (size_t i = 0; i < p->language_count && good; i++) {
        good = is_word(p->languages[i]);
        buf_printf(b, "%s %.*s", i ? ",\r\n" : "", STR_ARG(p->languages[i]));
    }
    buf_add(b, STR("\r\n"));
    return good;
}

/* Fields of a part but for its encoding. */
static bool put_fields(struct buf *b, const struct compose_part *p, struct str charset,
                       struct str boundary)
{
    bool good = is_type(p->type) && are_params(p) && (!p->disposition.n || is_word(p->disposition));
    put_type(b, p, charset, boundary);
    if (p->disposition.n || p->name.n) {
        struct str kind = p->disposition.n ? p->disposition : STR("attachment");
        size_t column = 21 + kind.n;
        buf_printf(b, "Content-Disposition: %.*s", STR_ARG(kind));
        if (p->name.n)
            compose_param(b, STR("filename"), p->name, &column);
        buf_add(b, STR("\r\n"));
    }
    if (p->id.n)
        good &= compose_ids(b, STR("Content-ID"), &p->id, 1);
    if (p->location.n)
        good &= compose_text(b, STR("Content-Location"), p->location);
    good &= put_languages(b, p);
    buf_add(b, p->fields);
    return good && !b->overflow;
}

static enum code put_leaf(struct writer *w, const struct compose_part *p)
{
    struct arena *a = w->cx->arena;
    struct str content = p->is_text ? compose_lines(a, utf8_clean(a, p->content)) : p->content;
    struct str charset = p->charset;
    struct buf b = buf_of(a, FIELDS_MAX + p->fields.n);
    if (p->is_text)
        charset = utf8_is_ascii(content) ? STR("us-ascii") : STR("utf-8");
    if (!put_fields(&b, p, charset, (struct str){0}))
        return fail(w->cx, E_SYNTAX, "a part with a field that cannot be written");
    struct str encoding, encoded = encode(a, p, content, &encoding);
    buf_printf(&b, "Content-Transfer-Encoding: %.*s\r\n\r\n", STR_ARG(encoding));
    rope_ref(w->out, buf_str(&b));
    rope_ref(w->out, encoded);
    return w->out->bytes <= w->max ? OK : fail(w->cx, E_LIMIT, "a message that is too long");
}

/* Whether a line of what is not encoded begins so; others cannot hold "=_". */
static bool is_in(const struct compose_part *p, struct str boundary)
{
    if (str_find(p->content, boundary) != SIZE_MAX)
        return true;
    for (size_t i = 0; i < p->count; i++)
        if (is_in(&p->parts[i], boundary))
            return true;
    return false;
}

static struct str boundary_of(struct writer *w, const struct compose_part *p)
{
    struct str boundary = {0};
    for (unsigned i = 0; i < BOUNDARY_TRIES; i++) {
        struct str from = str_printf(w->cx->arena, "%.*s/%u", STR_ARG(w->seed), w->boundaries++);
        boundary = str_printf(w->cx->arena, "=_%016llx", (unsigned long long)thread_key(from));
        if (!is_in(p, boundary))
            break;
    }
    return boundary;
}

static enum code put_part(struct writer *w, const struct compose_part *p, unsigned depth)
{
    struct buf b = buf_of(w->cx->arena, FIELDS_MAX + p->fields.n);
    if (depth > COMPOSE_DEPTH_MAX)
        return fail(w->cx, E_LIMIT, "parts in parts, too deep");
    if (!str_istarts(p->type, STR("multipart/")))
        return put_leaf(w, p);
    struct str boundary = boundary_of(w, p);
    if (!p->count || !put_fields(&b, p, (struct str){0}, boundary))
        return fail(w->cx, E_SYNTAX, "a multipart that cannot be written");
    rope_ref(w->out, buf_str(&b));
    for (size_t i = 0; i < p->count; i++) {
        rope_printf(w->out, "\r\n--%.*s\r\n", STR_ARG(boundary));
        TRY(put_part(w, &p->parts[i], depth + 1));
    }
    rope_printf(w->out, "\r\n--%.*s--\r\n", STR_ARG(boundary));
    return OK;
}

enum code compose_message(struct ctx *cx, struct str fields, const struct compose_part *root,
                          struct str seed, size_t max, struct str *out)
{
    struct rope rope = rope_of(cx->arena);
    struct writer w = {.cx = cx, .out = &rope, .seed = seed, .max = max};
    rope_ref(&rope, fields);
    rope_ref(&rope, STR("MIME-Version: 1.0\r\n"));
    TRY(put_part(&w, root, 1));
    *out = rope_flatten(&rope, cx->arena);
    return OK;
}
