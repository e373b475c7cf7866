/* The XML of an aggregate report (RFC 9990, section 3.1 and its schema). */
#include "base/arena.h"
#include "base/buf.h"
#include "service/reports/dmarc.h"
#include "service/reports/parts.h"

/* Text: what is no character of XML is a question mark. */
static void put_text(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '&')
            buf_add(b, STR("&amp;"));
        else if (c == '<')
            buf_add(b, STR("&lt;"));
        else if (c == '>')
            buf_add(b, STR("&gt;"));
        else
            buf_byte(b, c < ' ' || c == 0x7f ? '?' : c); /* above ASCII as well */
    }
}

static void put(struct buf *b, const char *name, struct str text)
{
    buf_printf(b, "<%s>", name);
    put_text(b, text);
    buf_printf(b, "</%s>\n", name);
}

static void put_number(struct buf *b, const char *name, uint64_t n)
{
    buf_printf(b, "<%s>%ju</%s>\n", name, (uintmax_t)n, name);
}

static void put_head(struct buf *b, const struct dmarc_xml *x)
{
    const struct dmarc_seen *s = &x->seen[0];
    buf_add(b, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n"
                   "<version>1.0</version>\n<report_metadata>\n"));
    put(b, "org_name", x->organization);
    put(b, "email", x->email);
    put(b, "report_id", x->id);
    buf_add(b, STR("<date_range>\n"));
    put_number(b, "begin", (uint64_t)x->begin_s);
    put_number(b, "end", (uint64_t)x->end_s);
    buf_add(b, STR("</date_range>\n</report_metadata>\n<policy_published>\n"));
    put(b, "domain", x->domain);
    put(b, "discovery_method", STR("treewalk"));
    put(b, "p", dmarc_policy_name(s->policy));
    put(b, "sp", dmarc_policy_name(s->subdomains));
    put(b, "np", dmarc_policy_name(s->absent));
    put(b, "adkim", s->strict_dkim ? STR("s") : STR("r"));
    put(b, "aspf", s->strict_spf ? STR("s") : STR("r"));
    put(b, "testing", s->testing ? STR("y") : STR("n"));
    buf_add(b, STR("</policy_published>\n"));
}

static void put_row(struct buf *b, const struct dmarc_seen *s, uint64_t n)
{
    bool pass = s->dkim_aligned || s->spf_aligned;
    buf_add(b, STR("<row>\n"));
    put(b, "source_ip", s->client);
    put_number(b, "count", n);
    buf_add(b, STR("<policy_evaluated>\n"));
    put(b, "disposition", pass ? STR("pass") : dmarc_policy_name(s->done));
    put(b, "dkim", s->dkim_aligned ? STR("pass") : STR("fail"));
    put(b, "spf", s->spf_aligned ? STR("pass") : STR("fail"));
    if (s->why) {
        buf_add(b, STR("<reason>\n"));
        put(b, "type",
            s->why == DMARC_OVERRIDE_SAMPLED ? STR("other") : dmarc_override_name(s->why));
        if (s->why == DMARC_OVERRIDE_SAMPLED) /* RFC 9990 has no pct= any more */
            put(b, "comment", STR("sampled_out"));
        buf_add(b, STR("</reason>\n"));
    }
    buf_add(b, STR("</policy_evaluated>\n</row>\n"));
}

static void put_results(struct buf *b, const struct dmarc_seen *s)
{
    buf_add(b, STR("<identifiers>\n"));
    put(b, "header_from", s->from_domain);
    if (s->mail_from_domain.n)
        put(b, "envelope_from", s->mail_from_domain);
    buf_add(b, STR("</identifiers>\n<auth_results>\n"));
    for (size_t i = 0; i < s->dkim_count; i++) {
        buf_add(b, STR("<dkim>\n"));
        put(b, "domain", s->dkim[i].domain);
        put(b, "selector", s->dkim[i].selector);
        put(b, "result", dkim_result_name(s->dkim[i].result));
        buf_add(b, STR("</dkim>\n"));
    }
    if (s->spf_domain.n && !s->spf_helo) { /* only MAIL FROM counts for DMARC */
        buf_add(b, STR("<spf>\n"));
        put(b, "domain", s->spf_domain);
        put(b, "scope", STR("mfrom"));
        put(b, "result", spf_result_name(s->spf));
        buf_add(b, STR("</spf>\n"));
    }
    buf_add(b, STR("</auth_results>\n"));
}

struct str dmarc_xml_write(struct ctx *cx, const struct dmarc_xml *x)
{
    struct buf b = buf_of(cx->arena, REPORT_BYTES_MAX);
    put_head(&b, x);
    for (size_t i = 0; i < x->count; i++) {
        if (!dmarc_same_policy(&x->seen[i], &x->seen[0]))
            continue;
        buf_add(&b, STR("<record>\n"));
        put_row(&b, &x->seen[i], x->n[i]);
        put_results(&b, &x->seen[i]);
        buf_add(&b, STR("</record>\n"));
    }
    buf_add(&b, STR("</feedback>\n"));
    return b.overflow ? (struct str){0} : buf_str(&b);
}
