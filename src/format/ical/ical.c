/* libical behind format/ical/ical.h: nothing else knows it. Its objects are its own memory. */
#include "format/ical/ical.h"
#include "base/arena.h"
#include "base/cur.h"
#include <libical/ical.h>
#include <stdlib.h>

/* A struct ical is the library's component, and so is a struct ical_event. */
static icalcomponent *whole(struct ical *c)
{
    return (icalcomponent *)c;
}

static icalcomponent *event_of(struct ical_event *e)
{
    return (icalcomponent *)e;
}

/* The library's text, which is given back, as one of ours. */
static struct str take(struct arena *a, char *text)
{
    struct str s = str_dup(a, str_z(text));
    free(text);
    return s;
}

/* Before main: what is wrong in a calendar ends nothing, and what is not known is kept. */
__attribute__((constructor)) static void start(void)
{
    icalerror_set_errors_are_fatal(0);
    ical_set_unknown_token_handling_setting(ICAL_ASSUME_IANA_TOKEN);
}

enum code ical_parse(struct ctx *cx, struct str text, struct ical **out)
{
    struct str lines;
    TRY(ical_check(cx, text, &lines));
    icalcomponent *c = icalparser_parse_string(str_zdup(cx->arena, lines));
    if (!c || icalcomponent_isa(c) != ICAL_VCALENDAR_COMPONENT) {
        if (c)
            icalcomponent_free(c);
        return fail(cx, E_SYNTAX, "a calendar that cannot be read");
    }
    icalcomponent_strip_errors(c);
    *out = (struct ical *)c;
    return OK;
}

void ical_close(struct ical *c)
{
    icalcomponent_free(whole(c));
}

enum code ical_write(struct ctx *cx, struct ical *c, struct str *out)
{
    struct str text = take(cx->arena, icalcomponent_as_ical_string_r(whole(c)));
    if (text.n > ICAL_BYTES_MAX)
        return fail(cx, E_LIMIT, "a calendar of %zu bytes", text.n);
    *out = text;
    return OK;
}

static bool is_x_named(icalproperty *p, struct str name)
{
    const char *x = icalproperty_get_x_name(p);
    return x && str_ieq(str_z(x), name);
}

/* The first property of that name, or the next one after the last asked for. */
static icalproperty *property_at(icalcomponent *c, struct arena *a, struct str name, bool first)
{
    icalproperty_kind kind = icalproperty_string_to_kind(str_zdup(a, name));
    if (str_istarts(name, STR("X-")))
        kind = ICAL_X_PROPERTY;
    if (kind == ICAL_NO_PROPERTY)
        return NULL;
    icalproperty *p = first ? icalcomponent_get_first_property(c, kind)
                            : icalcomponent_get_next_property(c, kind);
    while (p && kind == ICAL_X_PROPERTY && !is_x_named(p, name))
        p = icalcomponent_get_next_property(c, kind);
    return p;
}

static struct str value_of(struct arena *a, icalproperty *p)
{
    const icalvalue *v = icalproperty_get_value(p);
    if (!v)
        return (struct str){0};
    if (icalvalue_isa(v) == ICAL_TEXT_VALUE)
        return str_dup(a, str_z(icalvalue_get_text(v)));
    return take(a, icalvalue_as_ical_string_r(v));
}

static void property_end(icalcomponent *c, icalproperty *p)
{
    icalcomponent_remove_property(c, p);
    icalproperty_free(p);
}

static void properties_end(icalcomponent *c, struct arena *a, struct str name)
{
    icalproperty *p;
    while ((p = property_at(c, a, name, true)))
        property_end(c, p);
}

struct str ical_method(struct arena *a, struct ical *c)
{
    icalproperty *p = property_at(whole(c), a, STR("METHOD"), true);
    return p ? str_upper(a, str_trim(value_of(a, p))) : (struct str){0};
}

void ical_method_drop(struct ical *c)
{
    icalproperty *p;
    while ((p = icalcomponent_get_first_property(whole(c), ICAL_METHOD_PROPERTY)))
        property_end(whole(c), p);
}

