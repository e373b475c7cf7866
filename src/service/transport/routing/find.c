/* The rule for an address: the narrowest pattern, and among equals one that names the sender. */
#include "format/address.h"
#include "format/domain.h"
#include "service/transport/routing/table.h"

enum { FOLLOW_MAX = 10, FOREST_DEPTH_MAX = 64, PATTERN_MAX = 400 };

/* What the address of a recipient or sender is looked up by. */
struct subject {
    struct str address, local, domain; /* folded; domain is empty for what has none */
};

static enum code subject_make(struct ctx *cx, struct str address, struct subject *out)
{
    struct subject s = {.address = address};
    if (!address_split(address, &s.local, &s.domain))
        return fail(cx, E_SYNTAX, "an address without a domain");
    if (s.domain.n && s.domain.p[0] == '[') {
        s.domain = str_lower(cx->arena, s.domain);
    } else {
        TRY(domain_to_ascii(cx, s.domain, &s.domain));
        TRY(directory_address_normal(cx, address, &s.address));
    }
    *out = s;
    return OK;
}

typedef bool wanted_fn(const struct route_rule *rule);

static bool is_delivering(const struct route_rule *rule)
{
    return rule->way <= WAY_DISCARD;
}

static bool is_for_recipients(const struct route_rule *rule)
{
    return rule->way != WAY_SENDER;
}

static bool is_for_addresses(const struct route_rule *rule)
{
    bool way = rule->way == WAY_ADDRESS || rule->way == WAY_ERROR || rule->way == WAY_RELOCATED;
    /* What is said of all is said of other systems: people here are not meant. */
    return way && !str_eq(rule->pattern, STR("*")) && !str_starts(rule->pattern, STR("agency:"));
}

static bool is_for_senders(const struct route_rule *rule)
{
    return rule->way == WAY_SENDER;
}

/* Walks the patterns that could match, from the narrowest on. */
typedef bool pattern_fn(void *arg, struct str pattern);

static enum code agencies_walk(struct ctx *cx, struct core *c, struct str domain, pattern_fn *is,
                               void *arg, bool *found)
{
    struct domain d;
    enum code code = directory_domain_by_name(cx, c, domain, &d);
    for (int depth = 0; code == OK && depth < FOREST_DEPTH_MAX; depth++) {
        struct str pattern = str_join(cx->arena, (struct str[]){STR("agency:"), d.name}, 2);
        *found = is(arg, pattern);
        if (*found || !d.parent)
            return OK;
        code = directory_domain_by_id(cx, c, d.parent, &d);
    }
    return code == E_NOT_FOUND || code == E_SYNTAX ? OK : code;
}

static enum code patterns_walk(struct ctx *cx, struct core *c, const struct subject *s,
                               bool agencies, pattern_fn *is, void *arg)
{
    bool found = is(arg, s->address) || is(arg, s->domain);
    for (struct str rest = s->domain; !found;) {
        size_t dot = str_chr(str_from(rest, 1), '.');
        if (rest.n < 2 || dot == SIZE_MAX)
            break;
        rest = str_from(rest, dot + 1);
        found = is(arg, rest);
    }
    if (!found && agencies)
        TRY(agencies_walk(cx, c, s->domain, is, arg, &found));
    if (!found)
        is(arg, STR("*"));
    return OK;
}

struct one {
    struct str pattern;
    bool matched;
};

static bool is_one(void *arg, struct str pattern)
{
    struct one *x = arg;
    x->matched |= str_eq(x->pattern, pattern);
    return x->matched;
}

/* Whether a pattern is one of those that an address has. */
static enum code matches(struct ctx *cx, struct core *c, struct str pattern, struct str address,
                         bool *out)
{
    struct subject s;
    struct one x = {.pattern = pattern};
    *out = false;
    if (!address.n || subject_make(cx, address, &s) != OK)
        return OK; /* the null path is nobody's */
    TRY(patterns_walk(cx, c, &s, true, is_one, &x));
    *out = x.matched;
    return OK;
}

struct search {
    struct ctx *cx;
    struct routing *r;
    const struct table *t;
    struct str sender;
    wanted_fn *wanted;
    const struct route_rule *found;
    enum code code;
};

static bool is_the_rule(void *arg, struct str pattern)
{
    struct search *x = arg;
    for (const struct rule_link *l = map_get(x->t->by_pattern, pattern); l; l = l->next) {
        bool good = l->rule->enabled && x->wanted(l->rule);
        if (good && l->rule->sender.n)
            x->code = matches(x->cx, routing_core(x->r), l->rule->sender, x->sender, &good);
        if (x->code != OK)
            return true;
        if (good) {
            x->found = l->rule;
            return true;
        }
    }
    return false;
}

