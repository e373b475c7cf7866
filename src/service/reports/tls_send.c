/* A report of TLS for one domain's day: RFC 8460 section 4.4, by mail or by HTTPS (section 3). */
#include "base/arena.h"
#include "base/buf.h"
#include "base/resolver.h"
#include "base/web.h"
#include "format/date.h"
#include "format/gzip/gzip.h"
#include "format/json.h"
#include "service/reports/parts.h"
#include "service/reports/tls.h"

enum { DAY_S = 86400, POST_MS = 60000 };

/* What is written. */
struct report {
    const struct tally_day *day;
    struct tally_cell *cells;
    struct tls_session *seen;
    size_t count;
    struct str id, file; /* file: without its end */
};

static void put_time(struct ctx *cx, struct json *j, const char *key, int64_t ms)
{
    struct buf b = buf_of(cx->arena, 40);
    date_put_rfc3339(&b, (struct date){.utc_ms = ms});
    json_key(j, key);
    json_str(j, buf_str(&b));
}

static void put_lines(struct json *j, const char *key, struct str lines)
{
    json_key(j, key);
    json_array(j);
    while (lines.n) {
        size_t end = str_chr(lines, '\n');
        json_str(j, str_sub(lines, 0, end));
        lines = end == SIZE_MAX ? (struct str){0} : str_from(lines, end + 1);
    }
    json_array_end(j);
}

static void put_optional(struct json *j, const char *key, struct str value)
{
    if (!value.n)
        return;
    json_key(j, key);
    json_str(j, value);
}

static void put_failure(struct json *j, const struct tls_session *s, uint64_t n)
{
    json_object(j);
    json_key(j, "result-type");
    json_str(j, tls_result_name(s->result));
    put_optional(j, "sending-mta-ip", s->own_address);
    put_optional(j, "receiving-mx-hostname", s->host);
    put_optional(j, "receiving-ip", s->host_address);
    json_key(j, "failed-session-count");
    json_u64(j, n);
    put_optional(j, "failure-reason-code", s->reason);
    json_object_end(j);
}

static bool same_policy(const struct tls_session *a, const struct tls_session *b)
{
    return a->policy == b->policy && str_eq(a->policy_text, b->policy_text) &&
           str_eq(a->mx_patterns, b->mx_patterns);
}

static void put_policy(struct json *j, const struct report *p, const struct tls_session *of)
{
    uint64_t good = 0, bad = 0;
    for (size_t i = 0; i < p->count; i++)
        if (same_policy(&p->seen[i], of))
            *(p->seen[i].result == TLS_RESULT_OK ? &good : &bad) += p->cells[i].n;
    json_object(j);
    json_key(j, "policy");
    json_object(j);
    json_key(j, "policy-type");
    json_str(j, tls_policy_name(of->policy));
    if (of->policy_text.n)
        put_lines(j, "policy-string", of->policy_text);
    json_key(j, "policy-domain");
    json_str(j, p->day->domain);
    if (of->mx_patterns.n)
        put_lines(j, "mx-host", of->mx_patterns);
    json_object_end(j);
    json_key(j, "summary");
    json_object(j);
    json_key(j, "total-successful-session-count");
    json_u64(j, good);
    json_key(j, "total-failure-session-count");
    json_u64(j, bad);
    json_object_end(j);
    json_key(j, "failure-details");
    json_array(j);
    for (size_t i = 0; i < p->count; i++)
        if (p->seen[i].result != TLS_RESULT_OK && same_policy(&p->seen[i], of))
            put_failure(j, &p->seen[i], p->cells[i].n);
    json_array_end(j);
    json_object_end(j);
}

static struct str write_json(struct ctx *cx, const struct reports *r, const struct report *p)
{
    struct buf b = buf_of(cx->arena, REPORT_BYTES_MAX);
    struct json j = json_to(&b);
    int64_t begin_ms = (int64_t)p->day->day * DAY_S * 1000;
    json_object(&j);
    json_key(&j, "organization-name");
    json_str(&j, r->config.organization);
    json_key(&j, "date-range");
    json_object(&j);
    put_time(cx, &j, "start-datetime", begin_ms);
    put_time(cx, &j, "end-datetime", begin_ms + (DAY_S - 1) * 1000);
    json_object_end(&j);
    json_key(&j, "contact-info");
    json_str(&j, r->config.from);
    json_key(&j, "report-id");
    json_str(&j, p->id);
    json_key(&j, "policies");
    json_array(&j);
    for (size_t i = 0; i < p->count; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first &= !same_policy(&p->seen[k], &p->seen[i]);
        if (first)
            put_policy(&j, p, &p->seen[i]);
    }
    json_array_end(&j);
    json_object_end(&j);
    return b.overflow ? (struct str){0} : buf_str(&b);
}

static enum code read_cells(struct ctx *cx, struct reports *r, struct report *p)
{
    TRY(tally_cells(cx, r->is.core, TALLY_TLS, p->day, &p->cells, &p->count));
    p->seen = ARENA_ARRAY(cx->arena, p->count, struct tls_session);
    for (size_t i = 0; i < p->count; i++)
        TRY(tls_cell_read(cx, p->cells[i].cell, &p->seen[i]));
    return OK;
}

