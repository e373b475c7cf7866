/* Invitations that come by mail to people whose scripts say processcalendar (RFC 9671). */
#include "unit.h"

#include "../world/world.h"
#include "base/buf.h"
#include "core/calendar/event.h"
#include "core/folder.h"
#include "core/item/item.h"
#include "core/objectid/objectid.h"
#include "core/recover.h"
#include "core/upkeep/check.h"
#include "core/upkeep/sweep.h"
#include "service/calendar/schedule.h"
#include "service/filter/mail.h"

#define JANE "jane.roe@commonwealth.example"
#define ALIAS "jane@health.example"
#define ANN "ann@outside.example"
#define UID "u-1@outside.example"

struct bench {
    struct world *w;
    unsigned sent;
    bool forged, junk;
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    b->w = world_open(NULL);
    *state = b;
    return 0;
}

static void report(void *arg, const char *what, struct str about, bool repaired)
{
    (void)arg, (void)repaired;
    print_error("%s: %.*s\n", what, STR_ARG(about));
}

/* Whatever was done, the account is sound. */
static int bench_close(void **state)
{
    struct bench *b = *state;
    struct check_account found;
    must(core_check_account(&b->w->cx, b->w->core, b->w->jane, false, report, NULL, &found) == OK);
    int bad = (int)found.faults;
    world_close(b->w);
    free(b);
    return bad;
}

/* The message of an invitation; "" of method: none. properties: each with CRLF. */
static struct str mail(struct bench *b, const char *from, const char *method,
                       const char *properties)
{
    bool named = method[0];
    return str_printf(b->w->cx.arena,
                      "From: Somebody <%s>\r\nTo: " JANE "\r\nSubject: meeting\r\n"
                      "Message-ID: <%u@outside.example>\r\nMIME-Version: 1.0\r\n"
                      "Content-Type: multipart/alternative; boundary=b\r\n\r\n"
                      "--b\r\nContent-Type: text/plain\r\n\r\nCome!\r\n"
                      "--b\r\nContent-Type: text/calendar; charset=utf-8%s%s\r\n\r\n"
                      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n%s%s%s"
                      "BEGIN:VEVENT\r\nUID:" UID "\r\n%sEND:VEVENT\r\nEND:VCALENDAR\r\n--b--\r\n",
                      from, b->sent, named ? "; method=" : "", method, named ? "METHOD:" : "",
                      method, named ? "\r\n" : "", properties);
}

#define INVITED "ORGANIZER:mailto:" ANN "\r\nATTENDEE:mailto:" ALIAS "\r\n"
#define AT(sequence, stamp)                                                                        \
    "DTSTART:20260301T100000Z\r\nSUMMARY:Budget\r\nSEQUENCE:" sequence "\r\nDTSTAMP:" stamp "\r\n"
#define FIRST "20260101T000000Z"
#define SECOND "20260102T000000Z"

static enum code deliver_as(struct bench *b, struct str bytes, const char *id)
{
    struct world *w = b->w;
    struct delivery_recipient to = {.notify = 0};
    world_must(&w->cx, delivery_route(&w->cx, w->delivery, STR(JANE), 0, 0, &to.route), JANE);
    const struct delivery_message m = {
        .bytes = bytes,
        .return_path = STR(ANN),
        .received = STR("Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"),
        .id = id ? str_z(id) : str_printf(w->cx.arena, "m%u", ++b->sent),
        .received_ms = w->cx.now_ms,
        .forged = b->forged,
        .junk = b->junk,
        .id_is_new = !id,
    };
    return delivery_run(&w->cx, w->delivery, &m, &to, 1);
}

static void deliver(struct bench *b, const char *from, const char *method, const char *properties)
{
    assert_int_equal(deliver_as(b, mail(b, from, method, properties), NULL), OK);
}

