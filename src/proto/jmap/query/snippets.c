/* SearchSnippet/get (RFC 8621 section 5.1). */
#include "base/buf.h"
#include "format/mime.h"
#include "format/summary.h"
#include "format/text.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/email/email.h"
#include "proto/jmap/query/filter.h"
#include "proto/jmap/query/snippet.h"

enum { PARTS_MAX = 8, PART_BYTES = 256 * 1024 };

/* What the filter looks for, where it can be shown. */
struct words {
    struct str subject[JMAP_FILTER_NODES_MAX], body[JMAP_FILTER_NODES_MAX];
    size_t subjects, bodies;
};

/* What must not be there is not marked. */
static void gather(const struct jmap_filter *f, struct words *w)
{
    bool subject = f->op == JMAP_IN_COLUMN ? f->column == COLUMN_SUBJECT
                                           : f->op == JMAP_IN_TEXT && f->where & SEARCH_SUBJECT;
    if (f->op == JMAP_NOT)
        return;
    if (subject && f->text.n)
        w->subject[w->subjects++] = f->text;
    if (f->op == JMAP_IN_TEXT && f->text.n)
        w->body[w->bodies++] = f->text;
    for (const struct jmap_filter *c = f->child; c; c = c->next)
        gather(c, w);
}

/* What a reader sees of the message, as plain text. */
static struct str text_of(struct arena *a, const struct mime *m)
{
    uint32_t parts[PARTS_MAX], count = text_parts(m, parts, PARTS_MAX);
    struct buf b = buf_of(a, (size_t)PARTS_MAX * PART_BYTES * 2);
    for (uint32_t i = 0; i < count; i++) {
        buf_add(&b, text_of_part(a, m, parts[i], PART_BYTES));
        buf_byte(&b, '\n');
    }
    return buf_str(&b);
}

static enum code preview_of(struct ctx *cx, struct jmap_call *call, const struct item_row *row,
                            const struct words *w, struct str *out)
{
    struct rope bytes = rope_of(cx->arena);
    struct mime *m;
    *out = (struct str){0};
    if (!w->bodies)
        return OK;
    TRY(item_bytes(cx, call->env->core, row, 0, row->size, &bytes));
    enum code code = mime_parse(cx, jmap_flat(cx->arena, &bytes), NULL, &m);
    if (code == OK)
        (void)jmap_snippet(cx->arena, text_of(cx->arena, m), w->body, w->bodies, JMAP_SNIPPET_MAX,
                           out);
    rope_drop(&bytes);
    return code;
}

static enum code put_one(struct ctx *cx, struct jmap_call *call, struct str id,
                         const struct words *w, bool *found)
{
    struct jmap_email e;
    struct str subject, marked = {0}, preview;
    item_id item;
    enum code code = jmap_email_of(id, &item) ? jmap_email_load(cx, call, item, &e) : E_NOT_FOUND;
    *found = code == OK;
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    TRY(summary_get(cx, e.row.summary, SUMMARY_SUBJECT, &subject));
    (void)jmap_snippet(cx->arena, subject, w->subject, w->subjects, 0, &marked);
    TRY(preview_of(cx, call, &e.row, w, &preview));
    json_object(&call->out);
    json_key(&call->out, "emailId");
    json_str(&call->out, id);
    json_key(&call->out, "subject");
    jmap_put_text(&call->out, marked);
    json_key(&call->out, "preview");
    jmap_put_text(&call->out, preview);
    json_object_end(&call->out);
    return OK;
}

static enum code put_all(struct ctx *cx, struct jmap_call *call, const struct json_tree *ids,
                         const struct words *w, bool *found)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    enum code code = OK;
    inner.arena = scratch;
    for (size_t i = 0; i < ids->count && code == OK; i++) {
        code = put_one(&inner, call, ids->values[i].text, w, &found[i]);
        arena_reset(scratch);
    }
    cx->err = inner.err;
    return code;
}

static void put_missing(struct jmap_call *call, const struct json_tree *ids, const bool *found)
{
    bool any = false;
    json_key(&call->out, "notFound");
    for (size_t i = 0; i < ids->count; i++) {
        if (found[i])
            continue;
        if (!any)
            json_array(&call->out);
        any = true;
        json_str(&call->out, ids->values[i].text);
    }
    if (any)
        json_array_end(&call->out);
    else
        json_null(&call->out);
}

enum code jmap_snippet_get(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *ids, *in;
    struct jmap_filter *filter;
    struct words *words = ARENA_NEW(cx->arena, struct words);
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    bool good = jmap_arg(call, STR("emailIds"), TREE_ARRAY, &ids) && ids &&
                jmap_arg(call, STR("filter"), TREE_OBJECT, &in);
    for (size_t i = 0; good && i < ids->count; i++)
        good = ids->values[i].kind == TREE_STRING;
    if (!good)
        return jmap_refuse(call, "invalidArguments", NULL);
    if (ids->count > JMAP_GET_MAX)
        return jmap_refuse(call, "requestTooLarge", "more ids than maxObjectsInGet");
    const char *error = jmap_filter_read(cx, call, in, &filter);
    if (error)
        return jmap_refuse(call, error, NULL);
    gather(filter, words);
    bool *found = ARENA_ARRAY(cx->arena, ids->count + 1, bool);
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_key(&call->out, "list");
    json_array(&call->out);
    TRY(put_all(cx, call, ids, words, found));
    json_array_end(&call->out);
    put_missing(call, ids, found);
    return OK;
}
