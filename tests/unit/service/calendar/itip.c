/* Messages of scheduling on a calendar, one after the other, as in RFC 5546 section 4. */
#include "unit.h"

#include "base/buf.h"
#include "format/ical/ical.h"
#include "service/calendar/itip.h"

#define B "b@example.com" /* whose calendar it is */
#define A "a@example.com" /* who plans */
#define ROWS(x) (sizeof(x) / sizeof *(x))

/* Section 4.2.1. */
#define GROUP                                                                                      \
    "ORGANIZER:mailto:" A "|ATTENDEE;ROLE=CHAIR;PARTSTAT=ACCEPTED;CN=A:mailto:" A                  \
    "|ATTENDEE;RSVP=TRUE;CUTYPE=INDIVIDUAL;CN=B:mailto:" B                                         \
    "|ATTENDEE;RSVP=TRUE;CN=C:mailto:c@example.com|"
#define TIMES "DTSTART:19970701T200000Z|DTEND:19970701T203000Z|SUMMARY:Conference|UID:u1|"
#define WEEKLY                                                                                     \
    "DTSTART:19970701T210000Z|DTEND:19970701T213000Z|RRULE:FREQ=WEEKLY;COUNT=9|SUMMARY:Weekly|"    \
    "UID:u1|"

struct step {
    const char *method; /* "REQUEST"; "" is none */
    const char *event;  /* its properties; "|" ends a line, "||" an event */
    const char *from;
    const char *outcome;
    const char *has[4], *has_not; /* in what is kept then */
    unsigned flags;
};

enum { PUBLIC = 1, UPDATES = 2, DELETE = 4, MINE_IS_A = 8, GONE = 16 };

struct bench {
    struct ctx cx;
    struct str kept;
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    b->cx.arena = arena_open();
    *state = b;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;
    arena_close(b->cx.arena);
    free(b);
    return 0;
}

static struct str object(struct arena *a, const char *method, const char *events)
{
    struct buf b = buf_of(a, 100000);
    buf_add(&b, STR("BEGIN:VCALENDAR\r\nPRODID:-//Example/ExampleCalendarClient//EN\r\n"));
    if (method[0])
        buf_printf(&b, "METHOD:%s\r\n", method);
    buf_add(&b, STR("VERSION:2.0\r\nBEGIN:VEVENT\r\n"));
    for (const char *p = events; *p; p++) {
        if (*p != '|')
            buf_byte(&b, *p);
        else if (p[1] == '|')
            buf_add(&b, STR("\r\nEND:VEVENT\r\nBEGIN:VEVENT")), p++, buf_add(&b, STR("\r\n"));
        else
            buf_add(&b, STR("\r\n"));
    }
    buf_add(&b, STR("END:VEVENT\r\nEND:VCALENDAR\r\n"));
    return buf_str(&b);
}

/* Without the folds of lines. */
static struct str unfolded(struct arena *a, struct str s)
{
    struct buf b = buf_of(a, ICAL_BYTES_MAX);
    for (size_t i = 0; i < s.n; i++) {
        if (str_starts(str_from(s, i), STR("\r\n ")))
            i += 2;
        else
            buf_byte(&b, s.p[i]);
    }
    return buf_str(&b);
}

static struct itip_answer ask(struct bench *b, const struct step *s)
{
    static const struct str b_mine[] = {STR("b.alias@example.com"), STR(B)}, a_mine[] = {STR(A)};
    struct str from[] = {str_z(s->from)};
    bool is_a = s->flags & MINE_IS_A;
    const struct itip_question q = {
        .message = object(b->cx.arena, s->method, s->event),
        .stored = b->kept,
        .mine = {is_a ? a_mine : b_mine, is_a ? ROWS(a_mine) : ROWS(b_mine)},
        .senders = {from, 1},
        .allow_public = s->flags & PUBLIC,
        .updates_only = s->flags & UPDATES,
        .delete_cancelled = s->flags & DELETE,
    };
    struct itip_answer answer;
    itip_apply(&b->cx, &q, &answer);
    return answer;
}

