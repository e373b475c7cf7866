#include "base/buf.h"
#include "format/address.h"
#include "format/hex.h"
#include "service/sieve/run/match.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* Notifications (RFC 5435) and what their methods' URIs look like: mailto (RFC 5436), xmpp
   (RFC 5437), sip (RFC 6468). */

/* "%40" as "@"; false when a "%" is not followed by two digits. */
static bool unescape(struct arena *a, struct str s, struct str *out)
{
    struct buf b = buf_of(a, s.n + 1);
    struct cur c = cur_of(s);
    char byte;
    while (cur_byte(&c, &byte)) {
        char high, low;
        if (byte != '%') {
            buf_byte(&b, byte);
            continue;
        }
        if (!cur_byte(&c, &high) || !cur_byte(&c, &low) || hex_digit(high) < 0 ||
            hex_digit(low) < 0)
            return false;
        buf_byte(&b, (char)(hex_digit(high) * 16 + hex_digit(low)));
    }
    *out = buf_str(&b);
    return true;
}

/* What is before a "?", and what is behind it. */
static struct str cut(struct str *s, char at)
{
    size_t i = str_chr(*s, at);
    struct str before = str_sub(*s, 0, i);
    *s = i == SIZE_MAX ? (struct str){0} : str_from(*s, i + 1);
    return before;
}

/* "name=value&name=value"; of a mailto also "to" with addresses. */
static bool fields_fit(struct arena *a, struct str query)
{
    while (query.n) {
        struct str field = cut(&query, '&'), value = field, text;
        struct str name = cut(&value, '=');
        if (!name.n || name.n == field.n || !unescape(a, name, &text) || !unescape(a, value, &text))
            return false;
    }
    return true;
}

static bool is_mailto(struct arena *a, struct str rest)
{
    struct str to = cut(&rest, '?'), text;
    size_t count = 0;
    while (to.n) {
        if (!unescape(a, cut(&to, ','), &text) || !address_valid(text))
            return false;
        count++;
    }
    return fields_fit(a, rest) && (count > 0 || str_ifind(rest, STR("to=")) != SIZE_MAX);
}

/* RFC 5122: an account, "node@domain" or a domain, perhaps with a query. */
static bool is_xmpp(struct arena *a, struct str rest)
{
    if (str_starts(rest, STR("//"))) { /* whose account to use */
        rest = str_from(rest, 2);
        cut(&rest, '/');
    }
    struct str path = cut(&rest, '?'), text;
    path = cut(&path, '#');
    return path.n && unescape(a, path, &text) && str_chr(text, ' ') == SIZE_MAX &&
           !str_starts(text, STR("@")) && !str_ends(text, STR("@"));
}

static bool is_sip(struct arena *a, struct str rest)
{
    struct str text, host;
    struct str whole = cut(&rest, '?');
    if (!unescape(a, whole, &text))
        return false;
    host = text;
    size_t at = str_chr(text, '@');
    if (at != SIZE_MAX)
        host = str_from(text, at + 1);
    host = cut(&host, ';');
    return host.n && at != 0 && str_chr(host, ' ') == SIZE_MAX;
}

static const struct method {
    struct str scheme;
    bool (*is)(struct arena *a, struct str rest);
} methods[] = {
    {STR("mailto"), is_mailto},
    {STR("xmpp"), is_xmpp},
    {STR("sip"), is_sip},
    {STR("sips"), is_sip},
};

struct str sieve_notify_methods(void)
{
    return STR("mailto xmpp sip sips");
}

/* The method of a URI, if this world can send by it; *right tells whether the URI is one. */
static const struct method *method_of(struct arena *a, struct str uri, bool *right)
{
    *right = false;
    struct str rest = uri;
    struct str scheme = cut(&rest, ':');
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (str_ieq(methods[i].scheme, scheme)) {
            *right = methods[i].is(a, rest);
            return &methods[i];
        }
    return NULL;
}

/* Whether a word is one of a list by spaces. */
static bool listed(struct str list, struct str word)
{
    while (list.n)
        if (str_ieq(cut(&list, ' '), word))
            return true;
    return false;
}

