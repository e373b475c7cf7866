/* The text of parts: which ones a reader sees, and what they say. */
#include "base/cur.h"
#include "format/charset.h"
#include "format/mime.h"
#include "format/text.h"
#include "format/utf8.h"

enum {
    PREVIEW_PARTS = 8,
    PREVIEW_FEW_BYTES = 1024, /* of each part, decoded: mostly enough */
    PREVIEW_BYTES = 64 * 1024 /* if not: much HTML starts with style */
};

static bool is_type(const struct mime_part *p, struct str subtype)
{
    return str_eq(p->type.type, STR("text")) && str_eq(p->type.subtype, subtype);
}

static bool is_shown(const struct mime *m, uint32_t i)
{
    const struct mime_part *p = &m->parts[i];
    return p->node.kind == MIME_LEAF && str_eq(p->type.type, STR("text")) &&
           !mime_is_attachment(m, i);
}

/* The first part inside, at any depth, of that subtype; inside nested messages nothing is. */
static uint32_t first_of(const struct mime *m, uint32_t inside, struct str subtype)
{
    for (uint32_t i = inside; i < m->count; i++) {
        if (i > inside && m->parts[i].node.start >= m->parts[inside].node.start +
                                                        m->parts[inside].node.header_size +
                                                        m->parts[inside].node.body_size)
            break;
        if (is_type(&m->parts[i], subtype) && is_shown(m, i))
            return i;
    }
    return MIME_NONE;
}

/* Of an alternative: the plain text, else the HTML. */
static uint32_t best_of(const struct mime *m, uint32_t alternative)
{
    uint32_t plain = first_of(m, alternative, STR("plain"));
    return plain != MIME_NONE ? plain : first_of(m, alternative, STR("html"));
}

/* The part behind i that does not lie in i. */
static uint32_t skip_over(const struct mime *m, uint32_t i)
{
    uint64_t end =
        m->parts[i].node.start + m->parts[i].node.header_size + m->parts[i].node.body_size;
    uint32_t next = i + 1;
    while (next < m->count && m->parts[next].node.start < end)
        next++;
    return next;
}

uint32_t text_parts(const struct mime *m, uint32_t *out, uint32_t max)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->count && count < max;) {
        const struct mime_part *p = &m->parts[i];
        bool alternative =
            p->node.kind == MIME_MULTIPART && str_eq(p->type.subtype, STR("alternative"));
        uint32_t best = alternative ? best_of(m, i) : is_shown(m, i) ? i : MIME_NONE;
        if (best != MIME_NONE)
            out[count++] = best;
        i = alternative || p->node.kind == MIME_MESSAGE ? skip_over(m, i) : i + 1;
    }
    return count;
}

static struct str without_cr(struct arena *a, struct str s)
{
    if (str_chr(s, '\r') == SIZE_MAX)
        return s;
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\r')
            out[n++] = s.p[i];
        else if (i + 1 == s.n || s.p[i + 1] != '\n')
            out[n++] = '\n';
    }
    return str_of(out, n);
}

/* Takes a line without its end; the last one may have none. */
static bool next_line(struct cur *c, struct str *out)
{
    if (cur_line(c, out))
        return true;
    *out = c->rest;
    return cur_bytes(c, c->rest.n, out) && out->n;
}

static size_t quote_depth(struct str line)
{
    size_t depth = 0;
    while (depth < line.n && line.p[depth] == '>')
        depth++;
    return depth;
}

/* RFC 3676: a line that ends in a space goes on in the next one of the same quote depth. */
static struct str unflowed(struct arena *a, struct str text, bool delsp)
{
    struct buf out = buf_of(a, text.n * 2 + 2);
    struct cur c = cur_of(text);
    struct str line;
    bool flows = false;
    size_t last_depth = 0;
    while (next_line(&c, &line)) {
        size_t depth = quote_depth(line);
        struct str content = str_from(line, depth);
        if (str_starts(content, STR(" ")))
            content = str_from(content, 1); /* space-stuffed */
        bool joins = flows && depth == last_depth;
        if (!joins && out.n)
            buf_byte(&out, '\n');
        if (!joins && depth) {
            buf_fill(&out, '>', depth);
            buf_byte(&out, ' ');
        }
        flows = str_ends(content, STR(" ")) && !str_eq(content, STR("-- "));
        if (flows && delsp)
            content.n--;
        buf_add(&out, content);
        last_depth = depth;
    }
    if (out.n)
        buf_byte(&out, '\n');
    return buf_str(&out);
}

static struct str decoded_text(struct arena *a, const struct mime *m, uint32_t part, size_t max)
{
    const struct mime_part *p = &m->parts[part];
    struct str bytes = mime_content(a, m, part, max);
    /* Where max cut it, a character may be cut too. */
    for (int i = 0; i < 4 && bytes.n == max && bytes.n && (unsigned char)bytes.p[max - 1] >= 0x80;
         i++)
        bytes.n = --max;
    struct str charset = header_param(&p->type, STR("charset"));
    return without_cr(a, charset_to_utf8(a, charset, bytes));
}

