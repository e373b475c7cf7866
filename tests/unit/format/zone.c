/* Time zones: rules of POSIX (RFC 8536 section 3.3.1), files, names. Files of the tz database are
   judged against Python's zoneinfo in tests/e2e/cases/sieve_zones.py. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "format/zone/rule.h"
#include "format/zone/zone.h"

enum { H = 3600, D = 86400, Y2024 = 1704067200 };

static void rules(void **state)
{
    static const struct {
        const char *rule;
        int64_t utc_s;
        int32_t wanted;
    } rows[] = {
        {"UTC0", 0, 0},
        {"<+0530>-5:30", Y2024, 5 * H + 1800},
        {"AAA-24:00:59", Y2024, 24 * H + 59},
        /* Berlin: from 31 March to 27 October 2024, at 01:00 UTC */
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1711846799, H},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1711846800, 2 * H},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1729990799, 2 * H},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1729990800, H},
        /* Dublin: the winter is the exception */
        {"IST-1GMT0,M10.5.0,M3.5.0/1", 1711846799, 0},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", 1711846800, H},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", Y2024, 0},
        /* Sydney: summer goes over the new year */
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", Y2024, 11 * H},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", 1712419200, 10 * H},
        /* hours of another day (RFC 8536 section 3.3.1): Jerusalem, Nuuk */
        {"IST-2IDT,M3.4.4/26,M10.5.0", 1711670399, 2 * H},
        {"IST-2IDT,M3.4.4/26,M10.5.0", 1711670400, 3 * H},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1711846799, -2 * H},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1711846800, -1 * H},
        /* the same all year, said as summer */
        {"XXX3EDT4,0/0,J365/23", Y2024, -4 * H},
        {"XXX3EDT4,0/0,J365/23", Y2024 + 366 * (int64_t)D - 1, -4 * H},
        /* days by number: 60 is 1 March in every year with J, 29 February without */
        {"AAA0BBB,J60/0,J61/0", Y2024 + 59 * D, 0},
        {"AAA0BBB,J60/0,J61/0", Y2024 + 60 * D, H},
        {"AAA0BBB,59/0,60/0", Y2024 + 59 * D, H},
        /* before 1970 */
        {"CET-1CEST,M3.5.0,M10.5.0/3", -2000000, H},
        {"CET-1CEST,M3.5.0,M10.5.0/3", -15000000, 2 * H},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct zone_rule r;
        if (!zone_rule_read(str_z(rows[i].rule), &r))
            fail_msg("%s is no rule", rows[i].rule);
        int32_t got = zone_rule_offset_s(&r, rows[i].utc_s);
        if (got != rows[i].wanted)
            fail_msg("%s at %lld: %d, wanted %d", rows[i].rule, (long long)rows[i].utc_s, got,
                     rows[i].wanted);
    }
}

static void what_is_no_rule(void **state)
{
    static const char *const bad[] = {"",
                                      "UTC",
                                      "A0",
                                      "UTC25",
                                      "UTC0:60",
                                      "UTC0 ",
                                      "<+03>",
                                      "<+3-3",
                                      "CET-1CEST",
                                      "CET-1CEST,M3",
                                      "CET-1CEST,M13.1.0,M10.5.0",
                                      "A1B,J0,J1",
                                      "CET-1CEST,J0,J1",
                                      "CET-1CEST,J366,J1",
                                      "CET-1CEST,M3.0.0,M10.5.0",
                                      "CET-1CEST,M3.6.0,M10.5.0",
                                      "CET-1CEST,M3.5.7,M10.5.0",
                                      "CET-1CEST,366,1",
                                      "CET-1CEST,M3.5.0/168,M10.5.0",
                                      "CET-1CEST,M3.5.0,M10.5.0/3x",
                                      "UTC4294967296"};
    struct zone_rule r;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (zone_rule_read(str_z(bad[i]), &r))
            fail_msg("\"%s\" is taken for a rule", bad[i]);
}

static void put(struct buf *b, size_t bytes, int64_t value)
{
    for (size_t i = bytes; i-- > 0;)
        buf_byte(b, (char)((uint64_t)value >> (8 * i) & 0xff));
}

