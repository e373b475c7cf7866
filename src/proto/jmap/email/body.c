/* Parts of a message as objects (RFC 8621 section 4.1.4). */
#include "format/base64.h"
#include "format/qp.h"
#include "format/utf8.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/email/shown.h"
#include "proto/jmap/email/smime.h"

/* A part that is being written. */
struct part {
    struct jmap_call *call;
    struct jmap_shown *e;
    uint32_t index;
    const struct mime_part *p;
};

typedef enum code part_fn(struct ctx *cx, const struct part *x, struct json *j);

static bool has_children(const struct part *x)
{
    return x->p->node.kind == MIME_MULTIPART;
}

/* Numbers count from 1, as in blobIds. */
static struct str part_number(struct arena *a, uint32_t index)
{
    return str_printf(a, "%x", index + 1);
}

static enum code put_part_id(struct ctx *cx, const struct part *x, struct json *j)
{
    jmap_put_text(j, has_children(x) ? (struct str){0} : part_number(cx->arena, x->index));
    return OK;
}

static enum code put_blob(struct ctx *cx, const struct part *x, struct json *j)
{
    struct str id = str_printf(cx->arena, "%.*s-%x", STR_ARG(x->e->blob), x->index + 1);
    jmap_put_text(j, has_children(x) ? (struct str){0} : id);
    return OK;
}

/* Of what a download gives. Decoded for that, but not kept. */
static enum code put_size(struct ctx *cx, const struct part *x, struct json *j)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    (void)cx;
    json_u64(j, mime_content(scratch, x->e->mime, x->index, SIZE_MAX).n);
    return OK;
}

static enum code part_header(struct ctx *cx, const struct part *x, struct jmap_fields *out)
{
    if (x->index == 0)
        return jmap_shown_header(cx, x->call, x->e, out);
    *out = jmap_fields_of(cx->arena, mime_header(x->e->mime, x->index));
    return OK;
}

static enum code put_headers(struct ctx *cx, const struct part *x, struct json *j)
{
    struct jmap_fields header;
    TRY(part_header(cx, x, &header));
    jmap_headers_put(cx->arena, &header, j);
    return OK;
}

static enum code put_name(struct ctx *cx, const struct part *x, struct json *j)
{
    jmap_put_text(j, utf8_clean(cx->arena, mime_name(x->p)));
    return OK;
}

struct str jmap_part_type(struct arena *a, const struct mime_part *p)
{
    if (p->node.kind != MIME_MULTIPART && str_eq(p->type.type, STR("multipart")))
        return STR("text/plain");
    return str_printf(a, "%.*s/%.*s", STR_ARG(p->type.type), STR_ARG(p->type.subtype));
}

static enum code put_type(struct ctx *cx, const struct part *x, struct json *j)
{
    json_str(j, utf8_clean(cx->arena, jmap_part_type(cx->arena, x->p)));
    return OK;
}

/* Text without one is us-ascii, as MIME has it. */
static enum code put_charset(struct ctx *cx, const struct part *x, struct json *j)
{
    struct str name = header_param(&x->p->type, STR("charset"));
    bool text = str_starts(jmap_part_type(cx->arena, x->p), STR("text/"));
    if (text && !name.n)
        name = STR("us-ascii");
    jmap_put_text(j, utf8_clean(cx->arena, name));
    return OK;
}

static enum code put_disposition(struct ctx *cx, const struct part *x, struct json *j)
{
    jmap_put_text(j, utf8_clean(cx->arena, x->p->disposition.type));
    return OK;
}

/* Without its brackets. */
static enum code put_cid(struct ctx *cx, const struct part *x, struct json *j)
{
    struct cur c = cur_of(x->p->id);
    struct str id = {0};
    if (header_next_id(cx->arena, &c, &id) && id.n >= 2)
        id = str_sub(id, 1, id.n - 2);
    jmap_put_text(j, utf8_clean(cx->arena, id));
    return OK;
}

