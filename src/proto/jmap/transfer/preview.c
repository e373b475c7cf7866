/* What is in a document: GET /jmap/preview/A3e9/B1f-2/page-3. The blob is found as for a download;
   what is made of it comes out of the cage (service/preview). */
#include "service/preview/preview.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/transfer/transfer.h"
#include "service/requests.h"

enum { UNSUPPORTED_MEDIA = 415, UNPROCESSABLE = 422, BUSY = 503 };

/* A path of three parts. */
static bool parts_of(struct str rest, struct str *account, struct str *blob,
                     struct preview_ask *ask)
{
    struct cur c = cur_of(rest);
    return cur_until(&c, '/', account) && cur_until(&c, '/', blob) && preview_ask_of(c.rest, ask);
}

/* What the document is to blame for is told by a status of its own, and who has to wait hears how
   long; all else as everywhere. */
static enum code told(struct http_response *a, enum code code)
{
    if (code != E_UNSUPPORTED && code != E_SYNTAX && code != E_BUSY)
        return code;
    a->status = code == E_BUSY ? BUSY : code == E_SYNTAX ? UNPROCESSABLE : UNSUPPORTED_MEDIA;
    if (code == E_BUSY)
        http_answer_field(a, STR("Retry-After"), STR("1"));
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    return OK;
}

static enum code answer(struct ctx *cx, struct jmap_call *call, const struct http_request *q,
                        struct http_response *a)
{
    struct previews *previews = call->env->previews;
    struct preview_ask ask;
    struct str account, id;
    struct jmap_blob blob;
    struct preview made;
    if (!previews || !parts_of(q->rest, &account, &id, &ask))
        return fail(cx, E_NOT_FOUND, "not a path of a preview");
    TRY(jmap_account_enter(cx, call, account));
    TRY(jmap_blob_find(cx, call, id, &blob));
    enum code code = preview_make(cx, previews, call->who->who.id, &ask,
                                  jmap_flat(cx->arena, &blob.bytes), &made);
    rope_drop(&blob.bytes);
    if (code != OK)
        return told(a, code);
    http_answer_text(a, made.type, made.bytes);
    http_answer_field(a, STR("Content-Disposition"), STR("inline"));
    http_answer_field(a, STR("Cache-Control"), STR("private, immutable, max-age=86400"));
    jmap_answer_harmless(a);
    return OK;
}

enum code jmap_preview(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a)
{
    const struct jmap_env *e = self;
    struct jmap_call call = {.env = e, .who = q->who};
    TRY(requests_begin(cx, e->requests, q->who->who.id));
    enum code code = answer(cx, &call, q, a);
    jmap_call_close(&call);
    requests_end(e->requests, q->who->who.id);
    return code;
}