/* A block with changes at 1000 and 2000, to +1 h and -1 h; before that +0:30. */
static void put_block(struct buf *b, char version, size_t width, int64_t second, uint8_t type)
{
    static const uint32_t counts[] = {0, 0, 0, 2, 3, 4};
    static const int32_t offsets[] = {1800, H, -H};
    buf_add(b, STR("TZif"));
    buf_byte(b, version);
    buf_fill(b, 0, 15);
    for (size_t i = 0; i < 6; i++)
        put(b, 4, counts[i]);
    put(b, width, 1000);
    put(b, width, second);
    put(b, 1, 1);
    put(b, 1, type);
    for (size_t i = 0; i < 3; i++) {
        put(b, 4, offsets[i]);
        put(b, 2, 0);
    }
    buf_add(b, STR("ABC\0"));
}

static enum code made(struct arena *a, struct str file, struct zone **out)
{
    struct ctx cx = {.arena = a};
    return zone_read(&cx, file, out);
}

static void files(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf b = buf_of(a, 4096);
    struct zone *z = NULL;
    (void)state;
    put_block(&b, 0, 4, 2000, 2); /* version 1 */
    assert_int_equal(made(a, buf_str(&b), &z), OK);
    assert_int_equal(zone_offset_s(z, -1), 1800);
    assert_int_equal(zone_offset_s(z, 999), 1800);
    assert_int_equal(zone_offset_s(z, 1000), H);
    assert_int_equal(zone_offset_s(z, 1999), H);
    assert_int_equal(zone_offset_s(z, 2000), -H);
    assert_int_equal(zone_offset_s(z, INT64_C(1) << 40), -H);
    buf_reset(&b);
    put_block(&b, '3', 4, 2000, 2);
    put_block(&b, '3', 8, INT64_C(1) << 33, 2); /* only there what 32 bits cannot say */
    buf_add(&b, STR("\nCET-1CEST,M3.5.0,M10.5.0/3\n"));
    struct str whole = buf_str(&b);
    assert_int_equal(made(a, whole, &z), OK);
    assert_int_equal(zone_offset_s(z, (INT64_C(1) << 33) - 1), H);
    assert_int_equal(zone_offset_s(z, INT64_C(1) << 33), H); /* March 2242, by the rule */
    assert_int_equal(zone_offset_s(z, (INT64_C(1) << 33) + 120 * D), 2 * H);
    for (size_t n = 0; n < whole.n; n++)
        assert_int_not_equal(made(a, str_sub(whole, 0, n), &z), OK);
}

static void what_is_no_file(void **state)
{
    static const struct {
        size_t at; /* this byte */
        char value;
        enum code wanted;
    } rows[] = {{0, 'x', E_SYNTAX},      {28 + 3, 1, E_UNSUPPORTED}, {32 + 1, 1, E_LIMIT},
                {36 + 2, 2, E_LIMIT},    {36 + 3, 0, E_SYNTAX},      {40 + 2, 127, E_LIMIT},
                {20 + 3, 4, E_LIMIT},    {44 + 9, 3, E_SYNTAX},      {44 + 4, 127, OK},
                {44 + 10, 127, E_SYNTAX}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct buf b = buf_of(a, 4096);
        struct zone *z;
        put_block(&b, 0, 4, 0x7f000000, 2);
        b.p[rows[i].at] = rows[i].value;
        assert_int_equal(made(a, buf_str(&b), &z), rows[i].wanted);
    }
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf b = buf_of(a, ZONE_FILE_MAX + 1);
    struct zone *z;
    put_block(&b, 0, 4, 1000, 2); /* the second change is not behind the first */
    assert_int_equal(made(a, buf_str(&b), &z), E_SYNTAX);
    buf_reset(&b);
    put_block(&b, 0, 4, 2000, 2);
    buf_fill(&b, 0, ZONE_FILE_MAX + 1 - b.n);
    assert_int_equal(made(a, buf_str(&b), &z), E_LIMIT);
}

static void names(void **state)
{
    static const struct {
        const char *name;
        bool wanted;
    } rows[] = {{"Europe/Berlin", true},
                {"America/Argentina/Buenos_Aires", true},
                {"Etc/GMT+5", true},
                {"UTC", true},
                {"", false},
                {"/etc/passwd", false},
                {"../../etc/passwd", false},
                {"Europe/../../x", false},
                {"Europe//Berlin", false},
                {"Europe/", false},
                {"zone.tab", false},
                {"a b", false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(zone_name_ok(str_z(rows[i].name)), rows[i].wanted);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules), cmocka_unit_test(what_is_no_rule),
        cmocka_unit_test(files), cmocka_unit_test(what_is_no_file),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
