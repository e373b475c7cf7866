#include "service/transport/sts/policy.h"
#include "base/cur.h"
#include "format/domain.h"

enum { DIGITS_MAX = 10 };

struct str sts_mode_name(enum sts_mode mode)
{
    static const struct str names[] = {
        [STS_ENFORCE] = STR("enforce"), [STS_TESTING] = STR("testing"), [STS_NONE] = STR("none")};
    return names[mode];
}

static bool is_alnum(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

static bool is_name(char c)
{
    return is_alnum(c) || c == '_' || c == '-' || c == '.';
}

static struct str without_blanks(struct str s)
{
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* Which of the known fields the text has had: of each the first counts. */
struct seen {
    bool version, mode, max_age;
};

static enum code take_mode(struct ctx *cx, struct str value, struct sts_policy *p)
{
    for (int m = STS_ENFORCE; m <= STS_NONE; m++)
        if (str_eq(value, sts_mode_name((enum sts_mode)m))) {
            p->mode = (enum sts_mode)m;
            return OK;
        }
    return fail(cx, E_SYNTAX, "MTA-STS: an unknown mode");
}

static enum code take_age(struct ctx *cx, struct str value, struct sts_policy *p)
{
    uint64_t age;
    if (value.n > DIGITS_MAX || !str_u64(value, &age))
        return fail(cx, E_SYNTAX, "MTA-STS: max_age is no number");
    p->max_age_s = age > STS_AGE_MAX_S ? STS_AGE_MAX_S : (uint32_t)age;
    return OK;
}

static bool is_pattern(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return domain_valid(str_starts(s, STR("*.")) ? str_from(s, 2) : s);
}

static enum code take_mx(struct ctx *cx, struct str value, struct sts_policy *p)
{
    if (!is_pattern(value))
        return fail(cx, E_SYNTAX, "MTA-STS: mx is no host name");
    if (p->mx_count == STS_MX_MAX)
        return fail(cx, E_LIMIT, "MTA-STS: more than %d hosts", STS_MX_MAX);
    p->mx[p->mx_count++] = str_lower(cx->arena, value);
    return OK;
}

/* One of the fields that we know; others are for those who do. */
static enum code take_field(struct ctx *cx, struct str name, struct str value, struct seen *seen,
                            struct sts_policy *p)
{
    bool *once = str_ieq(name, STR("version"))   ? &seen->version
                 : str_ieq(name, STR("mode"))    ? &seen->mode
                 : str_ieq(name, STR("max_age")) ? &seen->max_age
                                                 : NULL;
    if (!once)
        return str_ieq(name, STR("mx")) ? take_mx(cx, value, p) : OK;
    if (*once)
        return OK;
    *once = true;
    if (once == &seen->mode)
        return take_mode(cx, value, p);
    if (once == &seen->max_age)
        return take_age(cx, value, p);
    return str_eq(value, STR("STSv1")) ? OK : fail(cx, E_SYNTAX, "MTA-STS: another version");
}

static enum code take_line(struct ctx *cx, struct str line, struct seen *seen, struct sts_policy *p)
{
    struct cur c = cur_of(line);
    struct str name = cur_while(&c, is_name);
    if (!name.n || name.n > 32 || !is_alnum(name.p[0]) || !cur_char(&c, ':'))
        return fail(cx, E_SYNTAX, "MTA-STS: a line without a field");
    cur_blanks(&c);
    struct str value = without_blanks(c.rest);
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
            return fail(cx, E_SYNTAX, "MTA-STS: a control character");
    if (!value.n)
        return fail(cx, E_SYNTAX, "MTA-STS: an empty field");
    return take_field(cx, name, value, seen, p);
}

enum code sts_policy_parse(struct ctx *cx, struct str text, struct sts_policy *out)
{
    struct sts_policy p = {0};
    struct seen seen = {0};
    struct cur c = cur_of(text);
    if (text.n > STS_POLICY_MAX)
        return fail(cx, E_LIMIT, "MTA-STS: a policy over %d bytes", STS_POLICY_MAX);
    while (!cur_end(&c)) {
        struct str line;
        if (!cur_line(&c, &line)) {
            line = c.rest;
            c.rest = (struct str){0};
        }
        if (without_blanks(line).n || !cur_end(&c))
            TRY(take_line(cx, line, &seen, &p));
    }
    if (!seen.version || !seen.mode || !seen.max_age)
        return fail(cx, E_SYNTAX, "MTA-STS: version, mode or max_age is missing");
    if (p.mode != STS_NONE && !p.mx_count)
        return fail(cx, E_SYNTAX, "MTA-STS: no mx");
    *out = p;
    return OK;
}

static bool is_field_value(char c)
{
    return c > ' ' && c < 0x7f && c != ';' && c != '=';
}

/* "id=..." or a field for others. */
static bool take_record_field(struct cur *c, struct str *id)
{
    struct str name = cur_while(c, is_name), value;
    if (!name.n || name.n > 32 || !is_alnum(name.p[0]) || !cur_char(c, '='))
        return false;
    value = cur_while(c, is_field_value);
    if (!value.n)
        return false;
    if (!str_eq(name, STR("id")) || id->n)
        return true;
    for (size_t i = 0; i < value.n; i++)
        if (!is_alnum(value.p[i]))
            return false;
    *id = value;
    return value.n <= STS_ID_MAX;
}

bool sts_record_parse(struct str text, struct str *id)
{
    struct cur c = cur_of(text);
    struct str found = {0};
    if (!cur_text(&c, STR("v=STSv1")))
        return false;
    while (cur_blanks(&c), cur_char(&c, ';')) {
        cur_blanks(&c);
        if (cur_end(&c))
            break;
        if (!take_record_field(&c, &found))
            return false;
    }
    if (!cur_end(&c) || !found.n)
        return false;
    *id = found;
    return true;
}

bool sts_policy_allows(const struct sts_policy *p, struct str host)
{
    for (size_t i = 0; i < p->mx_count; i++) {
        struct str mx = p->mx[i];
        size_t dot = str_chr(host, '.');
        bool wild = str_starts(mx, STR("*."));
        if (wild ? dot && dot != SIZE_MAX && str_ieq(str_from(host, dot), str_from(mx, 1))
                 : str_ieq(host, mx))
            return true;
    }
    return false;
}