/* A script that keeps the message, its outcome in the subject. */
static void script(struct bench *b, const char *words)
{
    struct arena *a = b->w->cx.arena;
    struct str text = str_printf(a,
                                 "require [\"processcalendar\", \"variables\", \"editheader\", "
                                 "\"extlists\", \"mime\", \"foreverypart\"];\r\n%s\r\n"
                                 "addheader \"X-Outcome\" \"${o}; ${r}\";",
                                 words);
    world_script(b->w, b->w->jane, str_zdup(a, text));
}
#define PLAIN "processcalendar :outcome \"o\" :reason \"r\";"

/* What the script has seen of the newest message, which is kept whatever came of it. */
static void assert_outcome(struct bench *b, const char *wanted)
{
    struct str got = world_newest(b->w, b->w->jane, "INBOX");
    struct str line = str_printf(b->w->cx.arena, "X-Outcome: %s", wanted);
    if (str_find(got, line) == SIZE_MAX)
        fail_msg("no \"%.*s\" in\n%.*s", STR_ARG(line), STR_ARG(got));
}

/* What the calendar has; empty: nothing. */
static struct str event(struct bench *b)
{
    struct event_found found;
    struct str text;
    enum code code = event_find(&b->w->cx, b->w->core, b->w->jane, STR(UID), &found);
    if (code == E_NOT_FOUND)
        return (struct str){0};
    must(code == OK);
    must(event_text(&b->w->cx, b->w->core, &found.blob, &text) == OK);
    return text;
}

static void assert_event(struct bench *b, const char *part)
{
    if (str_find(event(b), str_z(part)) == SIZE_MAX)
        fail_msg("no \"%s\" in\n%.*s", part, STR_ARG(event(b)));
}

static uint32_t events(struct bench *b)
{
    return world_count(b->w, b->w->jane, "Calendar");
}

static void invitation_update_cancellation(void **state)
{
    struct bench *b = *state;
    script(b, PLAIN);
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    assert_outcome(b, "added;");
    assert_int_equal(events(b), 1);
    assert_event(b, "PARTSTAT=NEEDS-ACTION");
    deliver(b, ANN, "REQUEST", INVITED AT("1", SECOND) "LOCATION:Room 7\r\n");
    assert_outcome(b, "updated;");
    assert_event(b, "LOCATION:Room 7");
    deliver(b, ANN, "REQUEST", INVITED AT("0", SECOND) "LOCATION:Old\r\n");
    assert_outcome(b, "no_action; the calendar has it as new");
    assert_event(b, "LOCATION:Room 7");
    deliver(b, ANN, "CANCEL", INVITED AT("2", SECOND));
    assert_outcome(b, "cancelled;");
    assert_event(b, "STATUS:CANCELLED");
    assert_int_equal(events(b), 1);
    assert_int_equal(world_count(b->w, b->w->jane, "INBOX"), 4);
    script(b, "processcalendar :deletecancelled :outcome \"o\" :reason \"r\";");
    deliver(b, ANN, "CANCEL", INVITED AT("3", SECOND));
    assert_outcome(b, "cancelled;");
    assert_int_equal(events(b), 0);
    assert_int_equal(event(b).n, 0);
    /* what was called off can be planned again */
    deliver(b, ANN, "REQUEST", INVITED AT("4", SECOND));
    assert_outcome(b, "added;");
    assert_int_equal(events(b), 1);
}

