/* The message is read, its method found, and who may do what. */
#include "service/calendar/parts.h"

struct str itip_outcome_name(enum itip_outcome outcome)
{
    static const struct str names[] = {STR("no_action"), STR("added"), STR("updated"),
                                       STR("cancelled"), STR("error")};
    return names[outcome];
}

void itip_nothing(struct itip *x, const char *reason)
{
    *x->out = (struct itip_answer){.outcome = ITIP_NO_ACTION, .reason = str_z(reason)};
}

static void error(struct itip *x)
{
    *x->out = (struct itip_answer){.outcome = ITIP_ERROR,
                                   .reason = str_dup(x->cx->arena, str_z(x->cx->err.what))};
}

void itip_done(struct itip *x, enum itip_outcome outcome)
{
    struct itip_answer answer = {.outcome = outcome};
    struct ical_event *e = itip_stored_any(x);
    ical_method_drop(x->stored);
    if (ical_write(x->cx, x->stored, &answer.text) != OK) {
        error(x);
        return;
    }
    answer.summary = e ? ical_get(x->cx->arena, e, STR("SUMMARY")) : (struct str){0};
    *x->out = answer;
}

bool itip_is_among(struct itip_people people, struct str address)
{
    for (size_t i = 0; i < people.count; i++)
        if (address.n && str_ieq(people.at[i], address))
            return true;
    return false;
}

struct str itip_my_seat(const struct itip *x, struct ical_event *e)
{
    struct ical_attendees all = ical_attendees(x->cx->arena, e);
    for (size_t i = 0; i < all.count; i++)
        if (itip_is_among(x->q->mine, all.at[i].address))
            return all.at[i].address;
    return (struct str){0};
}

struct ical_event *itip_stored_event(const struct itip *x, struct str instance)
{
    struct arena *a = x->cx->arena;
    struct ical_events all = x->stored ? ical_events(a, x->stored) : (struct ical_events){0};
    for (size_t i = 0; i < all.count; i++)
        if (str_eq(ical_moment(a, all.at[i], STR("RECURRENCE-ID")), instance))
            return all.at[i];
    return NULL;
}

struct ical_event *itip_stored_any(const struct itip *x)
{
    struct ical_event *series = itip_stored_event(x, (struct str){0});
    struct ical_events all =
        x->stored ? ical_events(x->cx->arena, x->stored) : (struct ical_events){0};
    return series ? series : all.count ? all.at[0] : NULL;
}

bool itip_is_newer(struct ical_event *came, struct ical_event *is)
{
    uint32_t a = ical_sequence(came), b = ical_sequence(is);
    return a != b ? a > b : ical_stamp(came) > ical_stamp(is);
}

bool itip_may_change(struct itip *x)
{
    struct arena *a = x->cx->arena;
    struct ical_event *e = itip_stored_any(x);
    struct str organizer = ical_organizer(a, e);
    if (itip_is_among(x->q->mine, organizer))
        itip_nothing(x, "the event is the person's own to change");
    else if (!str_eq(organizer, ical_organizer(a, x->events.at[0])))
        itip_nothing(x, "the event has another organizer");
    else if (!itip_is_among(x->q->senders, organizer) &&
             !itip_is_among(x->q->senders, ical_get(a, e, ITIP_SENDER)))
        itip_nothing(x, "the message is not from who keeps the event");
    else
        return true;
    return false;
}

/* One UID, with its instances; what else may be missing is asked for where it is needed. */
static enum code events_check(struct ctx *cx, struct ical *c, struct itip_head *out)
{
    struct ical_events all = ical_events(cx->arena, c);
    if (!all.count || ical_has_others(c))
        return fail(cx, E_SYNTAX, "no calendar of events alone");
    out->uid = ical_get(cx->arena, all.at[0], STR("UID"));
    out->organizer = ical_organizer(cx->arena, all.at[0]);
    out->method = ical_method(cx->arena, c);
    for (size_t i = 0; i < all.count; i++) {
        if (!str_eq(ical_get(cx->arena, all.at[i], STR("UID")), out->uid))
            return fail(cx, E_SYNTAX, "more than one event");
        if (!str_eq(ical_organizer(cx->arena, all.at[i]), out->organizer))
            return fail(cx, E_SYNTAX, "more than one organizer");
        if (ical_is_range(all.at[i]))
            return fail(cx, E_SYNTAX, "a range of instances");
        if (!ical_stamp(all.at[i]))
            return fail(cx, E_SYNTAX, "an event without DTSTAMP");
    }
    if (!out->uid.n || out->uid.n > ICAL_UID_MAX)
        return fail(cx, E_SYNTAX, "an event without UID");
    return OK;
}

enum code itip_head(struct ctx *cx, struct str message, struct itip_head *out)
{
    struct ical *c AUTO(ical_close) = NULL;
    TRY(ical_parse(cx, message, &c));
    return events_check(cx, c, out);
}

typedef void method_fn(struct itip *x);

/* RFC 5546 section 1.4. What is not here asks for something, and is the person's to answer. */
static const struct {
    struct str name;
    method_fn *run;
} methods[] = {
    {STR("REQUEST"), itip_request}, {STR("ADD"), itip_add},         {STR("CANCEL"), itip_cancel},
    {STR("REPLY"), itip_reply},     {STR("PUBLISH"), itip_publish}, {STR(""), itip_publish},
};

static void apply(struct itip *x)
{
    struct str method = ical_method(x->cx->arena, x->message);
    x->events = ical_events(x->cx->arena, x->message);
    for (size_t i = 0; i < x->events.count; i++)
        ical_own_drop(x->cx->arena, x->events.at[i]);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (str_eq(methods[i].name, method)) {
            methods[i].run(x);
            return;
        }
    itip_nothing(x, "a method that changes no calendar");
}

/* What came is the sender's to get right, what is there ours: it has an event, or is an error. */
static enum code message_open(struct itip *x)
{
    struct itip_head head;
    TRY(ical_parse(x->cx, x->q->message, &x->message));
    return events_check(x->cx, x->message, &head);
}

static enum code stored_open(struct itip *x)
{
    if (!x->q->stored.n)
        return OK;
    TRY(ical_parse(x->cx, x->q->stored, &x->stored));
    return itip_stored_any(x) ? OK : fail(x->cx, E_CORRUPT, "an event without an event");
}

void itip_apply(struct ctx *cx, const struct itip_question *q, struct itip_answer *out)
{
    struct itip x = {.cx = cx, .q = q, .out = out};
    if (message_open(&x) != OK)
        itip_nothing(&x, str_zdup(cx->arena, str_z(cx->err.what)));
    else if (stored_open(&x) != OK)
        error(&x);
    else
        apply(&x);
    if (x.message)
        ical_close(x.message);
    if (x.stored)
        ical_close(x.stored);
}
