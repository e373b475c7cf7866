#include "format/date.h"
#include "base/cur.h"

static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

enum { DAY_MINUTES = 24 * 60, YEAR_MAX = 9999 };

struct fields {
    int year, month, day, hour, minute, second; /* month from 1; year -1 and day 0: not seen */
    int zone_minutes;
    bool has_time, has_zone, pm, am;
};

/* Days from 1970-01-01 to the date (proleptic Gregorian). */
static int64_t days_from(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool finish(const struct fields *f, struct date *out)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (f->year < 0 || f->year > YEAR_MAX || f->month < 1 || f->month > 12 || f->day < 1 ||
        f->day > lengths[f->month - 1] || f->hour > 23 || f->minute > 59 || f->second > 60)
        return false;
    int second = f->second == 60 ? 59 : f->second;
    int64_t days = days_from(f->year, f->month, f->day);
    int64_t seconds = days * 86400 + f->hour * 3600 + f->minute * 60 + second;
    out->utc_ms = (seconds - (int64_t)f->zone_minutes * 60) * 1000;
    out->zone_minutes = (int16_t)f->zone_minutes;
    return true;
}

/* 1 to 12 by the first three letters, or 0. */
static int month_of(struct str word)
{
    if (word.n < 3)
        return 0;
    for (size_t i = 0; i + 3 <= sizeof months - 1; i += 3)
        if (str_istarts(word, str_of(months + i, 3)))
            return (int)i / 3 + 1;
    return 0;
}

static bool zone_of(struct str word, int *out)
{
    static const struct {
        struct str name;
        int hours;
    } zones[] = {{STR("ut"), 0},   {STR("utc"), 0},  {STR("gmt"), 0},  {STR("z"), 0},
                 {STR("est"), -5}, {STR("edt"), -4}, {STR("cst"), -6}, {STR("cdt"), -5},
                 {STR("mst"), -7}, {STR("mdt"), -6}, {STR("pst"), -8}, {STR("pdt"), -7},
                 {STR("bst"), 1},  {STR("cet"), 1},  {STR("met"), 1},  {STR("cest"), 2},
                 {STR("mest"), 2}, {STR("eet"), 2},  {STR("eest"), 3}, {STR("msk"), 3},
                 {STR("jst"), 9},  {STR("kst"), 9},  {STR("hst"), -10}};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (str_ieq(word, zones[i].name)) {
            *out = zones[i].hours * 60;
            return true;
        }
    return false;
}

/* Digits of at most max characters. */
static bool number(struct cur *c, size_t max, int *out)
{
    struct cur ahead = *c;
    struct str digits = cur_while(&ahead, ascii_is_digit);
    uint64_t value;
    if (digits.n > max || !str_u64(digits, &value))
        return false;
    *out = (int)value;
    *c = ahead;
    return true;
}

/* Behind a sign: "hhmm", "hh:mm", "hh". */
static bool offset(struct cur *c, bool west, struct fields *f)
{
    struct cur ahead = *c;
    struct str digits = cur_while(&ahead, ascii_is_digit);
    uint64_t value, minutes = 0;
    if (digits.n > 4 || !str_u64(digits, &value))
        return false;
    if (digits.n <= 2) {
        int more;
        value *= 100;
        struct cur colon = ahead;
        if (cur_char(&colon, ':') && number(&colon, 2, &more)) {
            minutes = (uint64_t)more;
            ahead = colon;
        }
    }
    minutes += value / 100 * 60 + value % 100;
    f->zone_minutes = minutes < DAY_MINUTES ? (int)minutes * (west ? -1 : 1) : 0;
    f->has_zone = true;
    *c = ahead;
    return true;
}

static void skip_comment(struct cur *c)
{
    int depth = 0;
    char byte;
    while (cur_byte(c, &byte)) {
        if (byte == '(')
            depth++;
        else if (byte == ')' && --depth == 0)
            break;
    }
}

/* Takes the separator; obsolete forms have blanks and comments around it. */
static bool separator(struct cur *c, char wanted)
{
    struct cur ahead = *c;
    for (int pass = 0; pass < 2; pass++) {
        while (cur_peek(&ahead) == '(' || cur_peek(&ahead) == ' ' || cur_peek(&ahead) == '\t')
            if (cur_peek(&ahead) == '(')
                skip_comment(&ahead);
            else
                cur_blanks(&ahead);
        if (pass == 0 && !cur_char(&ahead, wanted))
            return false;
    }
    *c = ahead;
    return true;
}

