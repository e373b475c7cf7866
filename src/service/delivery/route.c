/* Where mail for an address goes. */
#include "core/meter.h"
#include "format/address.h"
#include "format/domain.h"
#include "service/admission/srs.h"
#include "service/delivery/parts.h"
#include "service/transport/routing.h"

enum { FOREST_DEPTH_MAX = 64, FOLLOW_MAX = 10 };

/* An address being looked up, perhaps by way of others. */
struct asked {
    uint64_t size_bytes;
    int depth;
    uint64_t domain;    /* out: of the forest, or 0 */
    struct route route; /* out */
};
static enum code address_route(struct ctx *cx, struct delivery *d, struct str address,
                               struct asked *asked);

/* Each must reach somebody in every domain (RFC 5321 section 4.5.1, RFC 2142). */
static bool is_duty(struct str local)
{
    return str_ieq(local, STR("postmaster")) || str_ieq(local, STR("abuse"));
}

static struct str spec(struct ctx *cx, struct str local, struct str domain)
{
    return str_join(cx->arena, (struct str[]){local, STR("@"), domain}, 3);
}

/* Up the forest, then the configured address. */
static enum code duty_find(struct ctx *cx, struct delivery *d, struct str local,
                           const struct domain *from, struct principal *out)
{
    uint64_t parent = from ? from->parent : 0;
    for (int depth = 0; parent && depth < FOREST_DEPTH_MAX; depth++) {
        struct domain up;
        TRY(directory_domain_by_id(cx, d->core, parent, &up));
        enum code code = directory_by_address(cx, d->core, spec(cx, local, up.name), out);
        if (code != E_NOT_FOUND)
            return code;
        parent = up.parent;
    }
    if (d->config.postmaster.n == 0)
        return fail(cx, E_NOT_FOUND, "no postmaster address is configured");
    return directory_by_address(cx, d->core, d->config.postmaster, out);
}

/* The principal of an address in a hosted domain, by its whole local part or without its detail. */
static enum code principal_find(struct ctx *cx, struct delivery *d, const struct domain *domain,
                                struct str local, struct principal *out, struct str *detail)
{
    *detail = (struct str){0};
    enum code code = directory_by_address(cx, d->core, spec(cx, local, domain->name), out);
    char separator = d->config.sub_address_separator;
    size_t at = separator ? str_chr(local, separator) : SIZE_MAX;
    if (code == E_NOT_FOUND && at != SIZE_MAX && at > 0) {
        struct str base = str_sub(local, 0, at);
        code = directory_by_address(cx, d->core, spec(cx, base, domain->name), out);
        if (code == OK)
            *detail = str_from(local, at + 1);
        local = base;
    }
    if (code == E_NOT_FOUND && is_duty(local))
        code = duty_find(cx, d, local, domain, out);
    return code;
}

/* A full mailbox is told at once, to the one address that was named. */
static enum code may_receive(struct ctx *cx, struct delivery *d, account_id account,
                             uint64_t size_bytes)
{
    return account_may_receive_now(cx, d->core, account, size_bytes);
}

static void outside_set(struct ctx *cx, struct route *out, struct str address)
{
    out->outside = ARENA_NEW(cx->arena, struct str);
    out->outside[0] = address;
    out->outside_count = 1;
}

static enum code group_route(struct ctx *cx, struct delivery *d, principal_id group,
                             struct route *out)
{
    principal_id *members;
    size_t count, kept = 0;
    TRY(directory_expand(cx, d->core, group, &members, &count));
    struct route_target *targets = ARENA_ARRAY(cx->arena, count ? count : 1, struct route_target);
    struct str *outside = ARENA_ARRAY(cx->arena, count ? count : 1, struct str);
    size_t outside_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct principal p;
        TRY(directory_by_id(cx, d->core, members[i], &p));
        if (p.kind == PRINCIPAL_CONTACT && !d->queue)
            return fail(cx, E_UNSUPPORTED, "a group has members elsewhere");
        if (p.kind == PRINCIPAL_CONTACT)
            outside[outside_count++] = p.forward;
        if (p.has_account)
            targets[kept++] = (struct route_target){.who = p.id,
                                                    .account = p.id,
                                                    .domain = p.domain,
                                                    .over_quota_ok = !d->queue,
                                                    .in_group = true};
    }
    if (kept + outside_count == 0)
        return fail(cx, E_NOT_FOUND, "a group without mailboxes");
    out->kind = ROUTE_LOCAL;
    out->outside = outside;
    out->outside_count = outside_count;
    out->targets = targets;
    out->target_count = kept;
    return OK;
}

static enum code principal_route(struct ctx *cx, struct delivery *d, const struct principal *p,
                                 struct str detail, uint64_t size_bytes, struct route *out)
{
    if (p->kind == PRINCIPAL_GROUP)
        return group_route(cx, d, p->id, out);
    if (p->kind == PRINCIPAL_CONTACT) {
        out->kind = d->queue ? ROUTE_LOCAL : ROUTE_ELSEWHERE;
        outside_set(cx, out, p->forward);
        return OK;
    }
    if (!p->has_account)
        return fail(cx, E_NOT_FOUND, "a principal without a mailbox");
    TRY(may_receive(cx, d, p->id, size_bytes));
    out->kind = ROUTE_LOCAL;
    out->targets = ARENA_NEW(cx->arena, struct route_target);
    out->targets[0] = (struct route_target){
        .who = p->id, .account = p->id, .domain = p->domain, .detail = detail};
    out->target_count = 1;
    return OK;
}

