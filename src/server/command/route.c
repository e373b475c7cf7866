/* The table of routes. */
#include "server/command/common.h"
#include "service/transport/admin.h"
#include "service/transport/routing.h"

/* Options that say where mail goes, and the words for it. */
static const struct target {
    enum way way;
    const char *option, *name;
    bool hosts, text;
} targets[] = {
    {WAY_MX, "--mx", "mx", false, false},
    {WAY_HOSTS, "--to", "hosts", true, false},
    {WAY_LMTP, "--lmtp", "lmtp", true, false},
    {WAY_FILE, "--file", "file", false, true},
    {WAY_DISCARD, "--discard", "discard", false, false},
    {WAY_ERROR, "--error", "error", false, true},
    {WAY_RELOCATED, "--moved-to", "moved", false, true},
    {WAY_ADDRESS, "--rewrite-to", "rewrite", false, true},
    {WAY_SENDER, "--sender-becomes", "masquerade", false, true},
};
enum { TARGETS = sizeof targets / sizeof targets[0] };

static const char *const demands[] = {[TLS_WHEN_OFFERED] = "when-offered",
                                      [TLS_ENCRYPTED] = "encrypted",
                                      [TLS_VERIFIED] = "verified",
                                      [TLS_NEVER] = "never"};

static const struct target *target_of(enum way way)
{
    for (size_t i = 0; i < TARGETS; i++)
        if (targets[i].way == way)
            return &targets[i];
    return &targets[0];
}

static enum code target_take(struct ctx *cx, struct args *args, struct route_rule *rule)
{
    for (size_t i = 0; i < TARGETS; i++) {
        const struct target *t = &targets[i];
        struct str value = {0};
        bool there =
            t->hosts || t->text ? args_value(args, t->option, &value) : args_flag(args, t->option);
        if (!there)
            continue;
        if (rule->way)
            return fail(cx, E_SYNTAX, "a route goes one way: %s or %s",
                        target_of(rule->way)->option, t->option);
        rule->way = t->way;
        if (t->text)
            rule->text = value;
        if (t->hosts)
            TRY(routing_hops_parse(cx, value, rule));
    }
    if (!rule->way)
        return fail(cx, E_SYNTAX, "say where its mail goes: --mx, --to, --lmtp, --file, ...");
    return OK;
}

static enum code tls_take(struct ctx *cx, struct args *args, struct route_rule *rule)
{
    struct str value;
    args_value(args, "--tls-name", &rule->tls_name);
    if (!args_value(args, "--tls", &value))
        return OK;
    for (int i = 0; i < TLS_DEMAND_END; i++) {
        if (str_eq(value, str_z(demands[i]))) {
            rule->tls = (enum tls_demand)i;
            return OK;
        }
    }
    return fail(cx, E_SYNTAX, "--tls is when-offered, encrypted, verified or never");
}

static enum code number(struct ctx *cx, struct args *args, const char *name, uint32_t *out)
{
    uint64_t value = 0;
    TRY(args_number(cx, args, name, &value));
    if (value > 1000000)
        return fail(cx, E_SYNTAX, "%s: at most 1000000", name);
    *out = (uint32_t)value;
    return OK;
}

static enum code rule_named(struct ctx *cx, struct command_call *call, struct str name,
                            struct route_rule *out)
{
    struct route_rule *rules;
    size_t count;
    TRY(routing_list(cx, call->server->routing, &rules, &count));
    for (size_t i = 0; i < count; i++) {
        if (str_eq(rules[i].name, name)) {
            *out = rules[i];
            return OK;
        }
    }
    return fail(cx, E_NOT_FOUND, "there is no route %.*s", STR_ARG(name));
}

static enum code set(struct ctx *cx, struct command_call *call)
{
    struct args *args = &call->args;
    struct route_rule *rule = ARENA_NEW(cx->arena, struct route_rule);
    rule->enabled = !args_flag(args, "--off");
    rule->etrn = args_flag(args, "--etrn");
    args_value(args, "--for", &rule->pattern);
    args_value(args, "--from", &rule->sender);
    args_value(args, "--user", &rule->user);
    TRY(target_take(cx, args, rule));
    TRY(tls_take(cx, args, rule));
    TRY(number(cx, args, "--connections", &rule->connections));
    TRY(number(cx, args, "--per-minute", &rule->per_minute));
    TRY(args_take(cx, args, "NAME", &rule->name));
    TRY(args_done(cx, args));
    if (!rule->pattern.n)
        return fail(cx, E_SYNTAX,
                    "say whose mail: --for ADDRESS, DOMAIN, .DOMAIN, "
                    "agency:DOMAIN, catchall:DOMAIN or '*'");
    struct route_rule before;
    enum code code = rule_named(cx, call, rule->name, &before);
    if (code == OK)
        rule->password = before.password;
    else if (code != E_NOT_FOUND)
        return code;
    TRY(routing_set(cx, call->server->routing, rule));
    queue_reroute(call->server->queue);
    cmd_done(call, "route set", rule->name);
    return OK;
}

static enum code password(struct ctx *cx, struct command_call *call)
{
    struct route_rule rule;
    struct str name;
    TRY(args_take(cx, &call->args, "NAME", &name));
    TRY(args_done(cx, &call->args));
    TRY(rule_named(cx, call, name, &rule));
    rule.password = call->input;
    TRY(routing_set(cx, call->server->routing, &rule));
    cmd_done(call, "route password set", name);
    return OK;
}

