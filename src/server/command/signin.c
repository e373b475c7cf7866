/* Who is signed in at the page. */
#include "format/hex.h"
#include "server/command/common.h"
#include "service/signin/sessions.h"

static void put(struct ctx *cx, struct json *out, const struct session *s)
{
    json_object(out);
    json_key(out, "id");
    json_str(out, str_printf(cx->arena, "%016llx", (unsigned long long)s->id));
    json_key(out, "begun");
    json_str(out, cmd_time(cx->arena, s->created_ms));
    json_key(out, "used");
    json_str(out, cmd_time(cx->arena, s->used_ms));
    json_key(out, "expires");
    json_str(out, cmd_time(cx->arena, s->expires_ms));
    json_key(out, "how");
    json_str(out, str_z(session_how_name(s->how)));
    json_key(out, "address");
    json_str(out, s->address);
    json_key(out, "program");
    json_str(out, s->agent);
    json_object_end(out);
}

static enum code session_list_run(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct session *all;
    size_t count;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &who));
    TRY(args_done(cx, &call->args));
    TRY(sessions_list(cx, call->server->sessions, who.id, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++)
        put(cx, call->out, &all[i]);
    json_array_end(call->out);
    return OK;
}

/* As session list shows it. */
static enum code take_id(struct ctx *cx, struct command_call *call, uint64_t *out)
{
    struct str text, bytes;
    uint64_t id = 0;
    TRY(args_take(cx, &call->args, "ID", &text));
    if (text.n != 16 || hex_decode(cx, text, &bytes) != OK)
        return fail(cx, E_SYNTAX, "an id has 16 hexadecimal digits; see: postroad session list");
    for (size_t i = 0; i < bytes.n; i++)
        id = id << 8 | (unsigned char)bytes.p[i];
    *out = id;
    return OK;
}

static enum code session_end_run(struct ctx *cx, struct command_call *call)
{
    const struct session_end by = {.actor = STR("console"), .why = "administrator"};
    struct sessions *s = call->server->sessions;
    bool all = args_flag(&call->args, "--all");
    struct principal who;
    uint64_t id = 0;
    size_t ended = 1;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &who));
    if (!all)
        TRY(take_id(cx, call, &id));
    TRY(args_done(cx, &call->args));
    if (all)
        TRY(sessions_end_all(cx, s, &who, 0, by, &ended));
    else if (sessions_end(cx, s, &who, id, by) != OK)
        return fail(cx, E_NOT_FOUND, "%.*s has no such session", STR_ARG(who.address));
    json_object(call->out);
    json_key(call->out, "done");
    json_str(call->out, STR("sessions ended"));
    json_key(call->out, "ended");
    json_u64(call->out, ended);
    json_object_end(call->out);
    return OK;
}

const struct command signin_commands[] = {
    {.words = "session list",
     .usage = "ADDRESS",
     .summary = "where somebody is signed in at the page",
     .help = "used: written down every five minutes at most.",
     .example = "postroad session list jane.roe@health.example",
     .run = session_list_run},
    {.words = "session end",
     .usage = "ADDRESS ID|--all",
     .summary = "sign somebody out, at once",
     .help = "Who knows the password can sign in again: account password, account set --disable.",
     .example = "postroad session end jane.roe@health.example --all",
     .changes = true,
     .run = session_end_run},
    {0},
};
