/* Our own certificates, got by ACME. */
#include "service/acme.h"
#include "server/command/common.h"

static enum code is_on(struct ctx *cx, const struct command_call *call)
{
    if (call->server->acme)
        return OK;
    return fail(cx, E_UNSUPPORTED, "acme { directory = \"...\" } is not set");
}

static void time_put(struct ctx *cx, struct json *j, const char *key, int64_t ms)
{
    json_key(j, key);
    json_str(j, ms ? cmd_time(cx->arena, ms) : STR("-"));
}

static struct str names_of(struct ctx *cx, const struct acme_certificate *c)
{
    struct str text = {0};
    for (size_t i = 0; i < c->name_count; i++)
        text =
            str_printf(cx->arena, "%.*s%s%.*s", STR_ARG(text), i ? " " : "", STR_ARG(c->names[i]));
    return text;
}

static enum code status(struct ctx *cx, struct command_call *call)
{
    struct acme_certificate *all;
    size_t count;
    TRY(args_done(cx, &call->args));
    TRY(is_on(cx, call));
    TRY(acme_list(cx, call->server->acme, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        const struct acme_certificate *c = &all[i];
        json_object(call->out);
        json_key(call->out, "certificate");
        json_str(call->out, c->name);
        json_key(call->out, "state");
        json_str(call->out, str_z(acme_state_name(c->state)));
        time_put(cx, call->out, "ends", c->not_after_ms);
        time_put(cx, call->out, "renewed", c->renew_at_ms);
        time_put(cx, call->out, "tried", c->next_try_ms);
        json_key(call->out, "failures");
        json_u64(call->out, c->failures);
        json_key(call->out, "names");
        json_str(call->out, names_of(cx, c));
        json_key(call->out, "why");
        json_str(call->out, c->why.n ? c->why : STR("-"));
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static enum code renew(struct ctx *cx, struct command_call *call)
{
    struct str name;
    TRY(args_take(cx, &call->args, "CERTIFICATE", &name));
    TRY(args_done(cx, &call->args));
    TRY(is_on(cx, call));
    TRY(acme_renew(cx, call->server->acme, name));
    cmd_done(call, "a new one is being ordered; see postroad acme status", name);
    return OK;
}

static enum code account(struct ctx *cx, struct command_call *call)
{
    struct acme_account a;
    TRY(args_done(cx, &call->args));
    TRY(is_on(cx, call));
    TRY(acme_account_show(cx, call->server->acme, &a));
    json_object(call->out);
    json_key(call->out, "directory");
    json_str(call->out, call->server->config->acme.directory);
    json_key(call->out, "account");
    json_str(call->out, a.url.n ? a.url : STR("-"));
    json_key(call->out, "thumbprint");
    json_str(call->out, a.thumbprint);
    json_object_end(call->out);
    return OK;
}

const struct command acme_commands[] = {
    {.words = "acme status",
     .usage = "",
     .summary = "our own certificates got by ACME, and how they are",
     .help = "state: good, due, ordering, wanted (none yet), failing (why tells; tried again at\n"
             "\"tried\"; the old one is served meanwhile). \"renewed\" is when a new one is due.",
     .example = "postroad acme status",
     .run = status},
    {.words = "acme renew",
     .usage = "CERTIFICATE",
     .summary = "order a new certificate now, whatever the age of the old one",
     .help = "CERTIFICATE as acme status shows it: host, or a domain. Authorities limit how many\n"
             "they give in a week.",
     .example = "postroad acme renew host",
     .changes = true,
     .run = renew},
    {.words = "acme account",
     .usage = "",
     .summary = "our account at the authority",
     .help = "The thumbprint of its key goes into CAA records with accounturi, and into proofs.",
     .example = "postroad acme account",
     .run = account},
    {0},
};
