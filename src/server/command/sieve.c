/* Sieve scripts of accounts, domains and the forest. */
#include "core/script/script.h"
#include "server/command/common.h"
#include "service/filter.h"

/* "jane@health.example", "health.example" or "forest". */
static enum code take_owner(struct ctx *cx, struct command_call *call, struct script_owner *out)
{
    struct str word;
    struct principal who;
    struct domain d;
    TRY(args_take(cx, &call->args, "OWNER", &word));
    *out = (struct script_owner){.level = SCRIPT_OF_DOMAIN};
    if (str_eq(word, STR("forest")))
        return OK;
    if (str_chr(word, '@') == SIZE_MAX) {
        enum code code = directory_domain_by_name(cx, call->server->core, word, &d);
        if (code == E_NOT_FOUND)
            return fail(cx, E_NOT_FOUND, "there is no domain %.*s", STR_ARG(word));
        out->id = d.id;
        return code;
    }
    enum code code = directory_by_login(cx, call->server->core, word, &who);
    if (code == E_NOT_FOUND || (code == OK && !who.has_account))
        return fail(cx, E_NOT_FOUND, "%.*s has no mailbox", STR_ARG(word));
    *out = (struct script_owner){.level = SCRIPT_OF_ACCOUNT, .id = who.id};
    return code;
}

/* Accounts have one place; for domains --before or --after says which. *given: one was named. */
static enum code take_place(struct ctx *cx, struct command_call *call, enum script_place *out,
                            bool *given)
{
    bool before = args_flag(&call->args, "--before"), after = args_flag(&call->args, "--after");
    *out = after ? SCRIPT_AFTER : SCRIPT_BEFORE;
    *given = before || after;
    return before && after ? fail(cx, E_SYNTAX, "--before or --after, not both") : OK;
}

static enum code place_check(struct ctx *cx, const struct script_owner *owner, bool given)
{
    if (owner->level == SCRIPT_OF_ACCOUNT && given)
        return fail(cx, E_SYNTAX, "--before and --after are for domains and the forest");
    if (owner->level == SCRIPT_OF_DOMAIN && !given)
        return fail(cx, E_SYNTAX, "say --before or --after: when it runs");
    return OK;
}

static enum code put(struct ctx *cx, struct command_call *call)
{
    struct sieve_problems problems = {0};
    struct script_owner owner;
    enum script_place place;
    struct str name;
    bool given, activate = args_flag(&call->args, "--activate");
    TRY(take_place(cx, call, &place, &given));
    TRY(take_owner(cx, call, &owner));
    TRY(args_take(cx, &call->args, "NAME", &name));
    TRY(args_done(cx, &call->args));
    if (activate || given)
        TRY(place_check(cx, &owner, given));
    enum code code = filters_put(cx, call->server->filters, &owner, name, call->input, &problems);
    if (code != OK && problems.count)
        return fail(cx, E_SYNTAX, "line %u: %.*s", problems.at[0].line,
                    STR_ARG(problems.at[0].text));
    TRY(code);
    if (activate || given)
        TRY(script_activate(cx, call->server->core, &owner, place, name));
    cmd_done(call, activate || given ? "stored, and it runs" : "stored", name);
    return OK;
}

static void script_show(struct ctx *cx, struct json *j, const struct script *s,
                        const struct script_owner *owner)
{
    const char *runs = "";
    if (owner->level == SCRIPT_OF_ACCOUNT)
        runs = s->is_active[SCRIPT_ACTIVE] ? "active" : "";
    else if (s->is_active[SCRIPT_BEFORE])
        runs = s->is_active[SCRIPT_AFTER] ? "before, after" : "before";
    else if (s->is_active[SCRIPT_AFTER])
        runs = "after";
    json_object(j);
    json_key(j, "name");
    json_str(j, s->name);
    json_key(j, "runs");
    json_str(j, str_z(runs));
    json_key(j, "bytes");
    json_u64(j, s->bytes);
    json_key(j, "changed");
    json_str(j, cmd_time(cx->arena, s->changed_ms));
    json_object_end(j);
}

