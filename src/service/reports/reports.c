#include "service/reports/reports.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/metric.h"
#include "format/domain.h"
#include "format/report/report.h"
#include "io/process/cage.h"
#include "service/reports/parts.h"
#include <stdlib.h>

enum { DAY_S = 86400, READ_MS = 30000 };

static const char *const kinds[] = {NULL, "tls", "dmarc"};

static void open_metrics(struct reports *r, struct metrics *m)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    for (int kind = TALLY_TLS; kind <= TALLY_DMARC; kind++) {
        struct str label = str_printf(arena, "kind=\"%s\"", kinds[kind]);
        r->sent[kind] = metric_of(m, METRIC_COUNTER, "postroad_reports_sent_total", label.p,
                                  "Reports sent to other domains");
        r->failed[kind] = metric_of(m, METRIC_COUNTER, "postroad_reports_failed_total", label.p,
                                    "Reports that could not be sent, each time");
        r->taken[kind] = metric_of(m, METRIC_COUNTER, "postroad_reports_taken_total", label.p,
                                   "Reports of others that were read");
    }
    r->broken = metric_of(m, METRIC_COUNTER, "postroad_reports_broken_total", "",
                          "Mails to the mailbox of reports without one that can be read");
}

struct reports *reports_open(const struct reports_parts *parts)
{
    struct reports *r = calloc(1, sizeof *r);
    must(r);
    r->is = *parts;
    r->arena = arena_open();
    r->config = *parts->config;
    r->config.from = str_dup(r->arena, r->config.from);
    r->config.mailbox = str_dup(r->arena, r->config.mailbox);
    size_t at = str_rchr(r->config.from, '@');
    r->from_domain = str_lower(r->arena, str_from(r->config.from, at == SIZE_MAX ? 0 : at + 1));
    r->config.organization =
        r->config.organization.n ? str_dup(r->arena, r->config.organization) : r->from_domain;
    r->tally = tally_open(parts->core);
    r->tls_watch = tls_watch_open(r);
    const struct cage cage = {
        .program = parts->reader, .wall_ms = READ_MS, .output_max = REPORT_STREAM_MAX};
    if (r->config.mailbox.n && parts->reader)
        r->cage = cage_host_open(&cage);
    open_metrics(r, parts->core->metrics);
    return r;
}

void reports_close(struct reports *r)
{
    if (!r)
        return;
    tls_watch_close(r->tls_watch);
    tally_close(r->tally);
    if (r->cage)
        cage_host_close(r->cage);
    arena_close(r->arena);
    free(r);
}

enum code reports_flush(struct ctx *cx, struct reports *r)
{
    return tally_flush(cx, r->tally);
}

/* Each domain has its own time, the same every day. */
static bool is_due(struct ctx *cx, const struct tally_day *d)
{
    int64_t due_s = ((int64_t)d->day + 1) * DAY_S;
    due_s += (int64_t)(tally_hash(d->domain) % REPORTS_SPREAD_S);
    return cx->now_ms >= due_s * 1000;
}

static bool is_over(struct ctx *cx, const struct tally_day *d)
{
    return tally_day_of(cx->now_ms) > d->day + REPORTS_TRY_DAYS;
}

static void tell(struct ctx *cx, struct reports *r, enum tally_kind kind, const struct tally_day *d,
                 enum code code)
{
    struct log *log = r->is.core->log;
    if (code == OK) {
        metric_add(r->sent[kind], 1);
        log_event(log, LOG_INFO, "report.sent", "kind=%s domain=%s day=%u cells=%u dropped=%ju",
                  kinds[kind], log_quote(cx->arena, d->domain), d->day, d->cells,
                  (uintmax_t)d->dropped);
    } else if (code != E_NOT_FOUND) {
        metric_add(r->failed[kind], 1);
        log_event(log, LOG_WARN, "report.failed", "kind=%s domain=%s day=%u code=%s why=%s",
                  kinds[kind], log_quote(cx->arena, d->domain), d->day, code_name(code),
                  log_quote(cx->arena, str_z(cx->err.what)));
    }
}

static enum code send_one(struct ctx *cx, struct reports *r, enum tally_kind kind,
                          const struct tally_day *d)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    own.arena = arena;
    enum code code =
        kind == TALLY_TLS ? tls_report_send(&own, r, d) : dmarc_report_send(&own, r, d);
    tell(&own, r, kind, d, code);
    if (code != OK && code != E_NOT_FOUND && !is_over(cx, d))
        return OK; /* it stays, and is tried again */
    return tally_drop(cx, r->is.core, kind, d);
}

static enum code send_kind(struct ctx *cx, struct reports *r, enum tally_kind kind, bool now)
{
    struct tally_range range = {.kind = kind, .before = tally_day_of(cx->now_ms) + now};
    struct tally_day *page, last;
    size_t count = 1;
    while (count) {
        TRY(tally_days(cx, r->is.core, &range, &page, &count));
        for (size_t i = 0; i < count; i++)
            if (now || is_due(cx, &page[i]))
                TRY(send_one(cx, r, kind, &page[i]));
        if (count)
            last = page[count - 1];
        range.behind = &last;
    }
    return OK;
}

enum code reports_send(struct ctx *cx, struct reports *r, bool now)
{
    if (!r->config.from.n)
        return now ? fail(cx, E_DENIED, "reports_from is not set: nobody would be the sender") : OK;
    TRY(reports_flush(cx, r));
    TRY(send_kind(cx, r, TALLY_TLS, now));
    return send_kind(cx, r, TALLY_DMARC, now);
}
