/* The milters of the configuration. */
#include "service/milter.h"
#include "server/command/common.h"

static void put(struct command_call *call, size_t i)
{
    static const char *const failures[] = {"tempfail", "accept", "reject"};
    const struct milters *m = call->server->milters;
    const struct milter_config *c = milter_config_at(m, i);
    int64_t rests_ms = milter_rests_until_ms(m, i);
    json_object(call->out);
    json_key(call->out, "name");
    json_str(call->out, c->name);
    json_key(call->out, "address");
    json_str(call->out, c->address);
    json_key(call->out, "mx");
    json_bool(call->out, c->mx);
    json_key(call->out, "submission");
    json_bool(call->out, c->submission);
    json_key(call->out, "on_failure");
    json_str(call->out, str_z(failures[c->on_failure]));
    json_key(call->out, "rests_until_ms");
    json_u64(call->out, rests_ms > 0 ? (uint64_t)rests_ms : 0);
    json_object_end(call->out);
}

static enum code list(struct ctx *cx, struct command_call *call)
{
    TRY(args_done(cx, &call->args));
    json_array(call->out);
    for (size_t i = 0; i < milter_count(call->server->milters); i++)
        put(call, i);
    json_array_end(call->out);
    return OK;
}

static enum code test(struct ctx *cx, struct command_call *call)
{
    struct milters *m = call->server->milters;
    struct str name, speaks;
    TRY(args_take(cx, &call->args, "the name of a milter", &name));
    TRY(args_done(cx, &call->args));
    for (size_t i = 0; i < milter_count(m); i++) {
        if (!str_eq(milter_config_at(m, i)->name, name))
            continue;
        TRY(milter_try(cx, m, i, &speaks));
        json_object(call->out);
        json_key(call->out, "name");
        json_str(call->out, name);
        json_key(call->out, "speaks");
        json_str(call->out, speaks);
        json_object_end(call->out);
        return OK;
    }
    return fail(cx, E_NOT_FOUND, "no milter of that name is configured");
}

const struct command milter_commands[] = {
    {.words = "milter list",
     .usage = "",
     .summary = "the milters of the configuration file",
     .help = "rests_until_ms: one that could not be reached is not called before.",
     .example = "postroad milter list",
     .run = list},
    {.words = "milter test",
     .usage = "NAME",
     .summary = "call a milter and tell what it speaks",
     .help = "Its version, what it may change, and what it does not want to hear.",
     .example = "postroad milter test rspamd",
     .slow = true,
     .run = test},
    {0},
};
