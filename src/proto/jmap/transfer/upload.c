/* Uploads: POST /jmap/upload/A3e9/ (RFC 8620 section 6.1). */
#include "core/upload/upload.h"
#include "base/metric.h"
#include "proto/jmap/transfer/transfer.h"
#include "service/requests.h"

enum { ANSWER_MAX = 2048 };

struct str jmap_upload_id(struct arena *a, const struct upload *u)
{
    return str_printf(a, "U%llx", (unsigned long long)u->number);
}

bool jmap_upload_of(struct str id, uint64_t *number)
{
    struct cur c = cur_of(id);
    return cur_char(&c, 'U') && cur_peek(&c) != '0' && jmap_take_hex(&c, number) && cur_end(&c);
}

static enum code add(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct {
        struct upload_new new;
        struct upload made;
    } *x = arg;
    return upload_add(cx, t, &x->new, &x->made);
}

/* Files are for mail: who may add none anywhere in the account has no use for one. */
static bool may_add(const struct jmap_call *call)
{
    for (size_t i = 0; i < account_folder_count(call->folders); i++)
        if (jmap_folder(call, account_folder(call->folders, i)->id, RIGHT_INSERT))
            return true;
    return false;
}

enum code jmap_upload_bytes(struct ctx *cx, struct jmap_call *call, struct str bytes,
                            struct str type, struct upload *out)
{
    struct {
        struct upload_new new;
        struct upload made;
    } x = {.new = {.who = call->who->who.id, .type = type}};
    struct blob_new *blob;
    if (!may_add(call))
        return fail(cx, E_DENIED, "nothing may be added to that account");
    TRY(blob_prepare(cx, call->env->core->store, bytes, &blob));
    x.new.blob = blob;
    TRY(account_update(cx, call->env->core, call->account, add, &x));
    metric_add(call->env->uploads, 1);
    *out = x.made;
    return OK;
}

/* RFC 8620 section 3.6.1, as for requests of the API. */
static void put_limit(struct ctx *cx, struct http_response *a, unsigned status, const char *limit)
{
    a->status = status;
    http_answer_text(a, STR("application/problem+json"),
                     str_printf(cx->arena,
                                "{\"type\":\"urn:ietf:params:jmap:error:limit\",\"status\":%u,"
                                "\"limit\":\"%s\"}\r\n",
                                status, limit));
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
}

static void put_made(struct ctx *cx, const struct jmap_call *call, const struct upload *u,
                     struct http_response *a)
{
    struct buf text = buf_of(cx->arena, ANSWER_MAX);
    struct json j = json_to(&text);
    json_object(&j);
    json_key(&j, "accountId");
    json_str(&j, jmap_account_id(cx->arena, call->account));
    json_key(&j, "blobId");
    json_str(&j, jmap_upload_id(cx->arena, u));
    json_key(&j, "type");
    json_str(&j, u->type);
    json_key(&j, "size");
    json_u64(&j, u->size);
    json_object_end(&j);
    buf_add(&text, STR("\r\n"));
    a->status = 201;
    http_answer_text(a, STR("application/json"), buf_str(&text));
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
}

static enum code take(struct ctx *cx, struct jmap_call *call, const struct http_request *q,
                      struct http_response *a)
{
    struct str id = q->rest, type = {0};
    struct upload made;
    if (str_ends(id, STR("/")))
        id.n--;
    TRY(jmap_account_enter(cx, call, id));
    (void)http_field_of(q, STR("Content-Type"), &type);
    enum code code = jmap_upload_bytes(cx, call, q->body, jmap_media_type(cx->arena, type), &made);
    if (code == E_LIMIT) {
        put_limit(cx, a, 429, "uploads");
        return OK;
    }
    TRY(code);
    put_made(cx, call, &made, a);
    return OK;
}

enum code jmap_upload(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a)
{
    const struct jmap_env *e = self;
    struct jmap_call call = {.env = e, .who = q->who};
    if (requests_begin(cx, e->requests, q->who->who.id) != OK) {
        put_limit(cx, a, 400, "maxConcurrentUpload");
        return OK;
    }
    enum code code = take(cx, &call, q, a);
    jmap_call_close(&call);
    requests_end(e->requests, q->who->who.id);
    return code;
}
