/* Blob/upload (RFC 9404 section 4.1): blobs put together from texts, base64 and ranges of others.
 */
#include "core/upload/upload.h"
#include "format/base64.h"
#include "format/digest/digest.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/set/copy.h"
#include "proto/jmap/transfer/data.h"
#include "proto/jmap/transfer/transfer.h"

/* One that was uploaded, as it is told. */
struct told {
    struct str id;
    struct upload upload;
};

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct told *t = ARENA_NEW(cx->arena, struct told);
    uint64_t number;
    if (!jmap_upload_of(id, &number))
        return fail(cx, E_NOT_FOUND, "no upload");
    TRY(upload_get(cx, call->env->core, call->account, call->who->who.id, number, &t->upload));
    t->id = id;
    *object = t;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct told *t = object;
    (void)cx, (void)call;
    json_str(j, t->id);
    return OK;
}

static enum code put_type(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct told *t = object;
    (void)cx, (void)call;
    json_str(j, t->upload.type);
    return OK;
}

static enum code put_size(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct told *t = object;
    (void)cx, (void)call;
    json_u64(j, t->upload.size);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("type"), true, put_type},
    {STR("size"), true, put_size},
};

const struct jmap_type jmap_blob_type = {
    .properties = properties, .count = sizeof properties / sizeof *properties, .find = find};

struct making {
    struct ctx *cx, *outer;
    struct jmap_call *call;
    struct jmap_set_one *x;
    struct rope bytes;
};

static enum code refuse(struct making *m, const char *why)
{
    return jmap_set_invalid(m->outer, m->x, STR("data"), why);
}

/* An offset or a length: absent and null are the whole. */
static bool number_of(const struct json_tree *source, struct str name, uint64_t *out)
{
    const struct json_tree *v = json_tree_member(source, name);
    if (!v || v->kind == TREE_NULL)
        return true;
    *out = (uint64_t)v->integer;
    return v->kind == TREE_INTEGER && v->integer >= 0;
}

/* A range that reaches past the end is none (section 4.1). */
static enum code add_range(struct making *m, const struct json_tree *source, struct jmap_blob *b)
{
    uint64_t offset = 0, length = UINT64_MAX, size = b->bytes.bytes;
    if (!number_of(source, STR("offset"), &offset) || !number_of(source, STR("length"), &length) ||
        offset > size || (length != UINT64_MAX && length > size - offset))
        return refuse(m, "a range that is not there");
    struct str whole = rope_flatten(&b->bytes, m->cx->arena);
    rope_ref(&m->bytes, str_sub(whole, (size_t)offset, length > size ? SIZE_MAX : (size_t)length));
    return OK;
}

static enum code add_blob(struct making *m, const struct json_tree *source, struct str id)
{
    struct jmap_blob b;
    if (!jmap_created(m->call, id, &id)) {
        m->x->again = true; /* it may be made by this very call */
        return jmap_set_refuse(m->x, "blobNotFound", NULL);
    }
    enum code code = jmap_blob_find(m->cx, m->call, id, &b);
    if (code == E_NOT_FOUND)
        return jmap_set_refuse(m->x, "blobNotFound", NULL);
    TRY(code);
    code = add_range(m, source, &b);
    rope_drop(&b.bytes);
    return code;
}

static enum code add_source(struct making *m, const struct json_tree *source)
{
    const struct json_tree *text = json_tree_member(source, STR("data:asText"));
    const struct json_tree *coded = json_tree_member(source, STR("data:asBase64"));
    const struct json_tree *id = json_tree_member(source, STR("blobId"));
    int kinds = json_tree_is(text, TREE_STRING) + json_tree_is(coded, TREE_STRING) +
                json_tree_is(id, TREE_STRING);
    struct str bytes;
    if (kinds != 1)
        return refuse(m, "a source is a text, base64 or a blob");
    if (json_tree_is(id, TREE_STRING))
        return add_blob(m, source, id->text);
    if (json_tree_is(text, TREE_STRING))
        bytes = text->text;
    else if (base64_decode_strict(m->cx, coded->text, &bytes) != OK)
        return refuse(m, "not base64");
    rope_ref(&m->bytes, bytes);
    return OK;
}

static enum code gather(struct making *m)
{
    const struct json_tree *data = json_tree_member(m->x->values, STR("data"));
    if (!json_tree_is(data, TREE_ARRAY) || data->count > JMAP_SOURCES_MAX)
        return refuse(m, "a list of at most maxDataSources");
    for (size_t i = 0; i < data->count && !m->x->error; i++) {
        TRY(add_source(m, &data->values[i]));
        if (m->bytes.bytes > JMAP_UPLOAD_MAX)
            return jmap_set_refuse(m->x, "tooLarge", "more than maxSizeBlobSet");
    }
    return OK;
}

static enum code make(struct making *m)
{
    struct str type = json_tree_text(m->x->values, STR("type"));
    struct upload made;
    TRY(gather(m));
    if (m->x->error)
        return OK;
    enum code code = jmap_upload_bytes(m->cx, m->call, rope_flatten(&m->bytes, m->cx->arena),
                                       jmap_media_type(m->cx->arena, type), &made);
    if (code == OK)
        m->x->id = jmap_upload_id(m->outer->arena, &made);
    return code;
}

static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    inner.arena = scratch;
    struct making m = {&inner, cx, call, x, rope_of(scratch)};
    enum code code = make(&m);
    cx->err = inner.err;
    return code;
}

static const struct jmap_settable settable[] = {
    {STR("data"), JMAP_ONCE, JMAP_IS_LIST},
    {STR("type"), JMAP_ONCE, JMAP_IS_TEXT | JMAP_IS_NULL},
};
static const struct str told[] = {STR("type"), STR("size")};

static const struct jmap_setter setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .create = create,
    .told = told,
    .told_count = sizeof told / sizeof *told,
    .stateless = true,
};

enum code jmap_blob_upload(struct ctx *cx, struct jmap_call *call)
{
    return jmap_create(cx, call, STR("create"), &setter);
}

void jmap_blob_capability(struct json *j)
{
    static const char *const types[] = {"Mailbox", "Thread", "Email"};
    json_object(j);
    json_key(j, "maxSizeBlobSet");
    json_u64(j, JMAP_UPLOAD_MAX);
    json_key(j, "maxDataSources");
    json_u64(j, JMAP_SOURCES_MAX);
    json_key(j, "supportedTypeNames");
    json_array(j);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        json_str(j, str_z(types[i]));
    json_array_end(j);
    json_key(j, "supportedDigestAlgorithms");
    json_array(j);
    for (size_t i = 0; digest_name(i).n; i++)
        json_str(j, digest_name(i));
    json_array_end(j);
    json_object_end(j);
}
