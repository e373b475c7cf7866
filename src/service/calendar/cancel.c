/* CANCEL (RFC 5546 section 3.2.5): the whole of it, or instances. */
#include "service/calendar/parts.h"

/* A cancellation is not behind the event that it ends. */
static bool is_behind(struct ical_event *came, struct ical_event *is)
{
    return ical_sequence(came) < ical_sequence(is) ||
           (ical_sequence(came) == ical_sequence(is) && ical_stamp(came) < ical_stamp(is));
}

static void mark(struct itip *x, struct ical_event *e, struct ical_event *came)
{
    struct arena *a = x->cx->arena;
    ical_set(a, e, STR("STATUS"), STR("CANCELLED"));
    ical_set(a, e, STR("SEQUENCE"), str_printf(a, "%u", ical_sequence(came)));
    ical_set(a, e, STR("DTSTAMP"), ical_get(a, came, STR("DTSTAMP")));
}

static bool is_cancelled(struct itip *x, struct ical_event *e)
{
    return str_ieq(ical_get(x->cx->arena, e, STR("STATUS")), STR("CANCELLED"));
}

static void whole(struct itip *x, struct ical_event *came)
{
    struct ical_events all = ical_events(x->cx->arena, x->stored);
    struct ical_event *any = itip_stored_any(x);
    if (is_behind(came, any)) {
        itip_nothing(x, "the event was changed after that");
        return;
    }
    if (x->q->delete_cancelled) {
        *x->out = (struct itip_answer){.outcome = ITIP_CANCELLED, .remove = true};
        return;
    }
    if (is_cancelled(x, any)) {
        itip_nothing(x, "the event is cancelled already");
        return;
    }
    for (size_t i = 0; i < all.count; i++)
        mark(x, all.at[i], came);
    itip_done(x, ITIP_CANCELLED);
}

/* Away with the instance: the series leaves that time out. */
static bool instance_delete(struct itip *x, struct ical_event *series, struct ical_event *is,
                            struct ical_event *came)
{
    if (series)
        ical_time_add(x->cx->arena, series, STR("EXDATE"), came, STR("RECURRENCE-ID"));
    if (is)
        ical_drop(is);
    return true;
}

/* Whether anything came of it. */
static bool instance(struct itip *x, struct ical_event *came)
{
    struct arena *a = x->cx->arena;
    struct ical_event *series = itip_stored_event(x, (struct str){0});
    struct ical_event *is = itip_stored_event(x, ical_moment(a, came, STR("RECURRENCE-ID")));
    if ((is && (is_behind(came, is) || is_cancelled(x, is))) || (!is && !series) ||
        (!is && ical_sequence(came) < ical_sequence(series)))
        return false;
    if (x->q->delete_cancelled)
        return instance_delete(x, series, is, came);
    if (!is)
        is = ical_instance_make(a, x->stored, series, came);
    if (is)
        mark(x, is, came);
    return is != NULL;
}

static void instances(struct itip *x)
{
    bool any = false;
    for (size_t i = 0; i < x->events.count; i++)
        any |= ical_has(x->cx->arena, x->events.at[i], STR("RECURRENCE-ID")) &&
               instance(x, x->events.at[i]);
    if (!any)
        itip_nothing(x, "the instance is cancelled, or was changed after that");
    else if (!itip_stored_any(x))
        *x->out = (struct itip_answer){.outcome = ITIP_CANCELLED, .remove = true};
    else
        itip_done(x, ITIP_CANCELLED);
}

/* To some alone it says that they are not invited any more; then it names them. */
static bool is_meant(const struct itip *x)
{
    for (size_t i = 0; i < x->events.count; i++)
        if (itip_my_seat(x, x->events.at[i]).n ||
            !ical_attendees(x->cx->arena, x->events.at[i]).count)
            return true;
    return false;
}

void itip_cancel(struct itip *x)
{
    struct arena *a = x->cx->arena;
    if (!x->stored)
        itip_nothing(x, "the event is not in the calendar");
    else if (!is_meant(x))
        itip_nothing(x, "the person is not named");
    if (!x->stored || !is_meant(x) || !itip_may_change(x))
        return;
    for (size_t i = 0; i < x->events.count; i++)
        if (!ical_has(a, x->events.at[i], STR("RECURRENCE-ID"))) {
            whole(x, x->events.at[i]);
            return;
        }
    instances(x);
}
