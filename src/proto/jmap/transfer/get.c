/* Blob/get and Blob/lookup (RFC 9404 sections 4.2 and 4.3), Blob/copy (RFC 8620 section 6.3). */
#include "core/objectid/objectid.h"
#include "core/upload/upload.h"
#include "format/base64.h"
#include "format/digest/digest.h"
#include "format/utf8.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/email/email.h"
#include "proto/jmap/set/set.h"
#include "proto/jmap/transfer/data.h"
#include "proto/jmap/transfer/transfer.h"

/* What a Blob/get asks for. */
struct asked {
    bool data, text, coded, size;
    struct str digests[JMAP_DIGESTS_MAX];
    size_t digest_count;
    uint64_t offset, length;
};

static bool take_property(struct arena *a, struct str name, struct asked *out)
{
    struct str digest = str_from(name, 7), sum;
    if (str_eq(name, STR("data")))
        out->data = true;
    else if (str_eq(name, STR("data:asText")))
        out->text = true;
    else if (str_eq(name, STR("data:asBase64")))
        out->coded = true;
    else if (str_eq(name, STR("size")))
        out->size = true;
    else if (!str_eq(name, STR("id"))) {
        if (!str_starts(name, STR("digest:")) || out->digest_count == JMAP_DIGESTS_MAX ||
            !digest_of(a, digest, (struct str){0}, &sum))
            return false;
        out->digests[out->digest_count++] = digest;
    }
    return true;
}

static bool range_of(const struct jmap_call *call, struct asked *out)
{
    const struct json_tree *offset, *length;
    if (!jmap_arg(call, STR("offset"), TREE_INTEGER, &offset) ||
        !jmap_arg(call, STR("length"), TREE_INTEGER, &length))
        return false;
    out->offset = offset ? (uint64_t)offset->integer : 0;
    out->length = length ? (uint64_t)length->integer : UINT64_MAX;
    return (!offset || offset->integer >= 0) && (!length || length->integer >= 0);
}

static bool asked_of(struct ctx *cx, const struct jmap_call *call, struct asked *out)
{
    const struct json_tree *names;
    *out = (struct asked){0};
    if (!range_of(call, out) || !jmap_arg(call, STR("properties"), TREE_ARRAY, &names))
        return false;
    out->data = out->size = !names;
    for (size_t i = 0; names && i < names->count; i++)
        if (names->values[i].kind != TREE_STRING ||
            !take_property(cx->arena, names->values[i].text, out))
            return false;
    return true;
}

static void put_text(struct json *j, const char *key, struct str text)
{
    json_key(j, key);
    json_str(j, text);
}

/* data: a text if it is one, else base64, and it is told. */
static void put_data(struct arena *a, struct json *j, const struct asked *ask, struct str bytes)
{
    bool valid = utf8_valid(bytes);
    if (ask->text || (ask->data && valid)) {
        if (valid) {
            put_text(j, "data:asText", bytes);
        } else {
            json_key(j, "data:asText");
            json_null(j);
        }
    }
    if (ask->coded || (ask->data && !valid))
        put_text(j, "data:asBase64", base64_encode(a, bytes));
    if ((ask->text || ask->data) && !valid) {
        json_key(j, "isEncodingProblem");
        json_bool(j, true);
    }
}

static void put_blob(struct ctx *cx, struct json *j, const struct asked *ask, struct str id,
                     struct str whole)
{
    size_t size = whole.n, left = ask->offset < size ? size - (size_t)ask->offset : 0;
    struct str bytes = ask->offset < size ? str_from(whole, (size_t)ask->offset) : (struct str){0};
    struct str sum;
    bool cut = ask->offset > size || (ask->length != UINT64_MAX && ask->length > left);
    if (ask->length < left)
        bytes.n = (size_t)ask->length;
    json_object(j);
    put_text(j, "id", id);
    put_data(cx->arena, j, ask, bytes);
    for (size_t i = 0; i < ask->digest_count; i++) {
        must(digest_of(cx->arena, ask->digests[i], bytes, &sum));
        jmap_key(j, str_printf(cx->arena, "digest:%.*s", STR_ARG(ask->digests[i])));
        json_str(j, base64_encode(cx->arena, sum));
    }
    if (cut) {
        json_key(j, "isTruncated");
        json_bool(j, true);
    }
    if (ask->size) {
        json_key(j, "size");
        json_u64(j, size);
    }
    json_object_end(j);
}