static enum code delete (struct ctx *cx, struct command_call *call) {
    struct str name; TRY(args_take(cx, &call->args, "NAME", &name));
    TRY(args_done(cx, &call->args));
    TRY(routing_delete(cx, call->server->routing, name));
    queue_reroute(call->server->queue);
    cmd_done(call, "route deleted", name);
    return OK;
}

static struct str hosts_text(struct ctx *cx, const struct route_rule *rule)
{
    struct buf b = buf_of(cx->arena, 8192);
    for (size_t i = 0; i < rule->hop_count; i++) {
        const struct hop *h = &rule->hops[i];
        bool six = str_chr(h->host, ':') != SIZE_MAX;
        buf_printf(&b, "%s%s%.*s%s", i ? "," : "", six ? "[" : "", STR_ARG(h->host),
                   six ? "]" : "");
        if (h->port)
            buf_printf(&b, ":%u", h->port);
        if (h->preference)
            buf_printf(&b, "/%u", h->preference);
        if (h->weight != 1)
            buf_printf(&b, "*%u", h->weight);
    }
    return buf_str(&b);
}

static void put(struct json *j, const char *key, struct str value)
{
    json_key(j, key);
    json_str(j, value);
}

static enum code list(struct ctx *cx, struct command_call *call)
{
    struct route_rule *rules;
    size_t count;
    struct json *j = call->out;
    TRY(args_done(cx, &call->args));
    TRY(routing_list(cx, call->server->routing, &rules, &count));
    json_array(j);
    for (size_t i = 0; i < count; i++) {
        const struct route_rule *r = &rules[i];
        json_object(j);
        put(j, "route", r->name);
        put(j, "for", r->pattern);
        put(j, "from", r->sender);
        put(j, "way", str_z(target_of(r->way)->name));
        put(j, "to", r->hop_count ? hosts_text(cx, r) : r->text);
        put(j, "user", r->user);
        put(j, "tls", str_z(demands[r->tls]));
        json_key(j, "connections");
        json_u64(j, r->connections);
        json_key(j, "per_minute");
        json_u64(j, r->per_minute);
        json_key(j, "etrn");
        json_bool(j, r->etrn);
        json_key(j, "on");
        json_bool(j, r->enabled);
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}

static enum code test(struct ctx *cx, struct command_call *call)
{
    struct str address, sender = {0};
    struct delivery *d = call->server->delivery;
    struct route route;
    static const char *const kinds[] = {[ROUTE_LOCAL] = "here",
                                        [ROUTE_ELSEWHERE] = "elsewhere",
                                        [ROUTE_REFUSED] = "refused",
                                        [ROUTE_ROUTED] = "agency"};
    args_value(&call->args, "--from", &sender);
    TRY(args_take(cx, &call->args, "ADDRESS", &address));
    TRY(args_done(cx, &call->args));
    TRY(delivery_route(cx, d, address, 0, 0, &route));
    struct json *j = call->out;
    json_array(j);
    size_t rows = route.outside_count ? route.outside_count : 1;
    for (size_t i = 0; i < rows; i++) {
        struct routed to = {.address = address};
        if (i < route.outside_count)
            TRY(routing_find(cx, call->server->routing, route.outside[i], sender, &to));
        json_object(j);
        put(j, "address", to.address);
        put(j, "kind", str_z(kinds[route.kind]));
        json_key(j, "mailboxes");
        json_u64(j, route.target_count);
        put(j, "way", to.way ? str_z(target_of(to.way)->name) : STR(""));
        put(j, "route", to.rule);
        put(j, "destination", to.destination);
        put(j, "refusal", route.refusal.n ? route.refusal : to.text);
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}

const struct command route_commands[] = {
    {.words = "route list",
     .usage = "",
     .summary = "the table of routes",
     .help = "",
     .example = "postroad route list",
     .run = list},
    {.words = "route set",
     .usage = "NAME --for PATTERN [--from PATTERN] (--mx | --to HOSTS | --lmtp HOSTS | "
              "--file DIR | --discard | --error TEXT | --moved-to ADDRESS | "
              "--rewrite-to ADDRESS|@DOMAIN | --sender-becomes ADDRESS|@DOMAIN) [--user NAME] "
              "[--tls when-offered|encrypted|verified|never] [--tls-name NAME] "
              "[--connections N] [--per-minute N] [--etrn] [--off]",
     .summary = "add a route, or replace the one of that name",
     .help =
         "PATTERN: an address, a domain, .DOMAIN (all below it), agency:DOMAIN (that domain of\n"
         "the forest and all below it), catchall:DOMAIN (addresses that nobody has), or '*'.\n"
         "The narrowest wins. --from: for these senders alone.\n"
         "HOSTS: HOST[:PORT][/PREFERENCE][*WEIGHT],... The password for --user is set by\n"
         "`route password`, and stays. Queued mail finds its way anew.",
     .example = "postroad route set health --for agency:health.example "
                "--to mx1.health.example,mx2.health.example/10 --tls verified",
     .changes = true,
     .run = set},
    {.words = "route password",
     .usage = "NAME",
     .summary = "set the password that a route logs in to its hosts with",
     .help = "",
     .example = "postroad route password health",
     .input = INPUT_PASSWORD,
     .changes = true,
     .run = password},
    {.words = "route delete",
     .usage = "NAME",
     .summary = "delete a route",
     .help = "Queued mail finds its way anew.",
     .example = "postroad route delete health",
     .changes = true,
     .run = delete},
    {.words = "route test",
     .usage = "ADDRESS [--from ADDRESS]",
     .summary = "where mail for an address would go",
     .help = "",
     .example = "postroad route test jane@example.org",
     .run = test},
    {0},
};
