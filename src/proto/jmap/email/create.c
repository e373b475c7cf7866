/* Email/set's create: the message is written, and put into its mailbox. */
#include "core/item.h"
#include "format/compose/compose.h"
#include "format/summary.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/email/event.h"
#include "proto/jmap/email/make.h"

static enum code may_mark(const struct jmap_call *call, struct jmap_set_one *x,
                          const struct jmap_letter *l)
{
    uint32_t needed = l->keywords.flags & FLAG_SEEN ? RIGHT_SEEN : 0;
    if (l->keywords.flags & ~(uint32_t)FLAG_SEEN || l->keywords.count)
        needed |= RIGHT_WRITE;
    if (!jmap_folder(call, l->folder, RIGHT_INSERT | needed))
        return jmap_set_refuse(x, "forbidden", "nothing may be added there, or not so marked");
    return OK;
}

enum code jmap_letter_read(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                           struct jmap_letter *out)
{
    const struct json_tree *at = json_tree_member(x->values, STR("receivedAt"));
    const struct json_tree *keywords = json_tree_member(x->values, STR("keywords"));
    struct jmap_letter l = {.received_ms = cx->now_ms};
    struct date date;
    if (json_tree_is(at, TREE_STRING)) {
        if (!date_parse(at->text, &date))
            TRY(jmap_set_invalid(cx, x, STR("receivedAt"), "not a date"));
        else
            l.received_ms = date.utc_ms;
    }
    if (!jmap_keywords_of(cx, keywords, &l.keywords))
        TRY(jmap_set_invalid(cx, x, STR("keywords"), "not a keyword"));
    TRY(jmap_one_mailbox(cx, call, x, &l.folder));
    if (!x->error)
        TRY(may_mark(call, x, &l));
    *out = l;
    return OK;
}

struct adding {
    struct item_new new;
    struct item_placed placed;
};

static enum code add(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct adding *a = arg;
    return item_add(cx, t, &a->new, &a->placed);
}

enum code jmap_letter_add(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                          const struct jmap_letter *letter)
{
    struct adding a = {.new = {.folder = letter->folder,
                               .flags = letter->keywords.flags,
                               .keywords = letter->keywords.at,
                               .keyword_count = letter->keywords.count,
                               .received_ms = letter->received_ms,
                               .saved_ms = cx->now_ms,
                               .reader = call->who->who.id}};
    struct blob_new *blob;
    TRY(blob_prepare(cx, call->env->core->store, letter->bytes, &blob));
    TRY(summary_make(cx, letter->bytes, &a.new.summary));
    a.new.blob = blob;
    enum code code = jmap_commit(cx, call, add, &a);
    if (call->error)
        return OK;
    TRY(code);
    x->id = jmap_email_id(call->arena, a.placed.id);
    jmap_email_made(call, x, CAUSE_APPEND, &a.placed);
    return OK;
}

static enum code tell_missing(struct jmap_making *m)
{
    struct buf b = buf_of(m->outer->arena, 64 * 1024);
    struct json j = json_to(&b);
    json_key(&j, "notFound");
    json_array(&j);
    for (size_t i = 0; i < m->missing_count; i++)
        json_str(&j, m->missing[i]);
    json_array_end(&j);
    m->x->more = buf_str(&b);
    return jmap_set_refuse(m->x, "blobNotFound", NULL);
}

static enum code write(struct jmap_making *m, struct str *out)
{
    struct buf fields = buf_of(m->cx->arena, JMAP_FIELDS_MAX);
    struct compose_part root;
    TRY(jmap_make_fields(m, m->x->values, true, &fields));
    if (!m->x->error)
        TRY(jmap_make_parts(m, &root));
    if (!m->x->error && m->missing_count)
        return tell_missing(m);
    if (m->x->error)
        return OK;
    enum code code =
        compose_message(m->cx, buf_str(&fields), &root, buf_str(&fields), JMAP_MESSAGE_MAX, out);
    if (code == E_SYNTAX)
        return jmap_set_invalid(m->outer, m->x, STR("bodyStructure"), "it cannot be written");
    return code == E_LIMIT ? jmap_set_refuse(m->x, "tooLarge", NULL) : code;
}

static enum code make(struct jmap_making *m)
{
    struct jmap_letter letter;
    TRY(jmap_letter_read(m->outer, m->call, m->x, &letter));
    if (m->x->error && !m->x->bad_count)
        return OK;
    TRY(write(m, &letter.bytes));
    return m->x->error ? OK : jmap_letter_add(m->cx, m->call, m->x, &letter);
}

enum code jmap_email_create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    struct jmap_making m = {.cx = &inner, .outer = cx, .call = call, .x = x};
    inner.arena = scratch;
    enum code code = make(&m);
    for (size_t i = 0; i < m.blob_count; i++)
        rope_drop(&m.blobs[i].bytes);
    cx->err = inner.err;
    return code;
}
