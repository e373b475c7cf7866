/* What domains used, for chargeback. */
#include "core/meter.h"
#include "server/command/common.h"

enum { DAYS_USUAL = 30, DAYS_MAX = 3660 };

static enum code show(struct ctx *cx, struct command_call *call)
{
    static const char *const names[METER_END] = {
        [METER_MESSAGES_IN] = "messages_in",   [METER_BYTES_IN] = "bytes_in",
        [METER_MESSAGES_OUT] = "messages_out", [METER_BYTES_OUT] = "bytes_out",
        [METER_REFUSED_IN] = "refused_in",     [METER_REFUSED_OUT] = "refused_out"};
    uint64_t days = DAYS_USUAL, sums[METER_END];
    struct domain d;
    TRY(args_number(cx, &call->args, "--days", &days));
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_done(cx, &call->args));
    if (!days || days > DAYS_MAX)
        return fail(cx, E_SYNTAX, "--days is 1 to %d", DAYS_MAX);
    TRY(meter_flush(cx, call->server->meter));
    uint32_t today = meter_day(cx->now_ms);
    const uint32_t range[2] = {today + 1 > days ? today + 1 - (uint32_t)days : 0, today};
    TRY(meter_sum(cx, call->server->core, d.id, range, sums));
    json_object(call->out);
    json_key(call->out, "domain");
    json_str(call->out, d.name);
    json_key(call->out, "days");
    json_u64(call->out, days);
    for (size_t i = METER_MESSAGES_IN; i < METER_END; i++) {
        json_key(call->out, names[i]);
        json_u64(call->out, sums[i]);
    }
    json_object_end(call->out);
    return OK;
}

const struct command meter_commands[] = {
    {.words = "meter show",
     .usage = "DOMAIN [--days N]",
     .summary = "what a domain used: messages, bytes, refusals",
     .help = "Of the last 30 days (UTC), today included. An agency's own system counts as well.",
     .example = "postroad meter show health.example --days 31 --json",
     .run = show},
    {0},
};