struct ical_events ical_events(struct arena *a, struct ical *c)
{
    int count = icalcomponent_count_components(whole(c), ICAL_VEVENT_COMPONENT);
    struct ical_events all = {ARENA_ARRAY(a, (size_t)count + 1, struct ical_event *), 0};
    icalcomponent *e = icalcomponent_get_first_component(whole(c), ICAL_VEVENT_COMPONENT);
    for (; e && all.count < (size_t)count;
         e = icalcomponent_get_next_component(whole(c), ICAL_VEVENT_COMPONENT))
        all.at[all.count++] = (struct ical_event *)e;
    return all;
}

bool ical_has_others(struct ical *c)
{
    return icalcomponent_count_components(whole(c), ICAL_ANY_COMPONENT) >
           icalcomponent_count_components(whole(c), ICAL_VEVENT_COMPONENT) +
               icalcomponent_count_components(whole(c), ICAL_VTIMEZONE_COMPONENT);
}

struct ical_event *ical_adopt(struct ical *to, struct ical_event *e)
{
    icalcomponent *copy = icalcomponent_new_clone(event_of(e));
    must(copy);
    icalcomponent_add_component(whole(to), copy);
    return (struct ical_event *)copy;
}

static struct str zone_name(struct arena *a, icalcomponent *zone)
{
    icalproperty *p = icalcomponent_get_first_property(zone, ICAL_TZID_PROPERTY);
    return p ? value_of(a, p) : (struct str){0};
}

static bool has_zone(struct arena *a, icalcomponent *c, struct str name)
{
    icalcompiter i = icalcomponent_begin_component(c, ICAL_VTIMEZONE_COMPONENT);
    for (; icalcompiter_deref(&i); icalcompiter_next(&i))
        if (str_eq(zone_name(a, icalcompiter_deref(&i)), name))
            return true;
    return false;
}

void ical_take_zones(struct ical *to, struct ical *from)
{
    struct arena *a AUTO(arena_close) = arena_open();
    icalcompiter i = icalcomponent_begin_component(whole(from), ICAL_VTIMEZONE_COMPONENT);
    for (; icalcompiter_deref(&i); icalcompiter_next(&i)) {
        icalcomponent *zone = icalcompiter_deref(&i);
        if (!has_zone(a, whole(to), zone_name(a, zone)))
            icalcomponent_add_component(whole(to), icalcomponent_new_clone(zone));
    }
}

void ical_drop(struct ical_event *e)
{
    icalcomponent_remove_component(icalcomponent_get_parent(event_of(e)), event_of(e));
    icalcomponent_free(event_of(e));
}

struct str ical_get(struct arena *a, struct ical_event *e, struct str name)
{
    icalproperty *p = property_at(event_of(e), a, name, true);
    return p ? value_of(a, p) : (struct str){0};
}

bool ical_has(struct arena *a, struct ical_event *e, struct str name)
{
    return property_at(event_of(e), a, name, true) != NULL;
}

void ical_set(struct arena *a, struct ical_event *e, struct str name, struct str value)
{
    properties_end(event_of(e), a, name);
    if (!value.n || str_chr(value, '\n') != SIZE_MAX || str_chr(value, '\r') != SIZE_MAX)
        return;
    icalproperty *p =
        icalproperty_new_from_string(str_printf(a, "%.*s:%.*s", STR_ARG(name), STR_ARG(value)).p);
    if (p && icalproperty_isa(p) != ICAL_XLICERROR_PROPERTY && icalproperty_get_value(p))
        icalcomponent_add_property(event_of(e), p);
    else if (p)
        icalproperty_free(p);
}

uint32_t ical_sequence(struct ical_event *e)
{
    icalproperty *p = icalcomponent_get_first_property(event_of(e), ICAL_SEQUENCE_PROPERTY);
    int n = p ? icalproperty_get_sequence(p) : 0;
    return n < 0 ? 0 : (uint32_t)n;
}