/* OK with *hosted false: not a domain of this server. out->id is 0 when it is not of the forest. */
static enum code domain_find(struct ctx *cx, struct delivery *d, struct str name,
                             struct domain *out, bool *hosted)
{
    *out = (struct domain){0};
    enum code code = directory_domain_by_name(cx, d->core, name, out);
    *hosted = code == OK && out->kind == DOMAIN_HOSTED;
    /* What is no domain name (a literal) is nobody's here. */
    if (code == E_NOT_FOUND || code == E_SYNTAX)
        return OK;
    return code;
}

static void refusal_set(struct ctx *cx, const struct routed *where, struct route *out)
{
    out->kind = ROUTE_REFUSED;
    out->refusal = where->way == WAY_RELOCATED
                       ? str_printf(cx->arena, "551 5.1.6 The recipient has moved to <%.*s>",
                                    STR_ARG(where->text))
                       : str_dup(cx->arena, where->text);
}

/* An agency's own system takes mail from everybody, if a rule says where it is: without one its MX
   may well be this server. */
static enum code outside_route(struct ctx *cx, struct delivery *d, struct str address,
                               const struct domain *domain, struct route *out)
{
    bool has = false;
    if (domain->id && d->routing) {
        if (!domain->enabled)
            return fail(cx, E_DENIED, "the domain is disabled");
        TRY(routing_has(cx, d->routing, domain->name, &has));
    }
    out->kind = has ? ROUTE_ROUTED : ROUTE_ELSEWHERE;
    out->domain = has ? domain->id : 0;
    outside_set(cx, out, address);
    if (!d->routing)
        return OK;
    struct routed where;
    TRY(routing_find(cx, d->routing, address, (struct str){0}, &where));
    if (where.way == WAY_ERROR || where.way == WAY_RELOCATED)
        refusal_set(cx, &where, out);
    return OK;
}

/* What a rule makes of an address: another one, or a refusal. OK with *done false: nothing. */
static enum code rule_route(struct ctx *cx, struct delivery *d, struct str address, bool catchall,
                            struct asked *asked, bool *done)
{
    struct routed to;
    if (!d->routing)
        return OK;
    enum code code = routing_address(cx, d->routing, address, catchall, &to);
    if (code == E_NOT_FOUND || code == E_SYNTAX)
        return OK;
    TRY(code);
    *done = true;
    if (to.way == WAY_ADDRESS) {
        if (asked->depth++ == FOLLOW_MAX)
            return fail(cx, E_NOT_FOUND, "rules lead in a circle");
        return address_route(cx, d, to.address, asked);
    }
    refusal_set(cx, &to, &asked->route);
    return OK;
}

/* A return path that we gave to what was passed on: its reports go to who sent it. */
static enum code reports_route(struct ctx *cx, struct delivery *d, struct str address,
                               struct asked *asked, bool *done)
{
    struct str sender;
    *done = false;
    if (!d->srs || !d->queue)
        return OK;
    enum code code = srs_reverse(cx, d->srs, address, done, &sender);
    if (code == E_DENIED) {
        asked->route =
            (struct route){.kind = ROUTE_REFUSED,
                           .refusal = STR("550 5.7.1 This return path is not ours, or too old")};
        *done = true;
        return OK;
    }
    TRY(code);
    if (!*done)
        return OK;
    TRY(address_route(cx, d, sender, asked));
    if (asked->route.kind == ROUTE_ELSEWHERE)
        asked->route.kind = ROUTE_LOCAL; /* not relaying: it was here before */
    asked->route.reports_only = true;
    return OK;
}

enum code delivery_route(struct ctx *cx, struct delivery *d, struct str address,
                         principal_id sender, uint64_t size_bytes, struct route *out)
{
    struct asked asked = {.size_bytes = size_bytes};
    (void)sender;
    bool done;
    enum code code = reports_route(cx, d, address, &asked, &done);
    if (code == OK && !done)
        code = address_route(cx, d, address, &asked);
    bool refused = code == E_NOT_FOUND || code == E_LIMIT || code == E_DENIED;
    if (d->meter && asked.domain && (refused || asked.route.kind == ROUTE_REFUSED))
        meter_add(d->meter, cx->now_ms, asked.domain, METER_REFUSED_IN, 1);
    TRY(code);
    asked.route.address = address;
    *out = asked.route;
    return OK;
}

static enum code address_route(struct ctx *cx, struct delivery *d, struct str address,
                               struct asked *asked)
{
    struct route route = {.address = address};
    struct str local, domain_name, detail = {0};
    struct domain domain;
    struct principal p;
    bool hosted, done = false;
    TRY(rule_route(cx, d, address, false, asked, &done));
    if (done)
        return OK;
    if (str_ieq(address, STR("postmaster"))) {
        domain_name = d->core->host_name;
        local = address;
    } else if (!address_split(address, &local, &domain_name)) {
        return fail(cx, E_SYNTAX, "an address without a domain");
    }
    TRY(domain_find(cx, d, domain_name, &domain, &hosted));
    asked->domain = domain.id;
    if (!hosted && str_ieq(address, STR("postmaster"))) {
        TRY(duty_find(cx, d, local, NULL, &p));
    } else if (!hosted) {
        TRY(outside_route(cx, d, address, &domain, &route));
        asked->route = route;
        return OK;
    } else {
        if (!domain.enabled)
            return fail(cx, E_DENIED, "the domain is disabled");
        enum code code = principal_find(cx, d, &domain, local, &p, &detail);
        if (code == E_NOT_FOUND)
            TRY(rule_route(cx, d, address, true, asked, &done));
        if (done)
            return OK;
        TRY(code);
    }
    TRY(principal_route(cx, d, &p, detail, asked->size_bytes, &route));
    asked->route = route;
    return OK;
}
