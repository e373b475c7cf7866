/* One rule: its row, and what it must be. */
#include "base/buf.h"
#include "base/cur.h"
#include "format/address.h"
#include "format/domain.h"
#include "service/transport/routing/table.h"
#include "store/key.h"

enum { ROW_VERSION = 1, FAMILY_ROUTE = 'R', ENABLED = 1, ETRN = 2 };

struct key rule_key(struct str name)
{
    struct key k = key_of(FAMILY_ROUTE);
    if (name.n)
        key_text(&k, name);
    return k;
}

struct str rule_encode(struct arena *a, const struct route_rule *rule)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    const struct str texts[] = {rule->name,     rule->pattern,  rule->sender, rule->user,
                                rule->password, rule->tls_name, rule->text};
    buf_le8(&b, ROW_VERSION);
    buf_le8(&b, (uint8_t)rule->way);
    buf_le8(&b, (uint8_t)rule->tls);
    buf_le8(&b, (rule->enabled ? ENABLED : 0) | (rule->etrn ? ETRN : 0));
    buf_le32(&b, rule->connections);
    buf_le32(&b, rule->per_minute);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        buf_le_str(&b, texts[i]);
    buf_le8(&b, (uint8_t)rule->hop_count);
    for (size_t i = 0; i < rule->hop_count; i++) {
        buf_le_str(&b, rule->hops[i].host);
        buf_le16(&b, rule->hops[i].port);
        buf_le16(&b, rule->hops[i].preference);
        buf_le16(&b, rule->hops[i].weight);
    }
    must(!b.overflow);
    return buf_str(&b);
}

static bool hops_take(struct cur *c, struct route_rule *rule)
{
    uint8_t count;
    if (!cur_le8(c, &count) || count > ROUTE_HOPS_MAX)
        return false;
    rule->hop_count = count;
    for (size_t i = 0; i < count; i++)
        if (!cur_le_str(c, &rule->hops[i].host) || !cur_le16(c, &rule->hops[i].port) ||
            !cur_le16(c, &rule->hops[i].preference) || !cur_le16(c, &rule->hops[i].weight))
            return false;
    return true;
}

enum code rule_decode(struct ctx *cx, struct str value, struct route_rule *out)
{
    struct route_rule rule = {0};
    struct str *texts[] = {&rule.name,     &rule.pattern,  &rule.sender, &rule.user,
                           &rule.password, &rule.tls_name, &rule.text};
    struct cur c = cur_of(value);
    uint8_t version, way, tls, flags;
    bool good = cur_le8(&c, &version) && version == ROW_VERSION && cur_le8(&c, &way) &&
                cur_le8(&c, &tls) && cur_le8(&c, &flags) && cur_le32(&c, &rule.connections) &&
                cur_le32(&c, &rule.per_minute) && way && way < WAY_END && tls < TLS_DEMAND_END;
    for (size_t i = 0; good && i < sizeof texts / sizeof *texts; i++)
        good = cur_le_str(&c, texts[i]);
    if (!good || !hops_take(&c, &rule))
        return fail(cx, E_CORRUPT, "routing: a row; a newer server wrote it?");
    rule.way = (enum way)way;
    rule.tls = (enum tls_demand)tls;
    rule.enabled = flags & ENABLED;
    rule.etrn = flags & ETRN;
    *out = rule;
    return OK;
}

static bool name_valid(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '-' && c != '_' && c != '.')
            return false;
    }
    return name.n && name.n <= ROUTE_NAME_MAX;
}

