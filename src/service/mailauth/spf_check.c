/* check_host() (RFC 7208 section 4). */
#include "base/arena.h"
#include "base/resolver.h"
#include "format/domain.h"
#include "service/mailauth/spf.h"

enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63, EXPLANATION_MAX = 450 };

/* One check, through all includes and redirects. */
struct check {
    struct ctx *cx;
    const struct resolver *resolver;
    const struct spf_question *question;
    struct str sender;
    struct str validated; /* what %{p} says; asked for once */
    bool looked_validated;
    unsigned lookups, voids;
    struct spf_answer *answer;
};

struct str spf_result_name(enum spf_result result)
{
    static const struct str names[SPF_RESULT_COUNT] = {
        [SPF_NONE] = STR("none"),           [SPF_NEUTRAL] = STR("neutral"),
        [SPF_PASS] = STR("pass"),           [SPF_FAIL] = STR("fail"),
        [SPF_SOFTFAIL] = STR("softfail"),   [SPF_TEMPERROR] = STR("temperror"),
        [SPF_PERMERROR] = STR("permerror"),
    };
    return names[result];
}

static enum spf_result broken(struct check *k, enum spf_result result, const char *why)
{
    k->answer->problem = str_z(why);
    return result;
}

static struct str without_dot(struct str name)
{
    return str_ends(name, STR(".")) ? str_sub(name, 0, name.n - 1) : name;
}

/* Labels of 1 to 63 bytes, at most 253 in all; a dot at the end is fine. */
static bool can_be_asked(struct str name)
{
    name = without_dot(name);
    if (name.n == 0 || name.n > NAME_MAX_BYTES)
        return false;
    for (size_t dot; (dot = str_chr(name, '.')) != SIZE_MAX; name = str_from(name, dot + 1))
        if (dot == 0 || dot > LABEL_MAX_BYTES)
            return false;
    return name.n > 0 && name.n <= LABEL_MAX_BYTES;
}

/* Section 4.3: of several labels, no address literal. */
static bool is_checkable(struct str domain)
{
    size_t dot = str_chr(domain, '.');
    return can_be_asked(domain) && dot != SIZE_MAX && dot + 1 < domain.n && domain.p[0] != '[';
}

static struct dns_answer ask(struct check *k, struct str name, enum dns_type type)
{
    if (!can_be_asked(name))
        return (struct dns_answer){.status = DNS_NO_NAME};
    return resolver_ask(k->cx, k->resolver, (struct dns_question){name, type});
}

static bool is_unknown(const struct dns_answer *a)
{
    return a->status == DNS_FAILED || a->status == DNS_BOGUS;
}

/* A question that a term asks: what it counts. SPF_PASS goes on; the answer may be empty. */
static enum spf_result asked(struct check *k, struct str name, enum dns_type type,
                             struct dns_answer *out)
{
    *out = ask(k, name, type);
    if (is_unknown(out))
        return broken(k, SPF_TEMPERROR, "the DNS did not answer");
    if (out->status != DNS_FOUND && ++k->voids > SPF_VOID_MAX)
        return broken(k, SPF_PERMERROR, "too many questions without an answer");
    return SPF_PASS;
}

static enum dns_type host_type(const struct check *k)
{
    return k->question->client.v6 ? DNS_AAAA : DNS_A;
}

static bool has_client(const struct check *k, const struct dns_answer *hosts, unsigned bits4,
                       unsigned bits6)
{
    struct ip ip;
    for (size_t i = 0; i < hosts->count; i++)
        if (ip_of_bytes(hosts->records[i], &ip) &&
            ip_in(k->question->client, ip, k->question->client.v6 ? bits6 : bits4))
            return true;
    return false;
}

/* Section 5.5: names of the client that lead back to it, up to SPF_NAMES_MAX. *ok is false when
   the DNS could not say: then there are none. */
static size_t validated_names(struct check *k, struct str names[static SPF_NAMES_MAX])
{
    struct dns_answer ptr = ask(k, ip_ptr_name(k->cx->arena, k->question->client), DNS_PTR);
    size_t count = 0;
    for (size_t i = 0; i < ptr.count && i < SPF_NAMES_MAX; i++) {
        struct str name;
        if (!dns_name(ptr.records[i], k->cx->arena, &name))
            continue;
        struct dns_answer hosts = ask(k, name, host_type(k));
        if (has_client(k, &hosts, 32, 128))
            names[count++] = name;
    }
    return count;
}

/* Section 7.3: the domain itself, else one below it, else any. */
static struct str validated(struct check *k, struct str domain)
{
    struct str names[SPF_NAMES_MAX], below = {0};
    size_t count = validated_names(k, names);
    for (size_t i = 0; i < count; i++) {
        if (str_ieq(names[i], domain))
            return names[i];
        if (below.n == 0 && domain_is_below(names[i], without_dot(domain)))
            below = names[i];
    }
    return below.n ? below : count ? names[0] : (struct str){0};
}

