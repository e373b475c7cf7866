#include "service/mailauth/results.h"
#include "base/arena.h"
#include "base/buf.h"

enum { TEXT_MAX = 32768, VALUE_MAX = 320 };

/* Of a token (RFC 2045), and "@": RFC 8601 lets pvalue be a mail address. */
static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_alpha(s.p[i]) && !ascii_is_digit(s.p[i]) &&
            str_chr(STR("!#$%&'*+-.^_`{|}~@"), s.p[i]) == SIZE_MAX)
            return false;
    return s.n > 0;
}

/* A value as it may stand: quoted where it must be, control characters left out, cut. */
static void value_put(struct buf *b, struct str s)
{
    s = str_sub(s, 0, VALUE_MAX);
    if (is_plain(s)) {
        buf_add(b, s);
        return;
    }
    buf_byte(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            buf_byte(b, '\\');
        if (c >= 0x20 && c != 0x7f)
            buf_byte(b, s.p[i]);
    }
    buf_byte(b, '"');
}

static void property(struct buf *b, const char *name, struct str value)
{
    if (value.n == 0)
        return;
    buf_printf(b, " %s=", name);
    value_put(b, value);
}

static void method(struct buf *b, const char *name, struct str result)
{
    buf_printf(b, ";\r\n %s=%.*s", name, STR_ARG(result));
}

static void reason(struct buf *b, struct str text)
{
    if (text.n == 0)
        return;
    buf_add(b, STR(" reason="));
    buf_byte(b, '"');
    buf_add(b, text); /* a literal of ours */
    buf_byte(b, '"');
}

static void spf_put(struct buf *b, const struct results *r)
{
    if (!r->spf)
        return;
    method(b, "spf", spf_result_name(r->spf->result));
    reason(b, r->spf->problem);
    if (r->mail_from.n)
        property(b, "smtp.mailfrom", r->mail_from);
    else
        property(b, "smtp.helo", r->helo);
}

static void dkim_put(struct buf *b, const struct results *r)
{
    if (!r->dkim)
        return;
    if (r->dkim->count == 0)
        method(b, "dkim", dkim_result_name(DKIM_NONE));
    for (size_t i = 0; i < r->dkim->count; i++) {
        const struct dkim_signature *s = &r->dkim->at[i];
        method(b, "dkim", dkim_result_name(s->verdict.result));
        reason(b, s->verdict.reason);
        if (s->key_bits)
            buf_printf(b, " (%u-bit key)", s->key_bits);
        property(b, "header.d", s->domain);
        property(b, "header.i", s->identity);
        property(b, "header.s", s->selector);
        if (s->domain.n)
            property(b, "header.a", sign_algorithm_name(s->algorithm));
        property(b, "header.b", s->b);
    }
}

static void arc_put(struct arena *a, struct buf *b, const struct results *r)
{
    if (!r->arc)
        return;
    method(b, "arc", arc_result_name(r->arc->result));
    reason(b, r->arc->reason);
    if (r->arc->result == ARC_PASS) {
        property(b, "header.oldest-pass", str_printf(a, "%zu", r->arc->oldest_pass));
        property(b, "smtp.remote-ip", ip_text(a, r->client));
    }
}

static void dmarc_put(struct buf *b, const struct results *r)
{
    if (!r->dmarc)
        return;
    method(b, "dmarc", dmarc_result_name(r->dmarc->result));
    if (r->dmarc->policy_domain.n)
        buf_printf(b, " (p=%.*s dis=%.*s)", STR_ARG(dmarc_policy_name(r->dmarc->policy)),
                   STR_ARG(dmarc_policy_name(r->dmarc->disposition)));
    property(b, "header.from", r->from_domain);
}

static void bimi_put(struct buf *b, const struct results *r)
{
    if (!r->bimi || r->bimi->result == BIMI_SKIPPED)
        return;
    method(b, "bimi", bimi_result_name(r->bimi->result));
    property(b, "header.d", r->bimi->domain);
    property(b, "header.selector", r->bimi->selector);
    if (r->bimi->record.evidence.n)
        property(b, "policy.authority-uri", r->bimi->record.evidence);
}

struct str results_text(struct arena *a, const struct results *r)
{
    struct buf b = buf_of(a, TEXT_MAX);
    value_put(&b, r->server);
    size_t before = b.n;
    if (r->login.n) {
        method(&b, "auth", STR("pass"));
        property(&b, "smtp.auth", r->login);
    }
    if (r->looked_host) {
        method(&b, "iprev", r->host.n ? STR("pass") : STR("fail"));
        property(&b, "policy.iprev", ip_text(a, r->client));
    }
    spf_put(&b, r);
    dkim_put(&b, r);
    arc_put(a, &b, r);
    dmarc_put(&b, r);
    bimi_put(&b, r);
    if (b.n == before)
        buf_add(&b, STR("; none"));
    must(!b.overflow);
    return buf_str(&b);
}
