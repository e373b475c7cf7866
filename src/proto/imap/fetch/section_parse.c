#include "proto/imap/fetch/fetch.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"

/* "1.2." or "1.2": the numbers of a part. dot: whether a dot came last, so that a word follows. */
static bool part_numbers(struct cur *c, bool *dot)
{
    *dot = true;
    while (ascii_is_digit((char)cur_peek(c))) {
        uint32_t n;
        if (!cur_u32(c, &n) || !n)
            return false;
        *dot = cur_char(c, '.');
        if (!*dot)
            return true;
    }
    return true;
}

/* "(" field *(SP field) ")", and the label's text of it. */
static enum code fields(struct ctx *cx, struct cur *c, struct imap_section *out, struct buf *label)
{
    out->fields = ARENA_ARRAY(cx->arena, IMAP_FIELDS_MAX, struct str);
    out->picks = true;
    if (!cur_text(c, STR(" (")))
        return fail(cx, E_SYNTAX, "names of fields in brackets expected");
    buf_add(label, STR(" ("));
    do {
        struct str name;
        if (out->field_count == IMAP_FIELDS_MAX)
            return fail(cx, E_LIMIT, "more than %d fields", IMAP_FIELDS_MAX);
        bool is_atom = imap_is_atom_char((char)cur_peek(c));
        if (!imap_astring(cx->arena, c, &name))
            return fail(cx, E_SYNTAX, "name of a field expected");
        if (out->field_count)
            buf_byte(label, ' ');
        if (is_atom)
            buf_add(label, name);
        else
            imap_put_string(label, name);
        out->fields[out->field_count++] = name;
    } while (imap_sp(c));
    buf_byte(label, ')');
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected after fields");
}

/* HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, and behind numbers MIME. */
static enum code section_word(struct ctx *cx, struct cur *c, bool numbers, struct imap_section *out,
                              struct buf *label, struct str *word)
{
    if (cur_word(c, STR("HEADER.FIELDS"))) {
        *word = STR("HEADER");
        buf_add(label, STR("HEADER.FIELDS"));
        out->except = cur_word(c, STR(".NOT"));
        if (out->except)
            buf_add(label, STR(".NOT"));
        return fields(cx, c, out, label);
    }
    if (cur_word(c, STR("HEADER")))
        *word = STR("HEADER");
    else if (cur_word(c, STR("TEXT")))
        *word = STR("TEXT");
    else if (numbers && cur_word(c, STR("MIME")))
        *word = STR("MIME");
    else
        return fail(cx, E_SYNTAX, "no such section");
    buf_add(label, *word);
    return OK;
}

/* What stands between "[" and "]". */
static enum code spec(struct ctx *cx, struct cur *c, struct imap_section *out, struct buf *label)
{
    bool dot;
    struct str start = c->rest, word = {0};
    if (!part_numbers(c, &dot))
        return fail(cx, E_SYNTAX, "no such part");
    struct str numbers = str_sub(start, 0, start.n - c->rest.n);
    buf_add(label, numbers);
    bool at_end = cur_peek(c) == ']';
    if (at_end && dot && numbers.n)
        return fail(cx, E_SYNTAX, "no such part");
    if (!at_end) {
        if (!dot || out->kind != IMAP_SECTION_BODY)
            return fail(cx, E_SYNTAX, "no such section");
        TRY(section_word(cx, c, numbers.n > 0, out, label, &word));
    }
    struct str parts[] = {numbers, word};
    out->section = str_join(cx->arena, parts, 2);
    return OK;
}

/* "<0.100>" */
static enum code partial(struct ctx *cx, struct cur *c, struct imap_section *out, struct buf *label)
{
    if (!cur_char(c, '<'))
        return OK;
    if (out->kind == IMAP_SECTION_BINARY_SIZE || !cur_u64(c, &out->from) || !cur_char(c, '.') ||
        !cur_u64(c, &out->count) || !out->count || !cur_char(c, '>'))
        return fail(cx, E_SYNTAX, "a range of bytes expected");
    out->partial = true;
    buf_byte(label, '<');
    buf_u64(label, out->from);
    buf_byte(label, '>');
    return OK;
}

enum code imap_section_parse(struct ctx *cx, struct cur *c, struct imap_section *out)
{
    struct buf label = buf_of(cx->arena, IMAP_LINE_MAX * 2);
    struct imap_section section = {.kind = out->kind};
    static const struct str answers[] = {STR("BODY["), STR("BINARY["), STR("BINARY.SIZE[")};
    buf_add(&label, answers[section.kind]);
    if (!cur_char(c, '['))
        return fail(cx, E_SYNTAX, "section expected");
    TRY(spec(cx, c, &section, &label));
    if (!cur_char(c, ']'))
        return fail(cx, E_SYNTAX, "no such section");
    buf_byte(&label, ']');
    TRY(partial(cx, c, &section, &label));
    section.label = buf_str(&label);
    *out = section;
    return OK;
}