static enum code expanded(struct check *k, struct str text, struct str domain, bool explaining,
                          struct str *out)
{
    if (spf_wants_validated(text) && !k->looked_validated) {
        k->looked_validated = true;
        k->validated = validated(k, domain);
    }
    const struct spf_macros macros = {
        .question = k->question,
        .sender = k->sender,
        .domain = domain,
        .validated = k->validated,
        .now_ms = k->cx->now_ms,
        .explaining = explaining,
    };
    return spf_expand(k->cx, &macros, text, out);
}

/* The target name of a domain-spec; the domain itself when there is none. Names that became too
   long lose labels on the left (section 7.3). */
static enum spf_result target(struct check *k, struct str spec, struct str domain, struct str *out)
{
    struct str name = domain;
    if (spec.n && expanded(k, spec, domain, false, &name) != OK)
        return broken(k, SPF_PERMERROR, "a macro that cannot be expanded");
    while (name.n > NAME_MAX_BYTES) {
        size_t dot = str_chr(name, '.');
        if (dot == SIZE_MAX)
            break;
        name = str_from(name, dot + 1);
    }
    *out = name;
    return SPF_PASS;
}

static enum spf_result check_host(struct check *k, struct str domain, bool outermost);

/* What a mechanism says: SPF_PASS it matches, SPF_NONE it does not, or an error. */
typedef enum spf_result match_fn(struct check *k, const struct spf_term *t, struct str name);

static enum spf_result match_all(struct check *k, const struct spf_term *t, struct str name)
{
    (void)k, (void)t, (void)name;
    return SPF_PASS;
}

static enum spf_result match_include(struct check *k, const struct spf_term *t, struct str name)
{
    (void)t;
    enum spf_result said = check_host(k, name, false);
    if (said == SPF_NONE)
        return broken(k, SPF_PERMERROR, "an included domain without a policy");
    if (said == SPF_PASS || said == SPF_TEMPERROR || said == SPF_PERMERROR)
        return said;
    return SPF_NONE;
}

static enum spf_result match_a(struct check *k, const struct spf_term *t, struct str name)
{
    struct dns_answer hosts;
    enum spf_result said = asked(k, name, host_type(k), &hosts);
    if (said != SPF_PASS)
        return said;
    return has_client(k, &hosts, t->bits4, t->bits6) ? SPF_PASS : SPF_NONE;
}

static enum spf_result match_mx(struct check *k, const struct spf_term *t, struct str name)
{
    struct dns_answer mx;
    enum spf_result said = asked(k, name, DNS_MX, &mx);
    if (said != SPF_PASS)
        return said;
    if (mx.count > SPF_NAMES_MAX)
        return broken(k, SPF_PERMERROR, "more than 10 mail hosts");
    for (size_t i = 0; i < mx.count; i++) {
        struct str host;
        uint16_t preference;
        if (!dns_mx(mx.records[i], k->cx->arena, &preference, &host))
            continue;
        struct dns_answer hosts = ask(k, host, host_type(k));
        if (is_unknown(&hosts))
            return broken(k, SPF_TEMPERROR, "the DNS did not answer");
        if (has_client(k, &hosts, t->bits4, t->bits6))
            return SPF_PASS;
    }
    return SPF_NONE;
}

static enum spf_result match_ptr(struct check *k, const struct spf_term *t, struct str name)
{
    (void)t;
    struct str names[SPF_NAMES_MAX];
    size_t count = validated_names(k, names);
    for (size_t i = 0; i < count; i++)
        if (domain_is_below(names[i], without_dot(name)))
            return SPF_PASS;
    return SPF_NONE;
}

static enum spf_result match_ip(struct check *k, const struct spf_term *t, struct str name)
{
    (void)name;
    unsigned bits = t->network.v6 ? t->bits6 : t->bits4;
    return ip_in(k->question->client, t->network, bits) ? SPF_PASS : SPF_NONE;
}

static enum spf_result match_exists(struct check *k, const struct spf_term *t, struct str name)
{
    (void)t;
    struct dns_answer hosts;
    enum spf_result said = asked(k, name, DNS_A, &hosts); /* A for IPv6 clients too */
    if (said != SPF_PASS)
        return said;
    return hosts.status == DNS_FOUND ? SPF_PASS : SPF_NONE;
}

static const struct {
    match_fn *run;
    bool asks;
} matchers[SPF_MECHANISM_COUNT] = {
    [SPF_ALL] = {match_all, false}, [SPF_INCLUDE] = {match_include, true},
    [SPF_A] = {match_a, true},      [SPF_MX] = {match_mx, true},
    [SPF_PTR] = {match_ptr, true},  [SPF_IP4] = {match_ip, false},
    [SPF_IP6] = {match_ip, false},  [SPF_EXISTS] = {match_exists, true},
};