/* Once is enough: the message that comes again finds its own work. */
static void comes_twice(void **state)
{
    struct bench *b = *state;
    script(b, PLAIN);
    struct str bytes = mail(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    assert_int_equal(deliver_as(b, bytes, "twice"), OK);
    assert_int_equal(deliver_as(b, bytes, "twice"), OK);
    assert_int_equal(events(b), 1);
    assert_int_equal(world_count(b->w, b->w->jane, "INBOX"), 1);
    world_script(b->w, b->w->jane, "require \"processcalendar\"; processcalendar; discard;");
    deliver(b, ANN, "REQUEST", INVITED AT("1", SECOND));
    assert_event(b, "SEQUENCE:1"); /* mail that is not kept has done its work as well */
    assert_int_equal(world_count(b->w, b->w->jane, "INBOX"), 1);
}

/* RFC 9671 section 6: what is not its author's changes nothing. */
static void forged_and_junk(void **state)
{
    struct bench *b = *state;
    script(b, PLAIN);
    b->forged = true;
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    assert_outcome(b, "no_action; the message is not taken for its author's");
    assert_int_equal(events(b), 0);
    b->forged = false;
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    assert_int_equal(events(b), 1);
    b->forged = true;
    deliver(b, ANN, "CANCEL", INVITED AT("1", SECOND));
    b->forged = false;
    deliver(b, "evil@outside.example", "CANCEL", INVITED AT("1", SECOND));
    assert_outcome(b, "no_action; the message is not from who keeps the event");
    assert_event(b, "SEQUENCE:0");
    b->junk = true;
    deliver(b, ANN, "CANCEL", INVITED AT("1", SECOND));
    assert_event(b, "SEQUENCE:0");
    assert_int_equal(world_count(b->w, b->w->jane, "Junk"), 1);
}

/* RFC 9671 sections 4.1 to 4.4, 4.6. */
static void arguments(void **state)
{
    struct bench *b = *state;
    static const char other[] =
        "ORGANIZER:mailto:" ANN "\r\nATTENDEE:mailto:me@private.example\r\n" AT("0", FIRST);
    script(b, PLAIN);
    deliver(b, ANN, "REQUEST", other);
    assert_outcome(b, "no_action; the person is not invited");
    deliver(b, ANN, "PUBLISH", "ORGANIZER:mailto:" ANN "\r\n" AT("0", FIRST));
    assert_outcome(b, "no_action; public events are not asked for");
    script(b, "processcalendar :updatesonly :outcome \"o\" :reason \"r\";");
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    assert_outcome(b, "no_action; only events that are there are updated");
    script(b, "processcalendar :calendarid \"nowhere\" :outcome \"o\" :reason \"r\";");
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    assert_outcome(b, "error; there is no such calendar");
    script(b, "processcalendar :organizers \"urn:postroad:domain:commonwealth.example\" "
              ":outcome \"o\" :reason \"r\";");
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    assert_outcome(b, "no_action; the organizer is not on the list");
    assert_int_equal(events(b), 0);
    script(b, "processcalendar :addresses [\"ME@private.example\"] :outcome \"o\" :reason \"r\";");
    deliver(b, ANN, "REQUEST", other);
    assert_outcome(b, "added;");
    script(b, "foreverypart { processcalendar :outcome \"o\" :reason \"r\"; }");
    deliver(b, ANN, "REQUEST", INVITED AT("1", FIRST));
    assert_outcome(b, "updated;");
    assert_event(b, "SEQUENCE:1");
    script(b, PLAIN);
    assert_int_equal(deliver_as(b, STR("From: " ANN "\r\n\r\nhello\r\n"), NULL), OK);
    assert_outcome(b, "no_action; no calendar object in the message");
}

struct making {
    folder_id id;
};

static enum code make_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct making *m = arg;
    return folder_create(cx, t, STR("Work/Meetings"), KIND_CALENDAR, ROLE_NONE, &m->id);
}

