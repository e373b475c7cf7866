/* What a calendar may be, what is asked of one, and that it comes out as it went in. */
#include "format/format.h"

#include "../../world/archive.h"
#include "format/ical/ical.h"

#define CAL(x) "BEGIN:VCALENDAR^VERSION:2.0^PRODID:x^" x "END:VCALENDAR^"
#define EVENT(x) "BEGIN:VEVENT^UID:1^DTSTAMP:19970611T190000Z^" x "END:VEVENT^"

static const struct {
    const char *name, *text;
    enum code code;
} checks[] = {
    {"whole", CAL(EVENT("")), OK},
    {"lines with LF alone, blank lines, no end of line", "BEGIN:VCALENDAR\n\nEND:VCALENDAR", OK},
    {"any case", "begin:vcalendar^end:VCALENDAR^", OK},
    {"quoted colons", CAL(EVENT("ATTENDEE;CN=\"a:b;c\":mailto:x@y^")), OK},
    {"a character cut by a fold", CAL("X-A:\xc3^ \xa9^"), OK},
    {"a value on the next line", CAL(EVENT("SUMMARY;LANGUAGE=en^ :x^")), OK},
    {"empty", "", E_SYNTAX},
    {"nothing but text", "hello", E_SYNTAX},
    {"another thing", "BEGIN:VEVENT^END:VEVENT^", E_SYNTAX},
    {"not closed", "BEGIN:VCALENDAR^BEGIN:VEVENT^END:VCALENDAR^", E_SYNTAX},
    {"closed twice", "BEGIN:VCALENDAR^END:VCALENDAR^END:VCALENDAR^", E_SYNTAX},
    {"two of them", CAL("") CAL(""), E_SYNTAX},
    {"one in another", CAL(CAL("")), E_SYNTAX},
    {"a line behind it", CAL("") "X-A:1^", E_SYNTAX},
    {"a line without a name", CAL(":x^"), E_SYNTAX},
    {"an odd name", CAL("A B:x^"), E_SYNTAX},
    {"a control character", CAL("X-A:\x01^"), E_SYNTAX},
    {"no value", CAL("X-A^"), E_SYNTAX},
    {"a name and more", CAL("X-A y;Z=1:x^"), E_SYNTAX},
    {"components hidden by folds", CAL("BEG^ IN:VEVENT^"), E_SYNTAX},
    {"components hidden by blank lines", CAL("X-A:1^^ BEGIN:VEVENT^"), E_SYNTAX},
    {"a rule hidden by a fold",
     CAL("BEGIN:VTIMEZONE^BEGIN:STANDARD^RRULE:FREQ=YEARLY;^ BYSECOND=1^END:STANDARD^"
         "END:VTIMEZONE^"),
     E_SYNTAX},
    {"a rule that says two things",
     CAL("BEGIN:VTIMEZONE^BEGIN:STANDARD^RRULE:FREQ=YEARLY;FREQ=HOURLY^END:STANDARD^"
         "END:VTIMEZONE^"),
     E_SYNTAX},
    {"no UTF-8", CAL("X-A:\xff^"), E_SYNTAX},
    {"too deep",
     CAL("BEGIN:VEVENT^BEGIN:VALARM^BEGIN:X-A^BEGIN:X-B^END:X-B^END:X-A^END:VALARM^END:VEVENT^"),
     E_LIMIT},
    {"a zone that changes each second",
     CAL("BEGIN:VTIMEZONE^TZID:x^BEGIN:STANDARD^RRULE:FREQ=SECONDLY^END:STANDARD^END:VTIMEZONE^"),
     E_SYNTAX},
};

static void checks_before_it_reads(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(checks); i++) {
        struct str out;
        enum code code = ical_check(cx, lines(cx->arena, checks[i].text), &out);
        if (code != checks[i].code)
            fail_msg("%s: %s (%s)", checks[i].name, code_name(code), cx->err.what);
    }
}

/* So many of a line, in an event. */
static struct str many(struct arena *a, size_t count, const char *begin, const char *line)
{
    struct buf b = buf_of(a, 8 * ICAL_BYTES_MAX);
    buf_add(&b, lines(a, "BEGIN:VCALENDAR^BEGIN:VEVENT^"));
    buf_add(&b, lines(a, begin));
    for (size_t i = 0; i < count; i++)
        buf_add(&b, lines(a, line));
    buf_add(&b, lines(a, begin[0] ? ":x^" : ""));
    buf_add(&b, lines(a, "END:VEVENT^END:VCALENDAR^"));
    return buf_str(&b);
}