static enum spf_result count_lookup(struct check *k)
{
    return ++k->lookups > SPF_LOOKUPS_MAX
               ? broken(k, SPF_PERMERROR, "more than 10 terms that ask the DNS")
               : SPF_PASS;
}

static enum spf_result match(struct check *k, const struct spf_term *t, struct str domain)
{
    struct str name;
    enum spf_result said = matchers[t->mechanism].asks ? count_lookup(k) : SPF_PASS;
    if (said == SPF_PASS)
        said = target(k, t->domain, domain, &name);
    return said == SPF_PASS ? matchers[t->mechanism].run(k, t, name) : said;
}

/* Section 6.2. Whatever goes wrong leaves no explanation. */
static void explain(struct check *k, const struct spf_record *record, struct str domain)
{
    struct str name, text;
    if (record->explanation.n == 0 || target(k, record->explanation, domain, &name) != SPF_PASS)
        return;
    struct dns_answer txt = ask(k, name, DNS_TXT);
    if (txt.count != 1 || !dns_txt(txt.records[0], k->cx->arena, &text) ||
        expanded(k, text, domain, true, &text) != OK)
        return;
    k->answer->explanation = str_sub(text, 0, EXPLANATION_MAX);
}

static enum spf_result redirected(struct check *k, const struct spf_record *record,
                                  struct str domain, bool outermost)
{
    struct str name;
    enum spf_result said = count_lookup(k);
    if (said == SPF_PASS)
        said = target(k, record->redirect, domain, &name);
    if (said == SPF_PASS)
        said = check_host(k, name, outermost);
    else
        return said;
    return said == SPF_NONE ? broken(k, SPF_PERMERROR, "redirected to a domain without a policy")
                            : said;
}

static enum spf_result evaluated(struct check *k, const struct spf_record *record,
                                 struct str domain, bool outermost)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct spf_term *t = &record->terms[i];
        enum spf_result said = match(k, t, domain);
        if (said == SPF_NONE)
            continue;
        if (said != SPF_PASS)
            return said;
        if (outermost) {
            k->answer->matched = t->text;
            if (t->result == SPF_FAIL)
                explain(k, record, domain);
        }
        return t->result;
    }
    return record->redirect.n ? redirected(k, record, domain, outermost) : SPF_NEUTRAL;
}

/* Section 4.5: the one TXT record that is a policy. */
static enum spf_result selected(struct check *k, struct str domain, struct str *out)
{
    struct dns_answer txt = ask(k, domain, DNS_TXT);
    if (is_unknown(&txt))
        return broken(k, SPF_TEMPERROR, "the DNS did not answer");
    size_t found = 0;
    for (size_t i = 0; i < txt.count; i++) {
        struct str text;
        if (!dns_txt(txt.records[i], k->cx->arena, &text) || !str_istarts(text, STR("v=spf1")) ||
            (text.n > 6 && text.p[6] != ' '))
            continue;
        *out = text;
        found++;
    }
    if (found > 1)
        return broken(k, SPF_PERMERROR, "more than one policy");
    return found ? SPF_PASS : SPF_NONE;
}

static enum spf_result check_host(struct check *k, struct str domain, bool outermost)
{
    struct str text;
    struct spf_record record;
    if (!is_checkable(domain))
        return SPF_NONE;
    enum spf_result said = selected(k, domain, &text);
    if (said != SPF_PASS)
        return said;
    if (outermost)
        k->answer->domain = domain;
    if (spf_parse(k->cx, text, &record) != OK)
        return broken(k, SPF_PERMERROR, "a policy with a fault in it");
    return evaluated(k, &record, domain, outermost);
}

/* Sections 2.4 and 4.3. */
static struct str sender_of(struct arena *a, const struct spf_question *q)
{
    if (q->sender.n == 0)
        return str_printf(a, "postmaster@%.*s", STR_ARG(q->helo));
    if (q->sender.p[0] == '@')
        return str_printf(a, "postmaster%.*s", STR_ARG(q->sender));
    return q->sender;
}

void spf_check(struct ctx *cx, const struct resolver *resolver, const struct spf_question *q,
               struct spf_answer *out)
{
    *out = (struct spf_answer){.result = SPF_NONE};
    struct check k = {.cx = cx, .resolver = resolver, .question = q, .answer = out};
    k.sender = sender_of(cx->arena, q);
    struct str domain = str_from(k.sender, str_rchr(k.sender, '@') + 1);
    out->domain = domain;
    out->result = check_host(&k, domain, true);
}
