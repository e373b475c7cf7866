#include "proto/http/head.h"
#include "format/hex.h"

static const struct http_fault good;

static struct http_fault bad(const char *why)
{
    return (struct http_fault){400, why};
}

bool http_is_token(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Visible ASCII. */
static bool is_graphic(char c)
{
    return c > 0x20 && c < 0x7f;
}

/* VCHAR, obs-text, SP and HTAB: no CR, no NUL. */
static bool is_text(char c)
{
    unsigned char u = (unsigned char)c;
    return u == '\t' || (u >= 0x20 && u != 0x7f);
}

static bool all_are(struct str s, bool (*is)(char))
{
    struct cur c = cur_of(s);
    cur_while(&c, is);
    return cur_end(&c);
}

static const struct {
    struct str name;
    unsigned method;
} methods[] = {
    {STR("GET"), HTTP_GET},         {STR("HEAD"), HTTP_HEAD},     {STR("POST"), HTTP_POST},
    {STR("PUT"), HTTP_PUT},         {STR("DELETE"), HTTP_DELETE}, {STR("PATCH"), HTTP_PATCH},
    {STR("OPTIONS"), HTTP_OPTIONS},
};
enum { METHODS = sizeof methods / sizeof *methods };

unsigned http_method_of(struct str name)
{
    for (size_t i = 0; i < METHODS; i++)
        if (str_eq(methods[i].name, name))
            return methods[i].method;
    return 0;
}

struct str http_methods_text(struct arena *a, unsigned wanted)
{
    struct str parts[2 * METHODS];
    size_t n = 0;
    for (size_t i = 0; i < METHODS; i++) {
        if (!(wanted & methods[i].method))
            continue;
        if (n)
            parts[n++] = STR(", ");
        parts[n++] = methods[i].name;
    }
    return str_join(a, parts, n);
}

/* CR is taken with LF alone; anywhere else it is a fault of the line. */
static bool line_take(struct cur *c, struct str *out)
{
    struct cur at = *c;
    if (!cur_until(&at, '\n', out) || !str_ends(*out, STR("\r")))
        return false;
    out->n--;
    *c = at;
    return true;
}

/* "%2E" is a dot: nobody may walk up by writing it so. -1: a broken escape, or NUL. */
static int path_byte(struct cur *c)
{
    char one, high, low;
    if (!cur_byte(c, &one))
        return -1;
    if (one != '%')
        return (unsigned char)one;
    if (!cur_byte(c, &high) || !cur_byte(c, &low) || hex_digit(high) < 0 || hex_digit(low) < 0)
        return -1;
    int value = hex_digit(high) * 16 + hex_digit(low);
    return value ? value : -1;
}

/* Whole escapes, and no segment that is "." or "..". */
static bool path_is_good(struct str path)
{
    struct cur c = cur_of(path);
    size_t dots = 0, others = 0;
    while (!cur_end(&c)) {
        bool slash = cur_peek(&c) == '/';
        int byte = path_byte(&c);
        if (byte < 0)
            return false;
        if (slash && !others && (dots == 1 || dots == 2))
            return false;
        dots = slash ? 0 : dots + (byte == '.');
        others = slash ? 0 : others + (byte != '.');
    }
    return others || (dots != 1 && dots != 2);
}

static bool is_host_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || (c && strchr("-._~:[]", c));
}

/* uri-host [":" port] (RFC 9110 section 7.2); out: without the port. */
static bool authority_parse(struct str text, struct str *out, struct str *port_out)
{
    bool literal = str_starts(text, STR("["));
    size_t end = literal ? str_chr(text, ']') : str_chr(text, ':');
    if (!text.n || !all_are(text, is_host_char) || (literal && end == SIZE_MAX))
        return false;
    size_t host_n = literal ? end + 1 : end == SIZE_MAX ? text.n : end;
    struct str port = str_from(text, host_n);
    *out = str_sub(text, 0, host_n);
    *port_out = str_from(port, 1);
    if (!host_n || (!literal && str_find(*out, STR("[")) != SIZE_MAX))
        return false;
    if (!port.n)
        return true;
    return port.p[0] == ':' && port.n <= 6 && all_are(str_from(port, 1), ascii_is_digit);
}

/* origin-form, absolute-form or "*" (RFC 9112 section 3.2). */
static bool target_parse(struct str target, struct http_head *h)
{
    struct cur c = cur_of(target);
    if (!target.n || !all_are(target, is_graphic) || str_chr(target, '#') != SIZE_MAX)
        return false;
    if (str_eq(target, STR("*"))) {
        h->path = target;
        return str_eq(h->method, STR("OPTIONS"));
    }
    if (cur_word(&c, STR("http://")) || cur_word(&c, STR("https://"))) {
        size_t end = str_chr(c.rest, '/'), query = str_chr(c.rest, '?');
        end = query < end ? query : end;
        if (!authority_parse(str_sub(c.rest, 0, end), &h->host, &h->port))
            return false;
        c.rest = str_from(c.rest, end);
        if (cur_peek(&c) != '/') {
            h->path = STR("/");
            h->query = str_from(c.rest, 1);
            return true;
        }
    }
    size_t query = str_chr(c.rest, '?');
    h->path = str_sub(c.rest, 0, query);
    h->query = query == SIZE_MAX ? (struct str){0} : str_from(c.rest, query + 1);
    return str_starts(h->path, STR("/")) && path_is_good(h->path);
}