/* The library counts in its own way; a moment that is none is 0. */
static int64_t seconds_of(struct icaltimetype t)
{
    return icaltime_is_null_time(t) || !icaltime_is_valid_time(t)
               ? 0
               : (int64_t)icaltime_as_timet_with_zone(t, t.zone);
}

int64_t ical_stamp(struct ical_event *e)
{
    icalproperty *p = icalcomponent_get_first_property(event_of(e), ICAL_DTSTAMP_PROPERTY);
    return p ? seconds_of(icalproperty_get_datetime_with_component(p, event_of(e))) : 0;
}

/* Whether the value is of a kind that icalproperty_get_datetime_with_component reads. */
static bool has_time(icalproperty *p)
{
    const icalvalue *v = icalproperty_get_value(p);
    icalvalue_kind kind = v ? icalvalue_isa(v) : ICAL_NO_VALUE;
    return kind == ICAL_DATE_VALUE || kind == ICAL_DATETIME_VALUE;
}

struct str ical_moment(struct arena *a, struct ical_event *e, struct str name)
{
    icalproperty *p = property_at(event_of(e), a, name, true);
    if (!p || !has_time(p))
        return (struct str){0};
    struct icaltimetype t = icalproperty_get_datetime_with_component(p, event_of(e));
    if (t.is_date || !t.zone || !icaltime_is_valid_time(t))
        return value_of(a, p);
    return str_printf(a, "@%lld", (long long)seconds_of(t));
}

bool ical_is_range(struct ical_event *e)
{
    icalproperty *p = icalcomponent_get_first_property(event_of(e), ICAL_RECURRENCEID_PROPERTY);
    return p && icalproperty_get_first_parameter(p, ICAL_RANGE_PARAMETER);
}

/* "mailto:Jane@x" and "jane@x" are the same. */
static struct str address_of(struct arena *a, const char *uri)
{
    struct str s = str_trim(str_z(uri));
    if (str_istarts(s, STR("mailto:")))
        s = str_trim(str_from(s, STR("mailto:").n));
    return str_lower(a, s);
}

struct str ical_organizer(struct arena *a, struct ical_event *e)
{
    icalproperty *p = icalcomponent_get_first_property(event_of(e), ICAL_ORGANIZER_PROPERTY);
    return p ? address_of(a, icalproperty_get_organizer(p)) : (struct str){0};
}

static struct str parameter_of(struct arena *a, icalproperty *p, struct str name)
{
    return take(a, icalproperty_get_parameter_as_string_r(p, str_zdup(a, name)));
}

struct ical_attendees ical_attendees(struct arena *a, struct ical_event *e)
{
    int count = icalcomponent_count_properties(event_of(e), ICAL_ATTENDEE_PROPERTY);
    struct ical_attendees all = {ARENA_ARRAY(a, (size_t)count + 1, struct ical_attendee), 0};
    icalproperty *p = icalcomponent_get_first_property(event_of(e), ICAL_ATTENDEE_PROPERTY);
    for (; p && all.count < (size_t)count;
         p = icalcomponent_get_next_property(event_of(e), ICAL_ATTENDEE_PROPERTY)) {
        struct str status = str_upper(a, parameter_of(a, p, STR("PARTSTAT")));
        all.at[all.count++] = (struct ical_attendee){address_of(a, icalproperty_get_attendee(p)),
                                                     status.n ? status : STR("NEEDS-ACTION")};
    }
    return all;
}

static icalproperty *attendee_at(struct arena *a, struct ical_event *e, struct str address)
{
    icalproperty *p = icalcomponent_get_first_property(event_of(e), ICAL_ATTENDEE_PROPERTY);
    while (p && !str_eq(address_of(a, icalproperty_get_attendee(p)), address))
        p = icalcomponent_get_next_property(event_of(e), ICAL_ATTENDEE_PROPERTY);
    return p;
}

struct str ical_attendee_get(struct arena *a, struct ical_event *e, struct str address,
                             struct str name)
{
    icalproperty *p = attendee_at(a, e, address);
    return p ? parameter_of(a, p, name) : (struct str){0};
}

