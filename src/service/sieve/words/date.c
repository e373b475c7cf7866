#include "format/date.h"
#include "base/buf.h"
#include "service/sieve/run/fields.h"
#include "service/sieve/run/match.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* The tests date and currentdate (RFC 5260 section 4). */

enum { DAY_MS = 86400000 };

/* Days since 1970 of the time that its zone shows. */
static int64_t local_days(struct date d)
{
    int64_t local = d.utc_ms + d.zone_minutes * INT64_C(60000);
    return local >= 0 ? local / DAY_MS : -((DAY_MS - 1 - local) / DAY_MS);
}

/* "2026-11-22T10:58:00Z", but in its own zone. */
static struct str local_text(struct arena *a, struct date d)
{
    struct buf b = buf_of(a, 64);
    date_put_rfc3339(&b, (struct date){d.utc_ms + d.zone_minutes * INT64_C(60000), 0});
    return buf_str(&b);
}

static struct str zone_text(struct arena *a, struct date d, const char *between)
{
    int minutes = d.zone_minutes < 0 ? -d.zone_minutes : d.zone_minutes;
    return str_printf(a, "%c%02d%s%02d", d.zone_minutes < 0 ? '-' : '+', minutes / 60, between,
                      minutes % 60);
}

/* With two digits of the day, so that all have the same shape. */
static struct str std11(struct arena *a, struct date d)
{
    struct buf b = buf_of(a, 64);
    date_put_rfc5322(&b, d);
    struct str s = buf_str(&b);
    if (str_chr(str_from(s, 5), ' ') != 1)
        return s;
    struct str padded[] = {str_sub(s, 0, 5), STR("0"), str_from(s, 5)};
    return str_join(a, padded, 3);
}

static struct str iso8601(struct arena *a, struct date d)
{
    struct str parts[] = {str_sub(local_text(a, d), 0, 19), zone_text(a, d, ":")};
    return str_join(a, parts, 2);
}

static struct str julian(struct arena *a, struct date d)
{
    return str_printf(a, "%lld", (long long)local_days(d) + 40587); /* 1970-01-01 as MJD */
}

static struct str weekday(struct arena *a, struct date d)
{
    return str_printf(a, "%d", (int)(((local_days(d) + 4) % 7 + 7) % 7));
}

static struct str zone(struct arena *a, struct date d)
{
    return zone_text(a, d, "");
}

/* Where a part lies in local_text, or the function that makes it. */
static const struct part {
    struct str name;
    uint8_t from, size;
    struct str (*make)(struct arena *a, struct date d);
} parts[] = {
    {STR("year"), 0, 4, NULL},       {STR("month"), 5, 2, NULL},    {STR("day"), 8, 2, NULL},
    {STR("date"), 0, 10, NULL},      {STR("julian"), 0, 0, julian}, {STR("hour"), 11, 2, NULL},
    {STR("minute"), 14, 2, NULL},    {STR("second"), 17, 2, NULL},  {STR("time"), 11, 8, NULL},
    {STR("iso8601"), 0, 0, iso8601}, {STR("std11"), 0, 0, std11},   {STR("zone"), 0, 0, zone},
    {STR("weekday"), 0, 0, weekday},
};

static const struct part *find_part(struct str name)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (str_ieq(parts[i].name, name))
            return &parts[i];
    return NULL;
}

/* "+0130": signs and digits of an offset (RFC 5322 section 3.3). */
static bool parse_zone(struct str s, int16_t *out)
{
    struct cur c = cur_of(s);
    char sign;
    uint32_t digits;
    if (s.n != 5 || !cur_byte(&c, &sign) || (sign != '+' && sign != '-') || !cur_u32(&c, &digits) ||
        !cur_end(&c) || digits % 100 > 59 || digits > 2359)
        return false;
    int minutes = (int)(digits / 100 * 60 + digits % 100);
    *out = (int16_t)(sign == '-' ? -minutes : minutes);
    return true;
}

struct look {
    struct sieve_matcher matcher;
    const struct part *part;
    bool original, given; /* the zone of the field; zone_minutes; else the local one */
    int16_t zone_minutes;
};

static int16_t local_zone(struct sieve_run *r, int64_t utc_ms)
{
    const struct sieve_world *w = r->world;
    return w->ops && w->ops->zone ? w->ops->zone(w->self, r->cx, utc_ms) : 0;
}

static bool give(struct look *l, struct date d)
{
    struct arena *a = l->matcher.run->arena;
    if (!l->original)
        d.zone_minutes = l->given ? l->zone_minutes : local_zone(l->matcher.run, d.utc_ms);
    struct str s = l->part->make ? l->part->make(a, d)
                                 : str_sub(local_text(a, d), l->part->from, l->part->size);
    return !sieve_match_value(&l->matcher, s);
}

/* The date is behind the last semicolon, as in Received; else it is all of the value. */
static bool field(void *to, struct str raw)
{
    size_t semicolon = str_rchr(raw, ';');
    struct str s = semicolon == SIZE_MAX ? raw : str_from(raw, semicolon + 1);
    struct date d;
    return !date_parse(s, &d) || give(to, d);
}

/* What both tests begin with; false when there is no such part of a date. */
static bool begin(struct look *l, struct sieve_run *r, const struct sieve_node *n, size_t part)
{
    const struct sieve_arg *offset = sieve_tag(n, TAG_ZONE);
    *l = (struct look){.original = sieve_tag(n, TAG_ORIGINALZONE) != NULL, .given = offset != NULL};
    if (offset && !parse_zone(sieve_run_text(r, offset, 0), &l->zone_minutes)) {
        sieve_run_fail(r, n->spot, false, "a zone is written as \"+0100\"");
        return false;
    }
    l->part = find_part(sieve_run_text(r, sieve_arg(n, part), 0));
    sieve_match_begin(&l->matcher, r, n, sieve_arg(n, part + 1));
    return l->part != NULL;
}

bool sieve_date_test(struct sieve_run *r, const struct sieve_node *n)
{
    struct look l;
    if (!begin(&l, r, n, 1))
        return false;
    struct str name = sieve_run_text(r, sieve_arg(n, 0), 0);
    sieve_fields_walk(r, n, &name, 1, field, &l);
    return sieve_match_end(&l.matcher);
}

bool sieve_currentdate_test(struct sieve_run *r, const struct sieve_node *n)
{
    struct look l;
    if (!begin(&l, r, n, 0))
        return false;
    give(&l, (struct date){r->cx->now_ms, 0});
    return sieve_match_end(&l.matcher);
}

static void check_common(struct sieve_check *k, struct sieve_node *n, size_t part)
{
    const struct sieve_arg *name = sieve_arg(n, part), *offset = sieve_tag(n, TAG_ZONE);
    int16_t minutes;
    if (sieve_arg_constant(name) && !find_part(name->strings[0]))
        sieve_report_at(k->report, name->spot, "\"%.*s\" is no part of a date",
                        STR_ARG(name->strings[0]));
    if (offset && sieve_arg_constant(offset) && !parse_zone(offset->strings[0], &minutes))
        sieve_report_at(k->report, offset->spot, "a zone is written as \"+0100\"");
}

void sieve_date_check(struct sieve_check *k, struct sieve_node *n)
{
    sieve_check_names(k, sieve_arg(n, 0));
    sieve_fields_check(k, n);
    check_common(k, n, 1);
}

void sieve_currentdate_check(struct sieve_check *k, struct sieve_node *n)
{
    check_common(k, n, 0);
}
