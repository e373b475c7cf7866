/* Downloads: GET /jmap/download/A3e9/B1f-2/report.pdf?accept=application/pdf (RFC 8620 section
   6.2). What comes out of mail is hostile: whatever its type, it is a file to be saved, and opened
   from our origin all the same it runs nothing, fetches nothing and belongs to no origin. */
#include "base/metric.h"
#include "format/uri/percent.h"
#include "proto/http/entity.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/transfer/transfer.h"
#include "service/requests.h"

static bool is_token(char c)
{
    return c > ' ' && c <= '~' && str_chr(STR("()<>@,;:\\\"/[]?="), c) == SIZE_MAX;
}

static bool is_value(char c)
{
    return c == '"' || is_token(c);
}

/* "; charset=utf-8"; no other parameter means anything to who saves a file. */
static bool take_charset(struct cur *c, struct str *out)
{
    cur_blanks(c);
    if (!cur_char(c, ';'))
        return false;
    cur_blanks(c);
    if (!cur_word(c, STR("charset=")))
        return false;
    *out = cur_while(c, is_value);
    return out->n > 0;
}

struct str jmap_media_type(struct arena *a, struct str type)
{
    struct cur c = cur_of(type);
    struct str main = cur_while(&c, is_token), charset;
    bool slash = cur_char(&c, '/');
    struct str sub = cur_while(&c, is_token);
    bool good = main.n && slash && sub.n && type.n <= JMAP_TYPE_MAX;
    if (!good)
        return STR("application/octet-stream");
    if (take_charset(&c, &charset) && str_ieq(main, STR("text")))
        return str_printf(a, "%.*s/%.*s; charset=%.*s", STR_ARG(str_lower(a, main)),
                          STR_ARG(str_lower(a, sub)), STR_ARG(charset));
    return str_printf(a, "%.*s/%.*s", STR_ARG(str_lower(a, main)), STR_ARG(str_lower(a, sub)));
}

static bool is_plain(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '.' || c == '-' || c == '_' || c == ' ';
}

static bool is_unreserved(char c)
{
    return is_plain(c) && c != ' ';
}

struct str jmap_disposition(struct arena *a, struct str name)
{
    struct buf b = buf_of(a, 4096);
    bool whole = true;
    buf_add(&b, STR("attachment"));
    if (!name.n)
        return buf_str(&b);
    buf_add(&b, STR("; filename=\""));
    for (size_t i = 0; i < name.n; i++) {
        whole &= is_plain(name.p[i]);
        buf_byte(&b, is_plain(name.p[i]) ? name.p[i] : '_');
    }
    buf_byte(&b, '"');
    if (!whole)
        buf_add(&b, STR("; filename*=UTF-8''"));
    for (size_t i = 0; !whole && i < name.n; i++) {
        if (is_unreserved(name.p[i]))
            buf_byte(&b, name.p[i]);
        else
            buf_printf(&b, "%%%02X", (unsigned)(unsigned char)name.p[i]);
    }
    return buf_str(&b);
}

/* A path of three parts. */
static bool parts_of(struct str rest, struct str *account, struct str *blob, struct str *name)
{
    struct cur c = cur_of(rest);
    if (!cur_until(&c, '/', account) || !cur_until(&c, '/', blob))
        return false;
    *name = c.rest;
    return str_chr(c.rest, '/') == SIZE_MAX;
}

static void release(void *held)
{
    rope_drop(held);
}

/* The answer points into the blob, and gives it back when all of it has gone out. */
static void hold(struct ctx *cx, struct jmap_blob *blob, struct rope *body)
{
    if (!body->bytes) {
        rope_drop(&blob->bytes);
        return;
    }
    struct rope *held = ARENA_NEW(cx->arena, struct rope);
    *held = blob->bytes;
    rope_own(body, (struct str){0}, release, held);
}

static struct str bytes_of(struct ctx *cx, const struct jmap_blob *blob)
{
    struct str bytes = blob->bytes.first ? blob->bytes.first->bytes : (struct str){0};
    return bytes.n == blob->bytes.bytes ? bytes : rope_flatten(&blob->bytes, cx->arena);
}

void jmap_answer_harmless(struct http_response *a)
{
    http_answer_field(a, STR("Content-Security-Policy"),
                      STR("sandbox; default-src 'none'; frame-ancestors 'self'"));
    http_answer_field(a, STR("Cross-Origin-Resource-Policy"), STR("same-origin"));
}

static enum code answer(struct ctx *cx, struct jmap_call *call, const struct http_request *q,
                        struct http_response *a)
{
    struct str account, id, raw, name, type = {0};
    struct jmap_blob blob;
    if (!parts_of(q->rest, &account, &id, &raw) || !percent_decode(cx->arena, raw, &name) ||
        name.n > JMAP_NAME_MAX)
        return fail(cx, E_NOT_FOUND, "not a path of a file");
    TRY(jmap_account_enter(cx, call, account));
    TRY(jmap_blob_find(cx, call, id, &blob));
    if (!percent_query(cx->arena, q->query, STR("accept"), &type))
        type = blob.type;
    struct http_entity e = {.type = jmap_media_type(cx->arena, type),
                            .tag = str_printf(cx->arena, "%.*s-%zu", STR_ARG(id), blob.bytes.bytes),
                            .cache = STR("private, immutable, max-age=31536000")};
    e.bytes[HTTP_IDENTITY] = bytes_of(cx, &blob);
    http_answer_field(a, STR("Content-Disposition"), jmap_disposition(cx->arena, name));
    jmap_answer_harmless(a);
    http_answer_entity(cx, q, &e, a);
    hold(cx, &blob, &a->body);
    metric_add(call->env->downloads, 1);
    return OK;
}

enum code jmap_download(struct ctx *cx, void *self, const struct http_request *q,
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
