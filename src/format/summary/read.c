/* Reads summaries. The bytes come from the store, but are trusted no further than that. */
#include "base/arena.h"
#include "format/bodystructure.h"
#include "format/summary.h"
#include "format/summary/layout.h"

static enum code corrupt(struct ctx *cx, const char *what)
{
    return fail(cx, E_CORRUPT, "summary: %s", what);
}

/* Takes the head's version and form; c is behind them then. */
static enum code take_form(struct ctx *cx, struct cur *c, bool *wide)
{
    uint8_t version, form;
    if (!cur_le8(c, &version) || version != SUMMARY_VERSION)
        return corrupt(cx, "of an unknown version");
    if (!cur_le8(c, &form) || form > 1)
        return corrupt(cx, "of an unknown form");
    *wide = form;
    return OK;
}

enum code summary_get(struct ctx *cx, struct str encoded, enum summary_field field, struct str *out)
{
    struct cur c = cur_of(encoded);
    bool wide;
    uint32_t start, size;
    uint16_t start16, size16;
    TRY(take_form(cx, &c, &wide));
    size_t entry = wide ? 8 : 4, table = SUMMARY_HEAD_BYTES + entry * SUMMARY_FIELD_COUNT;
    if (encoded.n < table || field >= SUMMARY_FIELD_COUNT)
        return corrupt(cx, "too short");
    c = cur_of(str_from(encoded, SUMMARY_HEAD_BYTES + entry * field));
    if (wide) {
        must(cur_le32(&c, &start) && cur_le32(&c, &size));
    } else {
        must(cur_le16(&c, &start16) && cur_le16(&c, &size16));
        start = start16, size = size16;
    }
    if (start > encoded.n - table || size > encoded.n - table - start)
        return corrupt(cx, "a field outside");
    *out = str_sub(encoded, table + start, size);
    return OK;
}

enum code summary_facts(struct ctx *cx, struct str encoded, struct summary_facts *out)
{
    struct cur c = cur_of(encoded);
    struct summary_facts f = {0};
    bool wide;
    uint16_t flags, zone;
    uint8_t importance, zero;
    uint64_t sent;
    TRY(take_form(cx, &c, &wide));
    if (!cur_le16(&c, &flags) || !cur_le8(&c, &importance) || !cur_le8(&c, &zero) ||
        !cur_le16(&c, &zone) || !cur_le64(&c, &sent) || !cur_le32(&c, &f.size) ||
        !cur_le32(&c, &f.header_size) || !cur_le32(&c, &f.body_lines))
        return corrupt(cx, "too short");
    if (importance > SUMMARY_HIGH || f.header_size > f.size)
        return corrupt(cx, "facts that cannot be");
    f.flags = flags;
    f.importance = importance;
    f.sent_zone_minutes = (int16_t)zone;
    f.sent_ms = (int64_t)sent;
    *out = f;
    return OK;
}

enum code summary_body(struct ctx *cx, struct str encoded, struct str *out)
{
    struct str structure;
    TRY(summary_get(cx, encoded, SUMMARY_BODYSTRUCTURE, &structure));
    return bodystructure_to_body(cx, structure, out);
}

