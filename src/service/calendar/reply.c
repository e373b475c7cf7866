/* REPLY (RFC 5546 section 3.2.3): what one who is invited says, on the organizer's own event. */
#include "service/calendar/parts.h"

/* SEQUENCE and DTSTAMP, so that texts compare as answers do. */
static struct str age(struct arena *a, struct ical_event *e)
{
    return str_printf(a, "%010u.%012lld", ical_sequence(e), (long long)ical_stamp(e));
}

static void say(struct itip *x, struct ical_event *e, struct ical_event *came, struct str who)
{
    static const struct str said[] = {STR("PARTSTAT"), STR("DELEGATED-TO")};
    struct arena *a = x->cx->arena;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        ical_attendee_set(a, e, who, said[i], ical_attendee_get(a, came, who, said[i]));
    ical_attendee_set(a, e, who, STR("RSVP"), (struct str){0});
    ical_attendee_set(a, e, who, ITIP_ANSWERED, age(a, came));
}

/* An answer to an older plan of the meeting is none to this one; nor does an old one undo a newer
   one. */
static bool is_late(struct itip *x, struct ical_event *e, struct ical_event *came, struct str who)
{
    struct arena *a = x->cx->arena;
    return ical_sequence(came) < ical_sequence(e) ||
           str_cmp(age(a, came), ical_attendee_get(a, e, who, ITIP_ANSWERED)) <= 0;
}

static bool one(struct itip *x, struct ical_event *came)
{
    struct arena *a = x->cx->arena;
    struct ical_attendees who = ical_attendees(a, came);
    struct str instance = ical_moment(a, came, STR("RECURRENCE-ID"));
    struct ical_event *e = itip_stored_event(x, instance);
    struct ical_event *series = itip_stored_event(x, (struct str){0});
    if (who.count != 1 || !itip_is_among(x->q->senders, who.at[0].address))
        return false;
    struct ical_event *asked = e ? e : series;
    struct ical_attendees invited = asked ? ical_attendees(a, asked) : (struct ical_attendees){0};
    bool is_invited = false;
    for (size_t i = 0; i < invited.count; i++)
        is_invited |= str_eq(invited.at[i].address, who.at[0].address);
    if (!is_invited || is_late(x, asked, came, who.at[0].address))
        return false;
    if (!e)
        e = ical_instance_make(a, x->stored, series, came);
    if (e)
        say(x, e, came, who.at[0].address);
    return e != NULL;
}

void itip_reply(struct itip *x)
{
    struct str organizer =
        x->stored ? ical_organizer(x->cx->arena, itip_stored_any(x)) : (struct str){0};
    bool any = false;
    if (!x->stored)
        itip_nothing(x, "the event is not in the calendar");
    else if (!itip_is_among(x->q->mine, organizer))
        itip_nothing(x, "the event is another's");
    if (!x->stored || !itip_is_among(x->q->mine, organizer))
        return;
    for (size_t i = 0; i < x->events.count; i++)
        any |= one(x, x->events.at[i]);
    if (any)
        itip_done(x, ITIP_UPDATED);
    else
        itip_nothing(x, "no answer of one who is invited, or a late one");
}
