#include "format/bodystructure.h"
#include "format/envelope.h"
#include "format/mime.h"

struct writer {
    struct buf *out;
    const struct mime *m;
    bool extended;
};

static void put_params(struct buf *out, const struct header_content *content)
{
    if (content->count == 0) {
        buf_add(out, STR("NIL"));
        return;
    }
    for (size_t i = 0; i < content->count; i++) {
        const struct header_param *p = &content->params[i];
        buf_byte(out, i ? ' ' : '(');
        envelope_put_string(out, p->extended
                                     ? str_join(out->arena, (struct str[]){p->name, STR("*")}, 2)
                                     : p->name);
        buf_byte(out, ' ');
        envelope_put_string(out, p->raw);
    }
    buf_byte(out, ')');
}

static bool is_text(const struct mime_part *p)
{
    return str_eq(p->type.type, STR("text"));
}

static bool has_charset(const struct header_content *type)
{
    for (size_t i = 0; i < type->count; i++)
        if (str_eq(type->params[i].name, STR("charset")))
            return true;
    return false;
}

/* Text without a charset is us-ascii (RFC 2045 section 5.2), which clients like to be told. */
static void put_type_params(struct buf *out, const struct mime_part *p)
{
    if (p->type.count || !is_text(p) || has_charset(&p->type))
        put_params(out, &p->type);
    else
        buf_add(out, STR("(\"charset\" \"us-ascii\")"));
}

static void put_disposition(struct buf *out, const struct mime_part *p)
{
    if (p->disposition.type.n == 0) {
        buf_add(out, STR("NIL"));
        return;
    }
    buf_byte(out, '(');
    envelope_put_string(out, p->disposition.type);
    buf_byte(out, ' ');
    put_params(out, &p->disposition);
    buf_byte(out, ')');
}

static bool is_tag_char(char c)
{
    return c > ' ' && c < 0x7f && c != ',' && c != '(' && c != ')';
}

/* A string, or a list of them when there is more than one tag. */
static void put_language(struct buf *out, const struct mime_part *p)
{
    struct cur c = cur_of(p->language);
    struct buf list = buf_of(out->arena, SIZE_MAX / 2);
    size_t count = 0;
    while (!cur_end(&c)) {
        header_skip_cfws(&c);
        struct str tag = cur_while(&c, is_tag_char);
        if (tag.n == 0) {
            c.rest = str_from(c.rest, 1);
            continue;
        }
        if (count++)
            buf_byte(&list, ' ');
        envelope_put_string(&list, tag);
    }
    if (count > 1)
        buf_byte(out, '(');
    buf_add(out, count ? buf_str(&list) : STR("NIL"));
    if (count > 1)
        buf_byte(out, ')');
}

static void put_nstring(struct buf *out, struct str s)
{
    buf_byte(out, ' ');
    envelope_put_nstring(out, s);
}

/* Disposition, language, location: the end of both kinds of extension data. */
static void put_tail(struct buf *out, const struct mime_part *p)
{
    buf_byte(out, ' ');
    put_disposition(out, p);
    buf_byte(out, ' ');
    put_language(out, p);
    put_nstring(out, p->location);
}

static void put_number(struct buf *out, uint64_t value)
{
    buf_byte(out, ' ');
    buf_u64(out, value);
}

/* All up to what a nested message adds. */
static void put_leaf_start(struct buf *out, const struct mime_part *p)
{
    buf_byte(out, '(');
    envelope_put_string(out, p->type.type);
    buf_byte(out, ' ');
    envelope_put_string(out, p->type.subtype);
    buf_byte(out, ' ');
    put_type_params(out, p);
    put_nstring(out, p->id);
    put_nstring(out, p->description);
    buf_byte(out, ' ');
    envelope_put_string(out, p->encoding);
    put_number(out, p->node.body_size);
}

static void put_leaf_end(struct writer *w, const struct mime_part *p)
{
    if (w->extended) {
        put_nstring(w->out, p->md5);
        put_tail(w->out, p);
    }
    buf_byte(w->out, ')');
}

/* What comes before the parts inside; of a leaf, all. */
static void put_start(struct writer *w, const struct mime_part *p)
{
    if (p->node.kind == MIME_MULTIPART) {
        buf_byte(w->out, '(');
        return;
    }
    put_leaf_start(w->out, p);
    if (p->node.kind == MIME_MESSAGE) {
        buf_byte(w->out, ' ');
        envelope_put(w->out, w->m->parts[p->node.child].message);
        buf_byte(w->out, ' ');
        return;
    }
    if (is_text(p))
        put_number(w->out, p->node.lines);
    put_leaf_end(w, p);
}

/* What comes behind the parts inside. */
static void put_end(struct writer *w, const struct mime_part *p)
{
    if (p->node.kind == MIME_MESSAGE) {
        put_number(w->out, p->node.lines);
        put_leaf_end(w, p);
        return;
    }
    buf_byte(w->out, ' ');
    envelope_put_string(w->out, p->type.subtype);
    if (w->extended) {
        buf_byte(w->out, ' ');
        put_params(w->out, &p->type);
        put_tail(w->out, p);
    }
    buf_byte(w->out, ')');
}

void bodystructure_put(struct buf *out, const struct mime *m, bool extended)
{
    struct writer w = {.out = out, .m = m, .extended = extended};
    uint32_t i = 0;
    for (;;) {
        put_start(&w, &m->parts[i]);
        if (m->parts[i].node.child != MIME_NONE) {
            i = m->parts[i].node.child;
            continue;
        }
        while (i != MIME_NONE && m->parts[i].node.next == MIME_NONE) {
            i = m->parts[i].node.parent;
            if (i != MIME_NONE)
                put_end(&w, &m->parts[i]);
        }
        if (i == MIME_NONE)
            return;
        i = m->parts[i].node.next;
    }
}
