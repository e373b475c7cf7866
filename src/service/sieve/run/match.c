#include "service/sieve/run/match.h"
#include "format/utf8.h"

/* What i;ascii-numeric sees: leading digits without zeros before them; no digit: above all
   numbers (RFC 4790 section 9.1). */
static struct str digits(struct str s, bool *infinite)
{
    struct cur c = cur_of(s);
    struct str all = cur_while(&c, ascii_is_digit);
    *infinite = all.n == 0;
    while (all.n > 1 && all.p[0] == '0')
        all = str_from(all, 1);
    return all;
}

static int numeric(struct str a, struct str b)
{
    bool a_infinite, b_infinite;
    struct str x = digits(a, &a_infinite), y = digits(b, &b_infinite);
    if (a_infinite || b_infinite)
        return (int)a_infinite - (int)b_infinite;
    if (x.n != y.n)
        return x.n < y.n ? -1 : 1;
    return str_cmp(x, y);
}

/* What is compared byte by byte in its place. */
static struct str form(const struct sieve_matcher *m, struct str s)
{
    struct arena *a = m->run->arena;
    switch (m->type->comparator) {
    case SIEVE_ASCII_CASEMAP:
        return m->type->how == SIEVE_VALUE ? str_upper(a, s) : s;
    case SIEVE_UNICODE_CASEMAP:
        return utf8_casemap(a, utf8_clean(a, s));
    case SIEVE_OCTET:
    case SIEVE_ASCII_NUMERIC:
    case SIEVE_COMPARATOR_COUNT:
        break;
    }
    return s;
}

static bool related(enum sieve_relation relation, int order)
{
    switch (relation) {
    case SIEVE_GT:
        return order > 0;
    case SIEVE_GE:
        return order >= 0;
    case SIEVE_LT:
        return order < 0;
    case SIEVE_LE:
        return order <= 0;
    case SIEVE_EQ:
        return order == 0;
    case SIEVE_NE:
        return order != 0;
    }
    return false;
}

void sieve_match_begin(struct sieve_matcher *m, struct sieve_run *r, const struct sieve_node *n,
                       const struct sieve_arg *keys)
{
    *m = (struct sieve_matcher){.run = r, .node = n, .type = &n->match, .keys = keys};
    m->key = sieve_run_texts(r, keys);
    bool plain = m->type->how == SIEVE_MATCHES || m->type->how == SIEVE_REGEX ||
                 m->type->how == SIEVE_LIST || m->type->how == SIEVE_COUNT;
    if (plain)
        return;
    struct str *forms = ARENA_ARRAY(r->arena, keys->count, struct str);
    for (size_t i = 0; i < keys->count; i++)
        forms[i] = form(m, m->key[i]);
    m->form = forms;
}

static void keep_matched(struct sieve_matcher *m, const struct str *matched, size_t count)
{
    struct sieve_frame *f = m->run->frame;
    for (size_t i = 0; i < count; i++)
        f->matched[i] = matched[i];
    f->matched_count = count;
}

static bool glob(struct sieve_matcher *m, struct str key, struct str value)
{
    struct str matched[SIEVE_MATCHED_MAX + 1];
    size_t count;
    if (!sieve_run_spend(m->run, m->node->spot, value.n / 64 * (key.n / 16 + 1)) ||
        !sieve_glob(m->run->arena, m->type->comparator, key, value, matched, &count))
        return false;
    keep_matched(m, matched, count);
    return true;
}

static bool regex(struct sieve_matcher *m, size_t at, struct str value)
{
    struct sieve_run *r = m->run;
    const struct sieve_pattern *p = m->type->patterns ? m->type->patterns[at] : NULL;
    struct sieve_pattern *made = NULL;
    struct str why;
    if (!p) {
        bool bytes = m->type->comparator == SIEVE_OCTET;
        p = made = sieve_pattern_make(r->arena, m->key[at], bytes, &why);
        if (!p) {
            sieve_run_fail(r, m->node->spot, false, "this is no regular expression: %.*s",
                           STR_ARG(why));
            return false;
        }
    }
    struct str matched[SIEVE_MATCHED_MAX + 1];
    size_t count;
    enum sieve_pattern_found found = SIEVE_FOUND_NOT;
    if (sieve_run_spend(r, m->node->spot, 20 + value.n / 64))
        found = sieve_pattern_match(p, value, matched, &count);
    sieve_pattern_free(made);
    if (found == SIEVE_FOUND_LIMIT)
        sieve_run_fail(r, m->node->spot, true, "a regular expression takes too many steps");
    else if (found == SIEVE_FOUND)
        keep_matched(m, matched, count);
    return found == SIEVE_FOUND;
}

static bool listed(struct sieve_matcher *m, struct str list, struct str value)
{
    const struct sieve_world *w = m->run->world;
    return w->ops && w->ops->list_has && w->ops->list_has(w->self, m->run->cx, list, value);
}

static bool contains(const struct sieve_matcher *m, struct str key, struct str value)
{
    bool casemap = m->type->comparator == SIEVE_ASCII_CASEMAP;
    return (casemap ? str_ifind(value, key) : str_find(value, key)) != SIZE_MAX;
}

static int order(const struct sieve_matcher *m, struct str value, struct str key)
{
    if (m->type->comparator == SIEVE_ASCII_NUMERIC)
        return numeric(value, key);
    if (m->type->comparator == SIEVE_ASCII_CASEMAP && m->type->how != SIEVE_VALUE)
        return str_ieq(value, key) ? 0 : 1;
    return str_cmp(value, key);
}

static bool matches(struct sieve_matcher *m, size_t at, struct str value, struct str formed)
{
    switch (m->type->how) {
    case SIEVE_IS:
        return order(m, formed, m->form[at]) == 0;
    case SIEVE_CONTAINS:
        return contains(m, m->form[at], formed);
    case SIEVE_MATCHES:
        return glob(m, m->key[at], value);
    case SIEVE_REGEX:
        return regex(m, at, value);
    case SIEVE_VALUE:
        return related(m->type->relation, order(m, formed, m->form[at]));
    case SIEVE_LIST:
        return listed(m, m->key[at], value);
    case SIEVE_COUNT:
        break;
    }
    return false;
}

bool sieve_match_value(struct sieve_matcher *m, struct str value)
{
    m->values++;
    if (m->type->how == SIEVE_COUNT || m->found || m->run->failed)
        return m->found || m->run->failed;
    struct str formed = m->form ? form(m, value) : value;
    for (size_t i = 0; i < m->keys->count && !m->found; i++) {
        if (!sieve_run_spend(m->run, m->node->spot, 1 + formed.n / 256))
            return true;
        m->found = matches(m, i, value, formed);
    }
    return m->found;
}

bool sieve_match_end(struct sieve_matcher *m)
{
    if (m->type->how != SIEVE_COUNT)
        return m->found && !m->run->failed;
    struct str count = str_printf(m->run->arena, "%llu", (unsigned long long)m->values);
    for (size_t i = 0; i < m->keys->count; i++)
        if (related(m->type->relation, numeric(count, m->key[i])))
            return true;
    return false;
}

bool sieve_match_one(struct sieve_run *r, const struct sieve_node *n, const struct sieve_arg *keys,
                     struct str value)
{
    struct sieve_matcher m;
    sieve_match_begin(&m, r, n, keys);
    sieve_match_value(&m, value);
    return sieve_match_end(&m);
}
