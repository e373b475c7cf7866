/* One domain's day, to the addresses of its record: RFC 7489 section 7.1 and 7.2, RFC 9990. */
#include "base/arena.h"
#include "base/log.h"
#include "base/resolver.h"
#include "format/domain.h"
#include "format/gzip/gzip.h"
#include "service/reports/dmarc.h"
#include "service/reports/parts.h"

enum { DAY_S = 86400 };

struct report {
    const struct tally_day *day;
    struct tally_cell *cells;
    struct dmarc_seen *seen;
    uint64_t *n;
    size_t count;
    struct dmarc_record record;
};

/* The record as it is now. E_BUSY; E_NOT_FOUND: nobody wants a report any more. */
static enum code ask_record(struct ctx *cx, struct reports *r, struct report *p)
{
    struct str name = str_printf(cx->arena, "_dmarc.%.*s", STR_ARG(p->day->domain)), text;
    struct dns_answer a = resolver_ask(cx, r->is.resolver, (struct dns_question){name, DNS_TXT});
    if (a.status == DNS_FAILED || a.status == DNS_BOGUS)
        return fail(cx, E_BUSY, "DMARC report: the DNS did not answer");
    for (size_t i = 0; i < a.count; i++)
        if (dns_txt(a.records[i], cx->arena, &text) && str_starts(text, STR("v=DMARC1")) &&
            dmarc_parse(cx, text, &p->record) == OK && p->record.rua_count)
            return OK;
    return fail(cx, E_NOT_FOUND, "DMARC report: nobody wants one");
}

static enum code read_cells(struct ctx *cx, struct reports *r, struct report *p)
{
    TRY(tally_cells(cx, r->is.core, TALLY_DMARC, p->day, &p->cells, &p->count));
    p->seen = ARENA_ARRAY(cx->arena, p->count, struct dmarc_seen);
    p->n = ARENA_ARRAY(cx->arena, p->count, uint64_t);
    for (size_t i = 0; i < p->count; i++) {
        TRY(dmarc_cell_read(cx, p->cells[i].cell, &p->seen[i]));
        p->n[i] = p->cells[i].n;
    }
    return OK;
}

/* Who is named by a stranger must say that he wants it (RFC 7489 section 7.1). */
static bool has_agreed(struct ctx *cx, struct reports *r, struct str domain, struct str to)
{
    size_t at = str_rchr(to, '@');
    struct str host, text;
    if (at == SIZE_MAX || domain_to_ascii(cx, str_from(to, at + 1), &host) != OK)
        return false;
    struct str ours = dmarc_organizational(cx, r->is.resolver, domain);
    if (ours.n && str_ieq(ours, dmarc_organizational(cx, r->is.resolver, host)))
        return true;
    struct str name =
        str_printf(cx->arena, "%.*s._report._dmarc.%.*s", STR_ARG(domain), STR_ARG(host));
    if (!dns_name_fits(name))
        return false;
    struct dns_answer a = resolver_ask(cx, r->is.resolver, (struct dns_question){name, DNS_TXT});
    for (size_t i = 0; i < a.count; i++)
        if (dns_txt(a.records[i], cx->arena, &text) && str_starts(text, STR("v=DMARC1")) &&
            (text.n == 8 || text.p[8] == ';' || text.p[8] == ' '))
            return true;
    return false;
}

static enum code mail(struct ctx *cx, struct reports *r, const struct dmarc_xml *x, struct str to,
                      struct str packed)
{
    const struct report_mail m = {
        .id = str_printf(cx->arena, "%.*s.%016jx", STR_ARG(x->id), (uintmax_t)tally_hash(to)),
        .to = to,
        .subject = str_printf(
            cx->arena, "Report Domain: %.*s\r\n Submitter: %.*s\r\n Report-ID: <%.*s@%.*s>",
            STR_ARG(x->domain), STR_ARG(r->from_domain), STR_ARG(x->id), STR_ARG(r->from_domain)),
        .type = STR("multipart/mixed"),
        .text = str_printf(cx->arena,
                           "This is an aggregate report (DMARC, RFC 9990) for the domain\r\n"
                           "%.*s\r\nof mail that came to %.*s.\r\n",
                           STR_ARG(x->domain), STR_ARG(r->from_domain)),
        .file = str_printf(cx->arena, "%.*s!%.*s!%jd!%jd!%016jx.xml.gz", STR_ARG(r->from_domain),
                           STR_ARG(x->domain), (intmax_t)x->begin_s, (intmax_t)x->end_s,
                           (uintmax_t)tally_hash(x->id)),
        .file_type = STR("application/gzip"),
        .bytes = packed,
    };
    return report_mail_send(cx, r, &m);
}

/* To everybody who takes so much and has agreed. */
static enum code mail_all(struct ctx *cx, struct reports *r, const struct report *p,
                          const struct dmarc_xml *x)
{
    struct str xml = dmarc_xml_write(cx, x);
    if (!xml.n)
        return fail(cx, E_LIMIT, "DMARC report: over %d bytes", REPORT_BYTES_MAX);
    struct str packed = gzip_pack(cx->arena, xml);
    for (size_t i = 0; i < p->record.rua_count; i++) {
        struct str to = p->record.rua[i];
        bool fits = !p->record.rua_max[i] || packed.n <= p->record.rua_max[i];
        if (fits && has_agreed(cx, r, x->domain, to))
            TRY(mail(cx, r, x, to, packed));
        else
            log_event(r->is.core->log, LOG_INFO, "report.withheld",
                      "kind=dmarc domain=%s to=%s why=%s", log_quote(cx->arena, x->domain),
                      log_quote(cx->arena, to),
                      fits ? "\"it has not agreed\"" : "\"it does not take so much\"");
    }
    return OK;
}

/* A report for each policy that was published in the course of the day. */
enum code dmarc_report_send(struct ctx *cx, struct reports *r, const struct tally_day *day)
{
    struct report p = {.day = day};
    TRY(ask_record(cx, r, &p));
    TRY(read_cells(cx, r, &p));
    for (size_t i = 0; i < p.count; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first &= !dmarc_same_policy(&p.seen[k], &p.seen[i]);
        const struct dmarc_xml x = {
            .organization = r->config.organization,
            .email = r->config.from,
            .id = str_printf(cx->arena, "dmarc.%u.%016jx.%016jx.%zu", day->day,
                             (uintmax_t)tally_hash(day->domain),
                             (uintmax_t)tally_digest(p.cells, p.count), i),
            .domain = day->domain,
            .begin_s = (int64_t)day->day * DAY_S,
            .end_s = (int64_t)day->day * DAY_S + DAY_S - 1,
            .seen = p.seen + i,
            .n = p.n + i,
            .count = p.count - i,
        };
        if (first)
            TRY(mail_all(cx, r, &p, &x));
    }
    return OK;
}