/* Behind "hh": ":mm" and maybe ":ss" and a fraction. */
static bool clock_time(struct cur *c, char between, int hour, struct fields *f)
{
    struct cur ahead = *c;
    int minute, second = 0;
    if (!separator(&ahead, between) || !number(&ahead, 2, &minute))
        return false;
    struct cur more = ahead;
    if (separator(&more, between) && number(&more, 2, &second))
        ahead = more;
    if (cur_char(&ahead, '.'))
        cur_while(&ahead, ascii_is_digit);
    f->hour = hour;
    f->minute = minute;
    f->second = second;
    f->has_time = true;
    *c = ahead;
    return true;
}

/* A day or a year, by size and by what is known already. */
static void day_or_year(struct fields *f, struct str digits, int value)
{
    if (digits.n <= 2 && f->day == 0 && value >= 1 && value <= 31) {
        f->day = value;
        return;
    }
    if (f->year >= 0 || digits.n > 4)
        return;
    /* RFC 5322 section 4.3: 00 to 49 are 2000 on, 50 to 999 are 1900 on. */
    if (digits.n <= 2 && value < 50)
        value += 2000;
    else if (digits.n <= 3)
        value += 1900;
    f->year = value;
}

/* "1994-02-01" behind its year, and the "T" after it. */
static bool iso_date(struct cur *c, struct fields *f, int year)
{
    struct cur ahead = *c;
    int month, day;
    if (!cur_char(&ahead, '-') || !number(&ahead, 2, &month) || !cur_char(&ahead, '-') ||
        !number(&ahead, 2, &day))
        return false;
    f->year = year;
    f->month = month;
    f->day = day;
    *c = ahead;
    if (ahead.rest.n > 1 && cur_char(&ahead, 'T') && ascii_is_digit(ahead.rest.p[0]))
        *c = ahead;
    return true;
}

static void take_digits(struct cur *c, struct fields *f)
{
    struct str digits = cur_while(c, ascii_is_digit);
    uint64_t value;
    if (digits.n > 4 || !str_u64(digits, &value))
        return;
    if (digits.n == 4 && f->year < 0 && iso_date(c, f, (int)value))
        return;
    bool may_be_time = digits.n <= 2 && !f->has_time;
    if (may_be_time && clock_time(c, ':', (int)value, f))
        return;
    if (may_be_time && f->day && f->year >= 0 && clock_time(c, '.', (int)value, f))
        return;
    day_or_year(f, digits, (int)value);
}

static void take_word(struct cur *c, struct fields *f)
{
    struct str word = cur_while(c, ascii_is_alpha);
    int month = f->month ? 0 : month_of(word), zone;
    if (month)
        f->month = month;
    else if (str_ieq(word, STR("pm")))
        f->pm = true;
    else if (str_ieq(word, STR("am")))
        f->am = true;
    else if (f->has_time && !f->has_zone && zone_of(word, &zone))
        f->zone_minutes = zone, f->has_zone = true;
}

bool date_parse(struct str in, struct date *out)
{
    struct fields f = {.year = -1};
    struct cur c = cur_of(in);
    while (!cur_end(&c)) {
        int next = cur_peek(&c);
        if (next == '(') {
            skip_comment(&c);
        } else if (ascii_is_digit((char)next)) {
            take_digits(&c, &f);
        } else if (ascii_is_alpha((char)next)) {
            take_word(&c, &f);
        } else {
            c.rest = str_from(c.rest, 1);
            if ((next == '+' || next == '-') && f.has_time && !f.has_zone)
                (void)offset(&c, next == '-', &f);
        }
    }
    if (f.pm && f.hour < 12)
        f.hour += 12;
    else if (f.am && f.hour == 12)
        f.hour = 0;
    return finish(&f, out);
}

/* "1-Feb-1994" or "01-Feb-1994". */
static bool imap_day(struct cur *c, struct fields *f)
{
    struct str month, year;
    struct cur ahead = *c;
    if (!number(&ahead, 2, &f->day) || !cur_char(&ahead, '-') || !cur_bytes(&ahead, 3, &month) ||
        !cur_char(&ahead, '-') || !cur_bytes(&ahead, 4, &year))
        return false;
    f->month = month_of(month);
    struct cur digits = cur_of(year);
    *c = ahead;
    return f->month && number(&digits, 4, &f->year) && cur_end(&digits);
}

/* Exactly two digits. */
static bool two(struct cur *c, int *out)
{
    struct str s;
    if (!cur_bytes(c, 2, &s))
        return false;
    struct cur digits = cur_of(s);
    return number(&digits, 2, out) && cur_end(&digits);
}

