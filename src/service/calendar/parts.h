/* What the methods of iTIP share. */
#ifndef SERVICE_CALENDAR_PARTS_H
#define SERVICE_CALENDAR_PARTS_H

#include "base/arena.h"
#include "format/ical/ical.h"
#include "service/calendar/itip.h"

/* Who brought an event that others may not change: kept with it. */
#define ITIP_SENDER STR("X-POSTROAD-SENDER")
/* Of an attendee: SEQUENCE and DTSTAMP of the last answer. */
#define ITIP_ANSWERED STR("X-POSTROAD-ANSWERED")

/* One message being applied. */
struct itip {
    struct ctx *cx;
    const struct itip_question *q;
    struct itip_answer *out;
    struct ical *message, *stored; /* stored: NULL where there is nothing yet */
    struct ical_events events;     /* of the message */
};

/* Each answers in x->out. */
void itip_request(struct itip *x);
void itip_add(struct itip *x);
void itip_publish(struct itip *x);
void itip_cancel(struct itip *x);
void itip_reply(struct itip *x);

/* NO_ACTION, and why. */
void itip_nothing(struct itip *x, const char *reason);
/* The stored calendar, as changed, is the answer. */
void itip_done(struct itip *x, enum itip_outcome outcome);

/* Any case; nobody is the empty address. */
bool itip_is_among(struct itip_people people, struct str address);
/* The first of x's people among an event's attendees; empty: none of them is. */
struct str itip_my_seat(const struct itip *x, struct ical_event *e);
/* What the calendar has: the event of an instance (key of ical_moment), the series itself with an
   empty key; NULL. */
struct ical_event *itip_stored_event(const struct itip *x, struct str instance);
/* The series, or any event of it. */
struct ical_event *itip_stored_any(const struct itip *x);
/* Whether the event that came is newer than the one that is there: SEQUENCE, then DTSTAMP (RFC 5546
   section 2.1.5). */
bool itip_is_newer(struct ical_event *came, struct ical_event *is);
/* May the message change what is there: it speaks for the same organizer, comes from him or from
   who brought the event, and the person is not the organizer himself. Else answers. */
bool itip_may_change(struct itip *x);

#endif
