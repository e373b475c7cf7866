/* Email/import (RFC 8621 section 4.8) and Email/copy (4.7). */
#include "core/item.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/email/event.h"
#include "proto/jmap/email/make.h"
#include "proto/jmap/set/copy.h"

static enum code import_bytes(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                              struct jmap_blob *blob, struct jmap_letter *letter)
{
    struct header_field field;
    bool one = blob->bytes.first && blob->bytes.first->bytes.n == blob->bytes.bytes;
    letter->bytes = one ? blob->bytes.first->bytes : rope_flatten(&blob->bytes, cx->arena);
    struct cur c = cur_of(letter->bytes);
    if (!header_next(&c, &field))
        return jmap_set_refuse(x, "invalidEmail", "a message begins with a header");
    return jmap_letter_add(cx, call, x, letter);
}

static enum code import_one(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    struct jmap_letter letter;
    struct jmap_blob blob;
    inner.arena = scratch;
    TRY(jmap_letter_read(cx, call, x, &letter));
    struct str id = json_tree_text(x->values, STR("blobId"));
    if (!id.n)
        TRY(jmap_set_invalid(cx, x, STR("blobId"), "it is missing"));
    if (x->error)
        return OK;
    enum code code = jmap_blob_find(&inner, call, id, &blob);
    if (code == E_NOT_FOUND)
        return jmap_set_invalid(cx, x, STR("blobId"), "no such blob");
    if (code == OK) {
        code = import_bytes(&inner, call, x, &blob, &letter);
        rope_drop(&blob.bytes);
    }
    cx->err = inner.err;
    return code;
}

struct adopting {
    struct jmap_email from;
    struct jmap_letter letter;
    principal_id reader;
    struct item_placed placed;
};

/* Of the bytes, nothing is copied: the item refers to the same blob. */
static enum code adopt(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct adopting *a = arg;
    const struct jmap_keywords *k = &a->letter.keywords;
    struct item_row row = a->from.row;
    bool changed;
    uint64_t modseq;
    row.received_ms = a->letter.received_ms;
    TRY(item_adopt(cx, t, &row, k->flags & ~(uint32_t)FLAG_SEEN, k->at, k->count, a->letter.folder,
                   cx->now_ms, &a->placed));
    struct item_seen seen = {a->reader, a->placed.folder, a->placed.uid, k->flags & FLAG_SEEN};
    return item_set_seen_for(cx, t, &seen, &changed, &modseq);
}

/* Keywords and time are those of the original, unless they are told. */
static enum code copy_one(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct adopting a = {.reader = call->who->who.id};
    item_id id;
    TRY(jmap_letter_read(cx, call, x, &a.letter));
    if (x->error)
        return OK;
    if (!jmap_email_of(json_tree_text(x->values, STR("id")), &id))
        return jmap_set_refuse(x, "notFound", NULL);
    TRY(jmap_email_load(cx, call->from, id, &a.from));
    if (!json_tree_member(x->values, STR("receivedAt")))
        a.letter.received_ms = a.from.row.received_ms;
    if (!json_tree_member(x->values, STR("keywords"))) {
        uint32_t rights = jmap_rights(call, a.letter.folder);
        struct jmap_email_place at;
        jmap_email_place_of(cx, &a.from, &at);
        a.letter.keywords = at.keywords;
        a.letter.keywords.flags =
            at.flags & (FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED | FLAG_DRAFT);
        if (!(rights & RIGHT_WRITE)) {
            a.letter.keywords.flags &= FLAG_SEEN;
            a.letter.keywords.count = 0;
        }
        if (!(rights & RIGHT_SEEN))
            a.letter.keywords.flags &= ~(uint32_t)FLAG_SEEN;
    }
    enum code code = jmap_commit(cx, call, adopt, &a);
    if (call->error)
        return OK;
    TRY(code);
    x->id = jmap_email_id(cx->arena, a.placed.id);
    jmap_email_made(call, x, CAUSE_COPY, &a.placed);
    return OK;
}

static enum code copy_finish(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *all,
                             size_t count)
{
    TRY(jmap_email_finish(cx, call, all, count));
    return jmap_copy_finish(cx, call, all, count);
}

static const struct jmap_settable import_rows[] = {
    {STR("blobId"), JMAP_ONCE, JMAP_IS_ID},
    {STR("mailboxIds"), JMAP_ONCE, JMAP_IS_IDS},
    {STR("keywords"), JMAP_ONCE, JMAP_IS_SET},
    {STR("receivedAt"), JMAP_ONCE, JMAP_IS_TEXT | JMAP_IS_NULL},
};

static const struct jmap_settable copy_rows[] = {
    {STR("id"), JMAP_ONCE, JMAP_IS_ID},
    {STR("mailboxIds"), JMAP_ONCE, JMAP_IS_IDS},
    {STR("keywords"), JMAP_ONCE, JMAP_IS_SET},
    {STR("receivedAt"), JMAP_ONCE, JMAP_IS_TEXT | JMAP_IS_NULL},
};

static const struct jmap_setter importer = {
    .rows = import_rows,
    .count = sizeof import_rows / sizeof *import_rows,
    .create = import_one,
    .finish = jmap_email_finish,
    .told = jmap_email_told,
    .told_count = JMAP_EMAIL_TOLD,
};

static const struct jmap_setter copier = {
    .rows = copy_rows,
    .count = sizeof copy_rows / sizeof *copy_rows,
    .create = copy_one,
    .finish = copy_finish,
    .told = jmap_email_told,
    .told_count = JMAP_EMAIL_TOLD,
};

enum code jmap_email_import(struct ctx *cx, struct jmap_call *call)
{
    return jmap_create(cx, call, STR("emails"), &importer);
}

enum code jmap_email_copy(struct ctx *cx, struct jmap_call *call)
{
    return jmap_copy(cx, call, &copier);
}
