/* All checks of one message, and what follows from them. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/resolver.h"
#include "format/address.h"
#include "format/domain.h"
#include "service/mailauth.h"
#include "service/mailauth/results.h"
#include "service/mailauth/signer.h"
#include "service/reports/dmarc.h"
#include "service/reports/reports.h"

enum { KEYS_KEPT = 512, HOST_NAMES_MAX = 5 };

struct network {
    struct ip ip;
    unsigned bits;
};

struct mailauth {
    struct mailauth_parts parts;
    struct mailauth_config config;
    struct network networks[MAILAUTH_NETWORKS_MAX];
    struct key_cache *keys;
    struct reports *reports; /* NULL: nobody counts */
    struct metric *spf[SPF_RESULT_COUNT], *dkim[DKIM_RESULT_COUNT], *arc[ARC_RESULT_COUNT];
    struct metric *dmarc[DMARC_RESULT_COUNT];
    struct metric *refused, *junked, *seconds;
};

/* One message on its way through. */
struct seen {
    struct spf_answer spf;
    struct dkim_answer dkim;
    struct arc_answer arc;
    struct dmarc_answer dmarc;
    struct bimi_answer bimi;
    struct canon_message message;
    struct results results;
};

static bool network_of(struct str text, struct network *out)
{
    size_t slash = str_chr(text, '/');
    uint64_t bits;
    if (!ip_parse(str_sub(text, 0, slash), &out->ip))
        return false;
    out->bits = out->ip.v6 ? 128 : 32;
    if (slash == SIZE_MAX)
        return true;
    if (!str_u64(str_from(text, slash + 1), &bits) || bits > out->bits)
        return false;
    out->bits = (unsigned)bits;
    return true;
}

static struct metric *series(struct metrics *m, const char *method, struct str result)
{
    char labels[64];
    (void)snprintf(labels, sizeof labels, "method=\"%s\",result=\"%.*s\"", method, STR_ARG(result));
    return metric_of(m, METRIC_COUNTER, "postroad_mailauth_results_total", labels,
                     "Results of SPF, DKIM, ARC and DMARC");
}

static void metrics_make(struct mailauth *a)
{
    struct metrics *m = a->parts.metrics;
    for (int i = 0; i < SPF_RESULT_COUNT; i++)
        a->spf[i] = series(m, "spf", spf_result_name((enum spf_result)i));
    for (int i = 0; i < DKIM_RESULT_COUNT; i++)
        a->dkim[i] = series(m, "dkim", dkim_result_name((enum dkim_result)i));
    for (int i = 0; i < ARC_RESULT_COUNT; i++)
        a->arc[i] = series(m, "arc", arc_result_name((enum arc_result)i));
    for (int i = 0; i < DMARC_RESULT_COUNT; i++)
        a->dmarc[i] = series(m, "dmarc", dmarc_result_name((enum dmarc_result)i));
    a->refused = metric_of(m, METRIC_COUNTER, "postroad_mailauth_advice_total", "advice=\"refuse\"",
                           "Messages refused or put into Junk");
    a->junked = metric_of(m, METRIC_COUNTER, "postroad_mailauth_advice_total", "advice=\"junk\"",
                          "Messages refused or put into Junk");
    a->seconds = metric_of(m, METRIC_SECONDS, "postroad_mailauth_seconds", "",
                           "Time that checking a message took, the DNS included");
}

enum code mailauth_open(struct ctx *cx, const struct mailauth_parts *parts, struct mailauth **out)
{
    const struct mailauth_config *config = parts->config;
    struct network networks[MAILAUTH_NETWORKS_MAX];
    for (size_t i = 0; i < config->network_count; i++)
        if (!network_of(config->networks[i], &networks[i]))
            return fail(cx, E_SYNTAX, "mailauth: \"%.*s\" is no network; for example 192.0.2.0/24",
                        STR_ARG(config->networks[i]));
    struct mailauth *a = calloc(1, sizeof *a);
    must(a);
    a->parts = *parts;
    a->config = *config;
    a->parts.config = &a->config;
    for (size_t i = 0; i < config->network_count; i++)
        a->networks[i] = networks[i];
    a->keys = key_cache_open(KEYS_KEPT);
    metrics_make(a);
    *out = a;
    return OK;
}

