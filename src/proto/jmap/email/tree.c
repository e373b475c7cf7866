/* Parts made of properties (RFC 8621 section 4.6): bodyStructure, or textBody, htmlBody and
   attachments. */
#include "format/compose/compose.h"
#include "format/header.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/email/make.h"

static enum code refuse(struct jmap_making *m, struct str property, const char *why)
{
    return jmap_set_invalid(m->outer, m->x, property, why);
}

/* A member that is a text, null or not there. */
static bool text_of(const struct json_tree *v, const char *name, struct str *out)
{
    const struct json_tree *t = json_tree_member(v, str_z(name));
    *out = json_tree_is(t, TREE_STRING) ? t->text : (struct str){0};
    return !t || t->kind == TREE_NULL || t->kind == TREE_STRING;
}

static bool languages_of(struct jmap_making *m, const struct json_tree *v, struct compose_part *p)
{
    const struct json_tree *list = json_tree_member(v, STR("language"));
    if (!list || list->kind == TREE_NULL)
        return true;
    struct str *all = ARENA_ARRAY(m->cx->arena, list->count + 1, struct str);
    for (size_t i = 0; i < list->count; i++)
        all[i] = list->values[i].text;
    p->languages = all;
    p->language_count = list->count;
    return list->kind == TREE_ARRAY;
}

/* A parameter that is told by the part itself, or made with it. */
static bool is_own_param(struct str name)
{
    return str_eq(name, STR("charset")) || str_eq(name, STR("name")) ||
           str_eq(name, STR("boundary"));
}

/* "header:Content-Type" instead of type, charset and name: for parameters that these do not tell,
   such as "method" of a calendar (RFC 6047 section 2.4). */
static enum code take_type(struct jmap_making *m, struct str property, const struct json_tree *v,
                           struct compose_part *p)
{
    const struct json_tree *raw = json_tree_member(v, STR("header:Content-Type"));
    struct header_content c;
    if (!raw)
        return OK;
    if (raw->kind != TREE_STRING || p->type.n || p->charset.n || p->name.n ||
        !header_content_type(m->cx->arena, raw->text, &c))
        return refuse(m, property, "a Content-Type that cannot be, or is told twice");
    struct header_param *more = ARENA_ARRAY(m->cx->arena, c.count + 1, struct header_param);
    for (size_t i = 0; i < c.count; i++)
        if (!is_own_param(c.params[i].name))
            more[p->param_count++] = c.params[i];
    p->type = str_printf(m->cx->arena, "%.*s/%.*s", STR_ARG(c.type), STR_ARG(c.subtype));
    p->charset = header_param(&c, STR("charset"));
    p->name = header_param(&c, STR("name"));
    p->params = more;
    return OK;
}

/* The text that a partId names. */
static enum code take_value(struct jmap_making *m, struct str property, struct str id,
                            const struct json_tree *part, struct compose_part *p)
{
    const struct json_tree *v = json_tree_member(m->values, id);
    const struct json_tree *value = json_tree_member(v, STR("value"));
    if (!json_tree_is(value, TREE_STRING) || json_tree_true(v, STR("isEncodingProblem")) ||
        json_tree_true(v, STR("isTruncated")))
        return refuse(m, STR("bodyValues"), "no value, or one that is not whole");
    if (p->charset.n || json_tree_is(json_tree_member(part, STR("size")), TREE_INTEGER))
        return refuse(m, property, "charset and size are told by the value");
    p->is_text = true;
    p->content = value->text;
    return OK;
}

static void note_missing(struct jmap_making *m, struct str id)
{
    if (m->missing_count < JMAP_BAD_MAX)
        m->missing[m->missing_count++] = id;
}

/* "text/html; charset=utf-8" becomes a type and a charset. */
static void type_of_blob(struct jmap_making *m, struct str type, struct compose_part *p)
{
    struct header_content c;
    if (!header_content_type(m->cx->arena, type, &c))
        return;
    if (!p->type.n)
        p->type = str_printf(m->cx->arena, "%.*s/%.*s", STR_ARG(c.type), STR_ARG(c.subtype));
    if (!p->charset.n && str_istarts(p->type, STR("text/")))
        p->charset = header_param(&c, STR("charset"));
}