static void play(struct bench *b, const char *name, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct step *s = &steps[i];
        struct itip_answer answer = ask(b, s);
        if (!str_eq(itip_outcome_name(answer.outcome), str_z(s->outcome)))
            fail_msg("%s, step %zu: %.*s (%.*s), wanted %s", name, i + 1,
                     STR_ARG(itip_outcome_name(answer.outcome)), STR_ARG(answer.reason),
                     s->outcome);
        assert_int_equal(answer.remove, (s->flags & GONE) != 0);
        bool changes = answer.text.n > 0;
        assert_int_equal(changes,
                         str_eq(str_z(s->outcome), STR("added")) ||
                             str_eq(str_z(s->outcome), STR("updated")) ||
                             (str_eq(str_z(s->outcome), STR("cancelled")) && !answer.remove));
        assert_int_equal(answer.reason.n > 0, !changes && !answer.remove);
        if (changes || answer.remove)
            b->kept = answer.text;
        struct str is = unfolded(b->cx.arena, b->kept);
        for (size_t k = 0; k < ROWS(s->has) && s->has[k]; k++)
            if (str_find(is, str_z(s->has[k])) == SIZE_MAX)
                fail_msg("%s, step %zu: no %s in\n%.*s", name, i + 1, s->has[k], STR_ARG(is));
        if (s->has_not && str_find(is, str_z(s->has_not)) != SIZE_MAX)
            fail_msg("%s, step %zu: %s in\n%.*s", name, i + 1, s->has_not, STR_ARG(is));
    }
}

#define PLAY(b, steps) play((b), __func__, (steps), ROWS(steps))

/* Sections 4.2.1, 4.2.3: an invitation, and its update. */
static void invites_and_updates(void **state)
{
    static const struct step steps[] = {
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970611T190000Z|SEQUENCE:0|STATUS:CONFIRMED|",
         A,
         "added",
         {"SUMMARY:Conference", "PARTSTAT=NEEDS-ACTION", "CDO-BUSYSTATUS:TENTATIVE",
          "STATUS:CONFIRMED"},
         "METHOD",
         0},
        /* the same once more, and an older one, are nothing */
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970611T190000Z|SEQUENCE:0|STATUS:CONFIRMED|",
         A,
         "no_action",
         {0},
         NULL,
         0},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970610T190000Z|SEQUENCE:0|LOCATION:old|",
         A,
         "no_action",
         {0},
         "LOCATION:old",
         0},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970613T190000Z|SEQUENCE:1|LOCATION:Room|",
         A,
         "updated",
         {"LOCATION:Room", "SEQUENCE:1"},
         "SEQUENCE:0",
         0},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970614T190000Z|SEQUENCE:0|LOCATION:late|",
         A,
         "no_action",
         {"LOCATION:Room"},
         NULL,
         0},
        /* the same plan, said better */
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970614T190000Z|SEQUENCE:1|LOCATION:Better|",
         A,
         "updated",
         {"LOCATION:Better"},
         "LOCATION:Room",
         0},
    };
    PLAY(*state, steps);
}

/* Whose the event is: nobody else can take it, change it or call it off. */
static void belongs_to_its_organizer(void **state)
{
#define EVIL "ORGANIZER:mailto:evil@example.net|ATTENDEE:mailto:" B "|"
    static const struct step steps[] = {
        {"REQUEST",
         "ATTENDEE:mailto:" B "|" TIMES "DTSTAMP:19970611T190000Z|",
         A,
         "no_action",
         {0},
         NULL,
         0},
        {"REQUEST",
         "ORGANIZER:mailto:" A "|ATTENDEE:mailto:c@example.com|" TIMES "DTSTAMP:19970611T190000Z|",
         A,
         "no_action",
         {0},
         NULL,
         0},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970611T190000Z|SEQUENCE:0|",
         A,
         "no_action",
         {0},
         NULL,
         UPDATES},
        {"REQUEST", GROUP TIMES "DTSTAMP:19970611T190000Z|SEQUENCE:0|", A, "added", {0}, NULL, 0},
        {"REQUEST",
         EVIL TIMES "DTSTAMP:19970612T190000Z|SEQUENCE:9|",
         "evil@example.net",
         "no_action",
         {"ORGANIZER:mailto:" A},
         "evil",
         0},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970612T190000Z|SEQUENCE:9|",
         "evil@example.net",
         "no_action",
         {"SEQUENCE:0"},
         "evil",
         0},
        {"CANCEL",
         GROUP TIMES "DTSTAMP:19970612T190000Z|SEQUENCE:9|",
         "evil@example.net",
         "no_action",
         {0},
         "CANCELLED",
         0},
        {"CANCEL",
         GROUP TIMES "DTSTAMP:19970612T190000Z|SEQUENCE:9|",
         "evil@example.net",
         "no_action",
         {"UID:u1"},
         NULL,
         DELETE},
        {"REPLY",
         "ORGANIZER:mailto:" A "|ATTENDEE;PARTSTAT=DECLINED:mailto:c@example.com|UID:u1|"
         "DTSTAMP:19970612T190000Z|SEQUENCE:0|",
         "c@example.com",
         "no_action",
         {0},
         "DECLINED",
         0},
    };
    PLAY(*state, steps);
}

