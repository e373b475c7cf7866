/* iCalendar (RFC 5545): one calendar object in memory, the questions that scheduling asks of it,
   and the changes that it makes (RFC 5546). What is read is bounded before a library sees it. */
#ifndef FORMAT_ICAL_ICAL_H
#define FORMAT_ICAL_ICAL_H

#include "base/err.h"
#include "base/str.h"

enum {
    ICAL_BYTES_MAX = 1024 * 1024, /* of a calendar object, attached files with it */
    ICAL_COMPONENTS_MAX = 1000,   /* events, alarms, time zones and their halves */
    ICAL_DEPTH_MAX = 4,           /* VCALENDAR, VEVENT, VALARM and one more */
    ICAL_PROPERTIES_MAX = 20000,  /* of the whole object */
    ICAL_PARAMETERS_MAX = 50,     /* of a property */
    ICAL_NAME_MAX = 100,          /* bytes of a name of a component or property */
    ICAL_UID_MAX = 1000,          /* bytes; RFC 5545 has no limit, RFC 7986 says 255 */
};

struct ical;       /* a VCALENDAR */
struct ical_event; /* a VEVENT in it: valid until it is dropped or the calendar closed */
struct ical_events {
    struct ical_event **at; /* in the order in which they stand there */
    size_t count;
};

/* Whether text is one whole VCALENDAR within the limits, in UTF-8, its components well nested.
   Reads with a cursor alone. out: the same with its lines unfolded, in cx->arena. E_SYNTAX;
   E_LIMIT.
 */
MUST_USE enum code ical_check(struct ctx *cx, struct str text, struct str *out);
/* ical_check, and the calendar in memory; properties whose value cannot be read are left out. */
MUST_USE enum code ical_parse(struct ctx *cx, struct str text, struct ical **out);
void ical_close(struct ical *c);
AUTO_OF(struct ical *, ical_close)
/* The calendar as text with CRLF, lines folded. E_LIMIT past ICAL_BYTES_MAX. */
MUST_USE enum code ical_write(struct ctx *cx, struct ical *c, struct str *out);

/* "REQUEST", upper case; empty when there is none. */
struct str ical_method(struct arena *a, struct ical *c);
void ical_method_drop(struct ical *c);
struct ical_events ical_events(struct arena *a, struct ical *c);
/* Whether there are other things in it than events and time zones: tasks, journals, busy times. */
bool ical_has_others(struct ical *c);

/* A copy of an event in another calendar; the time zones that are missing there; away with one. */
struct ical_event *ical_adopt(struct ical *to, struct ical_event *e);
void ical_take_zones(struct ical *to, struct ical *from);
void ical_drop(struct ical_event *e);

/* The value of the first property of that name: texts decoded, all else as written; empty. */
struct str ical_get(struct arena *a, struct ical_event *e, struct str name);
bool ical_has(struct arena *a, struct ical_event *e, struct str name);
/* All properties of that name are replaced by one; with an empty value by none. value: as in the
   text, without line ends. A value that cannot be is none. */
void ical_set(struct arena *a, struct ical_event *e, struct str name, struct str value);
/* 0 without one. */
uint32_t ical_sequence(struct ical_event *e);
/* DTSTAMP, seconds UTC; 0 without one. */
int64_t ical_stamp(struct ical_event *e);
/* A property with a time, so that equal moments are equal texts where the zone is known; empty
   without it. RECURRENCE-ID tells the instances of a series apart. */
struct str ical_moment(struct arena *a, struct ical_event *e, struct str name);

/* Whether the event is of an instance and of all that follow it (RANGE=THISANDFUTURE). */
bool ical_is_range(struct ical_event *e);

/* Calendar addresses: without "mailto:", lower case. */
struct str ical_organizer(struct arena *a, struct ical_event *e);
struct ical_attendee {
    struct str address;
    struct str status; /* PARTSTAT, upper case; "NEEDS-ACTION" when it is not said */
};
struct ical_attendees {
    struct ical_attendee *at;
    size_t count;
};
struct ical_attendees ical_attendees(struct arena *a, struct ical_event *e);
/* A parameter of the attendee with that address; empty. Setting: false when there is no such
   attendee. */
struct str ical_attendee_get(struct arena *a, struct ical_event *e, struct str address,
                             struct str name);
bool ical_attendee_set(struct arena *a, struct ical_event *e, struct str address, struct str name,
                       struct str value);

/* A new instance of a series, at the RECURRENCE-ID of like, as the series has it. NULL: like has
   none, or the series no start. */
struct ical_event *ical_instance_make(struct arena *a, struct ical *c, struct ical_event *series,
                                      struct ical_event *like);
/* The time of one property (from's) is added to e as another one: "EXDATE", "RDATE",
   "RECURRENCE-ID". */
void ical_time_add(struct arena *a, struct ical_event *e, struct str name, struct ical_event *from,
                   struct str from_name);
/* What each person has for himself (RFC 6638 section 3.2.2.1): alarms, colour. What others send is
   dropped; what one has is taken over from the event as it was. */
void ical_own_drop(struct arena *a, struct ical_event *e);
void ical_own_take(struct arena *a, struct ical_event *e, struct ical_event *before);

#endif