static enum code take_blob(struct jmap_making *m, struct str id, struct compose_part *p)
{
    struct jmap_blob *b = &m->blobs[m->blob_count];
    enum code code =
        jmap_created(m->call, id, &id) ? jmap_blob_find(m->cx, m->call, id, b) : E_NOT_FOUND;
    if (code == E_NOT_FOUND) {
        note_missing(m, id);
        return OK;
    }
    TRY(code);
    m->blob_count++;
    m->blob_bytes += b->bytes.bytes;
    if (m->blob_bytes > JMAP_ATTACHMENTS_MAX)
        return jmap_set_refuse(m->x, "tooLarge", "more than maxSizeAttachmentsPerEmail");
    bool one = b->bytes.first && b->bytes.first->bytes.n == b->bytes.bytes;
    p->content = one ? b->bytes.first->bytes : rope_flatten(&b->bytes, m->cx->arena);
    type_of_blob(m, b->type, p);
    return OK;
}

static enum code take_part(struct jmap_making *m, struct str property, const struct json_tree *v,
                           unsigned depth, struct compose_part *p);

static enum code take_children(struct jmap_making *m, struct str property,
                               const struct json_tree *list, unsigned depth, struct compose_part *p)
{
    struct compose_part *parts = ARENA_ARRAY(m->cx->arena, list->count + 1, struct compose_part);
    if (!p->type.n)
        p->type = STR("multipart/mixed");
    if (!list->count || !str_istarts(p->type, STR("multipart/")) || depth == COMPOSE_DEPTH_MAX)
        return refuse(m, property, "parts of what has none, or too deep");
    for (size_t i = 0; i < list->count && !m->x->error; i++)
        TRY(take_part(m, property, &list->values[i], depth + 1, &parts[i]));
    p->parts = parts;
    p->count = list->count;
    return OK;
}

static enum code take_leaf(struct jmap_making *m, struct str property, const struct json_tree *v,
                           struct compose_part *p)
{
    struct str part, blob;
    if (!text_of(v, "partId", &part) || !text_of(v, "blobId", &blob) || !part.n == !blob.n)
        return refuse(m, property, "a part has a partId or a blobId");
    if (part.n)
        TRY(take_value(m, property, part, v, p));
    else
        TRY(take_blob(m, blob, p));
    if (!p->type.n)
        p->type = p->is_text ? STR("text/plain") : STR("application/octet-stream");
    return str_istarts(p->type, STR("multipart/")) ? refuse(m, property, "a multipart of no parts")
                                                   : OK;
}

static enum code take_part(struct jmap_making *m, struct str property, const struct json_tree *v,
                           unsigned depth, struct compose_part *p)
{
    struct buf fields = buf_of(m->cx->arena, JMAP_FIELDS_MAX);
    const struct json_tree *children = json_tree_member(v, STR("subParts"));
    *p = (struct compose_part){0};
    if (v->kind != TREE_OBJECT || !text_of(v, "type", &p->type) ||
        !text_of(v, "charset", &p->charset) || !text_of(v, "name", &p->name) ||
        !text_of(v, "disposition", &p->disposition) || !text_of(v, "cid", &p->id) ||
        !text_of(v, "location", &p->location) || !languages_of(m, v, p) ||
        json_tree_member(v, STR("headers")))
        return refuse(m, property, "a part that cannot be");
    if (++m->parts > JMAP_PARTS_MAX)
        return jmap_set_refuse(m->x, "tooLarge", "too many parts");
    TRY(take_type(m, property, v, p));
    TRY(jmap_make_fields(m, v, false, &fields));
    p->fields = buf_str(&fields);
    if (json_tree_is(children, TREE_ARRAY))
        return take_children(m, property, children, depth, p);
    return take_leaf(m, property, v, p);
}