void mailauth_set_reports(struct mailauth *a, struct reports *r)
{
    a->reports = r;
}

void mailauth_close(struct mailauth *a)
{
    key_cache_close(a->keys);
    free(a);
}

static bool is_trusted(const struct mailauth *a, struct ip client)
{
    for (size_t i = 0; i < a->config.network_count; i++)
        if (ip_in(client, a->networks[i].ip, a->networks[i].bits))
            return true;
    return false;
}

bool mailauth_trusts(const struct mailauth *a, struct str client)
{
    struct ip ip;
    return a && ip_parse(client, &ip) && is_trusted(a, ip);
}

struct str mailauth_author(struct ctx *cx, struct str from_value)
{
    struct address_list list = address_parse(cx->arena, from_value);
    struct str found = {0}, ascii;
    for (size_t i = 0; i < list.count; i++) {
        if (list.at[i].kind != ADDRESS_MAILBOX)
            continue;
        if (domain_to_ascii(cx, list.at[i].domain, &ascii) != OK ||
            (found.n && !str_eq(found, ascii)))
            return (struct str){0};
        found = ascii;
    }
    return found;
}

/* FCrDNS: a name of the client that leads back to it (RFC 8601 section 3). */
static struct str host_of(struct ctx *cx, const struct mailauth *a, struct ip client)
{
    const struct resolver *r = a->parts.resolver;
    const struct dns_question ptr = {ip_ptr_name(cx->arena, client), DNS_PTR};
    struct dns_answer names = resolver_ask(cx, r, ptr);
    for (size_t i = 0; i < names.count && i < HOST_NAMES_MAX; i++) {
        struct str name;
        if (!dns_name(names.records[i], cx->arena, &name))
            continue;
        const struct dns_question host = {name, client.v6 ? DNS_AAAA : DNS_A};
        struct dns_answer back = resolver_ask(cx, r, host);
        for (size_t k = 0; k < back.count; k++) {
            struct ip ip;
            if (ip_of_bytes(back.records[k], &ip) && ip_in(client, ip, client.v6 ? 128 : 32))
                return name;
        }
    }
    return (struct str){0};
}

static void look(struct ctx *cx, struct mailauth *a, const struct mailauth_message *m,
                 struct ip client, struct seen *s)
{
    const struct resolver *r = a->parts.resolver;
    const struct spf_question q = {client, m->helo, m->mail_from, a->parts.host_name};
    spf_check(cx, r, &q, &s->spf);
    canon_open(cx->arena, m->bytes, &s->message);
    dkim_verify(cx, r, a->keys, &s->message, &s->dkim);
    arc_verify(cx, r, a->keys, &s->message, &s->arc);
    const struct dmarc_question asks = {
        .from_domain = mailauth_author(cx, m->from_value),
        .spf = s->spf.result,
        .spf_domain = s->spf.domain,
        .dkim = &s->dkim,
    };
    dmarc_check(cx, r, &asks, &s->dmarc);
    if (m->bimi)
        bimi_check(cx, r, &s->message, asks.from_domain, &s->dmarc, &s->bimi);
    s->results = (struct results){
        .server = a->parts.host_name,
        .client = client,
        .spf = &s->spf,
        .mail_from = m->mail_from,
        .helo = m->helo,
        .dkim = &s->dkim,
        .arc = &s->arc,
        .dmarc = &s->dmarc,
        .bimi = m->bimi ? &s->bimi : NULL,
        .from_domain = asks.from_domain,
        .host = host_of(cx, a, client),
        .looked_host = true,
    };
}

