/* Who is signed in at the page, application passwords, second factors. */
#include "base/cur.h"
#include "core/signin/passkey.h"
#include "format/hex.h"
#include "server/command/common.h"
#include "service/signin/app_passwords.h"
#include "service/signin/second.h"
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

static void put_password(struct ctx *cx, struct json *out, const struct app_password *p)
{
    json_object(out);
    json_key(out, "id");
    json_str(out, str_printf(cx->arena, "%016llx", (unsigned long long)p->id));
    json_key(out, "name");
    json_str(out, p->name);
    json_key(out, "for");
    json_str(out, app_scope_names(cx->arena, p->scopes));
    json_key(out, "made");
    json_str(out, cmd_time(cx->arena, p->created_ms));
    json_key(out, "used");
    json_str(out, p->used_ms ? cmd_time(cx->arena, p->used_ms) : STR("-"));
    json_key(out, "address");
    json_str(out, p->address);
    json_object_end(out);
}

struct factor_shown {
    const char *kind;
    struct str name;
    int64_t made_ms, used_ms;
};

static void put_factor(struct ctx *cx, struct json *out, struct factor_shown f)
{
    json_object(out);
    json_key(out, "kind");
    json_str(out, str_z(f.kind));
    json_key(out, "name");
    json_str(out, f.name);
    json_key(out, "made");
    json_str(out, cmd_time(cx->arena, f.made_ms));
    json_key(out, "used");
    json_str(out, f.used_ms ? cmd_time(cx->arena, f.used_ms) : STR("-"));
    json_object_end(out);
}

static enum code app_password_list_run(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct app_password *all;
    size_t count;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &who));
    TRY(args_done(cx, &call->args));
    TRY(app_password_list(cx, call->server->core, who.id, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++)
        put_password(cx, call->out, &all[i]);
    json_array_end(call->out);
    return OK;
}

/* --for imap,smtp; all of them without it. */
static enum code read_scopes(struct ctx *cx, struct args *args, uint32_t *out)
{
    struct str list, name;
    *out = APP_SCOPES_ALL;
    if (!args_value(args, "--for", &list))
        return OK;
    *out = 0;
    struct cur c = cur_of(list);
    while (!cur_end(&c)) {
        if (!cur_until(&c, ',', &name)) {
            name = c.rest;
            c.rest = (struct str){0};
        }
        uint32_t bit = app_scope_of(name);
        if (!bit)
            return fail(cx, E_SYNTAX, "--for: of imap, pop, smtp, jmap, dav, sieve");
        *out |= bit;
    }
    return OK;
}

static enum code app_password_add_run(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct app_password p = {0};
    struct str text;
    TRY(read_scopes(cx, &call->args, &p.scopes));
    TRY(cmd_take_principal(cx, call, "ADDRESS", &who));
    TRY(args_take(cx, &call->args, "NAME", &p.name));
    TRY(args_done(cx, &call->args));
    if (!who.has_account)
        return fail(cx, E_SYNTAX, "%.*s cannot log in", STR_ARG(who.address));
    TRY(app_passwords_make(cx, call->server->core, &who, STR("console"), &p, &text));
    json_object(call->out);
    json_key(call->out, "id");
    json_str(call->out, str_printf(cx->arena, "%016llx", (unsigned long long)p.id));
    json_key(call->out, "password");
    json_str(call->out, text);
    json_object_end(call->out);
    return OK;
}

static enum code app_password_remove_run(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    uint64_t id = 0;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &who));
    TRY(take_id(cx, call, &id));
    TRY(args_done(cx, &call->args));
    TRY(app_passwords_end(cx, call->server->core, &who, STR("console"), id));
    cmd_done(call, "application password removed", who.address);
    return OK;
}

static enum code second_show(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct totp_row *totps;
    struct passkey_row *passkeys;
    struct recovery recovery;
    size_t totp_count, passkey_count;
    struct core *c = call->server->core;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &who));
    TRY(args_done(cx, &call->args));
    TRY(totp_row_list(cx, c, who.id, &totps, &totp_count));
    TRY(passkey_row_list(cx, c, who.id, &passkeys, &passkey_count));
    TRY(recovery_get(cx, c, who.id, &recovery));
    json_array(call->out);
    for (size_t i = 0; i < totp_count; i++)
        put_factor(cx, call->out,
                   (struct factor_shown){totps[i].on ? "totp" : "totp, not confirmed",
                                         totps[i].name, totps[i].created_ms, totps[i].used_ms});
    for (size_t i = 0; i < passkey_count; i++)
        put_factor(cx, call->out,
                   (struct factor_shown){"passkey", passkeys[i].name, passkeys[i].created_ms,
                                         passkeys[i].used_ms});
    if (recovery.count)
        put_factor(cx, call->out,
                   (struct factor_shown){"recovery codes",
                                         str_printf(cx->arena, "%zu left", recovery.count),
                                         recovery.made_ms, 0});
    json_array_end(call->out);
    return OK;
}

static enum code second_reset_run(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    size_t removed;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &who));
    TRY(args_done(cx, &call->args));
    TRY(second_reset(cx, call->server->core, &who, STR("console"), &removed));
    json_object(call->out);
    json_key(call->out, "done");
    json_str(call->out, STR("second factors removed"));
    json_key(call->out, "removed");
    json_u64(call->out, removed);
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
    {.words = "app-password list",
     .usage = "ADDRESS",
     .summary = "somebody's application passwords, without the passwords",
     .help = "",
     .example = "postroad app-password list jane.roe@health.example",
     .run = app_password_list_run},
    {.words = "app-password add",
     .usage = "ADDRESS NAME [--for imap,pop,smtp,jmap,dav,sieve]",
     .summary = "make an application password, shown this once",
     .help = "For a program that knows nothing of second factors. Without --for it opens all.",
     .example = "postroad app-password add jane.roe@health.example Scanner --for smtp",
     .changes = true,
     .run = app_password_add_run},
    {.words = "app-password remove",
     .usage = "ADDRESS ID",
     .summary = "end an application password, at once",
     .help = "",
     .example = "postroad app-password remove jane.roe@health.example 1f2e3d4c5b6a7988",
     .changes = true,
     .run = app_password_remove_run},
    {.words = "second-factor show",
     .usage = "ADDRESS",
     .summary = "what somebody signs in with beside the password",
     .help = "",
     .example = "postroad second-factor show jane.roe@health.example",
     .run = second_show},
    {.words = "second-factor reset",
     .usage = "ADDRESS",
     .summary = "take away all second factors: the password alone signs in again",
     .help =
         "For who has lost them. Make sure who it is that asks; a new password is wise as well.",
     .example = "postroad second-factor reset jane.roe@health.example",
     .changes = true,
     .run = second_reset_run},
    {0},
};
