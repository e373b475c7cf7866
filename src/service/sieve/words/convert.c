#include "format/compose/compose.h"
#include "format/header.h"
#include "format/mime.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/script/words.h"

/* What others do with the message's parts: convert (RFC 6558). */

static bool is_type(const struct mime_part *p, struct str wanted)
{
    size_t slash = str_chr(wanted, '/');
    return slash != SIZE_MAX && str_ieq(p->type.type, str_sub(wanted, 0, slash)) &&
           str_ieq(p->type.subtype, str_from(wanted, slash + 1));
}

/* The end of file names of a type; empty: not known. */
static struct str ending_of(struct str type)
{
    static const struct {
        struct str type, end;
    } rows[] = {{STR("text/plain"), STR(".txt")},
                {STR("text/html"), STR(".html")},
                {STR("image/png"), STR(".png")},
                {STR("image/jpeg"), STR(".jpg")}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_ieq(type, rows[i].type))
            return rows[i].end;
    return (struct str){0};
}

/* A part that becomes another one. */
struct becoming {
    struct sieve_run *r;
    const struct mime_part *part;
    const struct sieve_conversion *x;
    struct str encoding;
    bool same_type;
};

/* "report.docx" as "report.txt". */
static struct str new_name(const struct becoming *b, struct str name)
{
    size_t dot = str_rchr(name, '.');
    struct str parts[] = {str_sub(name, 0, dot), ending_of(b->x->to)};
    return b->same_type || !name.n || !parts[1].n ? name : str_join(b->r->arena, parts, 2);
}

static void put_type(const struct becoming *b, struct buf *out)
{
    const struct header_content *was = &b->part->type;
    struct str name = new_name(b, header_param(was, STR("name")));
    struct str type = str_lower(b->r->arena, b->x->to);
    size_t column = sizeof "Content-Type: " - 1 + type.n;
    buf_printf(out, "Content-Type: %.*s", STR_ARG(type));
    if (b->x->out_charset.n)
        compose_param(out, STR("charset"), b->x->out_charset, &column);
    if (name.n)
        compose_param(out, STR("name"), name, &column);
    for (size_t i = 0; b->same_type && i < was->count; i++)
        if (!str_eq(was->params[i].name, STR("charset")) &&
            !str_eq(was->params[i].name, STR("name")))
            compose_param(out, was->params[i].name, was->params[i].value, &column);
    buf_printf(out, "\r\nContent-Transfer-Encoding: %.*s\r\n", STR_ARG(b->encoding));
}

/* Its size has changed (RFC 2183 section 2.7). */
static void put_disposition(const struct becoming *b, struct buf *out)
{
    const struct header_content *was = &b->part->disposition;
    size_t column = sizeof "Content-Disposition: " - 1 + was->type.n;
    buf_printf(out, "Content-Disposition: %.*s", STR_ARG(was->type));
    for (size_t i = 0; i < was->count; i++) {
        const struct header_param *p = &was->params[i];
        bool is_name = str_eq(p->name, STR("filename"));
        if (!str_eq(p->name, STR("size")))
            compose_param(out, p->name, is_name ? new_name(b, p->value) : p->value, &column);
    }
    buf_add(out, STR("\r\n"));
}

/* Fields that tell of the old content. */
static bool is_stale(const struct becoming *b, struct str name)
{
    static const struct str names[] = {STR("Content-Type"), STR("Content-Transfer-Encoding"),
                                       STR("Content-MD5"), STR("Content-Length")};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_ieq(name, names[i]))
            return true;
    return str_ieq(name, STR("Content-Disposition")) && b->part->disposition.type.n;
}

/* Its header: the new fields stand where the old Content-Type was. */
static void put_header(const struct becoming *b, struct str header, bool whole, struct buf *out)
{
    struct cur c = cur_of(header);
    struct header_field field;
    bool typed = header_find(header, STR("Content-Type"), &field), told = false;
    if (whole && !header_find(header, STR("MIME-Version"), &field))
        buf_add(out, STR("MIME-Version: 1.0\r\n"));
    while (header_next(&c, &field)) {
        if (!is_stale(b, field.name))
            buf_add(out, field.line);
        else if (str_ieq(field.name, STR("Content-Type")) && !told) {
            put_type(b, out);
            told = true;
        } else if (str_ieq(field.name, STR("Content-Disposition")))
            put_disposition(b, out);
    }
    if (!typed)
        put_type(b, out);
}

