#include "service/transport/remote/count.h"
#include "base/buf.h"
#include "format/domain.h"
#include "format/hex.h"
#include "service/reports/reports.h"
#include "service/reports/tls.h"

enum { TEXT_MAX = 32 * 1024 };

/* "3 1 1 0A1B..." a line. */
static struct str tlsa_text(struct ctx *cx, const struct host *h)
{
    struct buf b = buf_of(cx->arena, TEXT_MAX);
    for (size_t i = 0; i < h->tlsa_count; i++)
        buf_printf(&b, "%s%u %u %u %.*s", i ? "\n" : "", h->tlsa[i].usage, h->tlsa[i].selector,
                   h->tlsa[i].matching, STR_ARG(hex_encode(cx->arena, h->tlsa[i].data)));
    return buf_str(&b);
}

static struct str sts_text(struct ctx *cx, const struct sts_policy *p, struct str *patterns)
{
    struct buf b = buf_of(cx->arena, TEXT_MAX), m = buf_of(cx->arena, TEXT_MAX);
    buf_printf(&b, "version: STSv1\nmode: %.*s", STR_ARG(sts_mode_name(p->mode)));
    for (size_t i = 0; i < p->mx_count; i++) {
        buf_printf(&b, "\nmx: %.*s", STR_ARG(p->mx[i]));
        buf_printf(&m, "%s%.*s", i ? "\n" : "", STR_ARG(p->mx[i]));
    }
    buf_printf(&b, "\nmax_age: %u", p->max_age_s);
    *patterns = buf_str(&m);
    return buf_str(&b);
}

/* Under which policy the host was called. */
static struct tls_session session_of(struct ctx *cx, const struct count *c, const struct host *h)
{
    struct tls_session s = {.policy = TLS_POLICY_NONE};
    if (domain_to_ascii(cx, c->domain, &s.domain) != OK)
        s.domain = (struct str){0};
    if (h && (h->tlsa_count || h->tls_needed || h->later)) {
        s.policy = TLS_POLICY_TLSA;
        s.policy_text = tlsa_text(cx, h);
    } else if (c->sts->has_policy && c->sts->policy.mode != STS_NONE) {
        s.policy = TLS_POLICY_STS;
        s.policy_text = sts_text(cx, &c->sts->policy, &s.mx_patterns);
    }
    if (h)
        s.host = h->name;
    return s;
}

static enum tls_result result_of(const struct client_job *job, enum tls_policy policy)
{
    static const enum tls_result doubts[] = {
        [TLS_DOUBT_NONE] = TLS_RESULT_VALIDATION,  [TLS_DOUBT_NAME] = TLS_RESULT_HOST_MISMATCH,
        [TLS_DOUBT_EXPIRED] = TLS_RESULT_EXPIRED,  [TLS_DOUBT_ISSUER] = TLS_RESULT_NOT_TRUSTED,
        [TLS_DOUBT_OTHER] = TLS_RESULT_VALIDATION,
    };
    const struct client_tls_seen *seen = &job->seen;
    if (seen->missing)
        return TLS_RESULT_NO_STARTTLS;
    if (!seen->secured)
        return TLS_RESULT_VALIDATION;
    if (policy == TLS_POLICY_NONE || seen->trust != TLS_TRUST_NONE)
        return TLS_RESULT_OK;
    return doubts[seen->doubt];
}

void count_session(struct ctx *cx, const struct count *c, const struct host *h,
                   const struct client_job *job)
{
    const struct client_tls_seen *seen = &job->seen;
    bool tried = seen->missing || seen->secured || job->end == CLIENT_TLS_BROKEN;
    if (!c->reports || !tried)
        return; /* it broke before TLS was spoken of */
    struct tls_session s = session_of(cx, c, h);
    s.result = result_of(job, s.policy);
    if (s.policy == TLS_POLICY_TLSA && !h->tlsa_count && s.result == TLS_RESULT_NOT_TRUSTED)
        s.result = TLS_RESULT_TLSA_INVALID;
    if (s.result == TLS_RESULT_OK) {
        s.host = (struct str){0}; /* of what went well only the number is told */
    } else {
        s.host_address = str_z(seen->host_address);
        s.own_address = str_z(seen->own_address);
        s.reason = job->end == CLIENT_TLS_BROKEN ? str_z(job->text) : str_z(seen->why);
    }
    reports_count_tls(c->reports, cx->now_ms, &s);
}

void count_host(struct ctx *cx, const struct count *c, const struct host *h, bool allowed)
{
    if (!c->reports || (allowed && !(h->later && h->target_count)))
        return;
    struct tls_session s = session_of(cx, c, h);
    s.result = allowed ? TLS_RESULT_DNSSEC_INVALID : TLS_RESULT_VALIDATION;
    s.reason = allowed ? STR("TLSA records cannot be had") : STR("not named by the policy");
    reports_count_tls(c->reports, cx->now_ms, &s);
}

void count_policy(struct ctx *cx, const struct count *c)
{
    static const enum tls_result faults[] = {
        [STS_NO_FAULT] = TLS_RESULT_OK,
        [STS_FETCH_ERROR] = TLS_RESULT_STS_FETCH,
        [STS_WEBPKI_INVALID] = TLS_RESULT_STS_WEBPKI,
        [STS_POLICY_INVALID] = TLS_RESULT_STS_INVALID,
    };
    if (!c->reports || !c->sts->fault)
        return;
    struct tls_session s = session_of(cx, c, NULL);
    s.policy = TLS_POLICY_STS;
    s.result = faults[c->sts->fault];
    s.reason = c->sts->why;
    reports_count_tls(c->reports, cx->now_ms, &s);
}