/* Domains in the form in which they are looked up. */
static enum code pattern_fold(struct ctx *cx, struct str in, bool catchall, struct str *out)
{
    static const struct str prefixes[] = {STR("agency:"), STR("catchall:"), STR(".")};
    struct str local, domain, ascii;
    struct str prefix = {0};
    *out = in;
    if (str_eq(in, STR("*")))
        return OK;
    if (str_chr(in, '@') != SIZE_MAX) {
        if (!address_valid(in) || !address_split(in, &local, &domain))
            return fail(cx, E_SYNTAX, "%.*s is no address", STR_ARG(in));
        return directory_address_normal(cx, in, out);
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes && !prefix.n; i++)
        if (str_istarts(in, prefixes[i]))
            prefix = prefixes[i];
    domain = str_from(in, prefix.n);
    if (!domain_valid(domain) || (str_eq(prefix, STR("catchall:")) && !catchall))
        return fail(cx, E_SYNTAX,
                    "%.*s is no pattern: ADDRESS, DOMAIN, .DOMAIN, agency:DOMAIN, catchall:DOMAIN "
                    "or *",
                    STR_ARG(in));
    TRY(domain_to_ascii(cx, domain, &ascii));
    *out = str_join(cx->arena, (struct str[]){prefix, ascii}, 2);
    return OK;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return true;
    return false;
}

/* "550 5.7.1 text": 4xx and 5xx with an enhanced code of the same kind. */
static bool reply_valid(struct str t)
{
    struct cur c = cur_of(t);
    uint32_t code, class, subject, detail;
    return cur_u32(&c, &code) && code >= 400 && code <= 599 && cur_char(&c, ' ') &&
           cur_u32(&c, &class) && class == code / 100 && cur_char(&c, '.') &&
           cur_u32(&c, &subject) && cur_char(&c, '.') && cur_u32(&c, &detail) &&
           cur_char(&c, ' ') && !cur_end(&c);
}

static enum code text_check(struct ctx *cx, const struct route_rule *rule)
{
    struct str t = rule->text;
    bool address = address_valid(t);
    bool domain = t.n > 1 && t.p[0] == '@' && domain_valid(str_from(t, 1));
    if (t.n > ROUTE_TEXT_MAX || has_control(t))
        return fail(cx, E_SYNTAX, "a text of more than %d bytes, or with control characters",
                    ROUTE_TEXT_MAX);
    if (rule->way == WAY_FILE && (!t.n || t.p[0] != '/'))
        return fail(cx, E_SYNTAX, "a directory is named from / on");
    if (rule->way == WAY_RELOCATED && !address)
        return fail(cx, E_SYNTAX, "the new address is missing");
    if ((rule->way == WAY_ADDRESS || rule->way == WAY_SENDER) && !address && !domain)
        return fail(cx, E_SYNTAX, "the new address, or @DOMAIN, is missing");
    if (rule->way == WAY_ERROR && !t.n)
        return fail(cx, E_SYNTAX, "the text of the error is missing");
    if (rule->way == WAY_ERROR && ascii_is_digit(t.p[0]) && !reply_valid(t))
        return fail(cx, E_SYNTAX, "an error with a code is like: 550 5.7.1 Text");
    return OK;
}

enum code rule_check(struct ctx *cx, struct route_rule *rule)
{
    bool hosts = rule->way == WAY_HOSTS || rule->way == WAY_LMTP;
    if (!name_valid(rule->name))
        return fail(cx, E_SYNTAX, "a route's name: letters, digits, '-', '_', '.', %d at most",
                    ROUTE_NAME_MAX);
    if (!rule->way || rule->way >= WAY_END || rule->tls >= TLS_DEMAND_END)
        return fail(cx, E_SYNTAX, "the route does not say where mail goes");
    if (hosts != (rule->hop_count > 0) || rule->hop_count > ROUTE_HOPS_MAX)
        return fail(cx, E_SYNTAX, "hosts: 1 to %d, for --to and --lmtp alone", ROUTE_HOPS_MAX);
    for (size_t i = 0; i < rule->hop_count; i++)
        if (!rule->hops[i].host.n || rule->hops[i].host.n > 255 || has_control(rule->hops[i].host))
            return fail(cx, E_SYNTAX, "the name of a host");
    if (rule->user.n > 200 || rule->password.n > 200 || rule->tls_name.n > 255)
        return fail(cx, E_SYNTAX, "user, password or name for TLS are too long");
    TRY(text_check(cx, rule));
    bool catchall = rule->way == WAY_ADDRESS || rule->way == WAY_ERROR;
    TRY(pattern_fold(cx, rule->pattern, catchall, &rule->pattern));
    if (rule->sender.n)
        TRY(pattern_fold(cx, rule->sender, false, &rule->sender));
    return OK;
}