/* A sealer whom we believe saw the message before it was changed. */
static bool is_vouched_for(const struct mailauth *a, const struct arc_answer *arc)
{
    if (arc->result != ARC_PASS)
        return false;
    struct str sealer = arc->sets[arc->count - 1].sealer;
    for (size_t i = 0; i < a->config.sealer_count; i++)
        if (domain_is_below(sealer, a->config.sealers[i]))
            return true;
    return false;
}

static void advise(struct ctx *cx, const struct mailauth *a, const struct seen *s,
                   struct mailauth_report *out)
{
    const struct dmarc_answer *d = &s->dmarc;
    bool fails = d->result == DMARC_FAIL && !a->config.mark_only && !is_vouched_for(a, &s->arc);
    out->forged =
        !is_vouched_for(a, &s->arc) &&
        (d->result == DMARC_FAIL || (s->spf.result == SPF_FAIL && d->result != DMARC_PASS));
    if (fails && d->disposition == DMARC_POLICY_REJECT) {
        out->advice = MAILAUTH_REFUSE;
        out->reply = str_printf(cx->arena,
                                "550 5.7.1 Refused by the DMARC policy of %.*s: neither SPF nor "
                                "DKIM speaks for it",
                                STR_ARG(d->policy_domain));
    } else if (a->config.refuse_fails && s->spf.result == SPF_FAIL && d->result != DMARC_PASS) {
        out->advice = MAILAUTH_REFUSE; /* RFC 7372 section 3.2 */
        out->reply = str_printf(cx->arena, "550 5.7.23 Your host may not send for %.*s (SPF)",
                                STR_ARG(s->spf.domain));
    } else if (fails && d->disposition == DMARC_POLICY_QUARANTINE) {
        out->advice = MAILAUTH_JUNK;
    }
}

/* Why we do something else than the domain's policy says (RFC 7489 section 6.6.4). */
static enum dmarc_override override_of(const struct mailauth *a, const struct seen *s)
{
    const struct dmarc_answer *d = &s->dmarc;
    if (d->result != DMARC_FAIL || d->policy == DMARC_POLICY_NONE)
        return DMARC_OVERRIDE_NONE;
    if (is_vouched_for(a, &s->arc))
        return DMARC_OVERRIDE_FORWARDER;
    if (a->config.mark_only)
        return DMARC_OVERRIDE_LOCAL;
    if (d->disposition == d->policy)
        return DMARC_OVERRIDE_NONE;
    return d->record.testing ? DMARC_OVERRIDE_TESTING : DMARC_OVERRIDE_SAMPLED;
}

static void count(struct ctx *cx, const struct mailauth *a, const struct mailauth_message *m,
                  const struct seen *s, const struct mailauth_report *report)
{
    static const enum dmarc_policy done[] = {[MAILAUTH_KEEP] = DMARC_POLICY_NONE,
                                             [MAILAUTH_JUNK] = DMARC_POLICY_QUARANTINE,
                                             [MAILAUTH_REFUSE] = DMARC_POLICY_REJECT};
    const struct dmarc_answer *d = &s->dmarc;
    const struct dmarc_record *record = &d->record;
    size_t at = str_rchr(m->mail_from, '@');
    if (!a->reports || !record->rua_count || (d->result != DMARC_PASS && d->result != DMARC_FAIL))
        return;
    struct dmarc_seen seen = {
        .domain = d->policy_domain,
        .policy = record->policy,
        .subdomains = record->subdomains,
        .absent = record->absent,
        .strict_dkim = record->strict_dkim,
        .strict_spf = record->strict_spf,
        .testing = record->testing,
        .percent = record->percent,
        .client = m->client,
        .from_domain = s->results.from_domain,
        .mail_from_domain = at == SIZE_MAX ? (struct str){0} : str_from(m->mail_from, at + 1),
        .spf_domain = s->spf.domain,
        .spf_helo = !m->mail_from.n,
        .spf = s->spf.result,
        .dkim_aligned = d->dkim_aligned,
        .spf_aligned = d->spf_aligned,
        .done = done[report->advice],
        .why = override_of(a, s),
    };
    if (report->advice == MAILAUTH_REFUSE && d->disposition != DMARC_POLICY_REJECT)
        seen.why = DMARC_OVERRIDE_LOCAL; /* for SPF's sake */
    for (size_t i = 0; i < s->dkim.count && seen.dkim_count < DMARC_SIGNATURES_MAX; i++) {
        const struct dkim_signature *g = &s->dkim.at[i];
        seen.dkim[seen.dkim_count++] =
            (struct dmarc_signature_seen){g->domain, g->selector, g->verdict.result};
    }
    reports_count_dmarc(a->reports, cx->now_ms, &seen);
}