/* "ids": texts, "#id" replaced; refuses. */
static enum code ids_of(struct ctx *cx, struct jmap_call *call, struct str name, struct str **out,
                        size_t *count)
{
    const struct json_tree *list;
    if (!jmap_arg(call, name, TREE_ARRAY, &list) || !list)
        return jmap_refuse(call, "invalidArguments", "ids are missing");
    if (list->count > JMAP_BLOB_IDS_MAX)
        return jmap_refuse(call, "requestTooLarge", "too many ids");
    struct str *all = ARENA_ARRAY(cx->arena, list->count + 1, struct str);
    for (size_t i = 0; i < list->count; i++) {
        all[i] = list->values[i].text;
        if (list->values[i].kind != TREE_STRING)
            return jmap_refuse(call, "invalidArguments", "an id is no text");
        (void)jmap_created(call, all[i], &all[i]);
    }
    *out = all;
    *count = list->count;
    return OK;
}

static void put_missing(struct json *j, const struct str *ids, const bool *found, size_t count)
{
    json_key(j, "notFound");
    json_array(j);
    for (size_t i = 0; i < count; i++)
        if (!found[i])
            json_str(j, ids[i]);
    json_array_end(j);
}

/* Something of each id; memory of one is given back before the next. */
typedef enum code each_fn(struct ctx *cx, struct jmap_call *call, struct str id, void *arg);

static enum code each(struct ctx *cx, struct jmap_call *call, const struct str *ids, size_t count,
                      each_fn *fn, void *arg)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    bool *found = ARENA_ARRAY(cx->arena, count + 1, bool);
    inner.arena = scratch;
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_key(&call->out, "list");
    json_array(&call->out);
    for (size_t i = 0; i < count; i++) {
        enum code code = fn(&inner, call, ids[i], arg);
        arena_reset(scratch);
        cx->err = inner.err;
        found[i] = code == OK;
        if (code != E_NOT_FOUND)
            TRY(code);
        if (call->out.out->overflow)
            return fail(cx, E_LIMIT, "more than an answer holds");
    }
    json_array_end(&call->out);
    put_missing(&call->out, ids, found, count);
    return OK;
}

static enum code get_one(struct ctx *cx, struct jmap_call *call, struct str id, void *arg)
{
    struct jmap_blob b;
    TRY(jmap_blob_find(cx, call, id, &b));
    bool one = b.bytes.first && b.bytes.first->bytes.n == b.bytes.bytes;
    put_blob(cx, &call->out, arg, id,
             one ? b.bytes.first->bytes : rope_flatten(&b.bytes, cx->arena));
    rope_drop(&b.bytes);
    return OK;
}

enum code jmap_blob_get(struct ctx *cx, struct jmap_call *call)
{
    struct asked asked;
    struct str *ids = NULL;
    size_t count = 0;
    TRY(jmap_account_open(cx, call));
    if (!call->error && !asked_of(cx, call, &asked))
        return jmap_refuse(call, "invalidArguments", "properties, offset, length");
    if (!call->error)
        TRY(ids_of(cx, call, STR("ids"), &ids, &count));
    return call->error ? OK : each(cx, call, ids, count, get_one, &asked);
}

/* Which types are asked for. */
struct types {
    bool mailbox, thread, email;
};

static void put_match(struct json *j, bool wanted, const char *type, struct str id)
{
    if (!wanted)
        return;
    json_key(j, type);
    json_array(j);
    if (id.n)
        json_str(j, id);
    json_array_end(j);
}

/* What is made of a blob: the email that it is, or is a part of. An upload is of nothing yet. */
static enum code lookup_one(struct ctx *cx, struct jmap_call *call, struct str id, void *arg)
{
    const struct types *t = arg;
    struct jmap_email e;
    struct str email = {0}, thread = {0}, mailbox = {0};
    struct jmap_blob b;
    item_id item;
    uint32_t part;
    TRY(jmap_blob_find(cx, call, id, &b));
    rope_drop(&b.bytes);
    if (jmap_blob_of(id, &item, &part)) {
        TRY(jmap_email_load(cx, call, item, &e));
        email = jmap_email_id(cx->arena, item);
        thread = objectid_thread(cx->arena, &e.row);
        mailbox = objectid_mailbox(cx->arena, call->account, e.folder);
    }
    json_object(&call->out);
    put_text(&call->out, "id", id);
    json_key(&call->out, "matchedIds");
    json_object(&call->out);
    put_match(&call->out, t->mailbox, "Mailbox", mailbox);
    put_match(&call->out, t->thread, "Thread", thread);
    put_match(&call->out, t->email, "Email", email);
    json_object_end(&call->out);
    json_object_end(&call->out);
    return OK;
}

