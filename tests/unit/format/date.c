#include "format/format.h"

#include "format/date.h"

/* What each must be: as RFC 3339, and its zone. "" for what is no date. */
static const struct {
    struct str in, utc;
    int zone;
} dates[] = {
    {STR("Fri, 21 Nov 1997 09:55:06 -0600"), STR("1997-11-21T15:55:06Z"),
     -360}, /* RFC 5322 A.1.1 */
    {STR("Tue, 1 Jul 2003 10:52:37 +0200"), STR("2003-07-01T08:52:37Z"), 120},
    {STR("Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 "
         "(Newfoundland Time)"),
     STR("1969-02-14T03:02:00Z"), -210},
    {STR("21 Nov 97 09:55:06 GMT"), STR("1997-11-21T09:55:06Z"), 0}, /* A.6.2 */
    {STR("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600"), STR("1997-11-21T15:55:06Z"), -360},
    {STR("1 Jan 49 00:00:00 EST"), STR("2049-01-01T05:00:00Z"), -300},
    {STR("1 Jan 50 00:00:00 PDT"), STR("1950-01-01T07:00:00Z"), -420},
    {STR("1 Jan 102 00:00 UT"), STR("2002-01-01T00:00:00Z"), 0},
    {STR("Mon, 29 Feb 2016 12:00:60 +0000"), STR("2016-02-29T12:00:59Z"), 0},
    {STR("29 Feb 2016 12:00:00"), STR("2016-02-29T12:00:00Z"), 0},
    {STR("Sun Feb  1 23:59:59 1994"), STR("1994-02-01T23:59:59Z"), 0}, /* asctime */
    {STR("Thu Jan 27 14:59:12 CET 2005"), STR("2005-01-27T13:59:12Z"), 60},
    {STR("2002-10-02T10:11:12Z"), STR("2002-10-02T10:11:12Z"), 0},
    {STR("2002-10-02 10:11:12.123 +05:30"), STR("2002-10-02T04:41:12Z"), 330},
    {STR("Wednesday, 02-October-2002 08:00:00 GMT"), STR("2002-10-02T08:00:00Z"), 0},
    {STR("Wed, 2 Oct 2002 8:05:01 PM +0000"), STR("2002-10-02T20:05:01Z"), 0},
    {STR("Wed, 2 Oct 2002 12:05 AM"), STR("2002-10-02T00:05:00Z"), 0},
    {STR("2 October 2002 08:00 -7"), STR("2002-10-02T15:00:00Z"), -420},
    {STR("Sat, 01 Jan 2000 00:00:00 +9999"), STR("2000-01-01T00:00:00Z"), 0},
    {STR("31 Apr 2002 08:00 +0000"), STR(""), 0},
    {STR("1 Foo 2002 08:00 +0000"), STR(""), 0},
    {STR("1 Jan 2002 25:00 +0000"), STR(""), 0},
    {STR("tomorrow"), STR(""), 0},
    {STR(""), STR(""), 0},
    {STR("((("), STR(""), 0},
};

static void parses(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(dates); i++) {
        struct date d;
        print_message("# %.*s\n", STR_ARG(dates[i].in));
        bool found = date_parse(dates[i].in, &d);
        if (!found) {
            assert_int_equal(dates[i].utc.n, 0);
            continue;
        }
        struct buf b = buf_of(cx->arena, 100);
        date_put_rfc3339(&b, d);
        assert_str(buf_str(&b), dates[i].utc);
        assert_int_equal(d.zone_minutes, dates[i].zone);
    }
}

static void imap(void **state)
{
    struct ctx *cx = *state;
    static const struct str good[] = {STR(" 1-Feb-1994 23:59:59 +0100"),
                                      STR("17-Jul-1996 02:44:25 -0700"),
                                      STR("01-Jan-1970 00:00:00 +0000")};
    static const struct str bad[] = {
        STR("1-Feb-1994 23:59:59 +0100"),  STR(" 1-Feb-94 23:59:59 +0100"),
        STR(" 1-Feb-1994 23:59 +0100"),    STR(" 1-Feb-1994 23:59:59 +01000"),
        STR(" 1-Feb-1994 24:59:59 +0100"), STR("31-Feb-1994 23:59:59 +0100"),
        STR(" 1-Fbb-1994 23:59:59 +0100"), STR(" 1-Feb-1994 23:59:59 0100"),
        STR(" 1-Feb-1994 23:59:59 +2400"), STR("")};
    struct date d;
    for (size_t i = 0; i < ROWS(good); i++) {
        assert_true(date_parse_imap(good[i], &d));
        struct buf b = buf_of(cx->arena, 100);
        date_put_imap(&b, d);
        assert_str(str_from(buf_str(&b), 1), str_from(good[i], 1));
    }
    for (size_t i = 0; i < ROWS(bad); i++) {
        print_message("# %.*s\n", STR_ARG(bad[i]));
        assert_false(date_parse_imap(bad[i], &d));
    }
    int64_t day;
    assert_true(date_parse_imap_day(STR("1-Feb-1994"), &day));
    assert_int_equal(day, 760060800000);
    assert_true(date_parse_imap_day(STR("01-Feb-1994"), &day));
    assert_false(date_parse_imap_day(STR("1-Feb-1994 "), &day));
    assert_false(date_parse_imap_day(STR("30-Feb-1994"), &day));
}

static void prints(void **state)
{
    struct ctx *cx = *state;
    struct date d = {.utc_ms = 760143599000, .zone_minutes = 60};
    struct buf b = buf_of(cx->arena, 200);
    date_put_rfc5322(&b, d);
    assert_str(buf_str(&b), STR("Tue, 1 Feb 1994 23:59:59 +0100"));
    assert_int_equal(date_day_ms(d), 760060800000);
    buf_reset(&b);
    date_put_rfc5322(&b, (struct date){.utc_ms = -1000, .zone_minutes = -90});
    assert_str(buf_str(&b), STR("Wed, 31 Dec 1969 22:29:59 -0130"));
    buf_reset(&b);
    date_put_imap(&b, (struct date){.utc_ms = INT64_MAX});
    date_put_imap(&b, (struct date){.utc_ms = INT64_MIN});
    assert_true(str_find(buf_str(&b), STR("-9999 ")) != SIZE_MAX);
    assert_true(str_find(buf_str(&b), STR("-0000 ")) != SIZE_MAX);
}

/* Every day of a hundred years survives printing and parsing. */
static void round_trips(void **state)
{
    struct ctx *cx = *state;
    struct buf b = buf_of(cx->arena, 100);
    for (int64_t day = -10000; day < 40000; day += 7) {
        struct date d = {.utc_ms = day * 86400000 + 12345000, .zone_minutes = (int16_t)(day % 700)},
                    e;
        buf_reset(&b);
        date_put_rfc5322(&b, d);
        assert_true(date_parse(buf_str(&b), &e));
        assert_int_equal(e.utc_ms, d.utc_ms);
        assert_int_equal(e.zone_minutes, d.zone_minutes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(parses), FORMAT_TEST(imap), FORMAT_TEST(prints),
                                       FORMAT_TEST(round_trips)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