/* RFC 3282: tags, by commas. */
static enum code put_language(struct ctx *cx, const struct part *x, struct json *j)
{
    struct cur c = cur_of(x->p->language);
    struct str tag;
    bool any = false;
    while (!cur_end(&c)) {
        if (!cur_until(&c, ',', &tag))
            (void)cur_bytes(&c, c.rest.n, &tag);
        tag = str_trim(tag);
        if (!tag.n)
            continue;
        if (!any)
            json_array(j);
        any = true;
        json_str(j, utf8_clean(cx->arena, tag));
    }
    if (any)
        json_array_end(j);
    else
        json_null(j);
    return OK;
}

static enum code put_location(struct ctx *cx, const struct part *x, struct json *j)
{
    jmap_put_text(j, utf8_clean(cx->arena, x->p->location));
    return OK;
}

static enum code put_no_parts(struct ctx *cx, const struct part *x, struct json *j)
{
    (void)cx, (void)x;
    json_null(j);
    return OK;
}

/* A part's properties; usual: when "bodyProperties" is not there (section 4.2). */
static const struct {
    struct str name;
    bool usual;
    part_fn *put;
} rows[] = {
    {STR("partId"), true, put_part_id},
    {STR("blobId"), true, put_blob},
    {STR("size"), true, put_size},
    {STR("name"), true, put_name},
    {STR("type"), true, put_type},
    {STR("charset"), true, put_charset},
    {STR("disposition"), true, put_disposition},
    {STR("cid"), true, put_cid},
    {STR("language"), true, put_language},
    {STR("location"), true, put_location},
    {STR("headers"), false, put_headers},
    {STR("subParts"), false, put_no_parts}, /* bodyStructure puts those of a multipart itself */
};
enum { ROWS = sizeof rows / sizeof *rows, PROPERTIES_MAX = 100 };

static size_t row_of(struct str name)
{
    size_t i = 0;
    while (i < ROWS && !str_eq(rows[i].name, name))
        i++;
    return i;
}

/* Named once, each a property of a part. */
static bool properties_ok(const struct json_tree *names)
{
    struct jmap_header h;
    if (names->count > PROPERTIES_MAX)
        return false;
    for (size_t i = 0; i < names->count; i++) {
        struct str name = names->values[i].text;
        if (names->values[i].kind != TREE_STRING ||
            (row_of(name) == ROWS && !jmap_header_of(name, &h)))
            return false;
        for (size_t k = 0; k < i; k++)
            if (str_eq(names->values[k].text, name))
                return false;
    }
    return true;
}

enum code jmap_asked_read(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *text, *html, *all, *max;
    struct jmap_asked *asked = ARENA_NEW(cx->arena, struct jmap_asked);
    bool good = jmap_arg(call, STR("bodyProperties"), TREE_ARRAY, &asked->properties) &&
                jmap_arg(call, STR("fetchTextBodyValues"), TREE_BOOL, &text) &&
                jmap_arg(call, STR("fetchHTMLBodyValues"), TREE_BOOL, &html) &&
                jmap_arg(call, STR("fetchAllBodyValues"), TREE_BOOL, &all) &&
                jmap_arg(call, STR("maxBodyValueBytes"), TREE_INTEGER, &max);
    if (!good || (asked->properties && !properties_ok(asked->properties)) ||
        (max && max->integer < 0))
        return jmap_refuse(call, "invalidArguments", "what is asked of bodies");
    asked->text = text && text->truth;
    asked->html = html && html->truth;
    asked->all = all && all->truth;
    asked->value_bytes_max = max ? (size_t)max->integer : 0;
    call->asked = asked;
    return jmap_smime_asked(cx, call);
}

static enum code put_property(struct ctx *cx, const struct part *x, struct str name, struct json *j)
{
    struct jmap_header h;
    struct jmap_fields header;
    size_t row = row_of(name);
    if (str_eq(name, STR("subParts")) && has_children(x))
        return OK;
    jmap_key(j, name);
    if (row < ROWS)
        return rows[row].put(cx, x, j);
    must(jmap_header_of(name, &h));
    TRY(part_header(cx, x, &header));
    jmap_header_put(cx->arena, &header, &h, j);
    return OK;
}

