/* Part numbers and sections (RFC 9051 section 6.4.5). */
#include "base/arena.h"
#include "base/buf.h"
#include "format/mime.h"

struct tree {
    const struct mime_node *nodes;
    uint32_t count;
};

/* The k-th (from 1) of a part and what follows it. Links only go forward, which is checked, as
   nodes may come from stored bytes. */
static uint32_t sibling(const struct tree *t, uint32_t i, uint32_t k)
{
    while (i < t->count && --k) {
        uint32_t next = t->nodes[i].next;
        i = next > i ? next : MIME_NONE;
    }
    return i < t->count ? i : MIME_NONE;
}

/* Part k of the message whose root entity is i: the root itself is part 1 when it is no multipart.
 */
static uint32_t part_of_message(const struct tree *t, uint32_t i, uint32_t k)
{
    if (i >= t->count)
        return MIME_NONE;
    if (t->nodes[i].kind == MIME_MULTIPART)
        return sibling(t, t->nodes[i].child, k);
    return k == 1 ? i : MIME_NONE;
}

/* Part k of part i. */
static uint32_t part_of(const struct tree *t, uint32_t i, uint32_t k)
{
    if (t->nodes[i].kind == MIME_MULTIPART)
        return sibling(t, t->nodes[i].child, k);
    if (t->nodes[i].kind == MIME_MESSAGE)
        return part_of_message(t, t->nodes[i].child, k);
    return MIME_NONE;
}

/* Takes "1.2.3" and the dot before a word that follows; *part is MIME_NONE when there is no such
   part. False when a number is none. */
static bool take_numbers(const struct tree *t, struct cur *c, uint32_t *part, bool *any)
{
    *any = false;
    *part = 0;
    while (!cur_end(c) && ascii_is_digit((char)cur_peek(c))) {
        uint32_t k;
        bool zero = cur_peek(c) == '0';
        if (zero || !cur_u32(c, &k))
            return false;
        if (*part != MIME_NONE)
            *part = *any ? part_of(t, *part, k) : part_of_message(t, 0, k);
        *any = true;
        if (cur_end(c))
            return true;
        if (!cur_char(c, '.') || cur_end(c))
            return false;
    }
    return true;
}

static bool kind_of(struct str word, bool any, enum mime_section_kind *out)
{
    if (word.n == 0)
        *out = MIME_SECTION_BODY;
    else if (str_ieq(word, STR("HEADER")))
        *out = MIME_SECTION_HEADER;
    else if (str_ieq(word, STR("TEXT")))
        *out = MIME_SECTION_TEXT;
    else if (any && str_ieq(word, STR("MIME")))
        *out = MIME_SECTION_MIME;
    else
        return false;
    return true;
}

enum code mime_section_find(struct ctx *cx, const struct mime_node *nodes, uint32_t count,
                            struct str section, struct mime_section *out)
{
    struct tree t = {nodes, count};
    struct cur c = cur_of(section);
    struct mime_section found = {0};
    bool any;
    if (count == 0)
        return fail(cx, E_NOT_FOUND, "section: no parts");
    if (!take_numbers(&t, &c, &found.part, &any) || !kind_of(c.rest, any, &found.kind))
        return fail(cx, E_SYNTAX, "section: neither part nor HEADER, TEXT, MIME");
    bool inner = any && (found.kind == MIME_SECTION_HEADER || found.kind == MIME_SECTION_TEXT);
    if (inner && found.part != MIME_NONE)
        found.part = nodes[found.part].kind == MIME_MESSAGE ? nodes[found.part].child : MIME_NONE;
    if (found.part >= count)
        return fail(cx, E_NOT_FOUND, "section: no such part");
    const struct mime_node *n = &nodes[found.part];
    bool header = found.kind == MIME_SECTION_HEADER || found.kind == MIME_SECTION_MIME;
    bool whole = !any && found.kind == MIME_SECTION_BODY;
    found.start = header || whole ? n->start : n->start + n->header_size;
    found.size = header ? n->header_size : n->body_size + (whole ? n->header_size : 0);
    *out = found;
    return OK;
}

enum code mime_section(struct ctx *cx, const struct mime *m, struct str section,
                       struct mime_section *out)
{
    struct mime_node *nodes = ARENA_ARRAY(cx->arena, m->count, struct mime_node);
    for (uint32_t i = 0; i < m->count; i++)
        nodes[i] = m->parts[i].node;
    return mime_section_find(cx, nodes, m->count, section, out);
}

/* Its place among its siblings, from 1. */
static uint32_t place(const struct mime *m, uint32_t first, uint32_t part)
{
    uint32_t k = 1;
    for (uint32_t i = first; i != part; i = m->parts[i].node.next)
        k++;
    return k;
}

/* The number of the part in what holds it; 0 if it has none of its own. */
static uint32_t number_of(const struct mime *m, uint32_t part)
{
    const struct mime_node *n = &m->parts[part].node;
    if (n->parent != MIME_NONE && m->parts[n->parent].node.kind == MIME_MULTIPART)
        return place(m, m->parts[n->parent].node.child, part);
    return n->kind == MIME_MULTIPART ? 0 : 1;
}

struct str mime_path(struct arena *a, const struct mime *m, uint32_t part)
{
    struct buf out = buf_of(a, SIZE_MAX / 2);
    size_t levels = 0;
    if (number_of(m, part) == 0)
        return (struct str){0};
    for (uint32_t i = part; i != MIME_NONE; i = m->parts[i].node.parent)
        levels++;
    uint32_t *numbers = ARENA_ARRAY(a, levels, uint32_t);
    size_t at = levels;
    for (uint32_t i = part; i != MIME_NONE; i = m->parts[i].node.parent)
        numbers[--at] = number_of(m, i);
    for (; at < levels; at++) {
        if (numbers[at] && out.n)
            buf_byte(&out, '.');
        if (numbers[at])
            buf_u64(&out, numbers[at]);
    }
    return buf_str(&out);
}
