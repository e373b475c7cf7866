#include "service/mailauth/dmarc.h"
#include "base/arena.h"
#include "base/random.h"
#include "base/resolver.h"
#include "format/domain.h"

enum { LABELS_MAX = 128 };

struct str dmarc_result_name(enum dmarc_result result)
{
    static const struct str names[DMARC_RESULT_COUNT] = {
        [DMARC_NONE] = STR("none"),           [DMARC_PASS] = STR("pass"),
        [DMARC_FAIL] = STR("fail"),           [DMARC_TEMPERROR] = STR("temperror"),
        [DMARC_PERMERROR] = STR("permerror"),
    };
    return names[result];
}

/* What a tree walk found. */
struct walk {
    struct str organizational; /* the domain itself when nothing was found */
    struct str found;          /* where the record for the walk's domain lies; empty: none */
    struct dmarc_record record;
    bool failed; /* the DNS did not answer */
};

static size_t label_count(struct str domain)
{
    size_t count = domain.n ? 1 : 0;
    for (size_t i = 0; i < domain.n; i++)
        count += domain.p[i] == '.';
    return count;
}

static struct str without_first(struct str domain)
{
    size_t dot = str_chr(domain, '.');
    return dot == SIZE_MAX ? (struct str){0} : str_from(domain, dot + 1);
}

static struct str last_labels(struct str domain, size_t wanted)
{
    for (size_t count = label_count(domain); count > wanted; count--)
        domain = without_first(domain);
    return domain;
}

/* The one usable record at a domain. E_NOT_FOUND: none, or several; E_IO: unknown. */
static enum code record_at(struct ctx *cx, const struct resolver *resolver, struct str domain,
                           struct dmarc_record *out)
{
    struct str name = str_printf(cx->arena, "_dmarc.%.*s", STR_ARG(domain));
    struct dns_answer txt = {.status = DNS_NO_NAME};
    size_t found = 0;
    if (dns_name_fits(name))
        txt = resolver_ask(cx, resolver, (struct dns_question){name, DNS_TXT});
    if (txt.status == DNS_FAILED || txt.status == DNS_BOGUS)
        return fail(cx, E_IO, "DMARC: the DNS did not answer");
    for (size_t i = 0; i < txt.count; i++) {
        struct str text;
        if (dns_txt(txt.records[i], cx->arena, &text) && str_starts(text, STR("v=DMARC1")) &&
            dmarc_parse(cx, text, out) == OK)
            found++;
    }
    return found == 1 ? OK : E_NOT_FOUND;
}

/* RFC 9989 section 4.10: from the domain upwards. */
static void walk(struct ctx *cx, const struct resolver *resolver, struct str domain,
                 struct walk *out)
{
    *out = (struct walk){.organizational = domain};
    struct str below = domain;
    bool exact = true;
    for (struct str at = domain; at.n;) {
        struct dmarc_record record;
        enum code code = record_at(cx, resolver, at, &record);
        if (code == E_IO) {
            out->failed = true;
            return;
        }
        if (code == OK) {
            bool is_suffix = record.psd == DMARC_PSD_YES && !exact;
            out->organizational = is_suffix ? below : at;
            /* The domain's own goes first, then the organizational, then the suffix's. */
            bool has_better =
                str_eq(out->found, domain) || (is_suffix && str_eq(out->found, below));
            if (out->found.n == 0 || !has_better) {
                out->found = at;
                out->record = record;
            }
            if (record.psd != DMARC_PSD_UNSAID)
                return;
        }
        below = at;
        at = exact && label_count(at) >= DMARC_WALK_MAX ? last_labels(at, DMARC_WALK_MAX - 1)
                                                        : without_first(at);
        exact = false;
    }
}

/* Whether an authenticated domain speaks for the author's (section 4.4). */
static bool is_aligned(struct ctx *cx, const struct resolver *resolver, const struct walk *author,
                       struct str from_domain, struct str domain, bool strict)
{
    struct walk other;
    if (str_ieq(domain, from_domain))
        return true;
    if (strict || !domain_is_below(domain, author->organizational))
        return false; /* an organizational domain is above all that it holds */
    walk(cx, resolver, str_lower(cx->arena, domain), &other);
    return !other.failed && str_ieq(other.organizational, author->organizational);
}

static bool dkim_aligned(struct ctx *cx, const struct resolver *resolver,
                         const struct dmarc_question *q, const struct walk *author)
{
    for (size_t i = 0; i < q->dkim->count; i++) {
        const struct dkim_signature *s = &q->dkim->at[i];
        if (s->verdict.result == DKIM_PASS &&
            is_aligned(cx, resolver, author, q->from_domain, s->domain, author->record.strict_dkim))
            return true;
    }
    return false;
}

static bool is_absent(struct ctx *cx, const struct resolver *resolver, struct str domain)
{
    struct dns_answer a = resolver_ask(cx, resolver, (struct dns_question){domain, DNS_A});
    return a.status == DNS_NO_NAME;
}

static enum dmarc_policy policy_for(struct ctx *cx, const struct resolver *resolver,
                                    const struct dmarc_question *q, const struct walk *author)
{
    const struct dmarc_record *r = &author->record;
    if (str_eq(author->found, q->from_domain))
        return r->policy;
    if (r->absent != r->subdomains && is_absent(cx, resolver, q->from_domain))
        return r->absent;
    return r->subdomains;
}

/* t=y asks for one step less (section 4.7); so does RFC 7489's pct= for those not drawn. */
static enum dmarc_policy weighed(struct ctx *cx, const struct dmarc_record *r,
                                 enum dmarc_policy policy)
{
    bool drawn = r->percent >= 100 || random_u64(cx->random) % 100 < r->percent;
    if (policy == DMARC_POLICY_NONE || (drawn && !r->testing))
        return policy;
    return (enum dmarc_policy)(policy - 1);
}

void dmarc_check(struct ctx *cx, const struct resolver *resolver, const struct dmarc_question *q,
                 struct dmarc_answer *out)
{
    struct walk author;
    *out = (struct dmarc_answer){.result = DMARC_PERMERROR};
    if (q->from_domain.n == 0 || label_count(q->from_domain) > LABELS_MAX)
        return;
    walk(cx, resolver, q->from_domain, &author);
    out->organizational = author.organizational;
    out->result = author.failed ? DMARC_TEMPERROR : DMARC_NONE;
    if (author.failed || author.found.n == 0)
        return;
    out->policy_domain = author.found;
    out->record = author.record;
    out->policy = policy_for(cx, resolver, q, &author);
    out->dkim_aligned = dkim_aligned(cx, resolver, q, &author);
    out->spf_aligned = q->spf == SPF_PASS && is_aligned(cx, resolver, &author, q->from_domain,
                                                        q->spf_domain, author.record.strict_spf);
    out->result = out->dkim_aligned || out->spf_aligned ? DMARC_PASS : DMARC_FAIL;
    if (out->result == DMARC_FAIL)
        out->disposition = weighed(cx, &author.record, out->policy);
}

struct str dmarc_organizational(struct ctx *cx, const struct resolver *resolver, struct str domain)
{
    struct walk w;
    if (!domain.n || label_count(domain) > LABELS_MAX)
        return (struct str){0};
    walk(cx, resolver, str_lower(cx->arena, domain), &w);
    return w.failed ? (struct str){0} : w.organizational;
}