static bool types_of(const struct json_tree *names, struct types *out)
{
    *out = (struct types){0};
    for (size_t i = 0; i < names->count; i++) {
        struct str name = names->values[i].text;
        bool mailbox = str_eq(name, STR("Mailbox")), thread = str_eq(name, STR("Thread"));
        bool email = str_eq(name, STR("Email"));
        if (!mailbox && !thread && !email)
            return false;
        out->mailbox |= mailbox;
        out->thread |= thread;
        out->email |= email;
    }
    return true;
}

enum code jmap_blob_lookup(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *names;
    struct types types;
    struct str *ids = NULL;
    size_t count = 0;
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("typeNames"), TREE_ARRAY, &names) || !names)
        return jmap_refuse(call, "invalidArguments", "typeNames are missing");
    if (!types_of(names, &types))
        return jmap_refuse(call, "unknownDataType", NULL);
    TRY(ids_of(cx, call, STR("ids"), &ids, &count));
    return call->error ? OK : each(cx, call, ids, count, lookup_one, &types);
}

struct copied {
    struct str id;
    const char *error;
};

static enum code copy_one(struct ctx *cx, struct jmap_call *from, struct jmap_call *to,
                          struct str id, struct copied *out)
{
    struct jmap_blob b;
    struct upload made;
    TRY(jmap_blob_find(cx, from, id, &b));
    struct str bytes = rope_flatten(&b.bytes, cx->arena);
    rope_drop(&b.bytes);
    TRY(jmap_upload_bytes(cx, to, bytes, jmap_media_type(cx->arena, b.type), &made));
    out->id = jmap_upload_id(to->arena, &made);
    return OK;
}

static void put_copied(struct jmap_call *call, const struct str *ids, const struct copied *all,
                       size_t count, bool done)
{
    struct json *j = &call->out;
    bool any = false;
    for (size_t i = 0; i < count; i++)
        any |= !all[i].error == done;
    json_key(j, done ? "copied" : "notCopied");
    if (!any) {
        json_null(j);
        return;
    }
    json_object(j);
    for (size_t i = 0; i < count; i++) {
        if (!all[i].error != done)
            continue;
        jmap_key(j, ids[i]);
        if (done)
            json_str(j, all[i].id);
        else
            jmap_set_error_put(j, &(struct jmap_set_one){.error = all[i].error});
    }
    json_object_end(j);
}

static enum code copy_all(struct ctx *cx, struct jmap_call *from, struct jmap_call *call)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    struct str *ids = NULL;
    size_t count = 0;
    inner.arena = scratch;
    TRY(ids_of(cx, call, STR("blobIds"), &ids, &count));
    if (call->error)
        return OK;
    struct copied *all = ARENA_ARRAY(cx->arena, count + 1, struct copied);
    for (size_t i = 0; i < count; i++) {
        enum code code = copy_one(&inner, from, call, ids[i], &all[i]);
        arena_reset(scratch);
        cx->err = inner.err;
        all[i].error = code == E_NOT_FOUND ? "notFound"
                       : code == E_DENIED  ? "forbidden"
                       : code == E_LIMIT   ? "overQuota"
                                           : NULL;
        if (!all[i].error)
            TRY(code);
    }
    json_key(&call->out, "fromAccountId");
    json_str(&call->out, jmap_account_id(cx->arena, from->account));
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    put_copied(call, ids, all, count, true);
    put_copied(call, ids, all, count, false);
    return OK;
}

enum code jmap_blob_copy(struct ctx *cx, struct jmap_call *call)
{
    struct jmap_call from = {.env = call->env, .who = call->who, .method = call->method};
    struct str id = json_tree_text(call->args, STR("fromAccountId"));
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    if (!id.n)
        return jmap_refuse(call, "invalidArguments", "fromAccountId is missing");
    enum code code = jmap_account_enter(cx, &from, id);
    if (code == E_NOT_FOUND)
        code = jmap_refuse(call, "fromAccountNotFound", NULL);
    else if (code == OK)
        code = copy_all(cx, &from, call);
    jmap_call_close(&from);
    return code;
}
