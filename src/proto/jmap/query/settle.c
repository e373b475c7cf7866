/* Reading the messages of which neither columns nor the index could say whether they fit. */
#include "format/mime.h"
#include "format/summary.h"
#include "format/utf8.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/query/filter.h"

/* One message, read as far as its conditions ask. */
struct candidate {
    struct ctx *cx;
    struct jmap_call *call;
    struct item_row row;
    struct rope bytes;
    struct mime *mime;
};

static bool has(struct arena *a, struct str text, struct str needle)
{
    return !needle.n || str_find(utf8_search(a, text), needle) != SIZE_MAX;
}

static enum code field_has(struct candidate *m, const struct jmap_filter *f, bool *yes)
{
    struct summary_facts facts;
    struct header_field field;
    struct rope bytes = rope_of(m->cx->arena);
    *yes = false;
    TRY(summary_facts(m->cx, m->row.summary, &facts));
    TRY(item_bytes(m->cx, m->call->env->core, &m->row, 0, m->row.trace.n + facts.header_size,
                   &bytes));
    struct cur c = cur_of(jmap_flat(m->cx->arena, &bytes));
    while (!*yes && header_next(&c, &field))
        *yes = str_ieq(field.name, f->field) &&
               has(m->cx->arena, header_text(m->cx->arena, field.value), f->text);
    rope_drop(&bytes);
    return OK;
}

static char letter_of(const struct jmap_filter *f)
{
    switch ((int)f->column) {
    case COLUMN_FROM:
        return 'f';
    case COLUMN_TO:
        return 't';
    case COLUMN_CC:
        return 'c';
    default:
        return 'b';
    }
}

static enum code summary_has(struct candidate *m, const struct jmap_filter *f, bool *yes)
{
    struct str text, line;
    *yes = false;
    if (f->column == COLUMN_SUBJECT) {
        TRY(summary_get(m->cx, m->row.summary, SUMMARY_SUBJECT, &text));
        *yes = has(m->cx->arena, text, f->text);
        return OK;
    }
    TRY(summary_get(m->cx, m->row.summary, SUMMARY_ADDRESSES, &text));
    struct cur c = cur_of(utf8_search(m->cx->arena, text));
    while (!*yes && cur_until(&c, '\n', &line))
        *yes = line.n > 2 && line.p[0] == letter_of(f) &&
               str_find(str_from(line, 2), f->text) != SIZE_MAX;
    return OK;
}

static enum code text_has(struct candidate *m, const struct jmap_filter *f, bool *yes)
{
    *yes = true;
    if (!f->text.n)
        return OK;
    if (!m->mime) {
        m->bytes = rope_of(m->cx->arena);
        TRY(item_bytes(m->cx, m->call->env->core, &m->row, 0, m->row.size, &m->bytes));
        TRY(mime_parse(m->cx, jmap_flat(m->cx->arena, &m->bytes), NULL, &m->mime));
    }
    return search_scan(m->cx, m->call->env->core->search, m->mime, f->where, f->text, yes);
}

static enum code settle_one(struct candidate *m, const struct jmap_filter *f, bool *yes)
{
    switch ((int)f->op) {
    case JMAP_IN_COLUMN:
        return summary_has(m, f, yes);
    case JMAP_HAS_FIELD:
        return field_has(m, f, yes);
    case JMAP_HAS_SMIME:
        TRY(jmap_smime_fits(m->cx, m->call, &m->row, f->smime, yes));
        *yes = *yes == (f->number != 0);
        return OK;
    default: /* JMAP_IN_TEXT */
        return text_has(m, f, yes);
    }
}

enum code jmap_filter_settle(struct ctx *cx, struct jmap_call *call, const struct jmap_place *p,
                             const struct jmap_filter *f, uint8_t *out)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    enum code code = OK;
    own.arena = scratch;
    for (uint32_t i = 0; i < p->count && code == OK; i++) {
        struct candidate m = {.cx = &own, .call = call};
        bool yes = false;
        if (out[i] != JMAP_MAYBE)
            continue;
        code = item_get(&own, call->env->core, call->account, view_folder(p->view),
                        view_at(p->view, i).uid, &m.row);
        if (code == OK)
            code = settle_one(&m, f, &yes);
        if (m.bytes.first)
            rope_drop(&m.bytes);
        if (code == E_NOT_FOUND) /* removed meanwhile */
            code = OK;
        out[i] = yes ? JMAP_YES : JMAP_NO;
        arena_reset(scratch);
    }
    cx->err = own.err;
    return code;
}
