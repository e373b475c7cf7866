/* Devices that are told of new mail by a push service. */
#include "service/push/push.h"
#include "server/command/common.h"

static void put(struct ctx *cx, struct json *out, const struct push_device *d, struct str address)
{
    json_object(out);
    json_key(out, "address");
    json_str(out, address);
    json_key(out, "token");
    json_str(out, d->token);
    json_key(out, "program");
    json_str(out, d->subtopic);
    json_key(out, "registered");
    json_str(out, cmd_time(cx->arena, d->registered_ms));
    json_key(out, "mailboxes");
    json_u64(out, d->mailbox_count);
    json_object_end(out);
}

static enum code list(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct push_device *all;
    size_t count;
    TRY(cmd_take_account(cx, call, &who, &v));
    TRY(args_done(cx, &call->args));
    TRY(push_device_list(cx, call->server->core, who.id, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++)
        put(cx, call->out, &all[i], who.address);
    json_array_end(call->out);
    return OK;
}

static enum code drop(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct push *push = call->server->push;
    struct str token;
    size_t removed;
    if (!push)
        return fail(cx, E_UNSUPPORTED, "the configuration has no apple_push section");
    TRY(cmd_take_account(cx, call, &who, &v));
    TRY(args_take(cx, &call->args, "TOKEN", &token));
    TRY(args_done(cx, &call->args));
    TRY(push_forget(cx, push, who.id, str_lower(cx->arena, token), &removed));
    if (!removed)
        return fail(cx, E_NOT_FOUND, "no device of %.*s has this token", STR_ARG(who.address));
    cmd_done(call, "device removed", who.address);
    return OK;
}

const struct command push_commands[] = {
    {.words = "push list",
     .usage = "ADDRESS",
     .summary = "devices of an account that are told of new mail by a push service",
     .help = "A device registers itself by IMAP, again and again; after 30 days it is forgotten.",
     .example = "postroad push list jane.roe@health.example",
     .run = list},
    {.words = "push remove",
     .usage = "ADDRESS TOKEN",
     .summary = "tell a device no more (a lost one, say)",
     .help = "It may register again as long as its password is good.",
     .example = "postroad push remove jane.roe@health.example 0a1b2c3d",
     .changes = true,
     .run = drop},
    {0},
};
