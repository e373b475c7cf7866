#include "server/command/common.h"
#include "service/sharing/notice.h"

static enum code group_add(struct ctx *cx, struct command_call *call)
{
    struct principal new = {.kind = PRINCIPAL_GROUP, .enabled = true};
    struct domain domain;
    struct str address;
    args_value(&call->args, "--name", &new.display);
    TRY(args_take(cx, &call->args, "ADDRESS", &address));
    TRY(args_done(cx, &call->args));
    size_t at = str_rchr(address, '@');
    if (at == SIZE_MAX)
        return fail(cx, E_SYNTAX, "%.*s is not an address", STR_ARG(address));
    TRY(directory_domain_by_name(cx, call->server->core, str_from(address, at + 1), &domain));
    new.domain = domain.id;
    new.name = str_sub(address, 0, at);
    new.address = address;
    TRY(directory_add(cx, call->server->core, &new, NULL, &new.id));
    cmd_done(call, "group added", address);
    return OK;
}

static enum code take_group(struct ctx *cx, struct command_call *call, struct principal *out)
{
    TRY(cmd_take_principal(cx, call, "GROUP", out));
    if (out->kind != PRINCIPAL_GROUP)
        return fail(cx, E_NOT_FOUND, "%.*s is not a group", STR_ARG(out->address));
    return OK;
}

static enum code group_join(struct ctx *cx, struct command_call *call)
{
    struct principal group, member;
    TRY(take_group(cx, call, &group));
    TRY(cmd_take_principal(cx, call, "MEMBER", &member));
    TRY(args_done(cx, &call->args));
    const struct share_member joined = {group.id, member.id, .joins = true};
    TRY(share_member(cx, call->server->core, &joined));
    cmd_done(call, "joined", member.address);
    return OK;
}

static enum code group_leave(struct ctx *cx, struct command_call *call)
{
    struct principal group, member;
    TRY(take_group(cx, call, &group));
    TRY(cmd_take_principal(cx, call, "MEMBER", &member));
    TRY(args_done(cx, &call->args));
    const struct share_member left = {group.id, member.id, .joins = false};
    TRY(share_member(cx, call->server->core, &left));
    cmd_done(call, "left", member.address);
    return OK;
}

static enum code group_members(struct ctx *cx, struct command_call *call)
{
    struct principal group;
    bool all = args_flag(&call->args, "--all");
    TRY(take_group(cx, call, &group));
    TRY(args_done(cx, &call->args));
    principal_id *ids;
    size_t count;
    struct core *c = call->server->core;
    if (all)
        TRY(directory_expand(cx, c, group.id, &ids, &count));
    else
        TRY(directory_members(cx, c, group.id, &ids, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        struct principal member;
        TRY(directory_by_id(cx, c, ids[i], &member));
        json_object(call->out);
        json_key(call->out, "address");
        json_str(call->out, member.address);
        json_key(call->out, "name");
        json_str(call->out, member.display);
        json_key(call->out, "kind");
        json_str(call->out, str_z(cmd_kind_name(member.kind)));
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static enum code group_remove(struct ctx *cx, struct command_call *call)
{
    struct principal group;
    TRY(take_group(cx, call, &group));
    TRY(args_done(cx, &call->args));
    TRY(directory_remove(cx, call->server->core, group.id));
    cmd_done(call, "group removed", group.address);
    return OK;
}

const struct command group_commands[] = {
    {.words = "group add",
     .usage = "ADDRESS [--name N]",
     .summary = "add a group",
     .help = "Mail to its address goes to all members.",
     .example = "postroad group add staff@health.example --name \"All staff\"",
     .changes = true,
     .run = group_add},
    {.words = "group join",
     .usage = "GROUP MEMBER",
     .summary = "add a member; groups can be members",
     .help = "",
     .example = "postroad group join staff@health.example jane.roe@health.example",
     .changes = true,
     .run = group_join},
    {.words = "group leave",
     .usage = "GROUP MEMBER",
     .summary = "remove a member",
     .help = "",
     .example = "postroad group leave staff@health.example jane.roe@health.example",
     .changes = true,
     .run = group_leave},
    {.words = "group members",
     .usage = "GROUP [--all]",
     .summary = "who is in a group; --all: through nested groups too",
     .help = "",
     .example = "postroad group members staff@health.example --all",
     .run = group_members},
    {.words = "group remove",
     .usage = "GROUP",
     .summary = "remove a group",
     .help = "",
     .example = "postroad group remove staff@health.example",
     .changes = true,
     .run = group_remove},
    {0},
};
