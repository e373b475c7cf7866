#include "service/mailauth/bimi.h"
#include "base/arena.h"
#include "base/resolver.h"
#include "service/mailauth/tags.h"

struct str bimi_result_name(enum bimi_result result)
{
    static const struct str names[] = {STR("none"),     STR("pass"),    STR("fail"),
                                       STR("declined"), STR("skipped"), STR("temperror")};
    return names[result];
}

/* It is put into a field and into pages: nothing that could end either. */
static bool is_url(struct str s)
{
    if (!str_istarts(s, STR("https://")) || s.n <= STR("https://").n || s.n > BIMI_URL_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || str_chr(STR("\"<>\\;,`{}|^"), s.p[i]) != SIZE_MAX)
            return false;
    return true;
}

enum code bimi_parse(struct ctx *cx, struct str text, struct bimi_record *out)
{
    struct tags t;
    TRY(tags_parse(cx, text, &t));
    struct bimi_record r = {tags_get(&t, STR("l")), tags_get(&t, STR("a"))};
    if (!str_eq(t.at[0].name, STR("v")) || !str_eq(t.at[0].value, STR("BIMI1")))
        return fail(cx, E_SYNTAX, "BIMI: no record of version 1");
    if (!tags_find(&t, STR("l")) || (r.logo.n && !is_url(r.logo)) ||
        (r.evidence.n && !is_url(r.evidence)))
        return fail(cx, E_SYNTAX, "BIMI: l= and a= are https or empty");
    *out = r;
    return OK;
}

enum code bimi_selector(struct ctx *cx, struct str value, struct str *out)
{
    struct tags t;
    TRY(tags_parse(cx, value, &t));
    struct str s = tags_get(&t, STR("s"));
    bool good = str_eq(t.at[0].name, STR("v")) && str_eq(t.at[0].value, STR("BIMI1")) && s.n &&
                s.n <= BIMI_SELECTOR_MAX;
    for (size_t i = 0; good && i < s.n; i++)
        good = ascii_is_alpha(s.p[i]) || ascii_is_digit(s.p[i]) || s.p[i] == '-' || s.p[i] == '.';
    if (!good)
        return fail(cx, E_SYNTAX, "BIMI: no selector");
    *out = str_lower(cx->arena, s);
    return OK;
}

/* The record of a domain; a second one makes both worthless (section 4.2). */
static enum bimi_result ask(struct ctx *cx, const struct resolver *r, struct bimi_answer *a)
{
    struct str parts[] = {a->selector, STR("._bimi."), a->domain};
    struct dns_answer answer =
        resolver_ask(cx, r, (struct dns_question){str_join(cx->arena, parts, 3), DNS_TXT});
    enum bimi_result result = BIMI_NONE;
    if (answer.status == DNS_FAILED || answer.status == DNS_BOGUS)
        return BIMI_TEMPERROR;
    for (size_t i = 0; i < answer.count; i++) {
        struct str text;
        if (!dns_txt(answer.records[i], cx->arena, &text) || !str_istarts(text, STR("v=BIMI1")))
            continue;
        bool one = result == BIMI_NONE && bimi_parse(cx, text, &a->record) == OK;
        result = one ? BIMI_PASS : BIMI_FAIL;
    }
    if (result == BIMI_PASS && !a->record.logo.n)
        result = BIMI_DECLINED;
    return result;
}

/* Section 5.2: a policy that all of the domain's mail is held to. */
static bool is_enforced(const struct dmarc_answer *d)
{
    return d->result == DMARC_PASS && d->policy != DMARC_POLICY_NONE &&
           d->record.policy != DMARC_POLICY_NONE && d->record.percent == 100 && !d->record.testing;
}

void bimi_check(struct ctx *cx, const struct resolver *r, const struct canon_message *m,
                struct str from_domain, const struct dmarc_answer *dmarc, struct bimi_answer *out)
{
    *out = (struct bimi_answer){
        .result = BIMI_SKIPPED, .domain = from_domain, .selector = STR("default")};
    if (!is_enforced(dmarc))
        return;
    for (size_t i = 0; i < m->count; i++)
        if (str_ieq(m->fields[i].name, STR("BIMI-Selector")) &&
            bimi_selector(cx, m->fields[i].value, &out->selector) != OK) {
            out->result = BIMI_FAIL;
            return;
        }
    out->result = ask(cx, r, out);
    if (out->result == BIMI_NONE && dmarc->organizational.n &&
        !str_eq(dmarc->organizational, from_domain)) {
        out->domain = dmarc->organizational;
        out->result = ask(cx, r, out);
    }
}

struct str bimi_location(struct arena *a, const struct bimi_answer *answer)
{
    const struct bimi_record *r = &answer->record;
    if (answer->result != BIMI_PASS)
        return (struct str){0};
    if (!r->evidence.n)
        return str_printf(a, "BIMI-Location: v=BIMI1;\r\n l=%.*s\r\n", STR_ARG(r->logo));
    return str_printf(a, "BIMI-Location: v=BIMI1;\r\n l=%.*s;\r\n a=%.*s\r\n", STR_ARG(r->logo),
                      STR_ARG(r->evidence));
}
