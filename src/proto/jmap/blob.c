#include "proto/jmap/blob.h"
#include "core/upload/upload.h"
#include "format/summary.h"
#include "proto/jmap/email/shown.h"
#include "proto/jmap/sieve/sieve.h"
#include "proto/jmap/transfer/transfer.h"

struct str jmap_blob_id(struct arena *a, item_id item, uint32_t part)
{
    if (part == JMAP_BLOB_WHOLE)
        return str_printf(a, "B%llx", (unsigned long long)item);
    return str_printf(a, "B%llx-%x", (unsigned long long)item, part + 1);
}

/* Parts are counted from 1, so that a number has one spelling. */
bool jmap_blob_of(struct str id, item_id *item, uint32_t *part)
{
    struct cur c = cur_of(id);
    uint64_t number = (uint64_t)JMAP_BLOB_WHOLE + 1;
    item_id of;
    if (!cur_char(&c, 'B') || cur_peek(&c) == '0' || !jmap_take_hex(&c, &of))
        return false;
    if (cur_char(&c, '-') &&
        (cur_peek(&c) == '0' || !jmap_take_hex(&c, &number) || number > JMAP_BLOB_WHOLE))
        return false;
    if (!cur_end(&c))
        return false;
    *item = of;
    *part = (uint32_t)(number - 1);
    return true;
}

struct str jmap_flat(struct arena *a, const struct rope *bytes)
{
    if (!bytes->first)
        return (struct str){0};
    return bytes->first->next ? rope_flatten(bytes, a) : bytes->first->bytes;
}

static enum code find_name(struct ctx *cx, struct str summary, uint32_t part, struct str *out)
{
    struct summary_attachment attachment;
    struct str list;
    TRY(summary_get(cx, summary, SUMMARY_ATTACHMENTS, &list));
    struct cur c = cur_of(list);
    *out = (struct str){0};
    while (summary_next_attachment(&c, &attachment))
        if (attachment.part == part)
            *out = attachment.name;
    return OK;
}

static enum code find_part(struct ctx *cx, struct jmap_call *call, const struct item_row *row,
                           uint32_t index, struct jmap_blob *out)
{
    struct summary_part *parts;
    uint32_t count;
    TRY(summary_parts(cx, row->summary, &parts, &count));
    if (index >= count || parts[index].node.kind == MIME_MULTIPART)
        return fail(cx, E_NOT_FOUND, "no such part");
    const struct mime_node *n = &parts[index].node;
    TRY(find_name(cx, row->summary, index, &out->name));
    TRY(item_bytes(cx, call->env->core, row, row->trace.n + n->start + n->header_size, n->body_size,
                   &out->bytes));
    out->type = parts[index].type;
    if (n->encoding != MIME_BASE64 && n->encoding != MIME_QP)
        return OK;
    struct str coded = rope_flatten(&out->bytes, cx->arena);
    rope_drop(&out->bytes);
    rope_ref(&out->bytes, mime_decode(cx->arena, n->encoding, coded, SIZE_MAX));
    return OK;
}

static enum code find_upload(struct ctx *cx, struct jmap_call *call, uint64_t number,
                             struct jmap_blob *out)
{
    struct upload u;
    struct blob *owner;
    struct str bytes;
    TRY(upload_get(cx, call->env->core, call->account, call->who->who.id, number, &u));
    TRY(blob_get(cx, call->env->core->store, &u.blob, 0, SIZE_MAX, &bytes, &owner));
    *out = (struct jmap_blob){.bytes = rope_of(cx->arena), .type = u.type};
    rope_own(&out->bytes, bytes, blob_unref, owner);
    return OK;
}

static enum code find_base(struct ctx *cx, struct jmap_call *call, struct str id,
                           struct jmap_blob *out)
{
    struct jmap_email e;
    item_id item;
    uint32_t part;
    uint64_t number;
    if (jmap_upload_of(id, &number))
        return find_upload(cx, call, number, out);
    if (str_starts(id, STR("V")))
        return jmap_script_blob(cx, call, id, out);
    if (!jmap_blob_of(id, &item, &part))
        return fail(cx, E_NOT_FOUND, "no such blob");
    TRY(jmap_email_load(cx, call, item, &e));
    *out = (struct jmap_blob){.bytes = rope_of(cx->arena), .type = STR("message/rfc822")};
    if (part != JMAP_BLOB_WHOLE)
        return find_part(cx, call, &e.row, part, out);
    return item_bytes(cx, call->env->core, &e.row, 0, e.row.size, &out->bytes);
}

/* "-2" behind an id: false when there is none. */
static bool cut_step(struct str *id, uint32_t *part)
{
    size_t at = str_rchr(*id, '-');
    struct cur c = cur_of(at == SIZE_MAX ? *id : str_from(*id, at + 1));
    uint64_t number;
    if (at == SIZE_MAX || cur_peek(&c) == '0' || !jmap_take_hex(&c, &number) || !cur_end(&c) ||
        number > JMAP_BLOB_WHOLE)
        return false;
    *part = (uint32_t)(number - 1);
    *id = str_sub(*id, 0, at);
    return true;
}

/* A part of the message that a blob is. */
static enum code take_step(struct ctx *cx, struct jmap_blob *blob, uint32_t part)
{
    struct mime *m;
    struct str bytes = rope_flatten(&blob->bytes, cx->arena);
    rope_drop(&blob->bytes);
    TRY(mime_parse(cx, bytes, NULL, &m));
    if (part >= m->count || m->parts[part].node.kind == MIME_MULTIPART)
        return fail(cx, E_NOT_FOUND, "no such part");
    const struct mime_part *p = &m->parts[part];
    rope_ref(&blob->bytes, mime_content(cx->arena, m, part, SIZE_MAX));
    blob->name = mime_name(p);
    blob->type = jmap_part_type(cx->arena, p);
    return OK;
}

enum code jmap_blob_find(struct ctx *cx, struct jmap_call *call, struct str id,
                         struct jmap_blob *out)
{
    uint32_t steps[JMAP_BLOB_STEPS_MAX], part;
    size_t count = 0;
    item_id item;
    uint64_t number;
    while (!str_starts(id, STR("V")) && !jmap_upload_of(id, &number) &&
           !jmap_blob_of(id, &item, &part) && count < JMAP_BLOB_STEPS_MAX &&
           cut_step(&id, &steps[count]))
        count++;
    TRY(find_base(cx, call, id, out));
    while (count)
        TRY(take_step(cx, out, steps[--count]));
    return OK;
}
