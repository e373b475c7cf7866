#include "proto/jmap/mdn/mdn.h"
#include "format/header.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/email/email.h"
#include "proto/jmap/object/object.h"
#include "proto/jmap/submission/submission.h"
#include "service/receipt/receipt.h"
#include "service/submission/submission.h"

enum { MDN_SENDS_MAX = 20, MDN_BLOBS_MAX = 50 };

static struct str text_of(const struct json_tree *v, const char *name)
{
    return json_tree_text(v, str_z(name));
}

static bool is_one_of(struct str text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(text, str_z(list[i])))
            return true;
    return false;
}

/* RFC 9007 section 2: disposition. */
static bool disposition(const struct json_tree *v, struct receipt *out)
{
    static const char *const actions[] = {"manual-action", "automatic-action"};
    static const char *const sendings[] = {"mdn-sent-manually", "mdn-sent-automatically"};
    static const char *const types[] = {"deleted", "dispatched", "displayed", "processed"};
    out->action = text_of(v, "actionMode");
    out->sending = text_of(v, "sendingMode");
    out->type = text_of(v, "type");
    return is_one_of(out->action, actions, 2) && is_one_of(out->sending, sendings, 2) &&
           is_one_of(out->type, types, 4);
}

static bool extensions(const struct json_tree *v, struct receipt *out)
{
    if (!v || v->kind == TREE_NULL)
        return true;
    if (v->kind != TREE_OBJECT || v->count > RECEIPT_FIELDS_MAX)
        return false;
    for (size_t i = 0; i < v->count; i++) {
        if (v->values[i].kind != TREE_STRING)
            return false;
        out->more[out->more_count++] = (struct receipt_field){v->names[i], v->values[i].text};
    }
    return true;
}

static struct str field_of(struct str message, const char *name)
{
    struct header_field f;
    return header_find(message, str_z(name), &f) ? f.value : (struct str){0};
}

/* What one MDN is about. */
struct asked {
    const struct json_tree *mdn;
    struct jmap_email email;
    struct str message, sender; /* whole; of the identity */
    struct receipt receipt;
    struct submission_to to;
};

static struct str one_line(struct arena *a, struct str raw)
{
    return str_trim(header_unfold(a, raw));
}

static enum code message_load(struct ctx *cx, struct jmap_call *call, struct asked *x)
{
    struct rope rope = rope_of(cx->arena);
    enum code code = item_bytes(cx, call->env->core, &x->email.row, x->email.row.trace.n,
                                x->email.row.size - x->email.row.trace.n, &rope);
    x->message = rope_flatten(&rope, cx->arena);
    rope_drop(&rope);
    return code;
}

static bool was_sent(const struct jmap_call *call, const struct asked *x)
{
    const struct folder_facts *f = account_folder_by_id(call->folders, x->email.folder);
    for (size_t i = 0; f && i < f->keyword_count; i++)
        if (x->email.state.keywords & UINT64_C(1) << i && str_ieq(f->keywords[i], STR("$mdnsent")))
            return true;
    return false;
}

/* The email, who asked for it, and whether it may be. */
static enum code email_find(struct ctx *cx, struct jmap_call *call, struct asked *x,
                            struct jmap_set_one *one)
{
    item_id item;
    enum code code = E_NOT_FOUND;
    if (jmap_email_of(text_of(x->mdn, "forEmailId"), &item))
        code = jmap_email_load(cx, call, item, &x->email);
    if (code == OK)
        code = message_load(cx, call, x);
    if (code == E_NOT_FOUND)
        return jmap_set_refuse(one, "notFound", NULL);
    TRY(code);
    struct address_list list =
        address_parse(cx->arena, field_of(x->message, "Disposition-Notification-To"));
    for (size_t i = 0; i < list.count && !x->to.address.n; i++)
        if (list.at[i].kind == ADDRESS_MAILBOX)
            x->to.address = address_spec(cx->arena, &list.at[i]);
    if (!address_valid(x->to.address))
        return jmap_set_refuse(one, "notFound", "nobody asks for a receipt");
    if (was_sent(call, x))
        return jmap_set_refuse(one, "mdnAlreadySent", NULL);
    return OK;
}