/* The record as it is now. E_BUSY: unknown; E_NOT_FOUND: none. */
static enum code ask_record(struct ctx *cx, struct reports *r, struct str domain,
                            struct str rua[static TLS_RUA_MAX], size_t *count)
{
    struct str name = str_printf(cx->arena, "_smtp._tls.%.*s", STR_ARG(domain)), text;
    struct dns_answer a = resolver_ask(cx, r->is.resolver, (struct dns_question){name, DNS_TXT});
    size_t found = 0;
    if (a.status == DNS_FAILED || a.status == DNS_BOGUS)
        return fail(cx, E_BUSY, "TLS report: the DNS did not answer");
    for (size_t i = 0; i < a.count; i++)
        found += dns_txt(a.records[i], cx->arena, &text) && tls_record_parse(text, rua, count);
    return found == 1 ? OK : fail(cx, E_NOT_FOUND, "TLS report: nobody wants one");
}

static enum code post(struct ctx *cx, struct reports *r, struct str url, struct str packed)
{
    const struct web_header type = {STR("Content-Type"), STR("application/tlsrpt+gzip")};
    const struct web_question q = {
        .method = WEB_POST,
        .url = url,
        .headers = &type,
        .header_count = 1,
        .body = packed,
        .timeout_ms = POST_MS,
    };
    if (!r->is.web)
        return OK;
    struct web_answer a = web_ask(cx, r->is.web, &q);
    if (a.result == WEB_ANSWERED && a.status >= 200 && a.status < 300)
        return OK;
    return fail(cx, E_BUSY, "TLS report: %.*s: %s %u", STR_ARG(str_sub(url, 0, 100)),
                web_result_name(a.result), a.status);
}

static enum code mail(struct ctx *cx, struct reports *r, const struct report *p, struct str to,
                      struct str packed)
{
    struct str domain = p->day->domain;
    const struct report_mail m = {
        .id = str_printf(cx->arena, "%.*s.%016jx", STR_ARG(p->id), (uintmax_t)tally_hash(to)),
        .to = to,
        .subject = str_printf(cx->arena,
                              "Report Domain: %.*s\r\n Submitter: %.*s\r\n"
                              " Report-ID: <%.*s@%.*s>",
                              STR_ARG(domain), STR_ARG(r->from_domain), STR_ARG(p->id),
                              STR_ARG(r->from_domain)),
        .fields = str_printf(cx->arena,
                             "TLS-Report-Domain: %.*s\r\nTLS-Report-Submitter: %.*s\r\n"
                             "TLS-Required: No\r\n",
                             STR_ARG(domain), STR_ARG(r->from_domain)),
        .type = STR("multipart/report; report-type=tlsrpt"),
        .text = str_printf(cx->arena,
                           "This is a TLS report (RFC 8460) for the domain\r\n%.*s\r\n"
                           "of mail that %.*s sent to it.\r\n",
                           STR_ARG(domain), STR_ARG(r->from_domain)),
        .file = str_printf(cx->arena, "%.*s.json.gz", STR_ARG(p->file)),
        .file_type = STR("application/tlsrpt+gzip"),
        .bytes = packed,
    };
    return report_mail_send(cx, r, &m);
}

/* First those that may fail and are tried again; a mail is never sent twice. */
static enum code send_all(struct ctx *cx, struct reports *r, const struct report *p,
                          const struct str *rua, size_t count)
{
    struct str json = write_json(cx, r, p);
    if (!json.n)
        return fail(cx, E_LIMIT, "TLS report: over %d bytes", REPORT_BYTES_MAX);
    struct str packed = gzip_pack(cx->arena, json);
    bool last_try = tally_day_of(cx->now_ms) >= p->day->day + REPORTS_TRY_DAYS;
    for (size_t i = 0; i < count; i++)
        if (str_istarts(rua[i], STR("https:"))) {
            enum code code = post(cx, r, rua[i], packed);
            if (code != OK && !last_try)
                return code;
        }
    for (size_t i = 0; i < count; i++)
        if (str_istarts(rua[i], STR("mailto:")))
            TRY(mail(cx, r, p, str_sub(str_from(rua[i], 7), 0, str_chr(str_from(rua[i], 7), '?')),
                     packed));
    return OK;
}

enum code tls_report_send(struct ctx *cx, struct reports *r, const struct tally_day *day)
{
    struct str rua[TLS_RUA_MAX];
    size_t rua_count = 0;
    uint64_t begin_s = (uint64_t)day->day * DAY_S;
    struct report p = {.day = day};
    TRY(ask_record(cx, r, day->domain, rua, &rua_count));
    TRY(read_cells(cx, r, &p));
    p.id =
        str_printf(cx->arena, "tls.%u.%016jx.%016jx", day->day, (uintmax_t)tally_hash(day->domain),
                   (uintmax_t)tally_digest(p.cells, p.count));
    p.file = str_printf(cx->arena, "%.*s!%.*s!%ju!%ju", STR_ARG(r->from_domain),
                        STR_ARG(day->domain), (uintmax_t)begin_s, (uintmax_t)(begin_s + DAY_S - 1));
    return send_all(cx, r, &p, rua, rua_count);
}
