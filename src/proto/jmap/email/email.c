/* What Email/get shows: from the item's row, its summary, its flags, and its header. */
#include "core/objectid/objectid.h"
#include "format/summary.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/changes.h"
#include "proto/jmap/email/set.h"
#include "proto/jmap/email/shown.h"
#include "proto/jmap/email/smime.h"

enum code jmap_email_load(struct ctx *cx, struct jmap_call *call, item_id id,
                          struct jmap_email *out)
{
    struct item_placed at;
    struct jmap_email e = {0};
    TRY(item_locate(cx, call->env->core, call->account, id, &at));
    if (!jmap_folder(call, at.folder, RIGHT_READ))
        return fail(cx, E_NOT_FOUND, "it lies where nobody may look");
    TRY(jmap_view(cx, call, at.folder, &e.view));
    uint32_t index = view_find(e.view, at.uid);
    if (index == view_count(e.view) || view_at(e.view, index).uid != at.uid)
        return fail(cx, E_NOT_FOUND, "it is not shown");
    e.state = view_at(e.view, index);
    e.folder = at.folder;
    TRY(item_get(cx, call->env->core, call->account, at.folder, at.uid, &e.row));
    *out = e;
    return OK;
}

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct jmap_shown *e = ARENA_NEW(cx->arena, struct jmap_shown);
    item_id item;
    if (!jmap_email_of(id, &item))
        return fail(cx, E_NOT_FOUND, "no such email");
    TRY(jmap_email_load(cx, call, item, &e->of));
    e->blob = jmap_blob_id(cx->arena, item, JMAP_BLOB_WHOLE);
    *object = e;
    return OK;
}

void jmap_email_place_of(struct ctx *cx, const struct jmap_email *e, struct jmap_email_place *out)
{
    *out = (struct jmap_email_place){
        .id = e->row.id, .folder = e->folder, .uid = e->row.uid, .flags = e->state.flags};
    out->keywords.at = ARENA_ARRAY(cx->arena, FOLDER_KEYWORDS_MAX, struct str);
    for (unsigned bit = 0; bit < FOLDER_KEYWORDS_MAX; bit++)
        if (e->state.keywords >> bit & 1)
            out->keywords.at[out->keywords.count++] =
                str_lower(cx->arena, view_keyword(e->view, bit));
}

void jmap_email_place(struct ctx *cx, const void *object, struct jmap_email_place *out)
{
    const struct jmap_shown *shown = object;
    jmap_email_place_of(cx, &shown->of, out);
}

enum code jmap_shown_header(struct ctx *cx, struct jmap_call *call, struct jmap_shown *e,
                            struct jmap_fields *out)
{
    struct summary_facts facts;
    struct rope bytes = rope_of(cx->arena);
    if (!e->header_known) {
        TRY(summary_facts(cx, e->of.row.summary, &facts));
        TRY(item_bytes(cx, call->env->core, &e->of.row, 0, e->of.row.trace.n + facts.header_size,
                       &bytes));
        e->header = jmap_fields_of(cx->arena, rope_flatten(&bytes, cx->arena));
        rope_drop(&bytes);
        e->header_known = true;
    }
    *out = e->header;
    return OK;
}

enum code jmap_shown_parse(struct ctx *cx, struct jmap_call *call, struct jmap_shown *e)
{
    const struct item_row *row = &e->of.row;
    struct mime *m;
    if (e->mime)
        return OK;
    e->bytes = rope_of(cx->arena);
    TRY(item_bytes(cx, call->env->core, row, row->trace.n, row->size, &e->bytes));
    struct str bytes = e->bytes.first ? e->bytes.first->bytes : (struct str){0};
    must(bytes.n == e->bytes.bytes);
    TRY(mime_parse(cx, bytes, NULL, &m));
    e->mime = m;
    return OK;
}

void jmap_shown_done(void *object)
{
    struct jmap_shown *e = object;
    if (e->bytes.first)
        rope_drop(&e->bytes);
}

static enum code put_header(struct ctx *cx, struct jmap_call *call, struct jmap_shown *e,
                            struct jmap_header want)
{
    struct jmap_fields header;
    TRY(jmap_shown_header(cx, call, e, &header));
    jmap_header_put(cx->arena, &header, &want, &call->out);
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_shown *e = object;
    (void)call;
    json_str(j, jmap_email_id(cx->arena, e->of.row.id));
    return OK;
}

static enum code put_blob(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_shown *e = object;
    (void)cx, (void)call;
    json_str(j, e->blob);
    return OK;
}

/* What only an email of the account has, is null of one that was parsed (section 4.9). */
static bool is_parsed(const struct jmap_shown *e)
{
    return !e->of.row.id;
}

static enum code put_thread(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_shown *e = object;
    (void)call;
    if (is_parsed(e)) {
        json_null(j);
        return OK;
    }
    json_str(j, objectid_thread(cx->arena, &e->of.row));
    return OK;
}

static enum code put_mailboxes(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_shown *e = object;
    if (is_parsed(e)) {
        json_null(j);
        return OK;
    }
    json_object(j);
    jmap_key(j, objectid_mailbox(cx->arena, call->account, e->of.folder));
    json_bool(j, true);
    json_object_end(j);
    return OK;
}