/* A calendar of a group: who brought it may change it, though he is not the organizer. */
static void sender_may_be_another(void **state)
{
    static const struct step steps[] = {
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970611T190000Z|SEQUENCE:0|",
         "z@example.com",
         "added",
         {"X-POSTROAD-SENDER:z@example.com"},
         NULL,
         0},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970612T190000Z|SEQUENCE:1|",
         "z@example.com",
         "updated",
         {"X-POSTROAD-SENDER:z@example.com", "SEQUENCE:1"},
         NULL,
         0},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970613T190000Z|SEQUENCE:2|",
         A,
         "updated",
         {"X-POSTROAD-SENDER:z@example.com", "SEQUENCE:2"},
         NULL,
         0},
        {"REQUEST",
         GROUP TIMES "X-POSTROAD-SENDER:evil@example.net|DTSTAMP:19970614T190000Z|"
                     "SEQUENCE:3|",
         A,
         "updated",
         {"X-POSTROAD-SENDER:z@example.com"},
         "evil",
         0},
    };
    PLAY(*state, steps);
}

/* Section 4.2.9; RFC 9671 section 4.5. */
static void cancels(void **state)
{
    static const struct step steps[] = {
        {"REQUEST", GROUP TIMES "DTSTAMP:19970611T190000Z|SEQUENCE:1|", A, "added", {0}, NULL, 0},
        {"CANCEL",
         GROUP "UID:u1|DTSTAMP:19970612T190000Z|SEQUENCE:0|",
         A,
         "no_action",
         {0},
         "CANCELLED",
         0},
        {"CANCEL",
         "ORGANIZER:mailto:" A "|ATTENDEE:mailto:c@example.com|UID:u1|"
         "DTSTAMP:19970612T190000Z|SEQUENCE:2|",
         A,
         "no_action",
         {0},
         "CANCELLED",
         0},
        {"CANCEL",
         GROUP "UID:u1|DTSTAMP:19970612T190000Z|SEQUENCE:2|STATUS:CANCELLED|",
         A,
         "cancelled",
         {"STATUS:CANCELLED", "SEQUENCE:2", "SUMMARY:Conference"},
         NULL,
         0},
        {"CANCEL",
         GROUP "UID:u1|DTSTAMP:19970612T190000Z|SEQUENCE:2|STATUS:CANCELLED|",
         A,
         "no_action",
         {0},
         NULL,
         0},
        {"CANCEL",
         GROUP "UID:u1|DTSTAMP:19970613T190000Z|SEQUENCE:2|",
         A,
         "cancelled",
         {0},
         NULL,
         DELETE | GONE},
        {"CANCEL",
         GROUP "UID:u1|DTSTAMP:19970613T190000Z|SEQUENCE:2|",
         A,
         "no_action",
         {0},
         NULL,
         DELETE},
    };
    PLAY(*state, steps);
}

