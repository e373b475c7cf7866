/* What calendars hold. */
#include "core/calendar/event.h"
#include "core/objectid/objectid.h"
#include "format/ical/ical.h"
#include "server/command/common.h"

static void print_word(struct json *j, const char *key, struct str value)
{
    json_key(j, key);
    json_str(j, value.n ? value : STR("-"));
}

/* What the person has said to it; empty: not invited. */
static struct str answer_of(struct arena *a, struct ical_event *e, const struct principal *who)
{
    struct ical_attendees all = ical_attendees(a, e);
    for (size_t i = 0; i < all.count; i++) {
        bool is = str_ieq(all.at[i].address, who->address);
        for (size_t k = 0; k < who->alias_count; k++)
            is |= str_ieq(all.at[i].address, who->aliases[k]);
        if (is)
            return all.at[i].status;
    }
    return (struct str){0};
}

static void print_event(struct ctx *cx, struct json *j, const struct principal *who,
                        const struct folder_facts *f, struct ical_event *e)
{
    struct arena *a = cx->arena;
    json_object(j);
    print_word(j, "calendar", f->path);
    print_word(j, "calendar_id", objectid_mailbox(a, who->id, f->id));
    print_word(j, "uid", ical_get(a, e, STR("UID")));
    print_word(j, "instance", ical_get(a, e, STR("RECURRENCE-ID")));
    print_word(j, "start", ical_get(a, e, STR("DTSTART")));
    json_key(j, "sequence");
    json_u64(j, ical_sequence(e));
    print_word(j, "status", str_lower(a, ical_get(a, e, STR("STATUS"))));
    print_word(j, "busy", str_lower(a, ical_get(a, e, STR("X-MICROSOFT-CDO-BUSYSTATUS"))));
    print_word(j, "answer", str_lower(a, answer_of(a, e, who)));
    print_word(j, "organizer", ical_organizer(a, e));
    json_object_end(j);
}

static enum code print_item(struct ctx *cx, struct command_call *call, const struct principal *who,
                            const struct folder_facts *f, const struct blob_id *blob)
{
    struct ical *c AUTO(ical_close) = NULL;
    struct str text;
    TRY(event_text(cx, call->server->core, blob, &text));
    TRY(ical_parse(cx, text, &c));
    struct ical_events all = ical_events(cx->arena, c);
    for (size_t i = 0; i < all.count; i++)
        print_event(cx, call->out, who, f, all.at[i]);
    return OK;
}

static enum code print_calendar(struct ctx *cx, struct command_call *call,
                                const struct principal *who, const struct folder_facts *f)
{
    struct item_scan *w AUTO(item_scan_close) =
        item_scan(cx, call->server->core, who->id, f->id, 1, UINT32_MAX);
    struct item_row row;
    while (item_next(w, &row))
        TRY(print_item(cx, call, who, f, &row.blob));
    return item_scan_error(w);
}

static enum code calendar_list(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(args_done(cx, &call->args));
    json_array(call->out);
    for (size_t i = 0; i < account_folder_count(view); i++)
        if (account_folder(view, i)->kind == KIND_CALENDAR && !account_folder(view, i)->hidden)
            TRY(print_calendar(cx, call, &who, account_folder(view, i)));
    json_array_end(call->out);
    return OK;
}

static enum code calendar_show(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    struct event_found found;
    struct str uid, text;
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(args_take(cx, &call->args, "UID", &uid));
    TRY(args_done(cx, &call->args));
    TRY(event_find(cx, call->server->core, who.id, uid, &found));
    TRY(event_text(cx, call->server->core, &found.blob, &text));
    json_object(call->out);
    print_word(call->out, "uid", uid);
    print_word(call->out, "text", text);
    json_object_end(call->out);
    return OK;
}

const struct command calendar_commands[] = {
    {.words = "calendar list",
     .usage = "ADDRESS",
     .summary = "what lies in the calendars of a mailbox, without what it is about",
     .help = "One row an event, and one for each instance of a series that differs.\n"
             "calendar_id is what a script names by processcalendar :calendarid.",
     .example = "postroad calendar list jane.roe@health.example",
     .run = calendar_list},
    {.words = "calendar show",
     .usage = "ADDRESS UID",
     .summary = "an event as iCalendar text; goes into the audit log",
     .help = "",
     .example = "postroad calendar show jane.roe@health.example 9263504FD3AD@example.com",
     .changes = true,
     .run = calendar_show},
    {0},
};