static bool is_sent(const struct sieve_run *r, const struct method *m)
{
    struct str sent = r->world->notify_methods;
    return m && listed(sent.n ? sent : STR("mailto"), m->scheme);
}

bool sieve_valid_notify_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *arg = sieve_arg(n, 0);
    const struct str *uris = sieve_run_texts(r, arg);
    bool right;
    for (size_t i = 0; i < arg->count; i++)
        if (!is_sent(r, method_of(r->arena, uris[i], &right)) || !right)
            return false;
    return true;
}

bool sieve_notify_capability_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_world *w = r->world;
    struct str uri = sieve_run_text(r, sieve_arg(n, 0), 0);
    struct str name = sieve_run_text(r, sieve_arg(n, 1), 0);
    bool right;
    if (!is_sent(r, method_of(r->arena, uri, &right)) || !right || !str_ieq(name, STR("online")))
        return false;
    struct str value = STR("maybe");
    if (w->ops && w->ops->notify_capability)
        value = w->ops->notify_capability(w->self, r->cx, uri, name);
    return sieve_match_one(r, n, sieve_arg(n, 2), value);
}

static bool is_importance(struct str s)
{
    return s.n == 1 && s.p[0] >= '1' && s.p[0] <= '3';
}

static bool is_option(struct str s)
{
    size_t equals = str_chr(s, '=');
    return equals != SIZE_MAX && equals > 0;
}

void sieve_notify_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *uri = sieve_arg(n, 0), *importance = sieve_tag(n, TAG_IMPORTANCE);
    const struct sieve_arg *options = sieve_tag(n, TAG_OPTIONS);
    bool right;
    if (sieve_arg_constant(uri) && method_of(k->arena, uri->strings[0], &right) && !right)
        sieve_report_at(k->report, uri->spot, "\"%.*s\" is no address for notifications",
                        STR_ARG(uri->strings[0]));
    if (importance && sieve_arg_constant(importance) && !is_importance(importance->strings[0]))
        sieve_report_at(k->report, importance->spot, "the importance is \"1\", \"2\" or \"3\"");
    for (size_t i = 0; options && sieve_arg_constant(options) && i < options->count; i++)
        if (!is_option(options->strings[i]))
            sieve_report_at(k->report, options->spot, "an option is written as \"name=value\"");
    sieve_fcc_check(k, n);
}

enum sieve_flow sieve_notify_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str uri = sieve_run_text(r, sieve_arg(n, 0), 0);
    const struct sieve_arg *options = sieve_tag(n, TAG_OPTIONS);
    const struct sieve_arg *importance = sieve_tag(n, TAG_IMPORTANCE);
    struct str level = importance ? sieve_run_text(r, importance, 0) : STR("2");
    bool right;
    if (!is_sent(r, method_of(r->arena, uri, &right)) || !right)
        return sieve_run_fail(r, n->spot, false, "no notification can be sent to \"%.*s\"",
                              STR_ARG(uri));
    if (!is_importance(level))
        return sieve_run_fail(r, n->spot, false, "the importance is \"1\", \"2\" or \"3\"");
    if (r->notifies++ == SIEVE_NOTIFIES_MAX)
        return sieve_run_fail(r, n->spot, true, "a script notifies no more than %d times",
                              SIEVE_NOTIFIES_MAX);
    struct sieve_action *x = sieve_run_act(r, n, SIEVE_NOTIFY);
    if (!x)
        return SIEVE_FAILED;
    struct arena *a = r->cx->arena;
    x->notify.method = str_dup(a, uri);
    x->notify.message = str_dup(a, sieve_run_text(r, sieve_tag(n, TAG_MESSAGE), 0));
    x->notify.from = str_dup(a, sieve_run_text(r, sieve_tag(n, TAG_FROM), 0));
    x->notify.importance = level.p[0];
    if (options)
        x->notify.options = sieve_run_own(r, sieve_run_texts(r, options), options->count);
    sieve_run_fcc(r, n, &x->notify.fcc);
    return SIEVE_ON;
}