static enum code rule_find(struct ctx *cx, struct routing *r, const struct table *t,
                           const struct subject *s, struct search *x)
{
    x->cx = cx;
    x->r = r;
    x->t = t;
    if (!t->count)
        return OK;
    TRY(patterns_walk(cx, routing_core(r), s, t->has_agencies, is_the_rule, x));
    return x->code;
}

/* "@domain" changes the domain alone. */
static struct str rewritten(struct ctx *cx, struct str address, struct str text)
{
    struct str local, domain;
    if (text.p[0] != '@' || !address_split(address, &local, &domain))
        return str_dup(cx->arena, text);
    return str_join(cx->arena, (struct str[]){local, text}, 2);
}

static void found_set(struct ctx *cx, const struct route_rule *rule, struct str address,
                      struct routed *out)
{
    out->way = rule->way;
    out->rule = str_dup(cx->arena, rule->name);
    out->address = rule->way == WAY_ADDRESS ? rewritten(cx, address, rule->text) : address;
    out->text = str_dup(cx->arena, rule->text);
    if (rule->way == WAY_ERROR && !ascii_is_digit(rule->text.p[0]))
        out->text = str_join(cx->arena, (struct str[]){STR("550 5.7.1 "), rule->text}, 2);
}

enum code routing_find(struct ctx *cx, struct routing *r, struct str address, struct str sender,
                       struct routed *out)
{
    struct table *t AUTO(table_unref) = NULL;
    struct subject s;
    struct routed to = {.address = address};
    TRY(table_get(cx, r, &t));
    for (int follow = 0; follow < FOLLOW_MAX; follow++) {
        struct search x = {.sender = sender, .wanted = is_for_recipients};
        TRY(subject_make(cx, to.address, &s));
        TRY(rule_find(cx, r, t, &s, &x));
        if (x.found)
            found_set(cx, x.found, to.address, &to);
        if (x.found && x.found->way == WAY_ADDRESS)
            continue;
        struct str route = str_join(cx->arena, (struct str[]){STR("route:"), to.rule}, 2);
        if (!x.found) {
            to.way = WAY_MX;
            to.destination = s.domain;
        } else if (to.way == WAY_MX) {
            to.destination = str_join(cx->arena, (struct str[]){route, STR("/"), s.domain}, 3);
        } else if (is_delivering(x.found)) {
            to.destination = route;
        }
        *out = to;
        return OK;
    }
    return fail(cx, E_LIMIT, "routing: %.*s leads in a circle", STR_ARG(address));
}

enum code routing_has(struct ctx *cx, struct routing *r, struct str domain, bool *out)
{
    struct table *t AUTO(table_unref) = NULL;
    struct subject s = {.address = domain, .domain = domain};
    struct search x = {.wanted = is_delivering};
    TRY(table_get(cx, r, &t));
    TRY(rule_find(cx, r, t, &s, &x));
    *out = x.found && !str_eq(x.found->pattern, STR("*"));
    return OK;
}

enum code routing_address(struct ctx *cx, struct routing *r, struct str address, bool catchall,
                          struct routed *out)
{
    struct table *t AUTO(table_unref) = NULL;
    struct subject s;
    struct search x = {.wanted = is_for_addresses};
    TRY(table_get(cx, r, &t));
    if (!t->count)
        return fail(cx, E_NOT_FOUND, "routing: no rules");
    TRY(subject_make(cx, address, &s));
    if (catchall) {
        struct str pattern = str_join(cx->arena, (struct str[]){STR("catchall:"), s.domain}, 2);
        x.cx = cx;
        x.r = r;
        x.t = t;
        is_the_rule(&x, pattern);
    } else {
        TRY(rule_find(cx, r, t, &s, &x));
    }
    if (x.code != OK)
        return x.code;
    if (!x.found)
        return fail(cx, E_NOT_FOUND, "routing: no rule for the address");
    found_set(cx, x.found, address, out);
    return OK;
}

enum code routing_sender(struct ctx *cx, struct routing *r, struct str sender, struct str *out)
{
    struct table *t AUTO(table_unref) = NULL;
    struct subject s;
    struct search x = {.wanted = is_for_senders};
    TRY(table_get(cx, r, &t));
    *out = sender;
    if (!t->has_senders || !sender.n || subject_make(cx, sender, &s) != OK)
        return OK;
    TRY(rule_find(cx, r, t, &s, &x));
    if (x.found)
        *out = rewritten(cx, sender, x.found->text);
    return OK;
}