/* Whether a line around it might be found in it. */
static bool has_boundary(const struct mime *m, uint32_t part, struct str body)
{
    for (uint32_t i = m->parts[part].node.parent; i != MIME_NONE; i = m->parts[i].node.parent) {
        struct str line = header_param(&m->parts[i].type, STR("boundary"));
        if (line.n && str_find(body, line) != SIZE_MAX)
            return true;
    }
    return false;
}

static struct str entity(struct sieve_run *r, uint32_t part, const struct sieve_conversion *x)
{
    const struct mime *m = sieve_draft_mime(r);
    struct becoming b = {.r = r, .part = &m->parts[part], .x = x};
    struct buf out = buf_of(r->arena, SIZE_MAX / 2);
    struct str body = compose_content(r->arena, x->to, x->out, &b.encoding);
    if (has_boundary(m, part, body))
        body = compose_content(r->arena, STR("application/octet-stream"), x->out, &b.encoding);
    b.same_type = str_ieq(x->from, x->to);
    put_header(&b, part ? mime_header(m, part) : sieve_draft_header(r), part == 0, &out);
    buf_add(&out, STR("\r\n"));
    buf_add(&out, body);
    return buf_str(&out);
}

/* Whether text can stand in a Content-Type as it is. */
static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_alpha(s.p[i]) && !ascii_is_digit(s.p[i]) &&
            str_chr(STR("/.+-_"), s.p[i]) == SIZE_MAX)
            return false;
    return s.n > 0;
}

/* What was signed or encrypted would not be any more (RFC 1847). */
static bool is_sealed(const struct mime *m, uint32_t part)
{
    for (uint32_t i = m->parts[part].node.parent; i != MIME_NONE; i = m->parts[i].node.parent)
        if (is_type(&m->parts[i], STR("multipart/signed")) ||
            is_type(&m->parts[i], STR("multipart/encrypted")))
            return true;
    return false;
}

static bool convert_part(struct sieve_run *r, uint32_t part, struct sieve_conversion x)
{
    const struct sieve_world *w = r->world;
    const struct mime *m = sieve_draft_mime(r);
    const struct mime_part *p = &m->parts[part];
    if (p->node.kind != MIME_LEAF || !is_type(p, x.from) || is_sealed(m, part))
        return false;
    x.charset = header_param(&p->type, STR("charset"));
    x.content = mime_content(r->arena, m, part, SIZE_MAX / 2);
    if (!w->ops->convert(w->self, r->cx, &x))
        return false;
    sieve_draft_replace(r, part, entity(r, part, &x));
    return true;
}

/* In a loop its part, else all parts of the type (RFC 6558 section 2). */
bool sieve_convert_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_world *w = r->world;
    const struct sieve_arg *arg = sieve_arg(n, 2);
    const struct sieve_conversion x = {
        .from = sieve_run_text(r, sieve_arg(n, 0), 0),
        .to = sieve_run_text(r, sieve_arg(n, 1), 0),
        .parameters = sieve_run_texts(r, arg),
        .parameter_count = arg->count,
    };
    if (!w->ops || !w->ops->convert || !is_plain(x.to))
        return false;
    if (r->loop)
        return convert_part(r, r->loop->part, x);
    struct sieve_loop all = {0};
    bool any = false;
    r->loop = &all; /* parts keep their numbers */
    for (uint32_t i = 0; i < sieve_draft_mime(r)->count && sieve_run_spend(r, n->spot, 1); i++)
        any |= convert_part(r, i, x);
    r->loop = NULL;
    sieve_draft_settle(r);
    return any;
}

enum sieve_flow sieve_convert_run(struct sieve_run *r, const struct sieve_node *n)
{
    sieve_convert_test(r, n);
    return r->failed ? SIEVE_FAILED : SIEVE_ON;
}
