/* The text of a policy (RFC 7208 sections 4.5, 4.6, 5, 6 and 12). */
#include "base/arena.h"
#include "base/cur.h"
#include "service/mailauth/spf.h"

static const struct mechanism {
    struct str name;
    bool wants_domain; /* it must have one */
    bool may_domain, may_prefix;
} mechanisms[SPF_MECHANISM_COUNT] = {
    [SPF_ALL] = {STR("all"), false, false, false},
    [SPF_INCLUDE] = {STR("include"), true, true, false},
    [SPF_A] = {STR("a"), false, true, true},
    [SPF_MX] = {STR("mx"), false, true, true},
    [SPF_PTR] = {STR("ptr"), false, true, false},
    [SPF_IP4] = {STR("ip4"), true, false, true},
    [SPF_IP6] = {STR("ip6"), true, false, true},
    [SPF_EXISTS] = {STR("exists"), true, true, false},
};

static bool is_name(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_' || c == '.';
}

/* The last label: letters, digits and inner hyphens, not digits alone. */
static bool is_top_label(struct str label)
{
    bool other = false;
    for (size_t i = 0; i < label.n; i++) {
        char c = label.p[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '-')
            return false;
        other |= !ascii_is_digit(c);
    }
    return label.n && other && label.p[0] != '-' && label.p[label.n - 1] != '-';
}

/* domain-spec: a macro-string that ends with a macro or with a dot and a top label. */
static bool domain_spec_valid(struct ctx *cx, struct str spec)
{
    static const struct spf_question nobody;
    const struct spf_macros blank = {.question = &nobody};
    struct str ignored;
    if (spec.n == 0 || spf_expand(cx, &blank, spec, &ignored) != OK)
        return false;
    struct str tail = str_from(spec, spec.n >= 2 ? spec.n - 2 : 0);
    if (spec.p[spec.n - 1] == '}' || str_eq(tail, STR("%%")) || str_eq(tail, STR("%_")) ||
        str_eq(tail, STR("%-")))
        return true;
    if (spec.p[spec.n - 1] == '.')
        spec.n--;
    size_t dot = str_rchr(spec, '.');
    return dot != SIZE_MAX && is_top_label(str_from(spec, dot + 1));
}

/* Digits without a leading zero, at most max. */
static bool prefix_take(struct str digits, unsigned max, unsigned *out)
{
    uint64_t n;
    if (digits.n == 0 || digits.n > 3 || (digits.n > 1 && digits.p[0] == '0') ||
        !str_u64(digits, &n) || n > max)
        return false;
    *out = (unsigned)n;
    return true;
}

/* Where the digits at the end of s start. */
static size_t digits_at_end(struct str s)
{
    size_t at = s.n;
    while (at > 0 && ascii_is_digit(s.p[at - 1]))
        at--;
    return at;
}

/* dual-cidr-length at the end of *s, if there is one, is taken off. */
static bool dual_prefix(struct str *s, struct spf_term *term)
{
    size_t at = digits_at_end(*s);
    if (at >= 2 && s->p[at - 1] == '/' && s->p[at - 2] == '/') {
        if (!prefix_take(str_from(*s, at), 128, &term->bits6))
            return false;
        s->n = at - 2;
        at = digits_at_end(*s);
    }
    if (at >= 1 && s->p[at - 1] == '/') {
        if (!prefix_take(str_from(*s, at), 32, &term->bits4))
            return false;
        s->n = at - 1;
    }
    return true;
}

static bool network(struct str s, bool v6, struct spf_term *term)
{
    size_t slash = str_chr(s, '/');
    unsigned *bits = v6 ? &term->bits6 : &term->bits4;
    if (slash != SIZE_MAX && !prefix_take(str_from(s, slash + 1), v6 ? 128 : 32, bits))
        return false;
    s = str_sub(s, 0, slash);
    bool looks_v6 = str_chr(s, ':') != SIZE_MAX;
    return looks_v6 == v6 && ip_parse(s, &term->network);
}

