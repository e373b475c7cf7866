#include "base/clock.h"
#include "core/audit.h"
#include "io/io.h"
#include "server/command/common.h"
#include <unistd.h>

static enum code status(struct ctx *cx, struct command_call *call)
{
    const struct server *s = call->server;
    TRY(args_done(cx, &call->args));
    struct json *j = call->out;
    json_object(j);
    json_key(j, "host");
    json_str(j, s->config->host_name);
    json_key(j, "healthy");
    json_bool(j, store_is_healthy(s->store));
    json_key(j, "pid");
    json_i64(j, getpid());
    json_key(j, "up_seconds");
    json_i64(j, (clock_utc_ms() - s->started_ms) / 1000);
    json_key(j, "connections");
    json_u64(j, io_connections(s->io));
    json_key(j, "engine");
    json_str(j, s->config->store.engine);
    json_key(j, "data");
    json_str(j, s->config->data_dir);
    json_object_end(j);
    return OK;
}

static enum code audit_show(struct ctx *cx, struct command_call *call)
{
    uint64_t before = 0, limit = 50;
    TRY(args_number(cx, &call->args, "--before", &before));
    TRY(args_number(cx, &call->args, "--limit", &limit));
    TRY(args_done(cx, &call->args));
    struct audit_entry *entries;
    size_t count;
    TRY(audit_list(cx, call->server->core, before, limit, &entries, &count));
    struct json *j = call->out;
    json_array(j);
    for (size_t i = 0; i < count; i++) {
        json_object(j);
        json_key(j, "number");
        json_u64(j, entries[i].number);
        json_key(j, "at");
        json_str(j, cmd_time(cx->arena, entries[i].at_ms));
        json_key(j, "actor");
        json_str(j, entries[i].actor);
        json_key(j, "act");
        json_str(j, entries[i].act);
        json_key(j, "object");
        json_str(j, entries[i].object);
        json_key(j, "detail");
        json_str(j, entries[i].detail);
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}

static enum code audit_check(struct ctx *cx, struct command_call *call)
{
    uint64_t good = 0;
    TRY(args_done(cx, &call->args));
    enum code code = audit_verify(cx, call->server->core, &good);
    if (code == E_CORRUPT)
        return fail(cx, E_CORRUPT, "the chain breaks after entry %ju", (uintmax_t)good);
    TRY(code);
    json_object(call->out);
    json_key(call->out, "entries_good");
    json_u64(call->out, good);
    json_object_end(call->out);
    return OK;
}

static enum code log_level(struct ctx *cx, struct command_call *call)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    struct str word;
    TRY(args_take(cx, &call->args, "LEVEL", &word));
    TRY(args_done(cx, &call->args));
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (!str_eq(word, str_z(levels[i])))
            continue;
        log_set_level(call->server->log, (enum log_level)i);
        cmd_done(call, "log level set", word);
        return OK;
    }
    return fail(cx, E_SYNTAX, "LEVEL is error, warn, info or debug");
}

const struct command service_commands[] = {
    {.words = "status",
     .usage = "",
     .summary = "how the running server is",
     .help = "",
     .example = "postroad status --json",
     .run = status},
    {.words = "audit list",
     .usage = "[--limit N] [--before NUMBER]",
     .summary = "administrative acts, the newest first",
     .help = "",
     .example = "postroad audit list --limit 20",
     .run = audit_show},
    {.words = "audit verify",
     .usage = "",
     .summary = "go through the chain of hashes: was anything changed or left out?",
     .help = "",
     .example = "postroad audit verify",
     .slow = true,
     .run = audit_check},
    {.words = "log level",
     .usage = "LEVEL",
     .summary = "error, warn, info or debug, until the next start",
     .help = "",
     .example = "postroad log level debug",
     .changes = true,
     .run = log_level},
    {0},
};