/* The object's members, without its end. */
static enum code open_part(struct ctx *cx, const struct part *x, struct json *j)
{
    const struct jmap_asked *asked = x->call->asked;
    json_object(j);
    for (size_t i = 0; asked->properties && i < asked->properties->count; i++)
        TRY(put_property(cx, x, asked->properties->values[i].text, j));
    for (size_t i = 0; !asked->properties && i < ROWS; i++)
        if (rows[i].usual)
            TRY(put_property(cx, x, rows[i].name, j));
    return OK;
}

static struct part part_at(struct jmap_call *call, struct jmap_shown *e, uint32_t index)
{
    return (struct part){.call = call, .e = e, .index = index, .p = &e->mime->parts[index]};
}

/* A message in a message is a leaf here. */
static enum code put_tree(struct ctx *cx, const struct part *x, struct json *j)
{
    TRY(open_part(cx, x, j));
    if (has_children(x)) {
        json_key(j, "subParts");
        json_array(j);
        for (uint32_t i = x->p->node.child; i != MIME_NONE; i = x->e->mime->parts[i].node.next) {
            struct part below = part_at(x->call, x->e, i);
            TRY(put_tree(cx, &below, j));
        }
        json_array_end(j);
    }
    json_object_end(j);
    return OK;
}

enum code jmap_put_structure(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct jmap_shown *e = object;
    TRY(jmap_shown_parse(cx, call, e));
    struct part root = part_at(call, e, 0);
    return put_tree(cx, &root, j);
}

/* Lists hold no multipart. */
static enum code put_list(struct ctx *cx, struct jmap_call *call, struct jmap_shown *e,
                          const struct jmap_list *list)
{
    struct json *j = &call->out;
    json_array(j);
    for (size_t i = 0; i < list->count; i++) {
        struct part x = part_at(call, e, list->at[i]);
        TRY(open_part(cx, &x, j));
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}

enum code jmap_put_text_body(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct jmap_shown *e = object;
    (void)j;
    TRY(jmap_shown_parse(cx, call, e));
    return put_list(cx, call, e, &jmap_shown_lists(cx->arena, e)->text);
}

enum code jmap_put_html_body(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct jmap_shown *e = object;
    (void)j;
    TRY(jmap_shown_parse(cx, call, e));
    return put_list(cx, call, e, &jmap_shown_lists(cx->arena, e)->html);
}

enum code jmap_put_attachments(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct jmap_shown *e = object;
    (void)j;
    TRY(jmap_shown_parse(cx, call, e));
    return put_list(cx, call, e, &jmap_shown_lists(cx->arena, e)->attachments);
}

static void mark(bool *wanted, const struct jmap_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        wanted[list->at[i]] = true;
}

static bool is_inside_message(const struct mime *m, uint32_t part)
{
    for (uint32_t i = m->parts[part].node.parent; i != MIME_NONE; i = m->parts[i].node.parent)
        if (m->parts[i].node.kind == MIME_MESSAGE)
            return true;
    return false;
}

enum code jmap_put_values(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct jmap_shown *e = object;
    const struct jmap_asked *asked = call->asked;
    json_object(j);
    if (!asked->text && !asked->html && !asked->all) {
        json_object_end(j);
        return OK;
    }
    TRY(jmap_shown_parse(cx, call, e));
    const struct jmap_lists *lists = jmap_shown_lists(cx->arena, e);
    bool *wanted = ARENA_ARRAY(cx->arena, e->mime->count, bool);
    if (asked->text)
        mark(wanted, &lists->text);
    if (asked->html)
        mark(wanted, &lists->html);
    for (uint32_t i = 0; i < e->mime->count; i++) {
        const struct mime_part *p = &e->mime->parts[i];
        bool text =
            p->node.kind == MIME_LEAF && str_starts(jmap_part_type(cx->arena, p), STR("text/"));
        if (!text || !(wanted[i] || (asked->all && !is_inside_message(e->mime, i))))
            continue;
        jmap_key(j, part_number(cx->arena, i));
        jmap_put_value(cx->arena, e->mime, i, asked->value_bytes_max, j);
    }
    json_object_end(j);
    return OK;
}
