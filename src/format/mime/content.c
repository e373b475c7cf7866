/* What is in a part: its bytes, its name, what it is to a reader. */
#include "format/base64.h"
#include "format/mime.h"
#include "format/qp.h"

struct str mime_header(const struct mime *m, uint32_t part)
{
    const struct mime_node *n = &m->parts[part].node;
    return str_sub(m->bytes, (size_t)n->start, (size_t)n->header_size);
}

struct str mime_body(const struct mime *m, uint32_t part)
{
    const struct mime_node *n = &m->parts[part].node;
    return str_sub(m->bytes, (size_t)(n->start + n->header_size), (size_t)n->body_size);
}

struct str mime_decode(struct arena *a, enum mime_encoding encoding, struct str body, size_t max)
{
    if (encoding == MIME_BASE64)
        return base64_decode(a, body, max);
    if (encoding == MIME_QP)
        return qp_decode(a, body, max);
    return str_sub(body, 0, max);
}

struct str mime_content(struct arena *a, const struct mime *m, uint32_t part, size_t max)
{
    return mime_decode(a, m->parts[part].node.encoding, mime_body(m, part), max);
}

struct str mime_name(const struct mime_part *p)
{
    struct str name = header_param(&p->disposition, STR("filename"));
    return name.n ? name : header_param(&p->type, STR("name"));
}

static bool is_inside_message(const struct mime *m, uint32_t part)
{
    for (uint32_t i = m->parts[part].node.parent; i != MIME_NONE; i = m->parts[i].node.parent)
        if (m->parts[i].node.kind == MIME_MESSAGE)
            return true;
    return false;
}

/* Machinery of signatures and encryption, which mail programs do not show as files. */
static bool is_seal(const struct header_content *type)
{
    static const struct str names[] = {STR("pgp-signature"), STR("pgp-encrypted"),
                                       STR("pkcs7-signature"), STR("x-pkcs7-signature")};
    if (!str_eq(type->type, STR("application")))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(type->subtype, names[i]))
            return true;
    return false;
}

/* A picture that the HTML beside it shows. */
static bool is_shown_in_html(const struct mime *m, const struct mime_part *p)
{
    if (p->node.parent == MIME_NONE || !p->id.n || !str_eq(p->type.type, STR("image")))
        return false;
    return str_eq(m->parts[p->node.parent].type.subtype, STR("related"));
}

bool mime_is_attachment(const struct mime *m, uint32_t part)
{
    const struct mime_part *p = &m->parts[part];
    if (p->node.kind == MIME_MULTIPART || is_inside_message(m, part))
        return false;
    if (str_eq(p->disposition.type, STR("attachment")))
        return !is_seal(&p->type);
    if (p->node.kind == MIME_MESSAGE)
        return true;
    if (str_eq(p->type.type, STR("text")) || str_eq(p->type.type, STR("message")))
        return mime_name(p).n != 0 && !str_eq(p->disposition.type, STR("inline"));
    return !is_seal(&p->type) && !is_shown_in_html(m, p);
}