/* textBody and htmlBody are one part each, of their own type. */
static enum code take_body(struct jmap_making *m, const char *name, struct str type,
                           struct compose_part *p, bool *there)
{
    const struct json_tree *list = json_tree_member(m->x->values, str_z(name));
    *there = list && list->count;
    if (!*there)
        return OK;
    if (list->count != 1)
        return refuse(m, str_z(name), "it is one part");
    TRY(take_part(m, str_z(name), &list->values[0], 1, p));
    bool named = json_tree_member(&list->values[0], STR("type"));
    if (m->x->error)
        return OK;
    if (!named && p->is_text)
        p->type = type;
    return str_ieq(p->type, type) ? OK : refuse(m, str_z(name), "a part of another type");
}

static struct compose_part join(struct jmap_making *m, const char *type,
                                const struct compose_part *parts, size_t count)
{
    struct compose_part *copy = ARENA_ARRAY(m->cx->arena, count + 1, struct compose_part);
    for (size_t i = 0; i < count; i++)
        copy[i] = parts[i];
    return (struct compose_part){.type = str_z(type), .parts = copy, .count = count};
}

/* Pictures of the HTML lie with it (RFC 2387), all else beside it. */
static struct compose_part arrange(struct jmap_making *m, const struct compose_part *text,
                                   const struct compose_part *html,
                                   const struct compose_part *files, size_t count)
{
    struct compose_part *related = ARENA_ARRAY(m->cx->arena, count + 1, struct compose_part);
    struct compose_part *mixed = ARENA_ARRAY(m->cx->arena, count + 1, struct compose_part);
    struct compose_part body = {.type = STR("text/plain"), .is_text = true}, both[2];
    size_t inside = 1, beside = 1;
    for (size_t i = 0; i < count; i++) {
        bool shown = html && files[i].id.n && str_ieq(files[i].disposition, STR("inline"));
        if (shown)
            related[inside++] = files[i];
        else
            mixed[beside++] = files[i];
    }
    if (html) {
        related[0] = *html;
        body = inside > 1 ? join(m, "multipart/related", related, inside) : *html;
    }
    if (html && text) {
        both[0] = *text;
        both[1] = body;
        body = join(m, "multipart/alternative", both, 2);
    } else if (text) {
        body = *text;
    }
    mixed[0] = body;
    return beside > 1 ? join(m, "multipart/mixed", mixed, beside) : body;
}

static enum code take_bodies(struct jmap_making *m, struct compose_part *out)
{
    const struct json_tree *list = json_tree_member(m->x->values, STR("attachments"));
    size_t count = list ? list->count : 0;
    struct compose_part *files = ARENA_ARRAY(m->cx->arena, count + 1, struct compose_part);
    struct compose_part text, html;
    bool has_text, has_html;
    TRY(take_body(m, "textBody", STR("text/plain"), &text, &has_text));
    TRY(take_body(m, "htmlBody", STR("text/html"), &html, &has_html));
    for (size_t i = 0; i < count && !m->x->error; i++) {
        TRY(take_part(m, STR("attachments"), &list->values[i], 1, &files[i]));
        if (!files[i].disposition.n)
            files[i].disposition = STR("attachment");
    }
    if (!m->x->error)
        *out = arrange(m, has_text ? &text : NULL, has_html ? &html : NULL, files, count);
    return OK;
}

enum code jmap_make_parts(struct jmap_making *m, struct compose_part *out)
{
    const struct json_tree *values = m->x->values;
    const struct json_tree *tree = json_tree_member(values, STR("bodyStructure"));
    m->values = json_tree_member(values, STR("bodyValues"));
    m->blobs = ARENA_ARRAY(m->cx->arena, JMAP_PARTS_MAX + 1, struct jmap_blob);
    if (!json_tree_is(tree, TREE_OBJECT))
        return take_bodies(m, out);
    if (json_tree_member(values, STR("textBody")) || json_tree_member(values, STR("htmlBody")) ||
        json_tree_member(values, STR("attachments")))
        return refuse(m, STR("bodyStructure"), "not together with textBody and the others");
    return take_part(m, STR("bodyStructure"), tree, 1, out);
}