/* Sections 4.4.2 to 4.4.5: instances of a series. */
static void instances(void **state)
{
    static const struct step steps[] = {
        {"REQUEST",
         GROUP WEEKLY "DTSTAMP:19970526T083000Z|SEQUENCE:0|",
         A,
         "added",
         {"RRULE:FREQ=WEEKLY"},
         NULL,
         0},
        {"REQUEST",
         GROUP "RECURRENCE-ID:19970708T210000Z|DTSTART:19970708T230000Z|SUMMARY:Later|"
               "UID:u1|DTSTAMP:19970626T093000Z|SEQUENCE:1|",
         A,
         "updated",
         {"RECURRENCE-ID:19970708T210000Z", "SUMMARY:Later", "SUMMARY:Weekly"},
         NULL,
         0},
        {"REQUEST",
         GROUP "RECURRENCE-ID:19970708T210000Z|DTSTART:19970708T220000Z|SUMMARY:Old|"
               "UID:u1|DTSTAMP:19970625T093000Z|SEQUENCE:1|",
         A,
         "no_action",
         {0},
         "SUMMARY:Old",
         0},
        {"CANCEL",
         GROUP "RECURRENCE-ID:19970715T210000Z|UID:u1|DTSTAMP:19970701T080000Z|"
               "SEQUENCE:1|",
         A,
         "cancelled",
         {"RECURRENCE-ID:19970715T210000Z", "STATUS:CANCELLED", "DTSTART:19970715T210000Z",
          "DURATION:PT30M"},
         NULL,
         0},
        {"CANCEL",
         GROUP "RECURRENCE-ID:19970722T210000Z|UID:u1|DTSTAMP:19970702T080000Z|"
               "SEQUENCE:1|",
         A,
         "cancelled",
         {"EXDATE:19970722T210000Z"},
         "RECURRENCE-ID:19970722",
         DELETE},
        {"ADD",
         GROUP "DTSTART:19970710T210000Z|DURATION:PT1H|SUMMARY:Extra|UID:u1|"
               "DTSTAMP:19970703T080000Z|SEQUENCE:2|",
         A,
         "updated",
         {"RDATE:19970710T210000Z", "RECURRENCE-ID:19970710T210000Z", "SUMMARY:Extra"},
         NULL,
         0},
        {"ADD",
         GROUP "DTSTART:19970710T210000Z|DURATION:PT1H|SUMMARY:Extra|UID:u1|"
               "DTSTAMP:19970703T080000Z|SEQUENCE:2|",
         A,
         "no_action",
         {0},
         NULL,
         0},
        /* the series itself, at other times: what was said of its instances is void */
        {"REQUEST",
         GROUP "DTSTART:19970702T210000Z|RRULE:FREQ=WEEKLY;COUNT=5|SUMMARY:New|UID:u1|"
               "DTSTAMP:19970704T080000Z|SEQUENCE:3|",
         A,
         "updated",
         {"SUMMARY:New"},
         "RECURRENCE-ID",
         0},
    };
    PLAY(*state, steps);
}

/* One who comes to a single instance is told of the rest later. */
static void instance_then_series(void **state)
{
    static const struct step steps[] = {
        {"ADD", GROUP WEEKLY "DTSTAMP:19970526T083000Z|", A, "no_action", {0}, NULL, 0},
        {"REQUEST",
         GROUP "RECURRENCE-ID:19970708T210000Z|DTSTART:19970708T210000Z|SUMMARY:One|"
               "UID:u1|DTSTAMP:19970626T093000Z|SEQUENCE:0|",
         A,
         "added",
         {"SUMMARY:One"},
         NULL,
         0},
        {"REQUEST",
         GROUP WEEKLY "DTSTAMP:19970626T100000Z|SEQUENCE:0|",
         A,
         "updated",
         {"SUMMARY:One", "SUMMARY:Weekly"},
         NULL,
         0},
    };
    PLAY(*state, steps);
}

/* The same moment, told in a zone and in UTC. */
static void zones(void **state)
{
    struct bench *b = *state;
    static const char zone[] =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\n"
        "TZID:Here\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:-0400\r\n"
        "TZOFFSETTO:-0400\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:u1\r\n"
        "DTSTAMP:19970526T083000Z\r\nDTSTART;TZID=Here:19970701T170000\r\n"
        "DTEND;TZID=Here:19970701T173000\r\nRRULE:FREQ=WEEKLY\r\nORGANIZER:mailto:" A "\r\n"
        "ATTENDEE:mailto:" B "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:u1\r\n"
        "DTSTAMP:19970526T083000Z\r\nRECURRENCE-ID;TZID=Here:19970708T170000\r\n"
        "DTSTART;TZID=Here:19970708T180000\r\nORGANIZER:mailto:" A "\r\nATTENDEE:mailto:" B "\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n";
    static const struct str mine[] = {STR(B)}, from[] = {STR(A)};
    const struct itip_question q = {
        .message = str_z(zone), .mine = {mine, 1}, .senders = {from, 1}};
    struct itip_answer answer;
    itip_apply(&b->cx, &q, &answer);
    assert_int_equal(answer.outcome, ITIP_ADDED);
    b->kept = answer.text;
    static const struct step steps[] = {
        {"CANCEL",
         GROUP "RECURRENCE-ID:19970708T210000Z|UID:u1|DTSTAMP:19970701T080000Z|"
               "SEQUENCE:1|",
         A,
         "cancelled",
         {"STATUS:CANCELLED", "BEGIN:VTIMEZONE"},
         "RECURRENCE-ID:19970708T210000Z",
         0},
    };
    PLAY(b, steps);
}