static struct http_fault request_line(struct str line, struct http_head *h)
{
    struct cur c = cur_of(line);
    if (!cur_until(&c, ' ', &h->method) || !h->method.n || !all_are(h->method, http_is_token))
        return bad("the request line has no method");
    if (!cur_until(&c, ' ', &h->target))
        return bad("the request line is not method, target and version");
    if (!str_starts(c.rest, STR("HTTP/")) || c.rest.n != 8 || !ascii_is_digit(c.rest.p[5]) ||
        c.rest.p[6] != '.' || !ascii_is_digit(c.rest.p[7]))
        return bad("the version is not HTTP/1.1");
    if (c.rest.p[5] != '1')
        return (struct http_fault){505, "HTTP/1.1 is spoken here"};
    h->old = c.rest.p[7] == '0';
    return target_parse(h->target, h) ? good : bad("the target is not a path");
}

bool http_field_parse(struct str line, struct http_field *out)
{
    struct cur c = cur_of(line);
    struct str name;
    if (!cur_until(&c, ':', &name) || !name.n || !all_are(name, http_is_token) ||
        !all_are(c.rest, is_text))
        return false;
    *out = (struct http_field){name, str_trim(c.rest)};
    return true;
}

/* One element of a comma list, trimmed; empty ones are there too. */
static bool list_next(struct cur *c, struct str *out)
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

static bool list_has(struct str list, struct str wanted)
{
    struct cur c = cur_of(list);
    struct str one;
    while (list_next(&c, &one))
        if (str_ieq(one, wanted))
            return true;
    return false;
}

/* What was seen of the fields that say where the request ends and whom it is for. */
struct seen {
    bool host, length, transfer;
};

static struct http_fault host_field(struct str value, struct http_head *h, struct seen *seen)
{
    struct str host, port;
    if (seen->host)
        return bad("more than one Host");
    if (!authority_parse(value, &host, &port))
        return bad("Host is no host name");
    seen->host = true;
    if (!h->host.n) { /* that of an absolute target counts (RFC 9112 section 3.2.2) */
        h->host = host;
        h->port = port;
    }
    return good;
}

static struct http_fault length_field(struct str value, struct http_head *h, struct seen *seen)
{
    if (seen->length)
        return bad("more than one Content-Length");
    seen->length = true;
    if (!value.n || !all_are(value, ascii_is_digit) || !str_u64(value, &h->length))
        return bad("Content-Length is no number");
    return good;
}

static struct http_fault transfer_field(struct str value, struct http_head *h, struct seen *seen)
{
    if (seen->transfer || h->old)
        return bad("Transfer-Encoding twice, or with HTTP/1.0");
    seen->transfer = true;
    h->chunked = str_ieq(value, STR("chunked"));
    return h->chunked ? good : (struct http_fault){501, "only Transfer-Encoding: chunked is known"};
}

static struct http_fault field_look(const struct http_field *f, struct http_head *h,
                                    struct seen *seen)
{
    if (str_ieq(f->name, STR("Host")))
        return host_field(f->value, h, seen);
    if (str_ieq(f->name, STR("Content-Length")))
        return length_field(f->value, h, seen);
    if (str_ieq(f->name, STR("Transfer-Encoding")))
        return transfer_field(f->value, h, seen);
    if (str_ieq(f->name, STR("Connection")))
        h->close |= list_has(f->value, STR("close"));
    if (str_ieq(f->name, STR("Expect"))) {
        if (!str_ieq(f->value, STR("100-continue")))
            return (struct http_fault){417, "only Expect: 100-continue is known"};
        h->expects = !h->old; /* RFC 9110 section 10.1.1 */
    }
    return good;
}

static struct http_fault fields_parse(struct cur *c, struct http_head *h, struct seen *seen)
{
    struct str line;
    for (;;) {
        if (!line_take(c, &line))
            return bad("a line does not end with CRLF");
        if (!line.n)
            return good;
        if (h->field_count == HTTP_FIELDS_MAX)
            return (struct http_fault){431, "too many fields"};
        struct http_field *f = &h->fields[h->field_count];
        if (!http_field_parse(line, f)) /* also a folded line: it begins with a blank */
            return bad("a field is not name, colon and value");
        h->field_count++;
        struct http_fault fault = field_look(f, h, seen);
        if (fault.status)
            return fault;
    }
}

struct http_fault http_head_check(struct http_head *h, struct str authority)
{
    struct seen seen = {0};
    struct http_fault fault = good;
    if (!target_parse(h->target, h))
        return bad("the target is not a path");
    if (authority.n && !authority_parse(authority, &h->host, &h->port))
        return bad("the authority is no host name");
    for (size_t i = 0; i < h->field_count && !fault.status; i++)
        fault = field_look(&h->fields[i], h, &seen);
    if (!fault.status && !h->host.n)
        return bad("Host is missing");
    return fault;
}

struct http_fault http_head_parse(struct str text, struct http_head *out)
{
    struct cur c = cur_of(text);
    struct seen seen = {0};
    struct str line;
    out->field_count = 0;
    out->method = out->target = out->host = out->path = out->query = (struct str){0};
    out->port = (struct str){0};
    out->old = out->close = out->expects = out->chunked = false;
    out->length = 0;
    (void)cur_text(&c, STR("\r\n"));
    if (!line_take(&c, &line))
        return bad("a line does not end with CRLF");
    struct http_fault fault = request_line(line, out);
    if (!fault.status)
        fault = fields_parse(&c, out, &seen);
    if (fault.status)
        return fault;
    if (!seen.host && !out->old)
        return bad("Host is missing");
    if (seen.length && seen.transfer) /* RFC 9112 section 6.1: somebody smuggles */
        return bad("Content-Length and Transfer-Encoding together");
    out->close |= out->old;
    out->expects &= out->chunked || out->length;
    return good;
}
