#include "format/utf8.h"
#include "service/sieve/run/match.h"

/* "*" is any run of characters, the shortest that does; "?" is one character; a backslash makes
   the next one plain (RFC 5228 section 2.7.1). */

struct glob {
    struct arena *arena;
    enum sieve_comparator comparator;
    struct str value;
    struct str *matched;
    size_t count;
};

enum kind { KIND_END, KIND_CHAR, KIND_ONE, KIND_MANY };

/* One character: a byte for i;octet, and where the bytes are no UTF-8. */
static struct str take(const struct glob *g, struct cur *c)
{
    struct str before = c->rest, out;
    uint32_t code;
    if (g->comparator != SIEVE_OCTET && utf8_next(c, &code))
        return str_sub(before, 0, before.n - c->rest.n);
    return cur_bytes(c, 1, &out) ? out : (struct str){0};
}

static enum kind take_pattern(const struct glob *g, struct cur *c, struct str *out)
{
    if (cur_end(c))
        return KIND_END;
    if (cur_char(c, '*'))
        return KIND_MANY;
    if (cur_char(c, '?'))
        return KIND_ONE;
    if (c->rest.n > 1)
        cur_char(c, '\\');
    *out = take(g, c);
    return KIND_CHAR;
}

static bool same(const struct glob *g, struct str a, struct str b)
{
    if (g->comparator == SIEVE_OCTET)
        return str_eq(a, b);
    if (str_ieq(a, b))
        return true;
    if (g->comparator != SIEVE_UNICODE_CASEMAP || (a.n == 1 && b.n == 1) || !utf8_valid(a) ||
        !utf8_valid(b))
        return false;
    return str_eq(utf8_casemap(g->arena, a), utf8_casemap(g->arena, b));
}

static size_t offset(const struct glob *g, const struct cur *c)
{
    return g->value.n - c->rest.n;
}

static void note(struct glob *g, size_t from, size_t to)
{
    if (g->count <= SIEVE_MATCHED_MAX)
        g->matched[g->count] = str_sub(g->value, from, to - from);
    g->count++;
}

/* Where to go on when it does not fit: the last "*" takes one character more. Earlier ones need not
   change, as what stands between them was found as early as it is. */
struct retry {
    bool set;
    struct cur pattern, value;
    size_t from, count;
};

static bool again(struct glob *g, struct retry *back, struct cur *pattern, struct cur *value)
{
    if (!back->set || cur_end(&back->value))
        return false;
    take(g, &back->value);
    *pattern = back->pattern;
    *value = back->value;
    g->count = back->count;
    note(g, back->from, offset(g, value));
    return true;
}

static bool step(struct glob *g, struct retry *back, struct cur *pattern, struct cur *value)
{
    struct str wanted;
    size_t at = offset(g, value);
    switch (take_pattern(g, pattern, &wanted)) {
    case KIND_END:
        return cur_end(value);
    case KIND_MANY:
        *back = (struct retry){true, *pattern, *value, at, g->count};
        note(g, at, at);
        return true;
    case KIND_ONE:
        if (cur_end(value))
            return false;
        take(g, value);
        note(g, at, offset(g, value));
        return true;
    case KIND_CHAR:
        return !cur_end(value) && same(g, wanted, take(g, value));
    }
    return false;
}

bool sieve_glob(struct arena *a, enum sieve_comparator comparator, struct str pattern,
                struct str value, struct str matched[static SIEVE_MATCHED_MAX + 1], size_t *count)
{
    struct glob g = {.arena = a, .comparator = comparator, .value = value, .matched = matched};
    matched[0] = value;
    g.count = 1;
    struct retry back = {0};
    struct cur p = cur_of(pattern), v = cur_of(value);
    for (;;) {
        bool at_end = cur_end(&p);
        if (step(&g, &back, &p, &v)) {
            if (!at_end)
                continue;
            *count = g.count <= SIEVE_MATCHED_MAX ? g.count : SIEVE_MATCHED_MAX + 1;
            return true;
        }
        if (!again(&g, &back, &p, &v))
            return false;
    }
}
