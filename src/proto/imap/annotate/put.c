/* Telling annotations of a message. */
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/reply.h"

static enum code list(struct ctx *cx, const struct imap_session *s, item_id id,
                      struct annotations *out)
{
    struct annotation_owner owner = {.class = ANNOTATION_OF_ITEM, .id = id};
    return annotation_list(cx, s->env->core, s->selected->account, &owner, s->reader, out);
}

static void put_value(struct buf *out, char *before, struct str name, const struct annotation *row)
{
    buf_byte(out, *before);
    *before = ' ';
    buf_add(out, name);
    buf_byte(out, ' ');
    if (!row) {
        buf_add(out, STR("NIL"));
        return;
    }
    if (str_chr(row->value, '\0') != SIZE_MAX)
        buf_byte(out, '~');
    imap_put_string(out, row->value);
}

static void put_size(struct buf *out, char *before, struct str name, const struct annotation *row)
{
    buf_byte(out, *before);
    *before = ' ';
    buf_add(out, name);
    buf_printf(out, " \"%zu\"", row ? row->value.n : (size_t)0);
}

static void put_entry(struct buf *out, char *before, struct str name, uint32_t attributes,
                      const struct annotation *priv, const struct annotation *shared)
{
    char inner = '(';
    buf_byte(out, *before);
    *before = ' ';
    buf_add(out, name);
    buf_byte(out, ' ');
    if (attributes & IMAP_NOTE_VALUE_PRIV)
        put_value(out, &inner, STR("value.priv"), priv);
    if (attributes & IMAP_NOTE_VALUE_SHARED)
        put_value(out, &inner, STR("value.shared"), shared);
    if (attributes & IMAP_NOTE_SIZE_PRIV)
        put_size(out, &inner, STR("size.priv"), priv);
    if (attributes & IMAP_NOTE_SIZE_SHARED)
        put_size(out, &inner, STR("size.shared"), shared);
    buf_byte(out, ')');
}

/* The first row of a name speaks for it: shared ones come before the reader's. */
static bool speaks(const struct annotations *all, size_t at)
{
    const struct annotation *row = &all->at[at];
    return !row->removed && (!row->reader || !annotation_find(all, 0, row->name));
}

static void put_matching(struct buf *out, char *before, const struct annotations *all,
                         principal_id reader, struct str pattern, uint32_t attributes)
{
    for (size_t i = 0; i < all->count; i++) {
        struct str name = all->at[i].name;
        if (speaks(all, i) && imap_match(pattern, name))
            put_entry(out, before, name, attributes, annotation_find(all, reader, name),
                      annotation_find(all, 0, name));
    }
}

enum code imap_notes_put(struct ctx *cx, const struct imap_session *s, struct buf *out, item_id id,
                         const struct imap_notes_ask *ask)
{
    struct annotations all;
    char before = '(';
    TRY(list(cx, s, id, &all));
    for (size_t i = 0; i < ask->count; i++) {
        struct str name = ask->entries[i];
        if (str_chr(name, '*') != SIZE_MAX || str_chr(name, '%') != SIZE_MAX)
            put_matching(out, &before, &all, s->reader, name, ask->attributes);
        else
            put_entry(out, &before, name, ask->attributes, annotation_find(&all, s->reader, name),
                      annotation_find(&all, 0, name));
    }
    if (before == '(')
        buf_byte(out, '(');
    buf_byte(out, ')');
    return OK;
}

static bool told_before(const struct annotations *all, size_t at, uint64_t since)
{
    for (size_t i = 0; i < at; i++)
        if (all->at[i].modseq > since && str_eq(all->at[i].name, all->at[at].name))
            return true;
    return false;
}

enum code imap_notes_put_changed(struct ctx *cx, const struct imap_session *s, struct buf *out,
                                 item_id id, uint64_t since)
{
    struct annotations all;
    bool any = false;
    TRY(list(cx, s, id, &all));
    for (size_t i = 0; i < all.count; i++) {
        if (all.at[i].modseq <= since || told_before(&all, i, since))
            continue;
        buf_add(out, any ? STR(" ") : STR(" ANNOTATION ("));
        buf_add(out, all.at[i].name);
        any = true;
    }
    if (any)
        buf_byte(out, ')');
    return OK;
}
