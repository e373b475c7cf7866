/* Email/parse (RFC 8621 section 4.9): a message in a blob, shown without being kept. */
#include "format/summary.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/email/shown.h"

static const struct str usual[] = {
    STR("messageId"), STR("inReplyTo"),   STR("references"), STR("sender"),        STR("from"),
    STR("to"),        STR("cc"),          STR("bcc"),        STR("replyTo"),       STR("subject"),
    STR("sentAt"),    STR("preview"),     STR("bodyValues"), STR("hasAttachment"), STR("textBody"),
    STR("htmlBody"),  STR("attachments"),
};
enum { USUAL = sizeof usual / sizeof *usual };

static const struct json_tree *usual_names(struct arena *a)
{
    struct json_tree *names = ARENA_NEW(a, struct json_tree);
    struct json_tree *values = ARENA_ARRAY(a, USUAL, struct json_tree);
    for (size_t i = 0; i < USUAL; i++)
        values[i] = (struct json_tree){.kind = TREE_STRING, .text = usual[i]};
    *names = (struct json_tree){.kind = TREE_ARRAY, .count = USUAL, .values = values};
    return names;
}

/* A message has a header. */
static bool is_message(const struct mime *m)
{
    struct cur c = cur_of(mime_header(m, 0));
    struct header_field f;
    return header_next(&c, &f);
}

static bool wants_id(const struct json_tree *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_eq(names->values[i].text, STR("id")))
            return true;
    return false;
}

enum what { PARSED, NOT_PARSABLE, NOT_FOUND };

/* e->mime is known: shows it. */
static enum code show(struct ctx *cx, struct jmap_call *call, struct jmap_shown *e,
                      const struct json_tree *names)
{
    e->header = jmap_fields_of(cx->arena, mime_header(e->mime, 0));
    e->header_known = true;
    e->of.row.size = e->mime->bytes.n;
    TRY(summary_make_of(cx, e->mime, &e->of.row.summary));
    jmap_key(&call->out, e->blob);
    json_object(&call->out);
    if (wants_id(names)) {
        json_key(&call->out, "id");
        json_null(&call->out);
    }
    TRY(jmap_properties_put(cx, call, e, names));
    json_object_end(&call->out);
    return call->out.out->overflow ? fail(cx, E_LIMIT, "more than an answer holds") : OK;
}

static enum code parse_one(struct ctx *cx, struct jmap_call *call, struct str id,
                           const struct json_tree *names, enum what *out)
{
    struct jmap_blob blob;
    struct mime *m;
    enum code code = jmap_blob_find(cx, call, id, &blob);
    *out = NOT_FOUND;
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    struct jmap_shown e = {.blob = id, .bytes = blob.bytes};
    code = mime_parse(cx, jmap_flat(cx->arena, &blob.bytes), NULL, &m);
    *out = code == OK && is_message(m) ? PARSED : NOT_PARSABLE;
    e.mime = m;
    code = *out == PARSED ? show(cx, call, &e, names) : OK;
    jmap_shown_done(&e);
    return code;
}

static enum code parse_all(struct ctx *cx, struct jmap_call *call, const struct json_tree *ids,
                           const struct json_tree *names, enum what *what)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    enum code code = OK;
    inner.arena = scratch;
    for (size_t i = 0; i < ids->count && code == OK; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |= str_eq(ids->values[k].text, ids->values[i].text);
        what[i] = PARSED;
        if (!again)
            code = parse_one(&inner, call, ids->values[i].text, names, &what[i]);
        arena_reset(scratch);
    }
    cx->err = inner.err;
    return code;
}

static void put_list(struct jmap_call *call, const char *name, const struct json_tree *ids,
                     const enum what *what, enum what wanted)
{
    bool any = false;
    json_key(&call->out, name);
    for (size_t i = 0; i < ids->count; i++) {
        if (what[i] != wanted)
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

enum code jmap_email_parse(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *ids, *names;
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    bool good = jmap_arg(call, STR("blobIds"), TREE_ARRAY, &ids) && ids &&
                jmap_arg(call, STR("properties"), TREE_ARRAY, &names) &&
                jmap_properties_ok(call->method->type, names);
    for (size_t i = 0; good && i < ids->count; i++)
        good = ids->values[i].kind == TREE_STRING;
    if (!good)
        return jmap_refuse(call, "invalidArguments", NULL);
    if (ids->count > JMAP_GET_MAX)
        return jmap_refuse(call, "requestTooLarge", "more ids than maxObjectsInGet");
    TRY(jmap_asked_read(cx, call));
    if (call->error)
        return OK;
    enum what *what = ARENA_ARRAY(cx->arena, ids->count + 1, enum what);
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_key(&call->out, "parsed");
    json_object(&call->out);
    TRY(parse_all(cx, call, ids, names ? names : usual_names(cx->arena), what));
    json_object_end(&call->out);
    put_list(call, "notParsable", ids, what, NOT_PARSABLE);
    put_list(call, "notFound", ids, what, NOT_FOUND);
    return OK;
}
