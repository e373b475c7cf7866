/* The hosts of a rule, as an administrator writes them. */
#include "base/cur.h"
#include "service/transport/routing.h"

enum { PORT_MAX = 65535, WEIGHT_MAX = 1000 };

static bool number_take(struct cur *c, char mark, uint32_t max, uint16_t *out)
{
    uint32_t n;
    if (!cur_char(c, mark))
        return true;
    if (!cur_u32(c, &n) || n > max)
        return false;
    *out = (uint16_t)n;
    return true;
}

static bool is_of_host(char c)
{
    return c != ':' && c != '/' && c != '*' && c != ',';
}

/* "host:port/preference*weight", IPv6 in brackets; LMTP: a path as well. */
static enum code hop_take(struct ctx *cx, struct cur *c, struct hop *out)
{
    struct hop hop = {.weight = 1};
    bool literal = cur_char(c, '[');
    bool good = true;
    if (literal)
        good = cur_until(c, ']', &hop.host);
    else if (cur_peek(c) == '/') {
        size_t end = str_chr(c->rest, ',');
        hop.host = str_sub(c->rest, 0, end);
        c->rest = str_from(c->rest, hop.host.n);
    } else {
        hop.host = cur_while(c, is_of_host);
    }
    good = good && hop.host.n && number_take(c, ':', PORT_MAX, &hop.port) &&
           number_take(c, '/', PORT_MAX, &hop.preference) &&
           number_take(c, '*', WEIGHT_MAX, &hop.weight) && (cur_end(c) || cur_char(c, ','));
    if (!good)
        return fail(cx, E_SYNTAX, "a host is HOST[:PORT][/PREFERENCE][*WEIGHT], several with ','");
    *out = hop;
    return OK;
}

enum code routing_hops_parse(struct ctx *cx, struct str value, struct route_rule *rule)
{
    struct cur c = cur_of(value);
    while (!cur_end(&c)) {
        if (rule->hop_count == ROUTE_HOPS_MAX)
            return fail(cx, E_SYNTAX, "more than %d hosts", ROUTE_HOPS_MAX);
        TRY(hop_take(cx, &c, &rule->hops[rule->hop_count]));
        rule->hop_count++;
    }
    return OK;
}
