/* What goes back: status, fields and the body, and failures as problem+json. */
#include "format/date.h"
#include "format/json.h"
#include "proto/http/session.h"

enum { PROBLEM_MAX = 1024, HEAD_BYTES_MAX = 16 * 1024 };

static const unsigned statuses[CODE_COUNT] = {
    [OK] = 200,       [E_SYNTAX] = 400,  [E_LIMIT] = 413,       [E_NOT_FOUND] = 404,
    [E_EXISTS] = 409, [E_DENIED] = 403,  [E_CONFLICT] = 409,    [E_BUSY] = 503,
    [E_IO] = 500,     [E_CORRUPT] = 500, [E_UNSUPPORTED] = 501,
};

unsigned http_status_of(enum code code)
{
    return statuses[code];
}

static const struct {
    unsigned status;
    const char *reason;
} reasons[] = {
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {303, "See Other"},
    {304, "Not Modified"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

const char *http_reason(unsigned status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

bool http_field_of(const struct http_request *q, struct str name, struct str *out)
{
    for (size_t i = 0; i < q->field_count; i++)
        if (str_ieq(q->fields[i].name, name)) {
            *out = q->fields[i].value;
            return true;
        }
    return false;
}

void http_answer_field(struct http_response *a, struct str name, struct str value)
{
    must(a->field_count < HTTP_ANSWER_FIELDS_MAX);
    for (size_t i = 0; i < value.n; i++)
        must(value.p[i] != '\r' && value.p[i] != '\n' && value.p[i] != 0);
    a->fields[a->field_count++] = (struct http_field){name, value};
}

void http_answer_text(struct http_response *a, struct str type, struct str text)
{
    a->type = type;
    rope_ref(&a->body, text);
}

void http_answer_fault(struct ctx *cx, struct http_response *a, unsigned status, const char *why)
{
    struct buf text = buf_of(cx->arena, PROBLEM_MAX);
    struct json j = json_to(&text);
    json_object(&j);
    json_key(&j, "type");
    json_str(&j, STR("about:blank"));
    json_key(&j, "title");
    json_str(&j, str_z(http_reason(status)));
    json_key(&j, "status");
    json_u64(&j, status);
    if (why) {
        json_key(&j, "detail");
        json_str(&j, str_z(why));
    }
    json_object_end(&j);
    buf_add(&text, STR("\r\n"));
    a->status = status;
    http_answer_text(a, STR("application/problem+json"), buf_str(&text));
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
}

/* 101, 204 and 304 have no body, and say no length (RFC 9110 section 8.6). */
static bool has_body(unsigned status)
{
    return status != 101 && status != 204 && status != 304;
}

static struct str date_text(struct arena *arena, int64_t now_ms)
{
    struct buf b = buf_of(arena, 64);
    date_put_http(&b, now_ms);
    return buf_str(&b);
}

size_t http_answer_fields(struct arena *arena, const struct http_env *e,
                          const struct http_response *a, int64_t now_ms, bool secure,
                          struct http_field *out)
{
    size_t n = 0;
    out[n++] = (struct http_field){STR("Date"), date_text(arena, now_ms)};
    if (has_body(a->status) && !a->live)
        out[n++] =
            (struct http_field){STR("Content-Length"), str_printf(arena, "%zu", a->body.bytes)};
    if (a->type.n)
        out[n++] = (struct http_field){STR("Content-Type"), a->type};
    for (size_t i = 0; i < a->field_count; i++)
        out[n++] = a->fields[i];
    out[n++] = (struct http_field){STR("X-Content-Type-Options"), STR("nosniff")};
    if (secure && e->limits.hsts_s)
        out[n++] = (struct http_field){STR("Strict-Transport-Security"),
                                       str_printf(arena, "max-age=%u", e->limits.hsts_s)};
    return n;
}

void http_answer_write(const struct http_env *e, struct http_response *a, int64_t now_ms,
                       bool secure, bool bare, struct reply *r)
{
    struct http_field fields[HTTP_WRITTEN_FIELDS_MAX];
    size_t count = http_answer_fields(r->out.arena, e, a, now_ms, secure, fields);
    struct buf b = buf_of(r->out.arena, HEAD_BYTES_MAX);
    buf_printf(&b, "HTTP/1.1 %u %s\r\n", a->status, http_reason(a->status));
    for (size_t i = 0; i < count; i++)
        buf_printf(&b, "%.*s: %.*s\r\n", STR_ARG(fields[i].name), STR_ARG(fields[i].value));
    bool says_close = a->close && a->status != 101;
    buf_add(&b, says_close ? STR("Connection: close\r\n\r\n") : STR("\r\n"));
    must(!b.overflow);
    rope_ref(&r->out, buf_str(&b));
    if (bare || !has_body(a->status))
        rope_drop(&a->body);
    else
        rope_join(&r->out, &a->body);
    r->close = a->close && !a->live;
    r->delay_ms = a->delay_ms;
}
