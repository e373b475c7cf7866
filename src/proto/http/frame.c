/* Where a request ends. Every offset is judged by itself, so that it does not matter in which
   pieces the bytes come. */
#include "base/buf.h"
#include "proto/http/session.h"

static struct framing more(size_t least)
{
    return (struct framing){.what = FRAME_MORE, .n = least};
}

static struct framing request(size_t n)
{
    return (struct framing){.what = FRAME_REQUEST, .n = n};
}

static struct framing refused(struct http_frame *f, unsigned status, const char *why, size_t n)
{
    f->fault = (struct http_fault){status, why};
    return request(n);
}

/* Takes the next line with its CRLF; false: it is not whole, or longer than max, or ends with LF
   alone (f->fault tells). */
static bool line_pass(struct http_frame *f, struct str in, size_t max, struct http_fault too_long,
                      struct str *out)
{
    struct str line = str_sub(in, f->at, max);
    size_t from = f->look > f->at ? f->look - f->at : 0;
    size_t lf = str_chr(str_from(line, from), '\n');
    if (lf == SIZE_MAX) {
        f->look = f->at + line.n;
        if (line.n == max)
            f->fault = too_long;
        return false;
    }
    *out = str_sub(line, 0, from + lf + 1);
    f->at += out->n;
    if (str_ends(*out, STR("\r\n")))
        return true;
    f->fault = (struct http_fault){400, "a line does not end with CRLF"};
    return false;
}

/* The head up to its empty line. One empty line before it is skipped (RFC 9112 section 2.2). */
static bool head_pass(struct http_frame *f, struct str in)
{
    const struct http_fault long_line = {414, "the request line is too long"},
                            long_head = {431, "the fields are too long"};
    struct str line;
    while (!f->head_n) {
        size_t room = HTTP_HEAD_MAX - f->at;
        bool first = !f->begun;
        if (!line_pass(f, in, first && room > HTTP_LINE_MAX ? HTTP_LINE_MAX : room,
                       first ? long_line : long_head, &line))
            return false;
        if (line.n > 2)
            f->begun = true;
        else if (f->begun)
            f->head_n = f->at;
        else if (f->at > 2)
            f->fault = (struct http_fault){400, "an empty request"};
        if (f->fault.status)
            return false;
    }
    return true;
}

/* The head is whole: what comes behind it? */
static void body_look(struct http_session *s, struct str in)
{
    struct http_frame *f = &s->frame;
    struct http_head h;
    const struct http_site *site;
    f->fault = http_head_parse(str_sub(in, 0, f->head_n), &h);
    if (f->fault.status)
        return;
    const struct http_route *route = http_route_find(s->env, s->peer->tls != NULL, h.path, &site);
    f->body_max = route ? route->body_max : 0;
    f->unread = (h.chunked || h.length) && !http_route_takes(route, &h);
    f->chunked = h.chunked && !f->unread;
    f->told = !h.expects || f->unread;
    if (f->unread)
        f->total = f->head_n;
    else if (h.length > f->body_max)
        f->fault = (struct http_fault){413, "the body is too large for this address"};
    else
        f->total = f->chunked ? 0 : f->head_n + (size_t)h.length;
}