/* RFC 9671 section 4.4, by the id that calendars are listed with. */
static void into_another_calendar(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    struct making made = {0};
    world_must(&w->cx, account_update(&w->cx, w->core, w->jane, make_in, &made), "calendar");
    struct str id = objectid_mailbox(w->cx.arena, w->jane, made.id);
    struct str words = str_printf(
        w->cx.arena, "processcalendar :calendarid \"%.*s\" :outcome \"o\" :reason \"r\";",
        STR_ARG(id));
    script(b, str_zdup(w->cx.arena, words));
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    assert_outcome(b, "added;");
    assert_int_equal(world_count(w, w->jane, "Work/Meetings"), 1);
    script(b, PLAIN); /* updated where it is */
    deliver(b, ANN, "REQUEST", INVITED AT("1", FIRST));
    assert_int_equal(world_count(w, w->jane, "Work/Meetings"), 1);
    assert_int_equal(events(b), 0);
    /* calendars take no mail: fileinto is the inbox */
    world_script(w, w->jane, "require \"fileinto\"; fileinto \"Calendar\";");
    assert_int_equal(deliver_as(b, STR("Subject: x\r\n\r\n"), NULL), OK);
    assert_int_equal(events(b), 0);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 3);
    world_script(w, w->jane, "require \"mailbox\"; if mailboxexists \"Calendar\" { discard; }");
    assert_int_equal(deliver_as(b, STR("Subject: y\r\n\r\n"), NULL), OK);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 4);
}

struct putting {
    struct core *core;
    const char *text;
};

static enum code put_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct putting *p = arg;
    struct blob_new *blob;
    struct item_placed placed;
    TRY(blob_prepare(cx, p->core->store, str_z(p->text), &blob));
    const struct event_new new = {.uid = STR(UID), .title = STR("own"), .blob = blob};
    return event_put(cx, t, &new, &placed);
}

/* An answer to what the person has planned herself. */
static void reply_to_own(void **state)
{
    struct bench *b = *state;
    struct putting p = {.core = b->w->core,
                        .text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n"
                                "UID:" UID "\r\nORGANIZER:mailto:" JANE "\r\n"
                                "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:" ANN
                                "\r\n" AT("0", FIRST) "END:VEVENT\r\nEND:VCALENDAR\r\n"};
    world_must(&b->w->cx, account_update(&b->w->cx, b->w->core, b->w->jane, put_in, &p), "put");
    script(b, PLAIN);
#define SAYS "ORGANIZER:mailto:" JANE "\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:" ANN "\r\n"
    deliver(b, "evil@outside.example", "REPLY", SAYS AT("0", SECOND));
    assert_outcome(b, "no_action; ");
    deliver(b, ANN, "REPLY", SAYS AT("0", SECOND));
    assert_outcome(b, "updated;");
    assert_event(b, "PARTSTAT=ACCEPTED");
}

/* Events count as mail does. */
static void counted(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    struct account_view *v AUTO(account_view_unref) = NULL;
    script(b, PLAIN);
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    must(account_view_get(&w->cx, w->core, w->jane, &v) == OK);
    assert_true(account_facts(v)->used_bytes > event(b).n);
    assert_int_equal(account_facts(v)->items, 2);
}

/* What is removed ends with its rows and its bytes, and can be put back until then. */
static void removal(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    struct sweep_report swept;
    struct event_found found;
    script(b, "processcalendar :deletecancelled :outcome \"o\" :reason \"r\";");
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    must(event_find(&w->cx, w->core, w->jane, STR(UID), &found) == OK);
    deliver(b, ANN, "CANCEL", INVITED AT("1", SECOND));
    assert_int_equal(event(b).n, 0);
    w->cx.now_ms += INT64_C(86400000) * (RECOVERABLE_DAYS + 1);
    assert_int_equal(sweep_account(&w->cx, w->core, w->jane, &swept), OK);
    assert_int_equal(swept.items, 1);
    assert_int_equal(event(b).n, 0);
    struct key tag = item_blob_tag(found.id);
    bool referred = true;
    assert_int_equal(
        blob_is_referred(&w->cx, w->store, &found.blob, w->jane, key_str(&tag), &referred), OK);
    assert_false(referred);
}

static enum code one_item_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct quota one = {.items_max = 1};
    (void)arg;
    return account_set_quota(cx, t, &one);
}

