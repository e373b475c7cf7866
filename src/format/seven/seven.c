/* Down the tree of parts, copying; leaves that need it are encoded anew. */
#include "format/seven/seven.h"
#include "base/rope.h"
#include "format/base64.h"
#include "format/compose/compose.h"
#include "format/mime.h"
#include "format/utf8.h"

enum { BASE64_LINE = 76 };

struct walk {
    struct ctx *cx;
    const struct mime *m;
    struct rope out;
};

/* What some bytes ask for. */
struct needs {
    size_t high, encoded; /* bytes above 0x7f; those that quoted-printable writes as three */
    bool loose;           /* NUL, a CR or LF alone */
    bool too_long;        /* a line */
};

static struct needs needs_of(struct str s)
{
    struct needs l = {0};
    size_t line = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool crlf = c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n';
        l.high += c >= 0x80;
        l.encoded += !crlf && (c >= 0x7f || c == '=' || (c < ' ' && c != '\t'));
        l.loose |= c == 0 || ((c == '\r' || c == '\n') && !crlf);
        line = crlf ? 0 : line + 1;
        l.too_long |= line > SEVEN_LINE_MAX;
        i += crlf;
    }
    return l;
}

/* What is copied as it is must be fit to be sent; long lines are as they came. */
static enum code fit(struct walk *w, struct str s, const char *what)
{
    struct needs l = needs_of(s);
    if (l.high || l.loose)
        return fail(w->cx, E_UNSUPPORTED, "%s not of 7 bits", what);
    return OK;
}

static bool is_blank(struct str line)
{
    return str_eq(line, STR("\r\n"));
}

/* The header without its blank line, which must be there. */
static enum code fields_of(struct walk *w, uint32_t i, struct str *out)
{
    struct str h = mime_header(w->m, i);
    TRY(fit(w, h, "a header is"));
    bool whole = is_blank(h) || str_ends(h, STR("\r\n\r\n"));
    if (!whole)
        return fail(w->cx, E_UNSUPPORTED, "a part without a header's end");
    *out = str_sub(h, 0, h.n - 2);
    return OK;
}

/* What the message in a message, or the outermost, lacks to say how it is encoded (RFC 1428). */
static void put_missing(struct walk *w, uint32_t i, struct str fields)
{
    struct header_field f;
    struct str body = mime_body(w->m, i);
    if (!w->m->parts[i].message)
        return;
    if (!header_find(fields, STR("MIME-Version"), &f))
        rope_put(&w->out, STR("MIME-Version: 1.0\r\n"));
    if (!header_find(fields, STR("Content-Type"), &f))
        rope_printf(&w->out, "Content-Type: text/plain; charset=%s\r\n",
                    utf8_is_ascii(body) ? "us-ascii"
                    : utf8_valid(body)  ? "utf-8"
                                        : "unknown-8bit");
}

/* The part's header with that encoding in the first place where one stood, else at its end. */
static enum code put_header(struct walk *w, uint32_t i, struct str encoding)
{
    struct str fields;
    TRY(fields_of(w, i, &fields));
    struct cur c = cur_of(fields);
    struct header_field f;
    bool said = false;
    size_t at = 0;
    while (header_next(&c, &f)) {
        if (!str_ieq(f.name, STR("Content-Transfer-Encoding")))
            continue;
        size_t start = (size_t)(f.line.p - fields.p);
        rope_ref(&w->out, str_sub(fields, at, start - at));
        if (!said)
            rope_printf(&w->out, "Content-Transfer-Encoding: %.*s\r\n", STR_ARG(encoding));
        said = true;
        at = start + f.line.n;
    }
    rope_ref(&w->out, str_from(fields, at));
    if (!said) {
        put_missing(w, i, fields);
        rope_printf(&w->out, "Content-Transfer-Encoding: %.*s\r\n", STR_ARG(encoding));
    }
    rope_ref(&w->out, STR("\r\n"));
    return OK;
}

static struct str whole_of(const struct walk *w, uint32_t i)
{
    const struct mime_node *n = &w->m->parts[i].node;
    return str_sub(w->m->bytes, (size_t)n->start, (size_t)(n->header_size + n->body_size));
}

/* RFC 2045 section 6.4: what holds parts or messages is not encoded, whatever the parser made of
   it; what may hold UTF-8 in its headers is (RFC 6532 section 3.7, RFC 6533 section 6). */
static bool may_be_encoded(struct walk *w, uint32_t i)
{
    struct header_field f;
    struct header_content type;
    const struct mime_part *p = &w->m->parts[i];
    if (str_eq(p->type.type, STR("message")))
        return str_istarts(p->type.subtype, STR("global"));
    if (!header_find(mime_header(w->m, i), STR("Content-Type"), &f) ||
        !header_content_type(w->cx->arena, f.value, &type))
        return true;
    return !str_eq(type.type, STR("multipart")) &&
           (!str_eq(type.type, STR("message")) || str_istarts(type.subtype, STR("global")));
}

static size_t base64_size(size_t n)
{
    size_t text = (n + 2) / 3 * 4;
    return text + (text + BASE64_LINE - 1) / BASE64_LINE * 2;
}

/* The shorter of the two. Without a line's end at the message's end only base64 says so. */
static enum code put_encoded(struct walk *w, uint32_t i, struct str content,
                             const struct needs *need)
{
    struct arena *a = w->cx->arena;
    const struct mime_node *n = &w->m->parts[i].node;
    bool is_last = n->start + n->header_size + n->body_size == w->m->bytes.n;
    bool open = is_last && !str_ends(content, STR("\r\n"));
    size_t limit = base64_size(content.n);
    if (!open && content.n + 2 * need->encoded <= limit) {
        struct str quoted = compose_qp(a, content);
        if (quoted.n <= limit) {
            TRY(put_header(w, i, STR("quoted-printable")));
            rope_ref(&w->out, quoted);
            return OK;
        }
    }
    struct str coded = base64_encode_lines(a, content);
    TRY(put_header(w, i, STR("base64")));
    rope_ref(&w->out, is_last ? coded : str_sub(coded, 0, coded.n - (coded.n ? 2 : 0)));
    return OK;
}

