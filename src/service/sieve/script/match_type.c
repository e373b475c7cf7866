#include "base/arena.h"
#include "service/sieve/program.h"
#include "service/sieve/run/pattern.h"
#include "service/sieve/script/check.h"

/* How a test compares: match type, relation and comparator (RFC 5228 section 2.7, RFC 5231). */

static const struct comparator {
    struct str name;
    enum sieve_ext ext; /* to be required, or none */
} comparators[SIEVE_COMPARATOR_COUNT] = {
    [SIEVE_ASCII_CASEMAP] = {STR("i;ascii-casemap"), EXT_NONE},
    [SIEVE_OCTET] = {STR("i;octet"), EXT_NONE},
    [SIEVE_ASCII_NUMERIC] = {STR("i;ascii-numeric"), EXT_CMP_NUMERIC},
    [SIEVE_UNICODE_CASEMAP] = {STR("i;unicode-casemap"), EXT_CMP_UNICODE},
};

static const struct str relations[] = {
    [SIEVE_GT] = STR("gt"), [SIEVE_GE] = STR("ge"), [SIEVE_LT] = STR("lt"),
    [SIEVE_LE] = STR("le"), [SIEVE_EQ] = STR("eq"), [SIEVE_NE] = STR("ne"),
};

static void comparator(struct sieve_check *k, struct sieve_node *n, const struct sieve_arg *arg)
{
    if (!sieve_check_constant(k, arg, "a comparator"))
        return;
    for (unsigned i = 0; i < SIEVE_COMPARATOR_COUNT; i++) {
        if (!str_eq(arg->strings[0], comparators[i].name))
            continue;
        enum sieve_ext ext = comparators[i].ext;
        n->match.comparator = (enum sieve_comparator)i;
        if (ext != EXT_NONE && !sieve_check_has(k, ext))
            sieve_check_lacks(k, n, comparators[i].name, ext);
        return;
    }
    sieve_check_missing(
        k, n,
        str_printf(k->arena, "there is no comparator \"%.*s\" here", STR_ARG(arg->strings[0])));
}

static void relation(struct sieve_check *k, struct sieve_node *n, const struct sieve_arg *arg)
{
    if (!sieve_check_constant(k, arg, "a relation"))
        return;
    for (unsigned i = 0; i < sizeof relations / sizeof relations[0]; i++)
        if (str_ieq(arg->strings[0], relations[i])) {
            n->match.relation = (enum sieve_relation)i;
            return;
        }
    sieve_report_at(k->report, arg->spot, "a relation is one of gt, ge, lt, le, eq and ne");
}

/* The last argument has the keys of every test. */
static const struct sieve_arg *keys_of(const struct sieve_node *n)
{
    const struct sieve_arg *keys = NULL;
    for (size_t i = 0; i < n->arg_count; i++)
        if (n->args[i].tag_id == TAG_NONE && n->args[i].kind == SIEVE_ARG_STRINGS)
            keys = &n->args[i];
    return keys;
}

static void patterns(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *keys = keys_of(n);
    if (!keys)
        return;
    n->match.patterns = ARENA_ARRAY(k->arena, keys->count, struct sieve_pattern *);
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->texts && (keys->texts[i].count != 1 || keys->texts[i].at[0].variable))
            continue;
        struct str text = keys->strings[i], why;
        bool bytes = n->match.comparator == SIEVE_OCTET;
        struct sieve_pattern *p = sieve_pattern_make(k->arena, text, bytes, &why);
        if (!p) {
            sieve_report_at(k->report, keys->spot, "this is no regular expression: %.*s",
                            STR_ARG(why));
            continue;
        }
        p->next = k->program->patterns;
        k->program->patterns = n->match.patterns[i] = p;
    }
}

void sieve_check_match(struct sieve_check *k, struct sieve_node *n)
{
    static const struct {
        enum sieve_tag tag;
        enum sieve_how how;
    } hows[] = {{TAG_CONTAINS, SIEVE_CONTAINS}, {TAG_MATCHES, SIEVE_MATCHES},
                {TAG_REGEX, SIEVE_REGEX},       {TAG_COUNT_, SIEVE_COUNT},
                {TAG_VALUE, SIEVE_VALUE},       {TAG_LIST, SIEVE_LIST}};
    const struct sieve_arg *arg = NULL;
    for (unsigned i = 0; i < sizeof hows / sizeof hows[0]; i++)
        if (sieve_tag(n, hows[i].tag)) {
            arg = sieve_tag(n, hows[i].tag);
            n->match.how = hows[i].how;
        }
    if (sieve_tag(n, TAG_COMPARATOR))
        comparator(k, n, sieve_tag(n, TAG_COMPARATOR));
    enum sieve_how how = n->match.how;
    if (how == SIEVE_COUNT || how == SIEVE_VALUE)
        relation(k, n, arg);
    bool inside = how == SIEVE_CONTAINS || how == SIEVE_MATCHES || how == SIEVE_REGEX;
    if (inside && n->match.comparator == SIEVE_ASCII_NUMERIC)
        sieve_report_at(k->report, arg->spot,
                        "i;ascii-numeric compares whole numbers: not for :%.*s", STR_ARG(arg->tag));
    else if (how == SIEVE_REGEX)
        patterns(k, n);
}