static bool take_varint(struct cur *c, uint64_t *out)
{
    uint64_t value = 0;
    uint8_t byte;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        if (!cur_le8(c, &byte))
            return false;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool take_short(struct cur *c, struct str *out)
{
    uint64_t n;
    return take_varint(c, &n) && n <= c->rest.n && cur_bytes(c, (size_t)n, out);
}

/* A part whose children are not all read yet. */
struct open {
    uint32_t part, last_child;
    uint64_t left;
};

struct reader {
    struct arena *arena;
    struct cur c;
    struct summary_part *parts;
    uint32_t count, room;
    struct open *open;
    uint32_t depth, open_room;
    uint64_t start; /* of the last part */
    uint64_t size;  /* of the message */
};

/* The numbers of a part, checked against the message's size. children: how many are to come. */
static bool take_part(struct reader *r, struct summary_part *p, uint64_t *children)
{
    uint8_t first;
    uint64_t delta;
    struct mime_node *n = &p->node;
    if (!cur_le8(&r->c, &first))
        return false;
    unsigned kind = first & 3, encoding = (unsigned)first >> SUMMARY_ENCODING_SHIFT & 7;
    if (kind > MIME_MESSAGE || encoding > MIME_UNKNOWN)
        return false;
    n->kind = kind;
    n->encoding = encoding;
    p->attachment = first & SUMMARY_ATTACHMENT_BIT;
    *children = n->kind == MIME_MESSAGE;
    if (n->kind == MIME_MULTIPART && !take_varint(&r->c, children))
        return false;
    if (!take_varint(&r->c, &delta) || !take_varint(&r->c, &n->header_size) ||
        !take_varint(&r->c, &n->body_size) || !take_varint(&r->c, &n->lines))
        return false;
    if (delta > r->size - r->start)
        return false;
    n->start = r->start += delta;
    return n->header_size <= r->size - n->start &&
           n->body_size <= r->size - n->start - n->header_size && n->lines <= n->body_size &&
           take_short(&r->c, &p->type) && take_short(&r->c, &p->charset) &&
           take_short(&r->c, &p->id);
}

/* Hangs part i where the next child is due; false when none is. */
static bool link_part(struct reader *r, uint32_t i)
{
    while (r->depth && r->open[r->depth - 1].left == 0)
        r->depth--;
    if (r->depth == 0)
        return i == 0;
    struct open *o = &r->open[r->depth - 1];
    if (o->last_child == MIME_NONE)
        r->parts[o->part].node.child = i;
    else
        r->parts[o->last_child].node.next = i;
    r->parts[i].node.parent = o->part;
    o->last_child = i;
    o->left--;
    return true;
}

static void open_part(struct reader *r, uint32_t i, uint64_t children)
{
    if (r->depth == r->open_room) {
        uint32_t room = r->open_room ? r->open_room * 2 : 4;
        r->open =
            arena_grow(r->arena, r->open, r->open_room * sizeof *r->open, room * sizeof *r->open);
        r->open_room = room;
    }
    r->open[r->depth++] = (struct open){i, MIME_NONE, children};
}

static bool take_parts(struct reader *r)
{
    while (!cur_end(&r->c)) {
        struct summary_part p = {
            .node = {.parent = MIME_NONE, .child = MIME_NONE, .next = MIME_NONE}};
        uint64_t children;
        if (!take_part(r, &p, &children))
            return false;
        if (r->count == r->room) {
            uint32_t room = r->room ? r->room * 2 : 4;
            r->parts = arena_grow(r->arena, r->parts, r->room * sizeof p, room * sizeof p);
            r->room = room;
        }
        uint32_t i = r->count++;
        r->parts[i] = p;
        if (!link_part(r, i))
            return false;
        if (children)
            open_part(r, i, children);
    }
    while (r->depth && r->open[r->depth - 1].left == 0)
        r->depth--;
    return r->count && r->depth == 0;
}

enum code summary_parts(struct ctx *cx, struct str encoded, struct summary_part **out,
                        uint32_t *count)
{
    struct summary_facts facts;
    struct str bytes;
    TRY(summary_facts(cx, encoded, &facts));
    TRY(summary_get(cx, encoded, SUMMARY_PARTS, &bytes));
    struct reader r = {.arena = cx->arena, .c = cur_of(bytes), .size = facts.size};
    if (!take_parts(&r))
        return corrupt(cx, "a bad part table");
    *out = r.parts;
    *count = r.count;
    return OK;
}

enum code summary_section(struct ctx *cx, struct str encoded, struct str section,
                          struct mime_section *out, struct summary_part *part)
{
    struct summary_part *parts;
    struct mime_section found;
    uint32_t count;
    TRY(summary_parts(cx, encoded, &parts, &count));
    struct mime_node *nodes = ARENA_ARRAY(cx->arena, count, struct mime_node);
    for (uint32_t i = 0; i < count; i++)
        nodes[i] = parts[i].node;
    TRY(mime_section_find(cx, nodes, count, section, &found));
    if (part)
        *part = parts[found.part];
    *out = found;
    return OK;
}

enum code summary_keys(struct ctx *cx, struct str encoded, uint64_t **out, size_t *count)
{
    struct str bytes;
    TRY(summary_get(cx, encoded, SUMMARY_KEYS, &bytes));
    if (bytes.n == 0 || bytes.n % 8 || bytes.n / 8 > SUMMARY_KEYS_MAX)
        return corrupt(cx, "bad thread keys");
    uint64_t *keys = ARENA_ARRAY(cx->arena, bytes.n / 8, uint64_t);
    struct cur c = cur_of(bytes);
    for (size_t i = 0; i < bytes.n / 8; i++)
        must(cur_le64(&c, &keys[i]));
    *out = keys;
    *count = bytes.n / 8;
    return OK;
}

bool summary_next_attachment(struct cur *c, struct summary_attachment *out)
{
    struct cur at = *c;
    struct summary_attachment x;
    uint64_t part;
    if (!take_varint(&at, &part) || part >= MIME_NONE || !take_varint(&at, &x.size) ||
        !take_short(&at, &x.name) || !take_short(&at, &x.type))
        return false;
    x.part = (uint32_t)part;
    *out = x;
    *c = at;
    return true;
}