static bool is_hex(char c)
{
    return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

static bool is_extension(char c)
{
    unsigned char u = (unsigned char)c;
    return u == '\t' || (u >= 0x20 && u != 0x7f);
}

enum { CHUNK_DIGITS_MAX = 8 };

/* chunk-size and extensions, which are ignored (RFC 9112 section 7.1). line: with its CRLF. */
static bool chunk_size(struct str line, size_t *out)
{
    struct cur c = cur_of(str_sub(line, 0, line.n - 2));
    struct str digits = cur_while(&c, is_hex);
    if (!digits.n || digits.n > CHUNK_DIGITS_MAX)
        return false;
    cur_blanks(&c);
    if (!cur_end(&c) && cur_peek(&c) != ';')
        return false;
    cur_while(&c, is_extension);
    size_t n = 0;
    for (size_t i = 0; i < digits.n; i++) {
        char low = ascii_lower(digits.p[i]);
        n = n * 16 + (size_t)(ascii_is_digit(low) ? low - '0' : low - 'a' + 10);
    }
    *out = n;
    return cur_end(&c);
}

static void trailers_pass(struct http_frame *f, struct str in)
{
    struct http_field field;
    struct str line;
    while (!f->total) {
        size_t room = f->trailers + HTTP_TRAILERS_MAX - f->at;
        if (!line_pass(f, in, room, (struct http_fault){431, "the trailers are too long"}, &line))
            return;
        line.n -= 2;
        if (!line.n)
            f->total = f->at;
        else if (!http_field_parse(line, &field))
            f->fault = (struct http_fault){400, "a trailer is not name, colon and value"};
        if (f->fault.status)
            return;
    }
}

/* One chunk that is all there. False: it is not; need tells how much must be there. */
static bool chunk_pass(struct http_frame *f, struct str in, size_t *need)
{
    const struct http_fault bad = {400, "a chunk is broken"};
    struct http_frame before = *f;
    struct str line;
    size_t n;
    if (!line_pass(f, in, HTTP_CHUNK_LINE_MAX, bad, &line))
        return false;
    if (!chunk_size(line, &n)) {
        f->fault = bad;
        return false;
    }
    if (n == 0) {
        f->trailers = f->at;
        return true;
    }
    size_t overhead = f->at - f->head_n - f->decoded;
    if (n > f->body_max - f->decoded || overhead > HTTP_CHUNK_OVERHEAD_MAX + f->decoded) {
        f->fault = (struct http_fault){413, "the body is too large for this address"};
        return false;
    }
    *need = f->at + n + 2;
    if (in.n < *need) {
        *f = before;
        return false;
    }
    if (!str_eq(str_sub(in, f->at + n, 2), STR("\r\n"))) {
        f->fault = bad;
        return false;
    }
    f->at = *need;
    f->decoded += n;
    return true;
}

static size_t chunks_pass(struct http_frame *f, struct str in)
{
    size_t need = 0;
    while (!f->trailers && chunk_pass(f, in, &need))
        need = 0;
    if (f->trailers && !f->fault.status)
        trailers_pass(f, in);
    return need;
}

struct framing http_frame(void *session, struct str in, size_t seen)
{
    struct http_session *s = session;
    struct http_frame *f = &s->frame;
    size_t need = 0;
    if (seen == 0)
        *f = (struct http_frame){0};
    if (s->over)
        return request(in.n);
    if (!f->head_n && !f->fault.status && head_pass(f, in))
        body_look(s, in);
    if (f->fault.status)
        return refused(f, f->fault.status, f->fault.why, in.n);
    if (!f->head_n)
        return more(0);
    if (f->chunked && !f->total)
        need = chunks_pass(f, in);
    if (f->fault.status)
        return refused(f, f->fault.status, f->fault.why, in.n);
    if (f->total && in.n >= f->total) {
        f->owed = !f->told;
        return request(f->total);
    }
    need = f->total ? f->total : need;
    if (f->told)
        return more(need);
    f->told = true;
    return (struct framing){FRAME_TELL, need, STR("HTTP/1.1 100 Continue\r\n\r\n")};
}

struct str http_dechunk(struct arena *a, struct str text)
{
    struct cur c = cur_of(text);
    struct buf all = buf_of(a, text.n);
    struct str line, data, first = {0};
    size_t n, count = 0;
    while (cur_until(&c, '\n', &line) && chunk_size(str_of(line.p, line.n + 1), &n) && n &&
           cur_bytes(&c, n, &data) && cur_text(&c, STR("\r\n"))) {
        if (count++ == 0) {
            first = data;
            continue;
        }
        if (count == 2)
            buf_add(&all, first);
        buf_add(&all, data);
    }
    return count > 1 ? buf_str(&all) : first;
}