static enum code put_leaf(struct walk *w, uint32_t i)
{
    enum mime_encoding encoding = w->m->parts[i].node.encoding;
    struct str body = mime_body(w->m, i);
    struct needs need = needs_of(body);
    bool relabel = encoding == MIME_8BIT || encoding == MIME_BINARY;
    if (!need.high && !need.loose && !(relabel && need.too_long)) {
        if (relabel)
            TRY(put_header(w, i, STR("7bit")));
        else
            TRY(fit(w, mime_header(w->m, i), "a header is"));
        rope_ref(&w->out, relabel ? body : whole_of(w, i));
        return OK;
    }
    if (encoding == MIME_UNKNOWN || !may_be_encoded(w, i))
        return fail(w->cx, E_UNSUPPORTED, "a part that may not be encoded");
    if (encoding == MIME_QP || encoding == MIME_BASE64) {
        body = mime_decode(w->cx->arena, encoding, body, body.n);
        need = needs_of(body);
    }
    return put_encoded(w, i, body, &need);
}

/* Before the first boundary, behind the last, and the boundaries. */
static enum code put_between(struct walk *w, struct str s)
{
    struct needs need = needs_of(s);
    if (need.loose)
        return fail(w->cx, E_UNSUPPORTED, "line ends between parts");
    if (!need.high) {
        rope_ref(&w->out, s);
        return OK;
    }
    struct buf masked = buf_of(w->cx->arena, s.n);
    for (size_t i = 0; i < s.n; i++)
        buf_byte(&masked, (unsigned char)s.p[i] < 0x80 ? s.p[i] : '?');
    rope_ref(&w->out, buf_str(&masked));
    return OK;
}

static bool is_sealed(const struct mime_part *p)
{
    return str_eq(p->type.type, STR("multipart")) &&
           (str_eq(p->type.subtype, STR("signed")) || str_eq(p->type.subtype, STR("encrypted")));
}

static enum code put_part(struct walk *w, uint32_t i, size_t end);

static enum code put_children(struct walk *w, uint32_t i)
{
    const struct mime_node *n = &w->m->parts[i].node;
    size_t at = (size_t)(n->start + n->header_size), end = at + (size_t)n->body_size;
    for (uint32_t k = n->child; k != MIME_NONE; k = w->m->parts[k].node.next) {
        size_t start = (size_t)w->m->parts[k].node.start;
        must(start >= at && start <= end);
        TRY(put_between(w, str_sub(w->m->bytes, at, start - at)));
        TRY(put_part(w, k, end));
        at = start + whole_of(w, k).n;
        at = at < end ? at : end;
    }
    return put_between(w, str_sub(w->m->bytes, at, end - at));
}

/* Multiparts and messages: their own encoding says that what they hold has 7 bits now. */
static enum code put_container(struct walk *w, uint32_t i)
{
    const struct mime_part *p = &w->m->parts[i];
    enum mime_encoding encoding = p->node.encoding;
    if (encoding == MIME_8BIT || encoding == MIME_BINARY) {
        TRY(put_header(w, i, STR("7bit")));
    } else {
        TRY(fit(w, mime_header(w->m, i), "a header is"));
        rope_ref(&w->out, mime_header(w->m, i));
    }
    if (encoding != MIME_BASE64 && encoding != MIME_QP && encoding != MIME_UNKNOWN && !is_sealed(p))
        return put_children(w, i);
    TRY(fit(w, mime_body(w->m, i), "a part that may not be changed is"));
    rope_ref(&w->out, mime_body(w->m, i));
    return OK;
}

/* end: of what lies around it. A header that a boundary cuts off has that one's line end in it. */
static enum code put_part(struct walk *w, uint32_t i, size_t end)
{
    const struct mime_part *p = &w->m->parts[i];
    struct str all = whole_of(w, i);
    size_t start = (size_t)p->node.start;
    if (start + all.n > end) {
        all = str_sub(all, 0, end - start);
        TRY(fit(w, all, "a header is"));
        rope_ref(&w->out, all);
        return OK;
    }
    bool global = p->node.kind == MIME_MESSAGE && str_eq(p->type.subtype, STR("global"));
    if (p->node.kind == MIME_LEAF || global)
        return put_leaf(w, i);
    return put_container(w, i);
}

enum code seven_bits(struct ctx *cx, struct str message, struct str *out)
{
    struct mime *m;
    struct needs need = needs_of(message);
    if (!need.high && !need.loose) {
        *out = message;
        return OK;
    }
    TRY(mime_parse(cx, message, NULL, &m));
    if (m->cut)
        return fail(cx, E_UNSUPPORTED, "more parts than are looked at");
    struct walk w = {.cx = cx, .m = m, .out = rope_of(cx->arena)};
    TRY(put_part(&w, 0, message.n));
    struct str made = rope_flatten(&w.out, cx->arena);
    need = needs_of(made);
    must(!need.high && !need.loose);
    *out = made;
    return OK;
}

bool seven_headers(struct ctx *cx, struct str message)
{
    struct mime *m;
    if (utf8_is_ascii(message))
        return true;
    if (mime_parse(cx, message, NULL, &m) != OK || m->cut)
        return false;
    for (uint32_t i = 0; i < m->count; i++)
        if (!utf8_is_ascii(mime_header(m, i)))
            return false;
    return true;
}