static enum code receipt_fill(struct ctx *cx, struct jmap_call *call, struct asked *x,
                              struct jmap_set_one *one)
{
    struct receipt *r = &x->receipt;
    struct str subject = header_text(cx->arena, field_of(x->message, "Subject"));
    size_t end = str_find(x->message, STR("\r\n\r\n"));
    (void)call;
    if (!disposition(json_tree_member(x->mdn, STR("disposition")), r))
        TRY(jmap_set_invalid(cx, one, STR("disposition"), "its three members"));
    if (!extensions(json_tree_member(x->mdn, STR("extensionFields")), r))
        TRY(jmap_set_invalid(cx, one, STR("extensionFields"), "texts by name"));
    r->from = str_printf(cx->arena, "<%.*s>", STR_ARG(x->sender));
    r->to = str_printf(cx->arena, "<%.*s>", STR_ARG(x->to.address));
    r->subject = text_of(x->mdn, "subject");
    if (!r->subject.n)
        r->subject = str_printf(cx->arena, "Read: %.*s", STR_ARG(subject));
    r->text = text_of(x->mdn, "textBody");
    if (!r->text.n)
        r->text = STR("The message was shown to its recipient. This does not say that it was read "
                      "or understood.\r\n");
    r->reporting_ua = text_of(x->mdn, "reportingUA");
    r->final_recipient = text_of(x->mdn, "finalRecipient");
    if (!r->final_recipient.n)
        r->final_recipient = str_printf(cx->arena, "rfc822; %.*s", STR_ARG(x->sender));
    r->original_recipient = one_line(cx->arena, field_of(x->message, "Original-Recipient"));
    r->original_id = one_line(cx->arena, field_of(x->message, "Message-ID"));
    r->references = r->original_id;
    if (!json_tree_true(x->mdn, STR("includeOriginalMessage")))
        return OK;
    r->whole = true;
    r->original = x->message;
    if (end == SIZE_MAX)
        r->whole = false;
    return OK;
}

static enum code send_one(struct ctx *cx, struct jmap_call *call, struct asked *x,
                          struct jmap_set_one *one)
{
    struct submission s = {.peer = call->peer,
                           .who = &call->who->who,
                           .protocol = STR("HTTPS"),
                           .to = &x->to,
                           .count = 1};
    TRY(email_find(cx, call, x, one));
    if (!one->error)
        TRY(receipt_fill(cx, call, x, one));
    if (one->error)
        return OK;
    enum code code = receipt_write(cx, &x->receipt, submission_new_id(cx), &s.message);
    if (code == E_SYNTAX)
        return jmap_set_refuse(one, "invalidProperties", "a text of more than one line");
    TRY(code);
    TRY(submission_send(cx, call->env->submission, &s));
    if (s.fault == SUBMISSION_FROM_HEADER)
        return jmap_set_refuse(one, "forbiddenFrom", s.why);
    if (s.fault == SUBMISSION_LIMIT)
        return jmap_set_refuse(one, "rateLimit", s.why);
    return s.fault ? jmap_set_refuse(one, "forbidden", s.why) : OK;
}

/* What the server made of it (RFC 9007 section 2.1). */
static void put_sent(struct json *j, const struct receipt *r)
{
    json_object(j);
    json_key(j, "finalRecipient");
    json_str(j, r->final_recipient);
    json_key(j, "originalMessageId");
    jmap_put_text(j, r->original_id);
    json_key(j, "originalRecipient");
    jmap_put_text(j, r->original_recipient);
    json_object_end(j);
}

static enum code arguments(struct ctx *cx, struct jmap_call *call, const struct json_tree **send,
                           struct str *sender)
{
    const struct json_tree *identity, *update;
    TRY(jmap_account_open(cx, call));
    if (!call->error)
        TRY(jmap_own_only(cx, call));
    if (call->error)
        return OK;
    if (!call->env->submission)
        return jmap_refuse(call, "serverUnavailable", "nothing is sent from here");
    if (!jmap_arg(call, STR("send"), TREE_OBJECT, send) || !*send ||
        !jmap_arg(call, STR("identityId"), TREE_STRING, &identity) || !identity ||
        !jmap_arg(call, STR("onSuccessUpdateEmail"), TREE_OBJECT, &update))
        return jmap_refuse(call, "invalidArguments", "send, identityId or onSuccessUpdateEmail");
    if ((*send)->count > MDN_SENDS_MAX)
        return jmap_refuse(call, "requestTooLarge", "too many at once");
    enum code code = jmap_identity_sender(cx, call, identity->text, sender);
    return code == E_NOT_FOUND ? jmap_refuse(call, "invalidArguments", "identityId") : code;
}

/* onSuccessUpdateEmail: by "#" and the creation id; becomes an Email/set behind the answer. */
static void follow(struct ctx *cx, struct jmap_call *call, const struct json_tree *send,
                   const struct jmap_set_one *ones)
{
    static const struct json_tree empty = {.kind = TREE_OBJECT};
    const struct json_tree *wanted, *updates = &empty, *args = &empty;
    (void)jmap_arg(call, STR("onSuccessUpdateEmail"), TREE_OBJECT, &wanted);
    for (size_t i = 0; wanted && i < wanted->count; i++)
        for (size_t k = 0; k < send->count; k++)
            if (!ones[k].error && str_starts(wanted->names[i], STR("#")) &&
                str_eq(str_from(wanted->names[i], 1), send->names[k]))
                updates = jmap_tree_with(cx, updates, text_of(&send->values[k], "forEmailId"),
                                         &wanted->values[i]);
    if (!updates->count)
        return;
    const struct json_tree account = {.kind = TREE_STRING,
                                      .text = jmap_account_id(cx->arena, call->account)};
    args = jmap_tree_with(cx, args, STR("accountId"), &account);
    jmap_then(call, STR("Email/set"), jmap_tree_with(cx, args, STR("update"), updates));
}