/* Sections 4.2.2, 4.4.8: answers on the organizer's own event. */
static void replies(void **state)
{
#define SAYS(what) "ORGANIZER:mailto:" A "|ATTENDEE;PARTSTAT=" what ":mailto:" B "|UID:u1|"
    struct bench *b = *state;
    b->kept = object(b->cx.arena, "",
                     GROUP WEEKLY "DTSTAMP:19970526T083000Z|SEQUENCE:1|BEGIN:VALARM|ACTION:AUDIO|"
                                  "TRIGGER:-PT5M|END:VALARM|");
    static const struct step steps[] = {
        {"REPLY",
         SAYS("ACCEPTED") "DTSTAMP:19970612T190000Z|SEQUENCE:1|",
         "evil@example.net",
         "no_action",
         {0},
         "X-POSTROAD-ANSWERED",
         MINE_IS_A},
        {"REPLY",
         SAYS("DECLINED") "DTSTAMP:19970612T190000Z|SEQUENCE:0|",
         B,
         "no_action",
         {0},
         "DECLINED",
         MINE_IS_A},
        {"REPLY",
         SAYS("ACCEPTED") "DTSTAMP:19970612T190000Z|SEQUENCE:1|",
         B,
         "updated",
         {"PARTSTAT=ACCEPTED;", "ACTION:AUDIO", "BEGIN:VALARM"},
         NULL,
         MINE_IS_A},
        {"REPLY",
         SAYS("DECLINED") "DTSTAMP:19970611T190000Z|SEQUENCE:1|",
         B,
         "no_action",
         {0},
         "DECLINED",
         MINE_IS_A},
        {"REPLY",
         SAYS("DECLINED") "RECURRENCE-ID:19970708T210000Z|DTSTAMP:19970613T190000Z|"
                          "SEQUENCE:1|",
         B,
         "updated",
         {"RECURRENCE-ID:19970708T210000Z", "DECLINED"},
         NULL,
         MINE_IS_A},
        {"REPLY",
         "ORGANIZER:mailto:" A "|ATTENDEE;PARTSTAT=ACCEPTED:mailto:crash@example.net|"
         "UID:u1|DTSTAMP:19970613T190000Z|SEQUENCE:1|",
         "crash@example.net",
         "no_action",
         {0},
         "crash",
         MINE_IS_A},
        /* nobody else calls off what is one's own */
        {"CANCEL",
         GROUP "UID:u1|DTSTAMP:19970614T190000Z|SEQUENCE:5|",
         A,
         "no_action",
         {0},
         "CANCELLED",
         MINE_IS_A},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970614T190000Z|SEQUENCE:5|",
         A,
         "no_action",
         {0},
         NULL,
         MINE_IS_A},
    };
    PLAY(b, steps);
}

/* What the person has said and set stays, as long as the meeting is the same. */
static void own_things_stay(void **state)
{
    struct bench *b = *state;
    b->kept = object(b->cx.arena, "",
                     "ORGANIZER:mailto:" A "|ATTENDEE;PARTSTAT=ACCEPTED:mailto:" B "|" TIMES
                     "DTSTAMP:19970611T190000Z|SEQUENCE:0|COLOR:teal|BEGIN:VALARM|ACTION:AUDIO|"
                     "TRIGGER:-PT5M|END:VALARM|");
    static const struct step steps[] = {
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970612T190000Z|SEQUENCE:0|LOCATION:Room|COLOR:red|"
                     "BEGIN:VALARM|ACTION:DISPLAY|DESCRIPTION:spam|TRIGGER:-PT1M|END:VALARM|",
         A,
         "updated",
         {"PARTSTAT=ACCEPTED", "ACTION:AUDIO", "COLOR:teal", "LOCATION:Room"},
         "ACTION:DISPLAY",
         0},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970613T190000Z|SEQUENCE:1|",
         A,
         "updated",
         {"PARTSTAT=NEEDS-ACTION", "ACTION:AUDIO"},
         "LOCATION:Room",
         0},
    };
    PLAY(b, steps);
}