/* What follows the mechanism's name. */
static bool arguments(struct ctx *cx, struct str rest, struct spf_term *term)
{
    const struct mechanism *m = &mechanisms[term->mechanism];
    bool is_ip = term->mechanism == SPF_IP4 || term->mechanism == SPF_IP6;
    if (m->may_prefix && !is_ip && !dual_prefix(&rest, term))
        return false;
    if (rest.n == 0)
        return !m->wants_domain;
    if (rest.p[0] != ':')
        return false;
    rest = str_from(rest, 1);
    if (is_ip)
        return network(rest, term->mechanism == SPF_IP6, term);
    term->domain = rest;
    return m->may_domain && domain_spec_valid(cx, rest);
}

static enum spf_result qualifier(struct str *word)
{
    static const struct str signs = STR("+-~?");
    static const enum spf_result means[] = {SPF_PASS, SPF_FAIL, SPF_SOFTFAIL, SPF_NEUTRAL};
    size_t at = word->n ? str_chr(signs, word->p[0]) : SIZE_MAX;
    if (at == SIZE_MAX)
        return SPF_PASS;
    *word = str_from(*word, 1);
    return means[at];
}

static enum code directive(struct ctx *cx, struct str word, struct spf_record *record)
{
    struct spf_term term = {.text = word, .bits4 = 32, .bits6 = 128};
    term.result = qualifier(&word);
    struct cur c = cur_of(word);
    struct str name = cur_while(&c, is_name);
    size_t kind = 0;
    while (kind < SPF_MECHANISM_COUNT && !str_ieq(name, mechanisms[kind].name))
        kind++;
    if (kind == SPF_MECHANISM_COUNT)
        return fail(cx, E_SYNTAX, "SPF: a mechanism that is not known");
    term.mechanism = (enum spf_mechanism)kind;
    if (!arguments(cx, c.rest, &term))
        return fail(cx, E_SYNTAX, "SPF: a malformed %s", mechanisms[kind].name.p);
    if (record->count == SPF_TERMS_MAX)
        return fail(cx, E_LIMIT, "SPF: more than %d terms", SPF_TERMS_MAX);
    record->terms[record->count++] = term;
    return OK;
}

/* redirect= and exp= at most once each (section 6); others are looked at for their form only. */
static enum code modifier(struct ctx *cx, struct str name, struct str value,
                          struct spf_record *record)
{
    struct str *known = NULL;
    if (str_ieq(name, STR("redirect")))
        known = &record->redirect;
    else if (str_ieq(name, STR("exp")))
        known = &record->explanation;
    if (known) {
        if (known->n || !domain_spec_valid(cx, value))
            return fail(cx, E_SYNTAX, "SPF: %s twice or malformed",
                        known == &record->redirect ? "redirect" : "exp");
        *known = value;
        return OK;
    }
    static const struct spf_question nobody;
    const struct spf_macros blank = {.question = &nobody};
    struct str ignored;
    return spf_expand(cx, &blank, value, &ignored);
}

static enum code term(struct ctx *cx, struct str word, struct spf_record *record)
{
    struct cur c = cur_of(word);
    struct str name = cur_while(&c, is_name);
    if (name.n && ascii_is_alpha(name.p[0]) && cur_char(&c, '='))
        return modifier(cx, name, c.rest, record);
    return directive(cx, word, record);
}

static bool is_space(char c)
{
    return c == ' ';
}

static bool is_no_space(char c)
{
    return c != ' ';
}

enum code spf_parse(struct ctx *cx, struct str text, struct spf_record *out)
{
    struct spf_record record = {.terms = ARENA_ARRAY(cx->arena, SPF_TERMS_MAX, struct spf_term)};
    struct cur c = cur_of(text);
    if (!cur_word(&c, STR("v=spf1")) || (!cur_end(&c) && cur_peek(&c) != ' '))
        return fail(cx, E_SYNTAX, "SPF: no policy of version 1");
    for (;;) {
        cur_while(&c, is_space);
        if (cur_end(&c))
            break;
        TRY(term(cx, cur_while(&c, is_no_space), &record));
    }
    *out = record;
    return OK;
}
