/* Reports between mail systems: sent, and those of others shown. */
#include "base/buf.h"
#include "server/command/common.h"
#include "service/reports/reports.h"
#include "service/reports/taken.h"

enum { DAYS_USUAL = 30, DAYS_MAX = 400, DAY_S = 86400 };

static enum code send(struct ctx *cx, struct command_call *call)
{
    bool now = args_flag(&call->args, "--now");
    TRY(args_done(cx, &call->args));
    TRY(reports_send(cx, call->server->reports, now));
    cmd_done(call, now ? "all that was counted is sent" : "what is due is sent", STR("reports"));
    return OK;
}

static enum code take_days(struct ctx *cx, struct command_call *call, int64_t *since_s)
{
    uint64_t days = DAYS_USUAL;
    TRY(args_number(cx, &call->args, "--days", &days));
    if (!days || days > DAYS_MAX)
        return fail(cx, E_SYNTAX, "--days is 1 to %d", DAYS_MAX);
    *since_s = cx->now_ms / 1000 - (int64_t)days * DAY_S;
    return OK;
}

static void str(struct json *j, const char *key, struct str value)
{
    json_key(j, key);
    json_str(j, value);
}

static void u64(struct json *j, const char *key, uint64_t value)
{
    json_key(j, key);
    json_u64(j, value);
}

static enum code list(struct ctx *cx, struct command_call *call, enum report_about about)
{
    struct str name = {0};
    struct domain d = {0};
    struct taken_asking asks = {.about = about};
    struct taken *all;
    size_t count;
    TRY(take_days(cx, call, &asks.since_s));
    if (args_next(&call->args, &name))
        TRY(directory_domain_by_name(cx, call->server->core, name, &d));
    TRY(args_done(cx, &call->args));
    asks.domain = d.name;
    TRY(taken_list(cx, call->server->core, &asks, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_object(call->out);
        str(call->out, "domain", all[i].domain);
        str(call->out, "organization", all[i].organization);
        str(call->out, "begin", cmd_time(cx->arena, all[i].begin_s * 1000));
        str(call->out, "end", cmd_time(cx->arena, all[i].end_s * 1000));
        u64(call->out, about == REPORT_TLS ? "sessions" : "messages", all[i].n);
        str(call->out, "policy", all[i].policy);
        str(call->out, "id", all[i].id);
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static enum code sums(struct ctx *cx, struct command_call *call, struct taken_asking *asks,
                      struct taken_sum **out, size_t *count)
{
    struct domain d;
    TRY(take_days(cx, call, &asks->since_s));
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_done(cx, &call->args));
    asks->domain = d.name;
    return taken_sums(cx, call->server->core, asks, out, count);
}

static enum code dmarc_list(struct ctx *cx, struct command_call *call)
{
    return list(cx, call, REPORT_DMARC);
}

static enum code dmarc_show(struct ctx *cx, struct command_call *call)
{
    struct taken_asking asks = {.about = REPORT_DMARC,
                                .alike = 1u << DMARC_SOURCE | 1u << DMARC_HEADER_FROM};
    struct taken_sum *all;
    size_t count;
    TRY(sums(cx, call, &asks, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_object(call->out);
        str(call->out, "source", all[i].field[DMARC_SOURCE]);
        str(call->out, "from", all[i].field[DMARC_HEADER_FROM]);
        u64(call->out, "messages", all[i].n);
        u64(call->out, "passed", all[i].pass);
        u64(call->out, "dkim", all[i].dkim);
        u64(call->out, "spf", all[i].spf);
        u64(call->out, "quarantined", all[i].quarantine);
        u64(call->out, "rejected", all[i].reject);
        str(call->out, "checks", all[i].field[DMARC_AUTH]);
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static enum code tls_list(struct ctx *cx, struct command_call *call)
{
    return list(cx, call, REPORT_TLS);
}

static enum code tls_show(struct ctx *cx, struct command_call *call)
{
    struct taken_asking asks = {.about = REPORT_TLS,
                                .alike = 1u << TLS_FIELD_POLICY | 1u << TLS_FIELD_RESULT |
                                         1u << TLS_FIELD_MX};
    struct taken_sum *all;
    size_t count;
    TRY(sums(cx, call, &asks, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        bool good = !all[i].field[TLS_FIELD_RESULT].n;
        json_object(call->out);
        str(call->out, "policy", all[i].field[TLS_FIELD_POLICY]);
        str(call->out, "result", good ? STR("success") : all[i].field[TLS_FIELD_RESULT]);
        str(call->out, "host", all[i].field[TLS_FIELD_MX]);
        u64(call->out, "sessions", all[i].n);
        str(call->out, "reason", all[i].field[TLS_FIELD_REASON]);
        json_object_end(call->out);
    }
    json_array_end(call->out);
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
    {.words = "dmarc report list",
     .usage = "[DOMAIN] [--days N]",
     .summary = "DMARC reports that others sent about our domains",
     .help = "They come to reports_mailbox and are read each minute. Of the last 30 days.",
     .example = "postroad dmarc report list health.example",
     .run = dmarc_list},
    {.words = "dmarc report show",
     .usage = "DOMAIN [--days N]",
     .summary = "who sent mail as a domain of ours: sums per source, the largest first",
     .help = "passed: DKIM or SPF spoke for the domain. A source of your own that does not pass\n"
             "has to be mended before the policy becomes stricter. Of the last 30 days.",
     .example = "postroad dmarc report show health.example --days 7",
     .run = dmarc_show},
    {.words = "tlsrpt list",
     .usage = "[DOMAIN] [--days N]",
     .summary = "reports of TLS that others sent about our domains",
     .help = "They come to reports_mailbox and are read each minute. Of the last 30 days.",
     .example = "postroad tlsrpt list",
     .run = tls_list},
    {.words = "tlsrpt show",
     .usage = "DOMAIN [--days N]",
     .summary = "how TLS to a domain of ours went: sums per policy, result and host",
     .help = "Of the last 30 days, all reports together, the largest number first.",
     .example = "postroad tlsrpt show health.example --json",
     .run = tls_show},
    {0},
};
