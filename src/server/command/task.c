#include "base/clock.h"
#include "server/command/common.h"
#include "server/housekeeping.h"
#include "server/progress.h"

static void print_task(struct ctx *cx, struct json *j, const struct progress_row *row)
{
    struct buf line = buf_of(cx->arena, 512);
    int64_t seconds = (clock_utc_ms() - row->started_ms) / 1000;
    buf_printf(&line, "%s: ", row->what);
    if (row->total)
        buf_printf(&line, "%ju of %ju %s, ", (uintmax_t)row->done, (uintmax_t)row->total,
                   row->unit);
    else if (row->done)
        buf_printf(&line, "%ju %s, ", (uintmax_t)row->done, row->unit);
    buf_printf(&line, "%jd s", (intmax_t)seconds);
    json_object(j);
    json_key(j, "ticket");
    json_u64(j, row->ticket);
    json_key(j, "who");
    json_str(j, str_z(row->who));
    json_key(j, "started");
    json_str(j, cmd_time(cx->arena, row->started_ms));
    json_key(j, "done");
    json_u64(j, row->done);
    json_key(j, "total");
    json_u64(j, row->total);
    json_key(j, "progress");
    json_str(j, buf_str(&line));
    json_object_end(j);
}

static enum code task_list(struct ctx *cx, struct command_call *call)
{
    uint64_t ticket = 0;
    TRY(args_number(cx, &call->args, "--ticket", &ticket));
    TRY(args_done(cx, &call->args));
    struct progress_row rows[PROGRESS_PLACES];
    size_t count = board_rows(call->server->board, rows);
    json_array(call->out);
    for (size_t i = 0; i < count; i++)
        if (!ticket || rows[i].ticket == ticket)
            print_task(cx, call->out, &rows[i]);
    json_array_end(call->out);
    return OK;
}

static enum code housekeeping_list(struct ctx *cx, struct command_call *call)
{
    const char *name;
    TRY(args_done(cx, &call->args));
    json_array(call->out);
    for (size_t i = 0; (name = housekeeping_job(i)); i++) {
        json_object(call->out);
        json_key(call->out, "job");
        json_str(call->out, str_z(name));
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static enum code run_job(struct ctx *cx, struct command_call *call)
{
    struct str name;
    TRY(args_take(cx, &call->args, "JOB", &name));
    TRY(args_done(cx, &call->args));
    TRY(housekeeping_run(cx, call->server, name));
    cmd_done(call, "job run", name);
    return OK;
}

const struct command task_commands[] = {
    {.words = "task list",
     .usage = "[--ticket N]",
     .summary = "long work under way: what, for whom, how far",
     .help = "A command that takes long shows the same at the terminal while it lasts.",
     .example = "postroad task list",
     .run = task_list},
    {.words = "housekeeping list",
     .usage = "",
     .summary = "the jobs that the server does by the clock",
     .help = "",
     .example = "postroad housekeeping list",
     .run = housekeeping_list},
    {.words = "housekeeping run",
     .usage = "JOB",
     .summary = "run one of these jobs now",
     .help = "quotas: tells people whose mailbox is above its warning level, once a week.",
     .example = "postroad housekeeping run quotas",
     .slow = true,
     .changes = true,
     .run = run_job},
    {0},
};
