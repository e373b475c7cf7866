#include "service/oauth/redirect.h"
#include "base/cur.h"

/* The parts of a URI that matter here. */
struct parts {
    struct str scheme, host, port, rest; /* rest: path and query, with what begins them */
    bool has_authority, has_port;
};

static bool is_scheme_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '+' || c == '-' || c == '.';
}

/* RFC 3986 appendix A, but for "#": a redirection has no fragment. */
static bool is_uri_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || (c && strchr("-._~:/?[]@!$&'()*+,;=%", c));
}

static bool is_host_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '.' || c == '_';
}

static bool is_literal_char(char c)
{
    return ascii_is_digit(c) || c == ':' || c == '.' ||
           (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

static bool authority(struct cur *c, struct parts *out)
{
    struct cur before = *c;
    if (cur_char(c, '[')) {
        (void)cur_while(c, is_literal_char);
        if (!cur_char(c, ']'))
            return false;
        out->host = str_sub(before.rest, 0, before.rest.n - c->rest.n);
    } else {
        out->host = cur_while(c, is_host_char);
    }
    if (cur_char(c, ':')) {
        out->has_port = true;
        out->port = cur_while(c, ascii_is_digit);
        uint64_t port;
        if (!str_u64(out->port, &port) || !port || port > 65535)
            return false;
    }
    int next = cur_peek(c);
    return out->host.n && (next == -1 || next == '/' || next == '?');
}

static bool split(struct str uri, struct parts *out)
{
    struct cur c = cur_of(uri);
    *out = (struct parts){0};
    if (uri.n > REDIRECT_MAX)
        return false;
    for (size_t i = 0; i < uri.n; i++)
        if (!is_uri_char(uri.p[i]))
            return false;
    out->scheme = cur_while(&c, is_scheme_char);
    if (!out->scheme.n || !ascii_is_alpha(out->scheme.p[0]) || !cur_char(&c, ':'))
        return false;
    out->has_authority = cur_text(&c, STR("//"));
    if (out->has_authority && cur_peek(&c) != '/' && !authority(&c, out))
        return false;
    out->rest = c.rest;
    return true;
}

static bool is_loopback(const struct parts *p)
{
    return str_eq(p->host, STR("127.0.0.1")) || str_eq(p->host, STR("[::1]"));
}

bool redirect_is_good(struct str uri)
{
    struct parts p;
    if (!split(uri, &p))
        return false;
    if (str_eq(p.scheme, STR("https")))
        return p.host.n > 0;
    if (str_eq(p.scheme, STR("http")))
        return is_loopback(&p) || str_eq(p.host, STR("localhost"));
    return str_chr(p.scheme, '.') != SIZE_MAX && (p.host.n || p.rest.n);
}

bool redirect_fits(struct str registered, struct str asked)
{
    struct parts r, a;
    if (str_eq(registered, asked))
        return true;
    if (!split(registered, &r) || !split(asked, &a) || !str_eq(r.scheme, STR("http")))
        return false;
    return is_loopback(&r) && str_eq(a.scheme, r.scheme) && a.has_authority &&
           str_eq(a.host, r.host) && str_eq(a.rest, r.rest);
}

struct str redirect_origin(struct str uri)
{
    struct parts p;
    if (!split(uri, &p))
        return (struct str){0};
    if (!p.host.n)
        return str_sub(uri, 0, p.scheme.n + 1);
    return str_sub(uri, 0, uri.n - p.rest.n);
}