bool date_parse_imap(struct str in, struct date *out)
{
    struct fields f = {.year = -1};
    struct cur c = cur_of(in);
    int hours, minutes;
    bool padded = cur_char(&c, ' ');
    struct str rest = c.rest;
    if (!imap_day(&c, &f) || rest.n - c.rest.n != (padded ? 10U : 11U))
        return false;
    if (!cur_char(&c, ' ') || !two(&c, &f.hour) || !cur_char(&c, ':') || !two(&c, &f.minute) ||
        !cur_char(&c, ':') || !two(&c, &f.second) || !cur_char(&c, ' '))
        return false;
    bool west = cur_char(&c, '-');
    if ((!west && !cur_char(&c, '+')) || !two(&c, &hours) || !two(&c, &minutes) || !cur_end(&c))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    f.zone_minutes = (hours * 60 + minutes) * (west ? -1 : 1);
    return finish(&f, out);
}

bool date_parse_imap_day(struct str in, int64_t *out)
{
    struct fields f = {.year = -1};
    struct cur c = cur_of(in);
    struct date d;
    if (!imap_day(&c, &f) || !cur_end(&c) || !finish(&f, &d))
        return false;
    *out = d.utc_ms;
    return true;
}

struct civil {
    int year, month, day, hour, minute, second, weekday; /* 0 is Thursday, as in 1970 */
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static struct civil civil_of(int64_t utc_ms, int zone_minutes)
{
    const int64_t first = -719528LL * 86400, last = 2932897LL * 86400 - 1; /* years 0 to 9999 */
    int64_t seconds = floor_div(utc_ms, 1000);
    if (seconds < first + DAY_MINUTES * 60)
        seconds = first + DAY_MINUTES * 60;
    if (seconds > last - DAY_MINUTES * 60)
        seconds = last - DAY_MINUTES * 60;
    seconds += zone_minutes * 60;
    int64_t days = floor_div(seconds, 86400), rest = seconds - days * 86400;
    int64_t z = days + 719468, era = floor_div(z, 146097), of_era = z - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    return (struct civil){.year = (int)(year_of_era + era * 400 + (month <= 2)),
                          .month = (int)month,
                          .day = (int)(of_year - (153 * shifted + 2) / 5 + 1),
                          .hour = (int)(rest / 3600),
                          .minute = (int)(rest / 60 % 60),
                          .second = (int)(rest % 60),
                          .weekday = (int)(days - floor_div(days, 7) * 7)};
}

static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

enum { DIGITS_MAX = 4 };

/* As "%0*d" does, which costs several times as much: lists of messages are full of dates. */
static void put_digits(struct buf *b, int n, int width)
{
    char digits[DIGITS_MAX];
    int left = n;
    for (int i = width; i > 0; i--, left /= 10)
        digits[i - 1] = (char)('0' + left % 10);
    if (n < 0 || left)
        buf_printf(b, "%0*d", width, n);
    else
        buf_add(b, str_of(digits, (size_t)width));
}

/* " hh:mm:ss +zzzz" */
static void put_time(struct buf *b, const struct civil *t, int zone)
{
    int minutes = zone < 0 ? -zone : zone;
    const int parts[] = {t->hour, t->minute, t->second};
    for (int i = 0; i < 3; i++) {
        buf_byte(b, i ? ':' : ' ');
        put_digits(b, parts[i], 2);
    }
    buf_add(b, zone < 0 ? STR(" -") : STR(" +"));
    put_digits(b, minutes / 60, 2);
    put_digits(b, minutes % 60, 2);
}

static const char *const day_names[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};

void date_put_rfc5322(struct buf *b, struct date d)
{
    struct civil t = civil_of(d.utc_ms, d.zone_minutes);
    buf_printf(b, "%s, %d %s %04d", day_names[t.weekday], t.day, month_names[t.month - 1], t.year);
    put_time(b, &t, d.zone_minutes);
}

void date_put_http(struct buf *b, int64_t utc_ms)
{
    struct civil t = civil_of(utc_ms, 0);
    buf_printf(b, "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[t.weekday], t.day,
               month_names[t.month - 1], t.year, t.hour, t.minute, t.second);
}

void date_put_imap(struct buf *b, struct date d)
{
    struct civil t = civil_of(d.utc_ms, d.zone_minutes);
    put_digits(b, t.day, 2);
    buf_byte(b, '-');
    buf_add(b, str_z(month_names[t.month - 1]));
    buf_byte(b, '-');
    put_digits(b, t.year, 4);
    put_time(b, &t, d.zone_minutes);
}

void date_put_rfc3339(struct buf *b, struct date d)
{
    struct civil t = civil_of(d.utc_ms, 0);
    buf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.year, t.month, t.day, t.hour, t.minute,
               t.second);
}

int64_t date_day_ms(struct date d)
{
    struct civil t = civil_of(d.utc_ms, d.zone_minutes);
    return days_from(t.year, t.month, t.day) * 86400 * 1000;
}
