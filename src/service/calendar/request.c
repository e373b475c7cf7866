/* REQUEST, ADD and PUBLISH (RFC 5546 sections 3.2.2, 3.2.4, 3.2.1). */
#include "service/calendar/parts.h"

/* The instances of one series are told apart by their times; another series has others. */
static bool same_series(struct arena *a, struct ical_event *x, struct ical_event *y)
{
    static const struct str names[] = {STR("RRULE"), STR("RDATE")};
    bool same = str_eq(ical_moment(a, x, STR("DTSTART")), ical_moment(a, y, STR("DTSTART")));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        same = same && str_eq(ical_get(a, x, names[i]), ical_get(a, y, names[i]));
    return same;
}

/* Nobody has answered yet: the person's place says so, and busy time is tentative. */
static void unanswered(struct itip *x, struct ical_event *e, struct str seat)
{
    if (!seat.n)
        return;
    ical_attendee_set(x->cx->arena, e, seat, STR("PARTSTAT"), STR("NEEDS-ACTION"));
    ical_set(x->cx->arena, e, STR("X-MICROSOFT-CDO-BUSYSTATUS"), STR("TENTATIVE"));
}

/* What the person has said already holds as long as the meeting is the same one: a new SEQUENCE
   asks anew (RFC 5546 section 2.1.4). */
static void answer_keep(struct itip *x, struct ical_event *new, struct ical_event *before)
{
    static const struct str busy = STR("X-MICROSOFT-CDO-BUSYSTATUS");
    struct arena *a = x->cx->arena;
    struct str seat = itip_my_seat(x, new), old = itip_my_seat(x, before);
    if (!old.n || ical_sequence(new) != ical_sequence(before)) {
        unanswered(x, new, seat);
        return;
    }
    if (seat.n)
        ical_attendee_set(a, new, seat, STR("PARTSTAT"),
                          ical_attendee_get(a, before, old, STR("PARTSTAT")));
    ical_set(a, new, busy, ical_get(a, before, busy));
}

/* Whose message it is stays with the event; the first one counts. */
static void sender_keep(struct itip *x, struct ical_event *e, struct ical_event *before)
{
    struct arena *a = x->cx->arena;
    struct str sender = x->q->senders.count ? x->q->senders.at[0] : (struct str){0};
    ical_set(a, e, ITIP_SENDER, before ? ical_get(a, before, ITIP_SENDER) : sender);
}

/* Overrides of a series that is another one now are of times that it does not have. */
static void overrides_drop(struct itip *x, struct ical_event *series, struct ical_event *before)
{
    struct arena *a = x->cx->arena;
    struct ical_events all = ical_events(a, x->stored);
    if (same_series(a, series, before))
        return;
    for (size_t i = 0; i < all.count; i++)
        if (ical_has(a, all.at[i], STR("RECURRENCE-ID")))
            ical_drop(all.at[i]);
}

/* One event of the message takes its place. False: what is there is as new. */
static bool event_put(struct itip *x, struct ical_event *came)
{
    struct arena *a = x->cx->arena;
    struct str instance = ical_moment(a, came, STR("RECURRENCE-ID"));
    struct ical_event *any = itip_stored_any(x), *before = itip_stored_event(x, instance);
    if (before && !itip_is_newer(came, before))
        return false;
    if (!before && any && instance.n && ical_sequence(came) < ical_sequence(any))
        return false; /* an instance of a series that has moved on */
    struct ical_event *new = ical_adopt(x->stored, came);
    sender_keep(x, new, any);
    if (before) {
        answer_keep(x, new, before);
        ical_own_take(a, new, before);
        if (!instance.n)
            overrides_drop(x, new, before);
        ical_drop(before);
    } else {
        unanswered(x, new, itip_my_seat(x, new));
    }
    return true;
}

/* A calendar like the one that came, without its events. */
static void stored_begin(struct itip *x)
{
    static const struct str empty = STR("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
                                        "PRODID:-//Postroad//Postroad//EN\r\nEND:VCALENDAR\r\n");
    must(ical_parse(x->cx, empty, &x->stored) == OK);
}

static void put_all(struct itip *x)
{
    bool is_new = !x->stored, any = false;
    if (is_new)
        stored_begin(x);
    ical_take_zones(x->stored, x->message);
    for (size_t i = 0; i < x->events.count; i++)
        if (!ical_has(x->cx->arena, x->events.at[i], STR("RECURRENCE-ID")))
            any |= event_put(x, x->events.at[i]);
    for (size_t i = 0; i < x->events.count; i++)
        if (ical_has(x->cx->arena, x->events.at[i], STR("RECURRENCE-ID")))
            any |= event_put(x, x->events.at[i]);
    if (any)
        itip_done(x, is_new ? ITIP_ADDED : ITIP_UPDATED);
    else
        itip_nothing(x, "the calendar has it as new, or newer");
}

/* May it come into the calendar, or change it? Else answers. */
static bool may_put(struct itip *x)
{
    for (size_t i = 0; i < x->events.count; i++)
        if (!ical_moment(x->cx->arena, x->events.at[i], STR("DTSTART")).n) {
            itip_nothing(x, "an event without a start");
            return false;
        }
    if (x->stored)
        return itip_may_change(x);
    if (x->q->updates_only)
        itip_nothing(x, "only events that are there are updated");
    return !x->q->updates_only;
}

static bool is_invited(const struct itip *x)
{
    for (size_t i = 0; i < x->events.count; i++)
        if (itip_my_seat(x, x->events.at[i]).n)
            return true;
    return false;
}

void itip_request(struct itip *x)
{
    struct str organizer = ical_organizer(x->cx->arena, x->events.at[0]);
    if (!organizer.n)
        itip_nothing(x, "an invitation without an organizer");
    else if (itip_is_among(x->q->mine, organizer))
        itip_nothing(x, "the invitation is the person's own");
    else if (!is_invited(x))
        itip_nothing(x, "the person is not invited");
    else if (may_put(x))
        put_all(x);
}

/* Each event is one more date of the series, and its instance at that date. */
void itip_add(struct itip *x)
{
    struct arena *a = x->cx->arena;
    struct ical_event *series = itip_stored_event(x, (struct str){0});
    bool any = false;
    if (!series)
        itip_nothing(x, "the series is not in the calendar");
    else if (!is_invited(x))
        itip_nothing(x, "the person is not invited");
    if (!series || !is_invited(x) || !may_put(x))
        return;
    ical_take_zones(x->stored, x->message);
    for (size_t i = 0; i < x->events.count; i++) {
        struct ical_event *came = x->events.at[i];
        bool is_date = !itip_stored_event(x, ical_moment(a, came, STR("DTSTART")));
        if (!ical_has(a, came, STR("RECURRENCE-ID")))
            ical_time_add(a, came, STR("RECURRENCE-ID"), came, STR("DTSTART"));
        if (!event_put(x, came))
            continue;
        if (is_date)
            ical_time_add(a, series, STR("RDATE"), came, STR("DTSTART"));
        any = true;
    }
    if (any)
        itip_done(x, ITIP_UPDATED);
    else
        itip_nothing(x, "the calendar has it as new, or newer");
}

/* For everybody, so for who allows it alone (RFC 9671 section 4.1). */
void itip_publish(struct itip *x)
{
    if (!x->q->allow_public)
        itip_nothing(x, "public events are not asked for");
    else if (itip_is_among(x->q->mine, ical_organizer(x->cx->arena, x->events.at[0])))
        itip_nothing(x, "the event is the person's own");
    else if (may_put(x))
        put_all(x);
}