static void tell(struct ctx *cx, struct mailauth *a, const struct mailauth_message *m,
                 const struct seen *s, const struct mailauth_report *report)
{
    static const char *const advices[] = {"keep", "junk", "refuse"};
    enum dkim_result best = s->dkim.count ? s->dkim.at[0].verdict.result : DKIM_NONE;
    for (size_t i = 0; i < s->dkim.count; i++) {
        metric_add(a->dkim[s->dkim.at[i].verdict.result], 1);
        if (s->dkim.at[i].verdict.result == DKIM_PASS)
            best = DKIM_PASS;
    }
    metric_add(a->spf[s->spf.result], 1);
    metric_add(a->arc[s->arc.result], 1);
    metric_add(a->dmarc[s->dmarc.result], 1);
    if (report->advice != MAILAUTH_KEEP)
        metric_add(report->advice == MAILAUTH_JUNK ? a->junked : a->refused, 1);
    log_event(a->parts.log, LOG_INFO, "mailauth.checked",
              "id=%.*s client=%.*s host=%s from=%s spf=%.*s dkim=%.*s arc=%.*s dmarc=%.*s "
              "advice=%s",
              STR_ARG(m->id), STR_ARG(m->client), log_quote(cx->arena, s->results.host),
              log_quote(cx->arena, s->results.from_domain), STR_ARG(spf_result_name(s->spf.result)),
              STR_ARG(dkim_result_name(best)), STR_ARG(arc_result_name(s->arc.result)),
              STR_ARG(dmarc_result_name(s->dmarc.result)), advices[report->advice]);
}

/* The results, and our seal on them for those whom the message goes on to. */
static void fields_make(struct ctx *cx, struct mailauth *a, const struct mailauth_message *m,
                        struct seen *s, struct mailauth_report *out)
{
    struct str text = results_text(cx->arena, &s->results), set = {0};
    const struct signer_sealed what = {&s->message, &s->arc, text};
    if (m->sealed_for.n && a->parts.signer &&
        signer_seal(cx, a->parts.signer, m->sealed_for, &what, &set) != OK)
        log_event(a->parts.log, LOG_WARN, "mailauth.sealing_failed", "id=%.*s what=%s",
                  STR_ARG(m->id), log_quote(cx->arena, str_z(cx->err.what)));
    struct str fields[] = {set, STR("Authentication-Results: "), text, STR("\r\n"),
                           bimi_location(cx->arena, &s->bimi)};
    out->field = str_join(cx->arena, fields, 5);
}

void mailauth_check(struct ctx *cx, struct mailauth *a, const struct mailauth_message *m,
                    struct mailauth_report *out)
{
    struct ip client;
    *out = (struct mailauth_report){.advice = MAILAUTH_KEEP};
    if (a->config.off || !ip_parse(m->client, &client) || is_trusted(a, client))
        return;
    int64_t deadline_ms = cx->deadline_ms, started_us = clock_mono_us();
    if (!cx->deadline_ms || cx->deadline_ms > cx->now_ms + MAILAUTH_MS)
        cx->deadline_ms = cx->now_ms + MAILAUTH_MS;
    struct seen s = {0};
    look(cx, a, m, client, &s);
    cx->deadline_ms = deadline_ms;
    advise(cx, a, &s, out);
    fields_make(cx, a, m, &s, out);
    tell(cx, a, m, &s, out);
    count(cx, a, m, &s, out);
    metric_observe_us(a->seconds, clock_mono_us() - started_us);
}