/* There is room for the mail, and then none for the event. */
static void full_keeps_the_mail(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    script(b, PLAIN);
    world_must(&w->cx, account_update(&w->cx, w->core, w->jane, one_item_in, NULL), "quota");
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1);
    assert_int_equal(events(b), 0);
}

static enum code apply_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    return schedule_apply(cx, t, arg);
}

static struct schedule planned(struct bench *b, const char *sequence)
{
    static const struct str mine[] = {STR(ALIAS)}, from[] = {STR(ANN)};
    static const struct schedules none;
    struct world *w = b->w;
    const struct itip_question q = {
        .message = str_printf(w->cx.arena,
                              "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\n"
                              "BEGIN:VEVENT\r\nUID:" UID "\r\n" INVITED
                              "DTSTART:20260301T100000Z\r\nDTSTAMP:" FIRST "\r\nSEQUENCE:%s\r\n"
                              "END:VEVENT\r\nEND:VCALENDAR\r\n",
                              sequence),
        .mine = {mine, 1},
        .senders = {from, 1}};
    struct schedule s;
    must(schedule_make(&w->cx, w->core, w->jane, &q, &none, &s) == OK);
    assert_int_equal(s.answer.outcome, ITIP_ADDED);
    return s;
}

static void apply(struct bench *b, struct schedule *s)
{
    world_must(&b->w->cx, account_update(&b->w->cx, b->w->core, b->w->jane, apply_in, s), "apply");
}

/* Two at the same time: each thought that it was the first, and the newer one is what stays. */
static void at_the_same_time(void **state)
{
    struct bench *b = *state;
    struct schedule first = planned(b, "0"), second = planned(b, "1"), third = planned(b, "2");
    apply(b, &second);
    apply(b, &first);
    assert_event(b, "SEQUENCE:1");
    apply(b, &third);
    assert_event(b, "SEQUENCE:2");
    assert_int_equal(events(b), 1);
}

/* Other parts of a message see what came of the first. */
static void twice_in_one_message(void **state)
{
    struct bench *b = *state;
    script(b, "processcalendar; " PLAIN);
    deliver(b, ANN, "REQUEST", INVITED AT("0", FIRST));
    assert_outcome(b, "no_action; the calendar has it as new");
    assert_int_equal(events(b), 1);
    script(b, "processcalendar :deletecancelled; " PLAIN);
    deliver(b, ANN, "CANCEL", INVITED AT("1", SECOND));
    assert_outcome(b, "no_action; the event is not in the calendar");
    assert_int_equal(events(b), 0);
}

static void one_message_changes_so_much(void **state)
{
    struct bench *b = *state;
    struct buf m = buf_of(b->w->cx.arena, 1 << 20);
    script(b, "foreverypart { if header :mime :type \"content-type\" \"text\" { " PLAIN " } }");
    buf_add(&m, STR("From: " ANN "\r\nMIME-Version: 1.0\r\n"
                    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"));
    for (unsigned i = 0; i <= FILTER_SCHEDULES_MAX; i++)
        buf_printf(&m,
                   "--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
                   "METHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:u-%u\r\n" INVITED
                   "DTSTART:20260301T100000Z\r\nDTSTAMP:" FIRST "\r\n"
                   "END:VEVENT\r\nEND:VCALENDAR\r\n",
                   i);
    buf_add(&m, STR("--b--\r\n"));
    assert_int_equal(deliver_as(b, buf_str(&m), NULL), OK);
    assert_outcome(b, "error; too many calendar objects in one message");
    assert_int_equal(events(b), FILTER_SCHEDULES_MAX);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(invitation_update_cancellation),
        CASE(comes_twice),
        CASE(forged_and_junk),
        CASE(arguments),
        CASE(into_another_calendar),
        CASE(reply_to_own),
        CASE(counted),
        CASE(removal),
        CASE(full_keeps_the_mail),
        CASE(at_the_same_time),
        CASE(twice_in_one_message),
        CASE(one_message_changes_so_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
