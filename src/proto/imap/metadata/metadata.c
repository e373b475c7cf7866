#include "proto/imap/metadata/metadata.h"
#include "base/arena.h"
#include "core/rights.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"

enum code imap_meta_name(struct ctx *cx, struct cur *c, struct imap_meta_name *out)
{
    static const struct str scopes[] = {STR("/private"), STR("/shared")};
    struct str text;
    if (!imap_astring(cx->arena, c, &text))
        return fail(cx, E_SYNTAX, "entry expected");
    text = str_lower(cx->arena, text);
    for (size_t i = 0; i < 2; i++) {
        struct str rest = str_from(text, scopes[i].n);
        if (!str_starts(text, scopes[i]) || (rest.n && !annotation_name_ok(rest)))
            continue;
        *out = (struct imap_meta_name){.shared = i == 1, .name = rest};
        return OK;
    }
    return fail(cx, E_SYNTAX, "an entry is /private or /shared and a name");
}

enum code imap_meta_names(struct ctx *cx, struct cur *c, struct imap_meta_names *out)
{
    out->count = 0;
    if (!cur_char(c, '('))
        return imap_meta_name(cx, c, &out->at[out->count++]);
    do {
        if (out->count == IMAP_META_ENTRIES_MAX)
            return fail(cx, E_LIMIT, "more than %d entries", IMAP_META_ENTRIES_MAX);
        TRY(imap_meta_name(cx, c, &out->at[out->count++]));
    } while (imap_sp(c));
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected");
}

bool imap_meta_value(struct arena *a, struct cur *c, struct str *value, bool *nil)
{
    struct cur ahead = *c;
    *nil = cur_word(&ahead, STR("NIL")) && !imap_is_atom_char((char)cur_peek(&ahead));
    if (*nil) {
        *c = ahead;
        *value = (struct str){0};
        return true;
    }
    return imap_string(a, c, value) || imap_literal(c, value);
}

enum code imap_meta_may(struct ctx *cx, uint32_t rights)
{
    const uint32_t any = RIGHT_READ | RIGHT_SEEN | RIGHT_WRITE | RIGHT_INSERT | RIGHT_POST;
    TRY(imap_rights_check(cx, rights, RIGHT_LOOKUP));
    return rights & any ? OK : fail(cx, E_DENIED, "the rights are missing");
}

/* --- what there is --- */

static void add(struct ctx *cx, struct annotations *all, const struct annotation *more,
                size_t count)
{
    size_t bytes = all->count * sizeof *all->at;
    all->at = arena_grow(cx->arena, all->at, bytes, bytes + count * sizeof *more);
    for (size_t i = 0; i < count; i++)
        all->at[all->count++] = more[i];
}

/* The use of one's own mailbox is no annotation, but told as one. */
static void add_use(struct ctx *cx, const struct imap_session *s, const struct imap_box *box,
                    struct annotations *all)
{
    struct str use = role_row(box->folder->role)->special_use;
    struct annotation row = {.reader = s->reader,
                             .name = IMAP_META_USE,
                             .value = use,
                             .modseq = box->folder->own_modseq};
    if (use.n && box->account == s->account)
        add(cx, all, &row, 1);
}

enum code imap_meta_list(struct ctx *cx, const struct imap_session *s,
                         const struct imap_meta_of *of, struct annotations *out)
{
    struct core *core = s->env->core;
    if (of->box) {
        struct annotation_owner folder = {.class = ANNOTATION_OF_FOLDER, .id = of->box->folder->id};
        TRY(annotation_list(cx, core, of->box->account, &folder, s->reader, out));
        add_use(cx, s, of->box, out);
        return OK;
    }
    struct annotation_owner account = {.class = ANNOTATION_OF_ACCOUNT};
    struct annotations shared;
    TRY(annotation_list(cx, core, s->account, &account, s->reader, out));
    TRY(annotation_server_list(cx, core, &shared));
    add(cx, out, shared.at, shared.count);
    return OK;
}

/* --- telling --- */

static bool has_nul(struct str s)
{
    return str_chr(s, '\0') != SIZE_MAX;
}

static void put_entry(struct buf *out, char *before, bool shared, struct str name,
                      const struct str *value)
{
    buf_byte(out, *before);
    *before = ' ';
    buf_add(out, shared ? STR("/shared") : STR("/private"));
    buf_add(out, name);
    buf_byte(out, ' ');
    if (!value)
        buf_add(out, STR("NIL"));
    else if (has_nul(*value))
        buf_byte(out, '~');
    if (value)
        imap_put_string(out, *value);
}

/* How many levels name lies below top; UINT32_MAX when it does not. */
static uint32_t levels_below(struct str name, struct str top)
{
    uint32_t levels = 0;
    if (!str_starts(name, top) || (name.n > top.n && name.p[top.n] != '/'))
        return UINT32_MAX;
    for (size_t i = top.n; i < name.n; i++)
        levels += name.p[i] == '/';
    return levels;
}

static void put_matches(struct buf *out, char *before, const struct annotations *all,
                        const struct imap_meta_name *name, struct imap_meta_query *q)
{
    bool found = false;
    for (size_t i = 0; i < all->count; i++) {
        const struct annotation *row = &all->at[i];
        uint32_t levels = levels_below(row->name, name->name);
        if (row->removed || name->shared != !row->reader || levels == UINT32_MAX ||
            levels > q->depth)
            continue;
        found = true;
        if (row->value.n <= q->size_max)
            put_entry(out, before, name->shared, row->name, &row->value);
        else if (row->value.n > q->longest)
            q->longest = row->value.n;
    }
    if (!found && !q->depth)
        put_entry(out, before, name->shared, name->name, NULL);
}

enum code imap_meta_put(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                        const struct imap_meta_of *of, struct imap_meta_query *query)
{
    struct annotations all;
    struct buf entries = buf_of(cx->arena, IMAP_REPLY_MAX);
    char before = '(';
    TRY(imap_meta_list(cx, s, of, &all));
    for (size_t i = 0; i < query->names.count; i++)
        put_matches(&entries, &before, &all, &query->names.at[i], query);
    if (!entries.n)
        return OK;
    imap_say(call, STR("* METADATA "));
    imap_mailbox_put(cx, s, &call->text, of->name);
    buf_byte(&call->text, ' ');
    buf_add(&call->text, buf_str(&entries));
    imap_say(call, STR(")\r\n"));
    return entries.overflow ? fail(cx, E_LIMIT, "more metadata than an answer holds") : OK;
}
