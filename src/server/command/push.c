/* Devices that are told of new mail by a push service. */
#include "service/push/push.h"
#include "core/push/subscription.h"
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
    json_key(out, "kind");
    json_str(out, STR("device"));
    json_key(out, "mailboxes");
    json_u64(out, d->mailbox_count);
    json_object_end(out);
}

static void put_subscription(struct ctx *cx, struct json *out, const struct push_subscription *s,
                             struct str address)
{
    json_object(out);
    json_key(out, "address");
    json_str(out, address);
    json_key(out, "token");
    json_str(out, s->id);
    json_key(out, "program");
    json_str(out, s->device);
    json_key(out, "registered");
    json_str(out, cmd_time(cx->arena, s->created_ms));
    json_key(out, "kind");
    json_str(out, s->verified ? STR("browser") : STR("browser, not verified"));
    json_key(out, "mailboxes");
    json_u64(out, 0);
    json_object_end(out);
}

static enum code list(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct push_device *all;
    struct push_subscription *subscriptions;
    size_t count, more;
    TRY(cmd_take_account(cx, call, &who, &v));
    TRY(args_done(cx, &call->args));
    TRY(push_device_list(cx, call->server->core, who.id, &all, &count));
    TRY(push_subscription_list(cx, call->server->core, who.id, &subscriptions, &more));
    json_array(call->out);
    for (size_t i = 0; i < count; i++)
        put(cx, call->out, &all[i], who.address);
    for (size_t i = 0; i < more; i++)
        put_subscription(cx, call->out, &subscriptions[i], who.address);
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
    TRY(cmd_take_account(cx, call, &who, &v));
    TRY(args_take(cx, &call->args, "TOKEN", &token));
    TRY(args_done(cx, &call->args));
    enum code code = push_subscription_drop(cx, call->server->core, who.id, token);
    if (code == OK)
        cmd_done(call, "subscription removed", who.address);
    if (code != E_NOT_FOUND)
        return code;
    if (!push)
        return fail(cx, E_NOT_FOUND, "%.*s has no such subscription, and there is no apple_push",
                    STR_ARG(who.address));
    TRY(push_forget(cx, push, who.id, str_lower(cx->arena, token), &removed));
    if (!removed)
        return fail(cx, E_NOT_FOUND, "no device of %.*s has this token", STR_ARG(who.address));
    cmd_done(call, "device removed", who.address);
    return OK;
}

const struct command push_commands[] = {
    {.words = "push list",
     .usage = "ADDRESS",
     .summary = "devices and browsers that a push service tells of an account's new mail",
     .help = "A device registers itself by IMAP, a browser by JMAP (its token begins with P), "
             "again and again; after 30 and 14 days they are forgotten.",
     .example = "postroad push list jane.roe@health.example",
     .run = list},
    {.words = "push remove",
     .usage = "ADDRESS TOKEN",
     .summary = "tell a device or a browser no more (a lost one, say)",
     .help = "It may register again as long as its password is good.",
     .example = "postroad push remove jane.roe@health.example 0a1b2c3d",
     .changes = true,
     .run = drop},
    {0},
};