/* RFC 9671 section 4.1; RFC 5546 section 4.1.1. */
static void public_events(void **state)
{
#define FAIR "SUMMARY:Fair|DTSTART:19970701T200000Z|UID:u1|"
    static const struct step steps[] = {
        {"PUBLISH",
         "ORGANIZER:mailto:" A "|" FAIR "DTSTAMP:19970611T190000Z|",
         A,
         "no_action",
         {0},
         NULL,
         0},
        {"", FAIR "DTSTAMP:19970611T190000Z|", A, "no_action", {0}, NULL, 0},
        {"", FAIR "DTSTAMP:19970611T190000Z|", A, "added", {"SUMMARY:Fair"}, NULL, PUBLIC},
        {"PUBLISH",
         FAIR "DTSTAMP:19970612T190000Z|LOCATION:Hall|",
         "evil@example.net",
         "no_action",
         {0},
         "Hall",
         PUBLIC},
        {"PUBLISH",
         FAIR "DTSTAMP:19970612T190000Z|LOCATION:Hall|",
         A,
         "updated",
         {"Hall"},
         NULL,
         PUBLIC},
    };
    PLAY(*state, steps);
}

/* What asks for an answer is the person's to answer; what cannot be read is ignored. */
static void changes_nothing(void **state)
{
    static const struct step steps[] = {
        {"REFRESH", GROUP TIMES "DTSTAMP:19970611T190000Z|", A, "no_action", {0}, NULL, PUBLIC},
        {"COUNTER", GROUP TIMES "DTSTAMP:19970611T190000Z|", A, "no_action", {0}, NULL, PUBLIC},
        {"DECLINECOUNTER", GROUP TIMES "DTSTAMP:19970611T190000Z|", A, "no_action", {0}, NULL, 0},
        {"BOGUS", GROUP TIMES "DTSTAMP:19970611T190000Z|", A, "no_action", {0}, NULL, PUBLIC},
        {"REQUEST",
         GROUP TIMES "RECURRENCE-ID;RANGE=THISANDFUTURE:19970701T200000Z|"
                     "DTSTAMP:19970611T190000Z|",
         A,
         "no_action",
         {0},
         NULL,
         0},
        {"REQUEST", GROUP TIMES, A, "no_action", {0}, NULL, 0}, /* no DTSTAMP */
        {"REQUEST",
         GROUP "DTSTART:19970701T200000Z|DTSTAMP:19970611T190000Z|",
         A,
         "no_action",
         {0},
         NULL,
         0}, /* no UID */
        {"REQUEST", GROUP "UID:u1|DTSTAMP:19970611T190000Z|", A, "no_action", {0}, NULL, 0},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970611T190000Z||" GROUP "UID:u2|DTSTAMP:19970611T190000Z|"
                     "DTSTART:19970701T200000Z|",
         A,
         "no_action",
         {0},
         NULL,
         0},
        {"REQUEST",
         GROUP TIMES "DTSTAMP:19970611T190000Z|BEGIN:VALARM|",
         A,
         "no_action",
         {0},
         NULL,
         0},
    };
    PLAY(*state, steps);
}

/* A UID is a key: longer ones than can be kept are none. */
static void long_uids(void **state)
{
    struct bench *b = *state;
    for (size_t more = 0; more < 2; more++) {
        struct buf uid = buf_of(b->cx.arena, 2 * ICAL_UID_MAX);
        buf_add(&uid, STR(GROUP "DTSTART:19970701T200000Z|DTSTAMP:19970611T190000Z|UID:"));
        buf_fill(&uid, 'u', ICAL_UID_MAX + more);
        buf_add(&uid, STR("|"));
        const struct step step = {
            .method = "REQUEST", .event = str_zdup(b->cx.arena, buf_str(&uid)), .from = A};
        assert_int_equal(ask(b, &step).outcome, more ? ITIP_NO_ACTION : ITIP_ADDED);
    }
}

/* What is kept and cannot be read is an error of ours, and stays. */
static void broken_store(void **state)
{
    struct bench *b = *state;
    b->kept = STR("BEGIN:VCALENDAR\r\n");
    static const struct step steps[] = {
        {"REQUEST", GROUP TIMES "DTSTAMP:19970611T190000Z|", A, "error", {0}, NULL, 0}};
    PLAY(b, steps);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(invites_and_updates),
        CASE(belongs_to_its_organizer),
        CASE(sender_may_be_another),
        CASE(cancels),
        CASE(instances),
        CASE(instance_then_series),
        CASE(zones),
        CASE(replies),
        CASE(own_things_stay),
        CASE(public_events),
        CASE(changes_nothing),
        CASE(broken_store),
        CASE(long_uids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
