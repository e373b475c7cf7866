/* BODY out of BODYSTRUCTURE: the same lists without their extension data. */
#include "base/cur.h"
#include "format/bodystructure.h"

enum { DEPTH_MAX = 1000 };

struct reducer {
    struct cur c;
    struct buf out;
};

static bool take_quoted(struct cur *c)
{
    char byte;
    while (cur_byte(c, &byte) && byte != '"')
        if (byte == '\\' && !cur_byte(c, &byte))
            return false;
    return byte == '"';
}

static bool take_literal(struct cur *c)
{
    uint64_t size;
    struct str ignored;
    return cur_u64(c, &size) && cur_text(c, STR("}\r\n")) && size <= c->rest.n &&
           cur_bytes(c, (size_t)size, &ignored);
}

static bool is_bare(char c)
{
    return c != ' ' && c != '(' && c != ')' && c != '"' && c != '{';
}

/* Takes one item: a quoted string, a literal, a list, or a bare word. False when it is broken. */
static bool take_item(struct cur *c, struct str *out)
{
    struct cur at = *c;
    size_t depth = 0;
    do {
        char byte;
        if (!cur_byte(&at, &byte))
            return false;
        if (byte == '(')
            depth++;
        else if (byte == ')' && depth)
            depth--;
        else if (byte == '"' ? !take_quoted(&at) : byte == '{' && !take_literal(&at))
            return false;
        else if (byte == ')' || (byte == ' ' && !depth))
            return false;
        else if (is_bare(byte))
            cur_while(&at, is_bare);
    } while (depth);
    *out = str_sub(c->rest, 0, c->rest.n - at.rest.n);
    *c = at;
    return true;
}

static bool copy_item(struct reducer *r)
{
    struct str item;
    if (!take_item(&r->c, &item))
        return false;
    buf_add(&r->out, item);
    return true;
}

static bool copy_blank(struct reducer *r)
{
    buf_byte(&r->out, ' ');
    return cur_char(&r->c, ' ');
}

/* Skips what extension data follows, and takes the ")". */
static bool end_part(struct reducer *r)
{
    struct str item;
    while (cur_char(&r->c, ' '))
        if (!take_item(&r->c, &item))
            return false;
    buf_byte(&r->out, ')');
    return cur_char(&r->c, ')');
}

static bool reduce_part(struct reducer *r, int depth);

/* Type, subtype, parameters, id, description, encoding, size; then what the type adds. */
static bool reduce_leaf(struct reducer *r, int depth)
{
    bool text = str_istarts(r->c.rest, STR("\"text\" "));
    bool message = str_istarts(r->c.rest, STR("\"message\" \"rfc822\" ")) ||
                   str_istarts(r->c.rest, STR("\"message\" \"global\" "));
    for (int i = 0; i < 7; i++)
        if ((i && !copy_blank(r)) || !copy_item(r))
            return false;
    if (message &&
        (!copy_blank(r) || !copy_item(r) || !copy_blank(r) || !reduce_part(r, depth + 1)))
        return false;
    if ((text || message) && (!copy_blank(r) || !copy_item(r)))
        return false;
    return end_part(r);
}

/* Recursion is bounded by DEPTH_MAX; mime_limits keep trees far below it. */
static bool reduce_part(struct reducer *r, int depth)
{
    if (depth > DEPTH_MAX || !cur_char(&r->c, '('))
        return false;
    buf_byte(&r->out, '(');
    if (cur_peek(&r->c) != '(')
        return reduce_leaf(r, depth);
    while (cur_peek(&r->c) == '(')
        if (!reduce_part(r, depth + 1))
            return false;
    return copy_blank(r) && copy_item(r) && end_part(r);
}

enum code bodystructure_to_body(struct ctx *cx, struct str bodystructure, struct str *out)
{
    struct reducer r = {.c = cur_of(bodystructure), .out = buf_of(cx->arena, bodystructure.n + 1)};
    if (!reduce_part(&r, 0) || !cur_end(&r.c))
        return fail(cx, E_CORRUPT, "bodystructure: not a body structure");
    *out = buf_str(&r.out);
    return OK;
}