static enum code list(struct ctx *cx, struct command_call *call)
{
    struct script_owner owner;
    struct script *all;
    size_t count;
    TRY(take_owner(cx, call, &owner));
    TRY(args_done(cx, &call->args));
    TRY(script_list(cx, call->server->core, &owner, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++)
        script_show(cx, call->out, &all[i], &owner);
    json_array_end(call->out);
    return OK;
}

static enum code take_script(struct ctx *cx, struct command_call *call, struct script_owner *owner,
                             struct str *name)
{
    TRY(take_owner(cx, call, owner));
    return args_take(cx, &call->args, "NAME", name);
}

static enum code get(struct ctx *cx, struct command_call *call)
{
    struct script_owner owner;
    struct script s;
    struct str name, text;
    TRY(take_script(cx, call, &owner, &name));
    TRY(args_done(cx, &call->args));
    TRY(script_find(cx, call->server->core, &owner, name, &s));
    TRY(script_text(cx, call->server->core, &s.text, &text));
    json_object(call->out);
    json_key(call->out, "name");
    json_str(call->out, s.name);
    json_key(call->out, "script");
    json_str(call->out, text);
    json_object_end(call->out);
    return OK;
}

static enum code activate(struct ctx *cx, struct command_call *call)
{
    struct script_owner owner;
    enum script_place place;
    struct str name;
    bool given;
    TRY(take_place(cx, call, &place, &given));
    TRY(take_script(cx, call, &owner, &name));
    TRY(args_done(cx, &call->args));
    TRY(place_check(cx, &owner, given));
    TRY(script_activate(cx, call->server->core, &owner, place, name));
    cmd_done(call, "it runs", name);
    return OK;
}

static enum code deactivate(struct ctx *cx, struct command_call *call)
{
    struct script_owner owner;
    enum script_place place;
    bool given;
    TRY(take_place(cx, call, &place, &given));
    TRY(take_owner(cx, call, &owner));
    TRY(args_done(cx, &call->args));
    TRY(place_check(cx, &owner, given));
    TRY(script_activate(cx, call->server->core, &owner, place, STR("")));
    cmd_done(call, "none runs", STR(""));
    return OK;
}

static enum code rename_script(struct ctx *cx, struct command_call *call)
{
    struct script_owner owner;
    struct str name, to;
    TRY(take_script(cx, call, &owner, &name));
    TRY(args_take(cx, &call->args, "TO", &to));
    TRY(args_done(cx, &call->args));
    TRY(script_rename(cx, call->server->core, &owner, name, to));
    cmd_done(call, "renamed", to);
    return OK;
}

static enum code drop(struct ctx *cx, struct command_call *call)
{
    struct script_owner owner;
    struct str name;
    TRY(take_script(cx, call, &owner, &name));
    TRY(args_done(cx, &call->args));
    TRY(script_remove(cx, call->server->core, &owner, name));
    cmd_done(call, "removed", name);
    return OK;
}

static const char *const forwards[FORWARD_END] = {"inherited", "allowed", "refused"};

static enum code forward(struct ctx *cx, struct command_call *call)
{
    struct script_owner owner;
    struct str word;
    TRY(take_owner(cx, call, &owner));
    TRY(args_take(cx, &call->args, "allowed, refused or inherited", &word));
    TRY(args_done(cx, &call->args));
    if (owner.level != SCRIPT_OF_DOMAIN)
        return fail(cx, E_SYNTAX, "that is set for domains and the forest");
    for (size_t i = 0; i < FORWARD_END; i++) {
        if (!str_eq(word, str_z(forwards[i])))
            continue;
        TRY(script_set_forward(cx, call->server->core, owner.id, (enum script_forward)i));
        cmd_done(call, "forwarding to the outside", word);
        return OK;
    }
    return fail(cx, E_SYNTAX, "allowed, refused or inherited");
}

static struct str domain_name(struct ctx *cx, const struct server *s, uint64_t id)
{
    struct domain d;
    if (!id)
        return STR("forest");
    return directory_domain_by_id(cx, s->core, id, &d) == OK
               ? d.name
               : str_printf(cx->arena, "%ju", (uintmax_t)id);
}

static enum code systems(struct ctx *cx, struct command_call *call)
{
    struct script_system *all;
    size_t count;
    TRY(args_done(cx, &call->args));
    TRY(script_systems(cx, call->server->core, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_object(call->out);
        json_key(call->out, "domain");
        json_str(call->out, domain_name(cx, call->server, all[i].domain));
        json_key(call->out, "before");
        json_bool(call->out, all[i].has[SCRIPT_BEFORE]);
        json_key(call->out, "after");
        json_bool(call->out, all[i].has[SCRIPT_AFTER]);
        json_key(call->out, "forward");
        json_str(call->out, str_z(forwards[all[i].forward]));
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

#define OWNERS "OWNER is an address, a domain, or forest."

const struct command sieve_commands[] = {
    {.words = "sieve put",
     .usage = "OWNER NAME [--activate|--before|--after] <FILE",
     .summary = "store a Sieve script",
     .help = OWNERS " Refused when it is wrong. --activate lets a\n"
                    "person's run from now on; --before and --after a domain's, before and after\n"
                    "those of its people and of the people of all domains below it.",
     .example = "postroad sieve put health.example banner --before <banner.sieve",
     .input = INPUT_FILE,
     .changes = true,
     .run = put},
    {.words = "sieve list",
     .usage = "OWNER",
     .summary = "scripts, and which of them run",
     .help = OWNERS,
     .example = "postroad sieve list jane@health.example",
     .run = list},
    {.words = "sieve get",
     .usage = "OWNER NAME",
     .summary = "a script's text",
     .help = OWNERS,
     .example = "postroad sieve get jane@health.example vacation",
     .run = get},
    {.words = "sieve activate",
     .usage = "OWNER NAME [--before|--after]",
     .summary = "let a script run from now on",
     .help = OWNERS " Domains need --before or --after.",
     .example = "postroad sieve activate jane@health.example vacation",
     .changes = true,
     .run = activate},
    {.words = "sieve deactivate",
     .usage = "OWNER [--before|--after]",
     .summary = "let none run",
     .help = OWNERS " Domains need --before or --after.",
     .example = "postroad sieve deactivate jane@health.example",
     .changes = true,
     .run = deactivate},
    {.words = "sieve rename",
     .usage = "OWNER NAME TO",
     .summary = "give a script another name",
     .help = OWNERS " An active one stays active.",
     .example = "postroad sieve rename jane@health.example vacation summer",
     .changes = true,
     .run = rename_script},
    {.words = "sieve remove",
     .usage = "OWNER NAME",
     .summary = "remove a script that does not run",
     .help = OWNERS,
     .example = "postroad sieve remove jane@health.example vacation",
     .changes = true,
     .run = drop},
    {.words = "sieve forward",
     .usage = "DOMAIN|forest allowed|refused|inherited",
     .summary = "may scripts send mail on to the outside",
     .help = "Unless a domain or one above it allows it, mail stays in the forest: what a script\n"
             "sends on to the outside is kept, and its owner is told.",
     .example = "postroad sieve forward health.example allowed",
     .changes = true,
     .run = forward},
    {.words = "sieve domains",
     .usage = "",
     .summary = "domains that have scripts which run, or say whether mail may be sent on",
     .help = "",
     .example = "postroad sieve domains",
     .run = systems},
    {0},
};
