/* URLs of pictures: which are fetched, and where a redirect leads. */
#include "base/cur.h"
#include "base/web.h"
#include "service/picture/inner.h"

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f || s.p[i] == '\\')
            return false;
    return true;
}

static bool is_of_authority(char c)
{
    return c != '/' && c != '?' && c != '#';
}

static bool take_scheme(struct cur *c, bool *tls)
{
    *tls = cur_word(c, STR("https://"));
    return *tls || cur_word(c, STR("http://"));
}

/* Behind the host; an IPv6 address has colons of its own. */
static struct str port_of(struct str authority)
{
    size_t bracket = str_rchr(authority, ']');
    struct str tail = bracket == SIZE_MAX ? authority : str_from(authority, bracket);
    size_t colon = str_rchr(tail, ':');
    return colon == SIZE_MAX ? (struct str){0} : str_from(tail, colon + 1);
}

bool picture_url_ok(struct str url, bool any_port)
{
    struct cur c = cur_of(url);
    bool tls;
    if (url.n > WEB_URL_MAX || !is_plain(url) || !take_scheme(&c, &tls))
        return false;
    struct str authority = cur_while(&c, is_of_authority);
    struct str port = port_of(authority);
    if (!authority.n || str_chr(authority, '@') != SIZE_MAX || str_starts(authority, STR(":")))
        return false;
    return any_port || !port.n || str_eq(port, tls ? STR("443") : STR("80"));
}

struct str picture_url_host(struct str url)
{
    struct cur c = cur_of(url);
    bool tls;
    if (!take_scheme(&c, &tls))
        return (struct str){0};
    return cur_while(&c, is_of_authority);
}

static struct str without_fragment(struct str url)
{
    size_t at = str_chr(url, '#');
    return at == SIZE_MAX ? url : str_sub(url, 0, at);
}

static bool is_of_path(char c)
{
    return c != '?' && c != '#';
}

/* base up to and with the last slash of its path. */
static struct str folder_of(struct arena *a, struct str start, struct str path)
{
    size_t slash = str_rchr(path, '/');
    struct str folder = slash == SIZE_MAX ? STR("/") : str_sub(path, 0, slash + 1);
    const struct str parts[] = {start, folder};
    return str_join(a, parts, 2);
}

struct str picture_url_join(struct arena *a, struct str base, struct str location)
{
    struct str to = without_fragment(str_trim(location));
    struct cur c = cur_of(base), absolute = cur_of(to);
    bool tls;
    if (!to.n || take_scheme(&absolute, &tls))
        return to;
    if (!take_scheme(&c, &tls))
        return (struct str){0};
    struct str scheme = tls ? STR("https:") : STR("http:");
    struct str authority = cur_while(&c, is_of_authority);
    struct str path = cur_while(&c, is_of_path);
    struct str start = str_printf(a, "%.*s//%.*s", STR_ARG(scheme), STR_ARG(authority));
    if (str_starts(to, STR("//"))) {
        const struct str parts[] = {scheme, to};
        return str_join(a, parts, 2);
    }
    if (str_starts(to, STR("?"))) {
        const struct str parts[] = {start, path, to};
        return str_join(a, parts, 3);
    }
    size_t colon = str_chr(to, ':');
    if (colon < str_chr(to, '/')) /* another scheme */
        return (struct str){0};
    const struct str parts[] = {str_starts(to, STR("/")) ? start : folder_of(a, start, path), to};
    return str_join(a, parts, 2);
}
