#include "server/command/common.h"
#include "service/auth.h"

static enum code lockout_show(struct ctx *cx, struct command_call *call)
{
    struct str name;
    struct auth_lock lock;
    TRY(args_take(cx, &call->args, "LOGIN|ADDRESS", &name));
    TRY(args_done(cx, &call->args));
    TRY(auth_lock_look(cx, call->server->auth, name, &lock));
    json_object(call->out);
    json_key(call->out, "name");
    json_str(call->out, name);
    json_key(call->out, "failures");
    json_u64(call->out, lock.failures);
    json_key(call->out, "locked_until");
    json_str(call->out,
             lock.locked_until_ms ? cmd_time(cx->arena, lock.locked_until_ms) : STR("-"));
    json_object_end(call->out);
    return OK;
}

static enum code lockout_clear(struct ctx *cx, struct command_call *call)
{
    struct str name;
    TRY(args_take(cx, &call->args, "LOGIN|ADDRESS", &name));
    TRY(args_done(cx, &call->args));
    TRY(auth_lock_clear(cx, call->server->auth, name));
    cmd_done(call, "lock-out ended", name);
    return OK;
}

const struct command lockout_commands[] = {
    {.words = "lockout show",
     .usage = "LOGIN|ADDRESS",
     .summary = "wrong passwords of late, and whether it is locked out",
     .help = "Of a login, or of the network address that the attempts came from.",
     .example = "postroad lockout show jane.roe@health.example",
     .run = lockout_show},
    {.words = "lockout clear",
     .usage = "LOGIN|ADDRESS",
     .summary = "end a lock-out early and forget the wrong passwords",
     .help = "",
     .example = "postroad lockout clear 192.0.2.17",
     .changes = true,
     .run = lockout_clear},
    {0},
};