static void limits(void **state)
{
    struct ctx *cx = *state;
    struct str out;
    struct arena *a = cx->arena;
    const struct {
        size_t most;
        const char *begin, *line;
    } rows[] = {
        {ICAL_PROPERTIES_MAX, "", "X-A:1^"},
        {ICAL_COMPONENTS_MAX - 2, "", "BEGIN:VALARM^END:VALARM^"},
        {ICAL_PARAMETERS_MAX, "X-A", ";X-B=1"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct str fits = many(a, rows[i].most, rows[i].begin, rows[i].line);
        assert_int_equal(ical_check(cx, fits, &out), OK);
        struct str over = many(a, rows[i].most + 1, rows[i].begin, rows[i].line);
        assert_int_equal(ical_check(cx, over, &out), E_LIMIT);
    }
    size_t frame = many(a, 0, "", "").n + STR("X-A:\r\n").n;
    struct buf b = buf_of(a, 2 * ICAL_BYTES_MAX);
    buf_add(&b, STR("X-A:"));
    buf_fill(&b, 'x', ICAL_BYTES_MAX - frame);
    buf_add(&b, STR("^"));
    assert_int_equal(ical_check(cx, many(a, 1, "", str_zdup(a, buf_str(&b))), &out), OK);
    buf_reset(&b);
    buf_add(&b, STR("X-A:"));
    buf_fill(&b, 'x', ICAL_BYTES_MAX - frame + 1);
    buf_add(&b, STR("^"));
    assert_int_equal(ical_check(cx, many(a, 1, "", str_zdup(a, buf_str(&b))), &out), E_LIMIT);
    buf_reset(&b);
    buf_fill(&b, 'N', ICAL_NAME_MAX + 1);
    buf_add(&b, STR(":x^"));
    assert_int_equal(ical_check(cx, many(a, 1, "", str_zdup(a, buf_str(&b))), &out), E_SYNTAX);
}

static void answers(void **state)
{
    struct ctx *cx = *state;
    struct arena *a = cx->arena;
    struct ical *c AUTO(ical_close) = NULL;
    struct str text =
        lines(a, CAL("METHOD:request^" EVENT("SEQUENCE:7^SUMMARY:a\\, b^ c^RRULE:FREQ=DAILY^"
                                             "RECURRENCE-ID:19970611T190000Z^X-Odd:1\\,2^"
                                             "ORGANIZER;CN=Ann:MAILTO:Ann@Example.com^"
                                             "ATTENDEE;PARTSTAT=accepted:mailto:Bob@example.com^"
                                             "ATTENDEE:mailto:cy@example.com^")));
    assert_int_equal(ical_parse(cx, text, &c), OK);
    assert_str(ical_method(a, c), STR("REQUEST"));
    assert_false(ical_has_others(c));
    struct ical_events all = ical_events(a, c);
    assert_int_equal(all.count, 1);
    struct ical_event *e = all.at[0];
    assert_str(ical_get(a, e, STR("SUMMARY")), STR("a, bc"));
    assert_str(ical_get(a, e, STR("LOCATION")), STR(""));
    assert_true(ical_has(a, e, STR("x-odd")));
    assert_int_equal(ical_sequence(e), 7);
    assert_int_equal(ical_stamp(e), 866055600);
    assert_str(ical_moment(a, e, STR("RECURRENCE-ID")), STR("@866055600"));
    assert_str(ical_organizer(a, e), STR("ann@example.com"));
    struct ical_attendees who = ical_attendees(a, e);
    assert_int_equal(who.count, 2);
    assert_str(who.at[0].address, STR("bob@example.com"));
    assert_str(who.at[0].status, STR("ACCEPTED"));
    assert_str(who.at[1].status, STR("NEEDS-ACTION"));
    assert_true(ical_attendee_set(a, e, STR("cy@example.com"), STR("X-A"), STR("1.2")));
    assert_str(ical_attendee_get(a, e, STR("cy@example.com"), STR("X-A")), STR("1.2"));
    assert_false(ical_attendee_set(a, e, STR("no@example.com"), STR("X-A"), STR("1")));
    ical_set(a, e, STR("STATUS"), STR("CANCELLED"));
    ical_set(a, e, STR("SUMMARY"), STR(""));
    ical_set(a, e, STR("LOCATION"), STR("x\r\nSTATUS:CONFIRMED"));
    assert_str(ical_get(a, e, STR("STATUS")), STR("CANCELLED"));
    assert_false(ical_has(a, e, STR("SUMMARY")));
    assert_false(ical_has(a, e, STR("LOCATION")));
}

/* Of real programs: read, written, read again: the same answers. */
static void same_after_writing(struct ctx *cx, struct str text, size_t *read)
{
    struct ical *c AUTO(ical_close) = NULL, *again AUTO(ical_close) = NULL;
    struct str first;
    if (ical_parse(cx, text, &c) != OK)
        return;
    assert_int_equal(ical_write(cx, c, &first), OK);
    assert_int_equal(ical_parse(cx, first, &again), OK);
    struct ical_events x = ical_events(cx->arena, c), y = ical_events(cx->arena, again);
    assert_int_equal(x.count, y.count);
    for (size_t i = 0; i < x.count; i++) {
        assert_str(ical_get(cx->arena, x.at[i], STR("UID")),
                   ical_get(cx->arena, y.at[i], STR("UID")));
        assert_str(ical_moment(cx->arena, x.at[i], STR("DTSTART")),
                   ical_moment(cx->arena, y.at[i], STR("DTSTART")));
        assert_int_equal(ical_attendees(cx->arena, x.at[i]).count,
                         ical_attendees(cx->arena, y.at[i]).count);
    }
    ++*read;
}

static void corpora(void **state)
{
    static const struct {
        const char *archive;
        size_t least; /* calendars that can be read; what is broken on purpose cannot */
    } rows[] = {{"calendars-contacts/libical.tar.zst", 10},
                {"calendars-contacts/calcard.tar.zst", 50},
                {"calendars-contacts/vtimezones.tar.zst", 500}};
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct arena *files_arena AUTO(arena_close) = arena_open();
        struct cur files;
        struct str name, text;
        size_t read = 0;
        if (!archive_open(files_arena, rows[i].archive, &files))
            continue;
        while (archive_next(&files, &name, &text)) {
            struct arena *a AUTO(arena_close) = arena_open();
            struct ctx own = {.arena = a};
            if (text.n <= ICAL_BYTES_MAX)
                same_after_writing(&own, text, &read);
        }
        print_message("%s: %zu calendars\n", rows[i].archive, read);
        assert_true(read >= rows[i].least);
    }
    (void)cx;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORMAT_TEST(checks_before_it_reads),
        FORMAT_TEST(limits),
        FORMAT_TEST(answers),
        FORMAT_TEST(corpora),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
