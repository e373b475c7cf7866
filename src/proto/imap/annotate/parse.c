#include "proto/imap/wire/parse.h"
#include "base/arena.h"
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/metadata/metadata.h"

static const struct {
    struct str name, base;
    uint32_t bit;
} attributes[] = {
    {STR("value.priv"), STR("value"), IMAP_NOTE_VALUE_PRIV},
    {STR("value.shared"), STR("value"), IMAP_NOTE_VALUE_SHARED},
    {STR("size.priv"), STR("size"), IMAP_NOTE_SIZE_PRIV},
    {STR("size.shared"), STR("size"), IMAP_NOTE_SIZE_SHARED},
};

static enum code attribute(struct ctx *cx, struct cur *c, uint32_t *out)
{
    struct str name;
    uint32_t bits = 0;
    if (!imap_pattern(cx->arena, c, &name))
        return fail(cx, E_SYNTAX, "attribute expected");
    name = str_lower(cx->arena, name);
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (imap_match(name, attributes[i].name) || str_eq(name, attributes[i].base))
            bits |= attributes[i].bit;
    *out |= bits;
    return bits ? OK : fail(cx, E_SYNTAX, "no such attribute of an annotation");
}

static enum code entry(struct ctx *cx, struct cur *c, struct imap_notes_ask *out)
{
    struct str name;
    if (out->count == IMAP_NOTES_MAX)
        return fail(cx, E_LIMIT, "more than %d entries", IMAP_NOTES_MAX);
    if (!imap_pattern(cx->arena, c, &name) || name.n > ANNOTATION_NAME_MAX)
        return fail(cx, E_SYNTAX, "entry expected");
    out->entries[out->count++] = str_lower(cx->arena, name);
    return OK;
}

static enum code entries(struct ctx *cx, struct cur *c, struct imap_notes_ask *out)
{
    out->entries = ARENA_ARRAY(cx->arena, IMAP_NOTES_MAX, struct str);
    if (!cur_char(c, '('))
        return entry(cx, c, out);
    do {
        TRY(entry(cx, c, out));
    } while (imap_sp(c));
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected");
}

enum code imap_notes_ask(struct ctx *cx, struct cur *c, struct imap_notes_ask *out)
{
    *out = (struct imap_notes_ask){0};
    if (!cur_char(c, '('))
        return fail(cx, E_SYNTAX, "entries and attributes expected");
    TRY(entries(cx, c, out));
    if (!imap_sp(c))
        return fail(cx, E_SYNTAX, "attributes expected");
    bool many = cur_char(c, '(');
    do {
        TRY(attribute(cx, c, &out->attributes));
    } while (many && imap_sp(c));
    if ((many && !cur_char(c, ')')) || !cur_char(c, ')'))
        return fail(cx, E_SYNTAX, "closing bracket expected");
    return OK;
}

struct imap_notes_ask *imap_notes_ask_dup(struct arena *a, const struct imap_notes_ask *ask)
{
    if (!ask)
        return NULL;
    struct imap_notes_ask *out = ARENA_NEW(a, struct imap_notes_ask);
    *out = *ask;
    out->entries = ARENA_ARRAY(a, ask->count, struct str);
    for (size_t i = 0; i < ask->count; i++)
        out->entries[i] = str_dup(a, ask->entries[i]);
    return out;
}

/* "value.priv "x"" of the entry. */
static enum code value(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                       struct cur *c, struct str name, struct imap_notes *out)
{
    struct annotation_change change = {.name = name};
    struct str word;
    if (!imap_astring(cx->arena, c, &word) || !imap_sp(c) ||
        !imap_meta_value(cx->arena, c, &change.value, &change.remove))
        return fail(cx, E_SYNTAX, "an attribute and its value expected");
    bool shared = str_ieq(word, attributes[1].name);
    if (!shared && !str_ieq(word, attributes[0].name))
        return fail(cx, E_SYNTAX, "only value.priv and value.shared can be set");
    if (change.value.n > ANNOTATION_VALUE_MAX) {
        call->response = STR("ANNOTATE TOOBIG");
        return fail(cx, E_LIMIT, "a value of %zu bytes", change.value.n);
    }
    if (out->count == IMAP_NOTES_MAX) {
        call->response = STR("ANNOTATE TOOMANY");
        return fail(cx, E_LIMIT, "more than %d values", IMAP_NOTES_MAX);
    }
    change.reader = shared ? 0 : s->reader;
    out->shares |= shared;
    out->at[out->count++] = change;
    return OK;
}

static enum code values(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                        struct cur *c, struct imap_notes *out)
{
    struct str name;
    if (!imap_astring(cx->arena, c, &name) || !annotation_name_ok(name))
        return fail(cx, E_SYNTAX, "entry expected");
    name = str_lower(cx->arena, name);
    if (!imap_sp(c) || !cur_char(c, '('))
        return fail(cx, E_SYNTAX, "attributes in brackets expected");
    do {
        TRY(value(cx, s, call, c, name, out));
    } while (imap_sp(c));
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected");
}

enum code imap_notes_parse(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                           struct cur *c, struct imap_notes *out)
{
    *out =
        (struct imap_notes){.at = ARENA_ARRAY(cx->arena, IMAP_NOTES_MAX, struct annotation_change)};
    if (!cur_char(c, '('))
        return fail(cx, E_SYNTAX, "entries in brackets expected");
    do {
        TRY(values(cx, s, call, c, out));
    } while (imap_sp(c));
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected");
}

enum code imap_notes_sort_parse(struct ctx *cx, struct cur *c, struct imap_notes_sort *out)
{
    struct str entry_name, word;
    if (!imap_sp(c) || !imap_astring(cx->arena, c, &entry_name) || !imap_sp(c) ||
        !imap_astring(cx->arena, c, &word))
        return fail(cx, E_SYNTAX, "an entry and value.priv or value.shared expected");
    out->entry = str_lower(cx->arena, entry_name);
    out->shared = str_ieq(word, attributes[1].name);
    if (!out->shared && !str_ieq(word, attributes[0].name))
        return fail(cx, E_SYNTAX, "an entry and value.priv or value.shared expected");
    return OK;
}