/* IMAP's \Deleted is not a keyword here (RFC 8621 section 4.1.1). */
static enum code put_keywords(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_shown *e = object;
    (void)call;
    if (is_parsed(e)) {
        json_null(j);
        return OK;
    }
    json_object(j);
    for (size_t i = 0; i < JMAP_FLAGS; i++)
        if (e->of.state.flags & jmap_flags[i].flag) {
            jmap_key(j, jmap_flags[i].name);
            json_bool(j, true);
        }
    for (unsigned bit = 0; bit < FOLDER_KEYWORDS_MAX; bit++)
        if (e->of.state.keywords >> bit & 1) {
            jmap_key(j, str_lower(cx->arena, view_keyword(e->of.view, bit)));
            json_bool(j, true);
        }
    json_object_end(j);
    return OK;
}

static enum code put_size(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_shown *e = object;
    (void)cx, (void)call;
    json_u64(j, e->of.row.size);
    return OK;
}

static enum code put_received(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_shown *e = object;
    (void)call;
    if (is_parsed(e)) {
        json_null(j);
        return OK;
    }
    json_str(j, jmap_date(cx->arena, e->of.row.received_ms));
    return OK;
}

static enum code put_attachment(struct ctx *cx, struct jmap_call *call, void *object,
                                struct json *j)
{
    const struct jmap_shown *e = object;
    struct summary_facts facts;
    (void)call;
    TRY(summary_facts(cx, e->of.row.summary, &facts));
    json_bool(j, facts.flags & SUMMARY_HAS_ATTACHMENT);
    return OK;
}

static enum code put_preview(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_shown *e = object;
    struct str text;
    (void)call;
    TRY(summary_get(cx, e->of.row.summary, SUMMARY_PREVIEW, &text));
    json_str(j, text);
    return OK;
}

static enum code put_headers(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    struct jmap_fields header;
    TRY(jmap_shown_header(cx, call, object, &header));
    jmap_headers_put(cx->arena, &header, j);
    return OK;
}

/* Section 4.1.3: short names of header fields. */
#define FIELD(function, field, how)                                                                \
    static enum code function(struct ctx *cx, struct jmap_call *call, void *object,                \
                              struct json *j)                                                      \
    {                                                                                              \
        (void)j;                                                                                   \
        return put_header(cx, call, object, (struct jmap_header){STR(field), how, false});         \
    }
FIELD(put_message_id, "Message-ID", JMAP_IDS)
FIELD(put_in_reply_to, "In-Reply-To", JMAP_IDS)
FIELD(put_references, "References", JMAP_IDS)
FIELD(put_sender, "Sender", JMAP_ADDRESSES)
FIELD(put_from, "From", JMAP_ADDRESSES)
FIELD(put_to, "To", JMAP_ADDRESSES)
FIELD(put_cc, "Cc", JMAP_ADDRESSES)
FIELD(put_bcc, "Bcc", JMAP_ADDRESSES)
FIELD(put_reply_to, "Reply-To", JMAP_ADDRESSES)
FIELD(put_subject, "Subject", JMAP_TEXT)
FIELD(put_sent, "Date", JMAP_DATE)

static bool takes(struct str name)
{
    struct jmap_header h;
    return jmap_header_of(name, &h);
}

static enum code extra(struct ctx *cx, struct jmap_call *call, void *object, struct str name)
{
    struct jmap_header h;
    must(jmap_header_of(name, &h));
    return put_header(cx, call, object, h);
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("blobId"), true, put_blob},
    {STR("threadId"), true, put_thread},
    {STR("mailboxIds"), true, put_mailboxes},
    {STR("keywords"), true, put_keywords},
    {STR("size"), true, put_size},
    {STR("receivedAt"), true, put_received},
    {STR("messageId"), true, put_message_id},
    {STR("inReplyTo"), true, put_in_reply_to},
    {STR("references"), true, put_references},
    {STR("sender"), true, put_sender},
    {STR("from"), true, put_from},
    {STR("to"), true, put_to},
    {STR("cc"), true, put_cc},
    {STR("bcc"), true, put_bcc},
    {STR("replyTo"), true, put_reply_to},
    {STR("subject"), true, put_subject},
    {STR("sentAt"), true, put_sent},
    {STR("hasAttachment"), true, put_attachment},
    {STR("preview"), true, put_preview},
    {STR("bodyValues"), true, jmap_put_values},
    {STR("textBody"), true, jmap_put_text_body},
    {STR("htmlBody"), true, jmap_put_html_body},
    {STR("attachments"), true, jmap_put_attachments},
    {STR("bodyStructure"), false, jmap_put_structure},
    {STR("headers"), false, put_headers},
    {STR("smimeStatus"), false, jmap_put_smime_status},
    {STR("smimeStatusAtDelivery"), false, jmap_put_smime_delivered},
    {STR("smimeErrors"), false, jmap_put_smime_errors},
    {STR("smimeVerifiedAt"), false, jmap_put_smime_at},
};

static struct str id_of(struct arena *a, const struct jmap_call *call, uint64_t key)
{
    (void)call;
    return jmap_email_id(a, key);
}

const struct jmap_type jmap_email_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .scratch = true,
    .find = find,
    .done = jmap_shown_done,
    .changed = jmap_email_changed,
    .id_of = id_of,
    .takes = takes,
    .extra = extra,
    .prepare = jmap_asked_read,
    .setter = &jmap_email_setter,
};
