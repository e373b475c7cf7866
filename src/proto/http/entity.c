#include "proto/http/entity.h"
#include "base/arena.h"
#include "base/cur.h"

static const struct {
    struct str name, suffix;
} codings[HTTP_CODINGS] = {
    [HTTP_IDENTITY] = {STR("identity"), STR("")},
    [HTTP_BROTLI] = {STR("br"), STR("-br")},
    [HTTP_ZSTD] = {STR("zstd"), STR("-zst")},
    [HTTP_GZIP] = {STR("gzip"), STR("-gz")},
};

/* One element of a comma list, trimmed. */
static bool next_of(struct cur *c, struct str *out)
{
    if (cur_end(c))
        return false;
    if (!cur_until(c, ',', out)) {
        *out = c->rest;
        c->rest = (struct str){0};
    }
    *out = str_trim(*out);
    return true;
}

/* "q=0", "q=0.000": not this one. */
static bool is_refused(struct str weight)
{
    struct cur c = cur_of(str_trim(weight));
    if (!cur_word(&c, STR("q=0")))
        return false;
    for (; !cur_end(&c); c.rest = str_from(c.rest, 1))
        if (cur_peek(&c) != '.' && cur_peek(&c) != '0')
            return false;
    return true;
}

static bool is_taken(struct str list, struct str coding)
{
    struct cur c = cur_of(list);
    struct str one;
    while (next_of(&c, &one)) {
        size_t end = str_chr(one, ';');
        struct str name = str_trim(str_sub(one, 0, end));
        if (str_ieq(name, coding) && (end == SIZE_MAX || !is_refused(str_from(one, end + 1))))
            return true;
    }
    return false;
}

enum http_coding http_coding_of(const struct http_request *q, const struct http_entity *e)
{
    struct str list;
    if (!http_field_of(q, STR("Accept-Encoding"), &list))
        return HTTP_IDENTITY;
    for (enum http_coding i = HTTP_BROTLI; i < HTTP_CODINGS; i++)
        if (e->bytes[i].n && is_taken(list, codings[i].name))
            return i;
    return HTTP_IDENTITY;
}

/* "*", or a list of tags. weak: W/ does not matter (RFC 9110 section 8.8.3.2). */
static bool has_tag(struct str list, struct str tag, bool weak)
{
    struct cur c = cur_of(list);
    struct str one;
    while (next_of(&c, &one)) {
        if (str_eq(one, STR("*")))
            return true;
        if (weak && str_starts(one, STR("W/")))
            one = str_from(one, 2);
        if (str_eq(one, tag))
            return true;
    }
    return false;
}

enum http_range http_range_of(struct str value, uint64_t total, uint64_t *first, uint64_t *count)
{
    struct cur c = cur_of(value);
    uint64_t from = 0, to = total - 1, n;
    if (!cur_word(&c, STR("bytes=")) || str_chr(c.rest, ',') != SIZE_MAX)
        return HTTP_RANGE_NONE;
    bool has_from = cur_u64(&c, &from);
    if (!cur_char(&c, '-'))
        return HTTP_RANGE_NONE;
    bool has_to = cur_u64(&c, &n);
    if (!cur_end(&c) || (!has_from && !has_to) || (has_from && has_to && n < from))
        return HTTP_RANGE_NONE;
    if (!has_from) { /* the last n bytes */
        if (n == 0 || total == 0)
            return HTTP_RANGE_BAD;
        from = n < total ? total - n : 0;
    } else if (has_to && n < to) {
        to = n;
    }
    if (from >= total)
        return HTTP_RANGE_BAD;
    *first = from;
    *count = to - from + 1;
    return HTTP_RANGE_GOOD;
}

/* Whether Range counts: If-Range must hold exactly this representation. */
static enum http_range range_wanted(const struct http_request *q, struct str tag, uint64_t total,
                                    uint64_t *first, uint64_t *count)
{
    struct str range, condition;
    if (q->method != HTTP_GET || !http_field_of(q, STR("Range"), &range))
        return HTTP_RANGE_NONE;
    if (http_field_of(q, STR("If-Range"), &condition) && !str_eq(condition, tag))
        return HTTP_RANGE_NONE;
    return http_range_of(range, total, first, count);
}

static void answer_part(struct ctx *cx, struct http_response *a, struct str bytes, uint64_t first,
                        uint64_t count)
{
    a->status = 206;
    http_answer_field(a, STR("Content-Range"),
                      str_printf(cx->arena, "bytes %llu-%llu/%zu", (unsigned long long)first,
                                 (unsigned long long)(first + count - 1), bytes.n));
    rope_ref(&a->body, str_sub(bytes, (size_t)first, (size_t)count));
}

void http_answer_entity(struct ctx *cx, const struct http_request *q, const struct http_entity *e,
                        struct http_response *a)
{
    enum http_coding coding = http_coding_of(q, e);
    struct str list, bytes = e->bytes[coding];
    struct str tag =
        str_printf(cx->arena, "\"%.*s%.*s\"", STR_ARG(e->tag), STR_ARG(codings[coding].suffix));
    uint64_t first = 0, count = 0;
    http_answer_field(a, STR("ETag"), tag);
    http_answer_field(a, STR("Cache-Control"), e->cache);
    http_answer_field(a, STR("Vary"), STR("Accept-Encoding"));
    a->status = 200;
    if (http_field_of(q, STR("If-Match"), &list) && !has_tag(list, tag, false))
        a->status = 412;
    else if (http_field_of(q, STR("If-None-Match"), &list) && has_tag(list, tag, true))
        a->status = 304;
    if (a->status != 200)
        return;
    http_answer_field(a, STR("Accept-Ranges"), STR("bytes"));
    enum http_range range = range_wanted(q, tag, bytes.n, &first, &count);
    if (range == HTTP_RANGE_BAD) {
        a->status = 416;
        http_answer_field(a, STR("Content-Range"), str_printf(cx->arena, "bytes */%zu", bytes.n));
        return;
    }
    a->type = e->type;
    if (coding != HTTP_IDENTITY)
        http_answer_field(a, STR("Content-Encoding"), codings[coding].name);
    if (range == HTTP_RANGE_GOOD)
        answer_part(cx, a, bytes, first, count);
    else
        rope_ref(&a->body, bytes);
}