bool text_is_readable(const struct mime_part *p)
{
    /* RFC 3464, 6533, 8098, 5965 */
    static const struct str reports[] = {
        STR("delivery-status"),          STR("global-delivery-status"),
        STR("disposition-notification"), STR("global-disposition-notification"),
        STR("feedback-report"),
    };
    if (p->node.kind != MIME_LEAF)
        return false;
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
        if (str_eq(p->type.type, STR("message")) && str_eq(p->type.subtype, reports[i]))
            return true;
    return str_eq(p->type.type, STR("text"));
}

struct str text_of_part(struct arena *a, const struct mime *m, uint32_t part, size_t max)
{
    const struct mime_part *p = &m->parts[part];
    if (!text_is_readable(p))
        return (struct str){0};
    struct str text = decoded_text(a, m, part, max);
    if (is_type(p, STR("html"))) {
        struct buf out = buf_of(a, text.n + 16);
        text_from_html(&out, text);
        return buf_str(&out);
    }
    if (str_ieq(header_param(&p->type, STR("format")), STR("flowed")))
        return unflowed(a, text, str_ieq(header_param(&p->type, STR("delsp")), STR("yes")));
    return text;
}

static bool is_gap(uint32_t c)
{
    return c <= ' ' || c == 0x7f || c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200f) ||
           c == 0xfeff || c == 0xad || c == 0x2028 || c == 0x2029;
}

struct preview {
    struct buf out;
    size_t chars; /* in out */
};

static bool is_full(const struct preview *p)
{
    return p->chars >= TEXT_PREVIEW_CHARS;
}

/* Length of the run of visible ASCII that s starts with, at most max. */
static size_t visible_run(struct str s, size_t max)
{
    size_t n = 0;
    while (n < s.n && n < max && s.p[n] > ' ' && s.p[n] < 0x7f)
        n++;
    return n;
}

/* Appends the words of a line, a blank between them. */
static void put_words(struct preview *p, struct str line)
{
    struct cur c = cur_of(line);
    bool gap = p->chars != 0;
    uint32_t x;
    while (!is_full(p) && !cur_end(&c)) {
        size_t run = visible_run(c.rest, TEXT_PREVIEW_CHARS - p->chars - gap);
        struct cur before = c;
        if (run == 0 && !utf8_next(&c, &x))
            return;
        if (run == 0 && is_gap(x)) {
            gap = p->chars != 0;
            continue;
        }
        size_t taken = run ? run : before.rest.n - c.rest.n;
        if (gap)
            buf_byte(&p->out, ' ');
        p->chars += gap;
        gap = false;
        if (is_full(p))
            return;
        buf_add(&p->out, str_sub(before.rest, 0, taken));
        p->chars += run ? run : 1;
        c.rest = str_from(before.rest, taken);
    }
}

/* "-----" and the like say nothing. */
static bool is_rule(struct str line)
{
    line = str_trim(line);
    for (size_t i = 0; i < line.n; i++)
        if (!memchr("-=_*#~+.", line.p[i], 8))
            return false;
    return true;
}

static void preview_text(struct preview *p, struct str text, bool with_quotes)
{
    struct cur c = cur_of(text);
    struct str line;
    while (!is_full(p) && next_line(&c, &line)) {
        if (str_eq(line, STR("-- ")))
            return; /* a signature */
        if (!is_rule(line) && (with_quotes || !str_starts(line, STR(">"))))
            put_words(p, line);
    }
}

/* What the parts say in their first bytes; cut: whether one of them had more. */
static struct preview preview_of(struct arena *a, const struct mime *m, size_t max, bool *cut)
{
    uint32_t parts[PREVIEW_PARTS];
    struct str texts[PREVIEW_PARTS];
    uint32_t count = text_parts(m, parts, PREVIEW_PARTS), read = 0;
    struct preview p = {.out = buf_of(a, TEXT_PREVIEW_CHARS * 4)};
    for (; read < count && !is_full(&p); read++) {
        *cut |= m->parts[parts[read]].node.body_size > max;
        texts[read] = text_of_part(a, m, parts[read], max);
        preview_text(&p, texts[read], false);
    }
    for (uint32_t i = 0; i < read && p.chars == 0; i++)
        preview_text(&p, texts[i], true);
    return p;
}

struct str text_preview(struct arena *a, const struct mime *m)
{
    bool cut = false;
    struct preview p = preview_of(a, m, PREVIEW_FEW_BYTES, &cut);
    if (cut && !is_full(&p))
        p = preview_of(a, m, PREVIEW_BYTES, &cut);
    return str_trim(buf_str(&p.out));
}
