#include "format/zone/rule.h"
#include "base/cur.h"

enum {
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 86400,
    OFFSET_HOURS_MAX = 24,
    TIME_HOURS_MAX = 167, /* of a change, either way (RFC 8536 section 3.3.1) */
    ERA_YEARS = 400,
    ERA_DAYS = 146097,
    EPOCH_DAY = 719468, /* 1970-01-01, counted from 0000-03-01 */
};

static bool is_quoted_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '+' || c == '-';
}

/* "CET", "<+03>". */
static bool take_name(struct cur *c)
{
    bool quoted = cur_char(c, '<');
    struct str name = cur_while(c, quoted ? is_quoted_char : ascii_is_alpha);
    return name.n >= 3 && (!quoted || cur_char(c, '>'));
}

static bool take_number(struct cur *c, int32_t most, int32_t *out)
{
    uint32_t n;
    if (!cur_u32(c, &n) || n > (uint32_t)most)
        return false;
    *out = (int32_t)n;
    return true;
}

/* "-1", "+05:30", "2:00:00". */
static bool take_time(struct cur *c, int32_t hours_max, int32_t *out)
{
    int32_t hours, minutes = 0, seconds = 0;
    bool minus = cur_char(c, '-');
    if (!minus)
        (void)cur_char(c, '+');
    if (!take_number(c, hours_max, &hours))
        return false;
    if (cur_char(c, ':')) {
        if (!take_number(c, MINUTE_S - 1, &minutes))
            return false;
        if (cur_char(c, ':') && !take_number(c, MINUTE_S - 1, &seconds))
            return false;
    }
    *out = hours * HOUR_S + minutes * MINUTE_S + seconds;
    *out = minus ? -*out : *out;
    return true;
}

static bool take_date(struct cur *c, struct zone_day *d)
{
    if (cur_char(c, 'M')) {
        d->kind = 'M';
        return take_number(c, 12, &d->month) && d->month && cur_char(c, '.') &&
               take_number(c, 5, &d->week) && d->week && cur_char(c, '.') &&
               take_number(c, 6, &d->day);
    }
    d->kind = cur_char(c, 'J') ? 'J' : 'N';
    return take_number(c, 365, &d->day) && (d->kind == 'N' || d->day);
}

static bool take_day(struct cur *c, struct zone_day *d)
{
    *d = (struct zone_day){.seconds = 2 * HOUR_S};
    return cur_char(c, ',') && take_date(c, d) &&
           (!cur_char(c, '/') || take_time(c, TIME_HOURS_MAX, &d->seconds));
}

bool zone_rule_read(struct str text, struct zone_rule *out)
{
    struct zone_rule r = {0};
    struct cur c = cur_of(text);
    int32_t west;
    if (!take_name(&c) || !take_time(&c, OFFSET_HOURS_MAX, &west))
        return false;
    r.standard_s = r.summer_s = -west;
    if (!cur_end(&c)) {
        r.changes = true;
        r.summer_s = r.standard_s + HOUR_S;
        if (!take_name(&c))
            return false;
        if (cur_peek(&c) != ',') {
            if (!take_time(&c, OFFSET_HOURS_MAX, &west))
                return false;
            r.summer_s = -west;
        }
        if (!take_day(&c, &r.begin) || !take_day(&c, &r.end) || !cur_end(&c))
            return false;
    }
    *out = r;
    return true;
}

static int64_t floor_of(int64_t n, int64_t by)
{
    return n >= 0 ? n / by : -((by - 1 - n) / by);
}

/* Days from 1970-01-01 to that day; years are counted from March, so that 29 February ends one. */
static int64_t days_to(int64_t year, int32_t month, int32_t day)
{
    int64_t y = month > 2 ? year : year - 1, era = floor_of(y, ERA_YEARS),
            of_era = y - era * ERA_YEARS;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_DAY;
}

static int64_t year_of(int64_t day)
{
    int64_t year = floor_of(day * ERA_YEARS, ERA_DAYS) + 1970; /* at most one off */
    while (days_to(year + 1, 1, 1) <= day)
        year++;
    while (days_to(year, 1, 1) > day)
        year--;
    return year;
}

static int64_t day_of_month(int64_t year, const struct zone_day *d)
{
    int64_t first = days_to(year, d->month, 1);
    int64_t next = d->month == 12 ? days_to(year + 1, 1, 1) : days_to(year, d->month + 1, 1);
    int64_t weekday = floor_of(first + 4, 7) * -7 + first + 4; /* 1970-01-01 was a Thursday */
    int64_t day = first + (d->day - weekday + 7) % 7 + (d->week - 1) * 7;
    return day < next ? day : day - 7;
}

/* Seconds since 1970 by the clock on the wall. */
static int64_t moment_of(int64_t year, const struct zone_day *d)
{
    int64_t first = days_to(year, 1, 1), day = first + d->day;
    bool leap = days_to(year + 1, 1, 1) - first == 366;
    if (d->kind == 'M')
        day = day_of_month(year, d);
    else if (d->kind == 'J')
        day -= leap && d->day >= 60 ? 0 : 1;
    return day * DAY_S + d->seconds;
}

int32_t zone_rule_offset_s(const struct zone_rule *r, int64_t utc_s)
{
    if (!r->changes)
        return r->standard_s;
    int64_t year = year_of(floor_of(utc_s + r->standard_s, DAY_S));
    int64_t begin = moment_of(year, &r->begin) - r->standard_s;
    int64_t end = moment_of(year, &r->end) - r->summer_s;
    bool summer = begin < end ? utc_s >= begin && utc_s < end : utc_s >= begin || utc_s < end;
    return summer ? r->summer_s : r->standard_s;
}