enum code jmap_mdn_send(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *send;
    struct json *j = &call->out;
    struct str sender;
    TRY(arguments(cx, call, &send, &sender));
    if (call->error)
        return OK;
    struct asked *all = ARENA_ARRAY(cx->arena, send->count + 1, struct asked);
    struct jmap_set_one *ones = ARENA_ARRAY(cx->arena, send->count + 1, struct jmap_set_one);
    for (size_t i = 0; i < send->count; i++) {
        all[i].mdn = &send->values[i];
        all[i].sender = sender;
        jmap_set_fail(cx, &ones[i], send_one(cx, call, &all[i], &ones[i]));
    }
    json_key(j, "accountId");
    json_str(j, jmap_account_id(cx->arena, call->account));
    json_key(j, "sent");
    json_object(j);
    for (size_t i = 0; i < send->count; i++)
        if (!ones[i].error) {
            jmap_key(j, send->names[i]);
            put_sent(j, &all[i].receipt);
        }
    json_object_end(j);
    json_key(j, "notSent");
    json_object(j);
    for (size_t i = 0; i < send->count; i++)
        if (ones[i].error) {
            jmap_key(j, send->names[i]);
            jmap_set_error_put(j, &ones[i]);
        }
    json_object_end(j);
    follow(cx, call, send, ones);
    return OK;
}

static void put_text(struct json *j, const char *name, struct str value)
{
    json_key(j, name);
    jmap_put_text(j, value);
}

static void put_receipt(struct json *j, const struct receipt *r)
{
    json_object(j);
    json_key(j, "forEmailId");
    json_null(j);
    put_text(j, "subject", r->subject);
    put_text(j, "textBody", r->text);
    json_key(j, "includeOriginalMessage");
    json_bool(j, r->original.n > 0);
    put_text(j, "reportingUA", r->reporting_ua);
    put_text(j, "mdnGateway", r->gateway);
    put_text(j, "originalRecipient", r->original_recipient);
    put_text(j, "finalRecipient", r->final_recipient);
    put_text(j, "originalMessageId", r->original_id);
    put_text(j, "error", r->error);
    json_key(j, "disposition");
    json_object(j);
    put_text(j, "actionMode", r->action);
    put_text(j, "sendingMode", r->sending);
    put_text(j, "type", r->type);
    json_object_end(j);
    json_key(j, "extensionFields");
    json_object(j);
    for (size_t i = 0; i < r->more_count; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |= str_eq(r->more[k].name, r->more[i].name);
        if (again)
            continue;
        jmap_key(j, r->more[i].name);
        json_str(j, r->more[i].value);
    }
    json_object_end(j);
    json_object_end(j);
}

static void put_ids(struct json *j, const char *name, const struct json_tree *ids,
                    const enum code *codes, enum code which)
{
    json_key(j, name);
    json_array(j);
    for (size_t i = 0; i < ids->count; i++)
        if (codes[i] == which)
            json_str(j, ids->values[i].text);
    json_array_end(j);
}

static enum code parse_one(struct ctx *cx, struct jmap_call *call, struct str id,
                           struct receipt *out)
{
    struct jmap_blob blob;
    TRY(jmap_blob_find(cx, call, id, &blob));
    struct str bytes = rope_flatten(&blob.bytes, cx->arena);
    rope_drop(&blob.bytes);
    return receipt_read(cx, bytes, out);
}

enum code jmap_mdn_parse(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *ids;
    struct json *j = &call->out;
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("blobIds"), TREE_ARRAY, &ids) || !ids)
        return jmap_refuse(call, "invalidArguments", "blobIds");
    if (ids->count > MDN_BLOBS_MAX)
        return jmap_refuse(call, "requestTooLarge", "too many at once");
    enum code *codes = ARENA_ARRAY(cx->arena, ids->count + 1, enum code);
    json_key(j, "accountId");
    json_str(j, jmap_account_id(cx->arena, call->account));
    json_key(j, "parsed");
    json_object(j);
    for (size_t i = 0; i < ids->count; i++) {
        struct receipt r;
        codes[i] = parse_one(cx, call, ids->values[i].text, &r);
        if (codes[i] != OK && codes[i] != E_NOT_FOUND && codes[i] != E_SYNTAX)
            return codes[i];
        if (codes[i] == OK) {
            jmap_key(j, ids->values[i].text);
            put_receipt(j, &r);
        }
    }
    json_object_end(j);
    put_ids(j, "notParsable", ids, codes, E_SYNTAX);
    put_ids(j, "notFound", ids, codes, E_NOT_FOUND);
    return OK;
}
