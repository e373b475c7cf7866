/* Calendars for scripts (RFC 9671): whose message it is, whose calendar, and what comes of it. */
#include "service/filter/calendar.h"
#include "base/log.h"
#include "base/metric.h"
#include "core/objectid/objectid.h"
#include "format/address.h"
#include "service/filter/mail.h"

enum { PEOPLE_MAX = 1000 };

struct people {
    struct arena *arena;
    struct str *at;
    size_t count;
};

static void people_add(struct people *p, struct str address)
{
    if (address.n && p->count < PEOPLE_MAX)
        p->at[p->count++] = str_lower(p->arena, address);
}

static struct people people_of(struct arena *a)
{
    return (struct people){a, ARENA_ARRAY(a, PEOPLE_MAX, struct str), 0};
}

static void principal_add(struct people *p, const struct principal *who)
{
    people_add(p, who->address);
    for (size_t i = 0; i < who->alias_count; i++)
        people_add(p, who->aliases[i]);
}

/* The mailbox's own addresses, the one that the message came to, and those that a script names. */
static struct itip_people mine(const struct filtering *x, const struct sieve_calendar *c)
{
    struct people p = people_of(x->cx->arena);
    principal_add(&p, &x->owner);
    people_add(&p, x->to->address);
    for (size_t i = 0; i < c->address_count; i++)
        people_add(&p, c->addresses[i]);
    return (struct itip_people){p.at, p.count};
}

/* The author, under all addresses if it is one of ours; several authors are nobody. */
static struct itip_people senders(const struct filtering *x)
{
    struct people p = people_of(x->cx->arena);
    struct address_list from = address_parse(x->cx->arena, field_of(x, STR("From")));
    struct principal who;
    if (from.count == 1 && from.at[0].kind == ADDRESS_MAILBOX)
        people_add(&p, address_spec(x->cx->arena, &from.at[0]));
    if (p.count && directory_by_address(x->cx, x->f->core, p.at[0], &who) == OK)
        principal_add(&p, &who);
    return (struct itip_people){p.at, p.count};
}

/* A calendar by its id; false: there is none, or it is no calendar. */
static bool calendar_named(const struct filtering *x, struct str id, folder_id *out)
{
    for (size_t i = 0; id.n && i < account_folder_count(x->view); i++) {
        const struct folder_facts *f = account_folder(x->view, i);
        if (f->kind == KIND_CALENDAR && !f->hidden &&
            str_eq(objectid_mailbox(x->cx->arena, x->to->account, f->id), id)) {
            *out = f->id;
            return true;
        }
    }
    *out = 0;
    return !id.n;
}

/* Section 4.6: of those who plan, not of those who answer a plan of the person's own. */
static bool organizer_is_known(struct filtering *x, const struct sieve_calendar *c,
                               const struct itip_people *from)
{
    struct itip_head head;
    if (!c->organizers.n || itip_head(x->cx, c->content, &head) != OK ||
        str_eq(head.method, STR("REPLY")))
        return true;
    struct str who = head.organizer.n ? head.organizer : from->count ? from->at[0] : head.organizer;
    return calendar_list_has(x, c->organizers, who);
}

static void schedule_add(struct schedules *all, struct arena *a, const struct schedule *new)
{
    all->at =
        arena_grow(a, all->at, all->count * sizeof *all->at, (all->count + 1) * sizeof *all->at);
    all->at[all->count++] = *new;
}

static enum itip_outcome say(struct sieve_calendar *c, enum itip_outcome outcome, struct str reason)
{
    c->outcome = itip_outcome_name(outcome);
    c->reason = reason;
    return outcome;
}

static enum itip_outcome schedule(struct filtering *x, struct sieve_calendar *c,
                                  const struct itip_question *q, folder_id calendar)
{
    struct filter_plan *plan = x->plan;
    struct schedule made;
    if (!plan->schedules)
        plan->schedules = ARENA_NEW(x->cx->arena, struct schedules);
    if (plan->schedules->count == FILTER_SCHEDULES_MAX)
        return say(c, ITIP_ERROR, STR("too many calendar objects in one message"));
    if (schedule_make(x->cx, x->f->core, x->to->account, q, plan->schedules, &made) != OK)
        return say(c, ITIP_ERROR, STR("the calendar cannot be read"));
    made.calendar = calendar;
    if (made.blob || made.answer.remove)
        schedule_add(plan->schedules, x->cx->arena, &made);
    return say(c, made.answer.outcome, made.answer.reason);
}

static enum itip_outcome process(struct filtering *x, struct sieve_calendar *c)
{
    folder_id calendar;
    struct itip_question q = {.message = c->content,
                              .allow_public = c->allow_public,
                              .updates_only = c->updates_only,
                              .delete_cancelled = c->delete_cancelled};
    if (x->event)
        return say(c, ITIP_NO_ACTION, STR("calendars change when mail is delivered"));
    if (!c->content.n)
        return say(c, ITIP_NO_ACTION, STR("no calendar object in the message"));
    if (x->message->m->forged || x->message->m->junk)
        return say(c, ITIP_NO_ACTION, STR("the message is not taken for its author's"));
    if (!calendar_named(x, c->calendar_id, &calendar))
        return say(c, ITIP_ERROR, STR("there is no such calendar"));
    q.mine = mine(x, c);
    q.senders = senders(x);
    if (!organizer_is_known(x, c, &q.senders))
        return say(c, ITIP_NO_ACTION, STR("the organizer is not on the list"));
    return schedule(x, c, &q, calendar);
}

void calendar_process(struct filtering *x, struct sieve_calendar *c)
{
    enum itip_outcome outcome = process(x, c);
    metric_add(x->f->calendars[outcome], 1);
    if (outcome != ITIP_NO_ACTION)
        log_event(x->f->core->log, outcome == ITIP_ERROR ? LOG_WARN : LOG_INFO, "calendar.message",
                  "id=%.*s account=%llu outcome=%.*s why=%s", STR_ARG(x->message->m->id),
                  (unsigned long long)x->to->account, STR_ARG(c->outcome),
                  log_quote(x->cx->arena, c->reason));
}

enum code calendar_carry_out(struct ctx *cx, struct account_txn *t, const struct filter_plan *plan)
{
    for (size_t i = 0; plan->schedules && i < plan->schedules->count; i++) {
        const struct schedule *s = &plan->schedules->at[i];
        enum code code = schedule_apply(cx, t, s);
        if (code == E_IO || code == E_BUSY || code == E_CONFLICT)
            return code;
        if (code != OK)
            log_event(s->core->log, LOG_WARN, "calendar.failed", "account=%llu code=%s what=%s",
                      (unsigned long long)s->account, code_name(code),
                      log_quote(cx->arena, str_z(cx->err.what)));
    }
    return OK;
}
