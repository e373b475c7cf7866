/* Reports between mail systems. */
#include "server/command/common.h"
#include "service/reports/reports.h"

static enum code send(struct ctx *cx, struct command_call *call)
{
    bool now = args_flag(&call->args, "--now");
    TRY(args_done(cx, &call->args));
    TRY(reports_send(cx, call->server->reports, now));
    cmd_done(call, now ? "all that was counted is sent" : "what is due is sent", STR("reports"));
    return OK;
}

const struct command report_commands[] = {
    {.words = "reports send",
     .usage = "[--now]",
     .summary = "send reports of TLS and DMARC that are due",
     .help = "It is done every quarter of an hour by itself: each domain gets its day between\n"
             "midnight and 4:00 UTC. --now: all days at once, today's so far too.",
     .example = "postroad reports send",
     .slow = true,
     .changes = true,
     .run = send},
    {0},
};