bool ical_attendee_set(struct arena *a, struct ical_event *e, struct str address, struct str name,
                       struct str value)
{
    icalproperty *p = attendee_at(a, e, address);
    if (!p)
        return false;
    icalproperty_remove_parameter_by_name(p, str_zdup(a, name));
    if (value.n)
        icalproperty_set_parameter_from_string(p, str_zdup(a, name), str_zdup(a, value));
    return true;
}

static void parameter_copy(icalproperty *to, icalproperty *from, icalparameter_kind kind)
{
    icalparameter *x = icalproperty_get_first_parameter(from, kind);
    if (x)
        icalproperty_add_parameter(to, icalparameter_new_clone(x));
}

void ical_time_add(struct arena *a, struct ical_event *e, struct str name, struct ical_event *from,
                   struct str from_name)
{
    icalproperty *p = property_at(event_of(from), a, from_name, true);
    if (!p || !has_time(p))
        return;
    icalproperty *new = icalproperty_new(icalproperty_string_to_kind(str_zdup(a, name)));
    must(new);
    icalproperty_set_value(new, icalvalue_new_clone(icalproperty_get_value(p)));
    parameter_copy(new, p, ICAL_TZID_PARAMETER);
    parameter_copy(new, p, ICAL_VALUE_PARAMETER);
    icalcomponent_add_property(event_of(e), new);
}

/* An end is where the start is and as long after it as it was. */
static void end_as_duration(struct arena *a, icalcomponent *e)
{
    icalproperty *from = property_at(e, a, STR("DTSTART"), true);
    icalproperty *to = property_at(e, a, STR("DTEND"), true);
    if (!from || !to || !has_time(from) || !has_time(to))
        return;
    struct icaldurationtype d =
        icaltime_subtract(icalproperty_get_datetime_with_component(to, e),
                          icalproperty_get_datetime_with_component(from, e));
    property_end(e, to);
    icalcomponent_add_property(e, icalproperty_new_duration(d));
}

struct ical_event *ical_instance_make(struct arena *a, struct ical *c, struct ical_event *series,
                                      struct ical_event *like)
{
    static const struct str of_series[] = {STR("RRULE"), STR("RDATE"), STR("EXDATE"),
                                           STR("EXRULE")};
    if (!ical_moment(a, like, STR("RECURRENCE-ID")).n || !ical_has(a, series, STR("DTSTART")))
        return NULL;
    struct ical_event *e = ical_adopt(c, series);
    for (size_t i = 0; i < sizeof of_series / sizeof *of_series; i++)
        properties_end(event_of(e), a, of_series[i]);
    end_as_duration(a, event_of(e));
    properties_end(event_of(e), a, STR("DTSTART"));
    ical_time_add(a, e, STR("DTSTART"), like, STR("RECURRENCE-ID"));
    ical_time_add(a, e, STR("RECURRENCE-ID"), like, STR("RECURRENCE-ID"));
    return e;
}

void ical_own_drop(struct arena *a, struct ical_event *e)
{
    icalcomponent *alarm;
    while ((alarm = icalcomponent_get_first_component(event_of(e), ICAL_VALARM_COMPONENT))) {
        icalcomponent_remove_component(event_of(e), alarm);
        icalcomponent_free(alarm);
    }
    properties_end(event_of(e), a, STR("COLOR"));
}

void ical_own_take(struct arena *a, struct ical_event *e, struct ical_event *before)
{
    icalcompiter i = icalcomponent_begin_component(event_of(before), ICAL_VALARM_COMPONENT);
    for (; icalcompiter_deref(&i); icalcompiter_next(&i))
        icalcomponent_add_component(event_of(e), icalcomponent_new_clone(icalcompiter_deref(&i)));
    icalproperty *color = property_at(event_of(before), a, STR("COLOR"), true);
    if (color)
        icalcomponent_add_property(event_of(e), icalproperty_new_clone(color));
}
