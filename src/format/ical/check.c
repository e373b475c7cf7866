/* What is looked at before the library reads a calendar: its size, its lines, its nesting. */
#include "base/buf.h"
#include "base/cur.h"
#include "format/ical/ical.h"
#include "format/utf8.h"

struct checking {
    struct ctx *cx;
    struct str open[ICAL_DEPTH_MAX]; /* names of components that have begun */
    size_t depth, components, properties;
    bool ended; /* the VCALENDAR has */
};

static bool is_name(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-';
}

/* A tab is the only control character that may stand in a line. */
static bool is_clean(struct str line)
{
    for (size_t i = 0; i < line.n; i++)
        if ((unsigned char)line.p[i] < ' ' && line.p[i] != '\t')
            return false;
    return true;
}

/* Lines are put together that were folded (RFC 5545 section 3.1), so that what is checked is what
   the library reads. */
static struct str unfold(struct arena *a, struct str text)
{
    struct buf b = buf_of(a, text.n + 1);
    struct cur c = cur_of(text);
    struct str line;
    for (bool first = true; !cur_end(&c); first = false) {
        bool more = !first && (cur_char(&c, ' ') || cur_char(&c, '\t'));
        if (!cur_line(&c, &line))
            cur_bytes(&c, c.rest.n, &line);
        if (!first && !more)
            buf_byte(&b, '\n');
        buf_add(&b, line);
    }
    buf_byte(&b, '\n');
    return buf_str(&b);
}

static enum code begin(struct checking *k, struct str name)
{
    if (k->depth == ICAL_DEPTH_MAX)
        return fail(k->cx, E_LIMIT, "components more than %d deep", ICAL_DEPTH_MAX);
    if (++k->components > ICAL_COMPONENTS_MAX)
        return fail(k->cx, E_LIMIT, "more than %d components", ICAL_COMPONENTS_MAX);
    if (!name.n || (!k->depth && !str_ieq(name, STR("VCALENDAR"))))
        return fail(k->cx, E_SYNTAX, "a calendar begins with BEGIN:VCALENDAR");
    if (k->ended || (k->depth && str_ieq(name, STR("VCALENDAR"))))
        return fail(k->cx, E_SYNTAX, "more than one calendar");
    k->open[k->depth++] = name;
    return OK;
}

static enum code end(struct checking *k, struct str name)
{
    if (!k->depth || !str_ieq(k->open[k->depth - 1], name))
        return fail(k->cx, E_SYNTAX, "a component ends that has not begun");
    k->ended = --k->depth == 0;
    return OK;
}

/* A zone's rule is run for each year: a plain one, once a year, is all that zones need. */
static bool is_zone_rule(const struct checking *k, struct str value)
{
    static const struct str odd[] = {STR("BYSETPOS"), STR("BYHOUR"), STR("BYMINUTE"),
                                     STR("BYSECOND")};
    size_t at = str_ifind(value, STR("FREQ="));
    struct str every = str_from(value, at == SIZE_MAX ? value.n : at + STR("FREQ=").n);
    if (k->depth < 2 || !str_ieq(k->open[1], STR("VTIMEZONE")))
        return true;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (str_ifind(value, odd[i]) != SIZE_MAX)
            return false;
    return str_istarts(every, STR("YEARLY")) && str_ifind(every, STR("FREQ=")) == SIZE_MAX;
}

/* What stands between the name and the value; quotes hide. False: no value follows. */
static bool parameters(struct cur *c, size_t *count)
{
    bool quoted = false;
    char byte;
    for (*count = 0; cur_byte(c, &byte);) {
        quoted ^= byte == '"';
        *count += !quoted && byte == ';';
        if (!quoted && byte == ':')
            return true;
    }
    return false;
}

static enum code property(struct checking *k, struct str line)
{
    struct cur c = cur_of(line);
    struct str name = cur_while(&c, is_name);
    size_t count = 0;
    bool named = name.n && name.n <= ICAL_NAME_MAX && (cur_peek(&c) == ':' || cur_peek(&c) == ';');
    if (!named || !parameters(&c, &count))
        return fail(k->cx, E_SYNTAX, "a line of a calendar without a name or a value");
    if (count > ICAL_PARAMETERS_MAX)
        return fail(k->cx, E_LIMIT, "more than %d parameters", ICAL_PARAMETERS_MAX);
    if (str_ieq(name, STR("BEGIN")))
        return begin(k, str_trim(c.rest));
    if (str_ieq(name, STR("END")))
        return end(k, str_trim(c.rest));
    if (!k->depth)
        return fail(k->cx, E_SYNTAX, "a line outside of the calendar");
    if (++k->properties > ICAL_PROPERTIES_MAX)
        return fail(k->cx, E_LIMIT, "more than %d properties", ICAL_PROPERTIES_MAX);
    if (str_ieq(name, STR("RRULE")) && !is_zone_rule(k, c.rest))
        return fail(k->cx, E_SYNTAX, "a time zone with an odd rule");
    return OK;
}

enum code ical_check(struct ctx *cx, struct str text, struct str *out)
{
    struct checking k = {.cx = cx};
    struct cur c;
    struct str line, whole;
    if (text.n > ICAL_BYTES_MAX)
        return fail(cx, E_LIMIT, "a calendar of %zu bytes", text.n);
    whole = unfold(cx->arena, text);
    if (!utf8_valid(whole))
        return fail(cx, E_SYNTAX, "a calendar that is not UTF-8");
    for (c = cur_of(whole); cur_line(&c, &line);) {
        if (!is_clean(line))
            return fail(cx, E_SYNTAX, "control characters in a calendar");
        if (line.n)
            TRY(property(&k, line));
    }
    if (!k.ended)
        return fail(cx, E_SYNTAX, "a calendar without an end");
    *out = whole;
    return OK;
}
