/* Scripts at delivery: where messages go, what is sent, what is refused, what is remembered. */
#include "unit.h"

#include "../world/road.h"
#include "../world/world.h"
#include "base/clock.h"
#include "core/item.h"
#include "core/object/object.h"
#include "core/script/script.h"
#include "core/view.h"
#include "service/filter.h"
#include "service/filter/convert/convert.h"
#include <unistd.h>

#define JANE "jane.roe@commonwealth.example"
#define JOHN "john.doe@commonwealth.example"
#define CLERK "clerk@health.example"

static const char plain[] = "From: Ann <ann@outside.example>\r\nTo: " JANE "\r\nSubject: hello\r\n"
                            "Message-ID: <1@outside.example>\r\n\r\ntext\r\n";

struct bench {
    struct world *w;
    struct fake_road road;
    unsigned sent;
};

static int bench_open(void **state)
{
    static const struct queue_config queue;
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    fake_road_open(&b->road);
    const struct world_config config = {
        .delivery = world_delivery, .queue = &queue, .road = &b->road.road};
    b->w = world_open(&config);
    *state = b;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;
    world_close(b->w);
    fake_road_close(&b->road);
    free(b);
    return 0;
}

struct sending {
    const char *from; /* return path */
    const char *to[4];
    const char *bytes;
    bool no_session, junk;
    const char *added; /* fields of milters */
};

/* Delivers, and lets the queue work. *refusal: what a script says in the session. */
static enum code send_as(struct bench *b, const struct sending *x, struct str *refusal)
{
    struct world *w = b->w;
    struct delivery_recipient to[4] = {{.notify = 0}};
    size_t n = 0;
    for (; n < 4 && x->to[n]; n++)
        world_must(&w->cx, delivery_route(&w->cx, w->delivery, str_z(x->to[n]), 0, 0, &to[n].route),
                   x->to[n]);
    const struct delivery_message m = {
        .bytes = str_z(x->bytes),
        .return_path = str_z(x->from),
        .received = str_printf(w->cx.arena, "%sReceived: from a by b; %s\r\n",
                               x->added ? x->added : "", "Tue, 14 Nov 2023 22:13:20 +0000"),
        .id = str_printf(w->cx.arena, "m%u", ++b->sent),
        .received_ms = w->cx.now_ms,
        .no_session = x->no_session,
        .junk = x->junk,
        .id_is_new = true,
    };
    enum code code = delivery_run(&w->cx, w->delivery, &m, to, n);
    if (refusal)
        *refusal = to[0].refusal;
    fake_road_time(w, &b->road, 2);
    return code;
}

static enum code send(struct bench *b, const char *to, const char *bytes)
{
    const struct sending x = {.from = "ann@outside.example", .to = {to}, .bytes = bytes};
    return send_as(b, &x, NULL);
}

static void assert_count(struct bench *b, account_id who, const char *folder, uint32_t wanted)
{
    uint32_t is = world_count(b->w, who, folder);
    if (is != wanted)
        fail_msg("%s has %u messages, wanted %u", folder, is, wanted);
}

static void assert_has(struct str text, const char *part)
{
    if (str_find(text, str_z(part)) == SIZE_MAX)
        fail_msg("no \"%s\" in\n%.*s", part, STR_ARG(text));
}

static void assert_has_not(struct str text, const char *part)
{
    if (str_find(text, str_z(part)) != SIZE_MAX)
        fail_msg("\"%s\" in\n%.*s", part, STR_ARG(text));
}

static struct view_row newest_row(struct bench *b, account_id who, const char *folder)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct view *f AUTO(view_unref) = NULL;
    must(account_view_get(&b->w->cx, b->w->core, who, &v) == OK);
    folder_id id = account_folder_by_path(v, str_z(folder))->id;
    must(view_get(&b->w->cx, b->w->core, who, id, 0, &f) == OK);
    return view_at(f, view_count(f) - 1);
}

static void files_with_flags(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    world_script(w, w->jane,
                 "require [\"fileinto\", \"mailbox\", \"imap4flags\", \"copy\"];\r\n"
                 "fileinto :create :flags [\"\\\\Seen\", \"work\"] \"Work/New\";\r\n"
                 "fileinto :copy \"Nowhere\";\r\n");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "Work/New", 1);
    assert_count(b, w->jane, "INBOX", 1); /* a folder that is not there is the inbox */
    struct view_row row = newest_row(b, w->jane, "Work/New");
    assert_true(row.flags & FLAG_SEEN);
    assert_true(row.keywords != 0);
    assert_has(world_newest(w, w->jane, "Work/New"), "Received: from a by b");
    world_script(w, w->jane, "require \"fileinto\"; fileinto \"INBOX\"; keep;");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 2); /* once */
    world_script(w, w->jane, "discard;");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 2);
    assert_count(b, w->john, "INBOX", 0);
    world_script(w, w->jane,
                 "require [\"fileinto\", \"special-use\"];"
                 "fileinto :specialuse \"\\\\Junk\" \"Nowhere\";");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "Junk", 1);
}

/* The implicit keep of what is taken for junk is there; what a script says goes before. */
static void keeps_junk_apart(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    struct sending x = {.from = "a@outside.example", .to = {JANE}, .bytes = plain, .junk = true};
    world_script(w, w->jane, "stop;");
    assert_int_equal(send_as(b, &x, NULL), OK);
    assert_count(b, w->jane, "Junk", 1);
    world_script(w, w->jane, "require \"fileinto\"; fileinto \"Archive\";");
    assert_int_equal(send_as(b, &x, NULL), OK);
    assert_count(b, w->jane, "Archive", 1);
}

/* Forest, domain above, domain, own, and back; inherited down the tree. */
static void domains_come_before_and_after(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    static const char add[] = "require \"editheader\"; addheader \"X-Order\" \"%s\";";
    char text[200];
    snprintf(text, sizeof text, add, "forest");
    world_domain_script(w, 0, SCRIPT_BEFORE, text);
    snprintf(text, sizeof text, add, "commonwealth");
    world_domain_script(w, w->commonwealth, SCRIPT_BEFORE, text);
    snprintf(text, sizeof text, add, "own");
    world_script(w, w->clerk, text);
    snprintf(text, sizeof text, add, "after");
    world_domain_script(w, w->commonwealth, SCRIPT_AFTER, text);
    assert_int_equal(send(b, CLERK, plain), OK);
    struct str got = world_newest(w, w->clerk, "INBOX");
    assert_has(got, "X-Order: after\r\nX-Order: own\r\nX-Order: commonwealth\r\nX-Order: forest");
    /* john is not below health.example, and has no script of his own */
    world_domain_script(w, w->health, SCRIPT_BEFORE, "discard;");
    assert_int_equal(send(b, JOHN, plain), OK);
    assert_has(world_newest(w, w->john, "INBOX"), "X-Order: after\r\nX-Order: commonwealth\r\n");
    assert_int_equal(send(b, CLERK, plain), OK);
    assert_count(b, w->clerk, "INBOX", 1);
    assert_has_not(world_newest(w, w->john, "INBOX"), "X-Order: own");
}

static void redirects_inside(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    world_script(w, w->jane, "redirect \"" JOHN "\";");
    world_script(w, w->john, "redirect \"" JANE "\";");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 1); /* it came round, and stayed */
    assert_count(b, w->john, "INBOX", 0);
    world_script(w, w->john, "keep;");
    assert_int_equal(send(b, JANE, "Message-ID: <2@x>\r\n\r\n"), OK);
    assert_count(b, w->john, "INBOX", 1);
    struct str got = world_newest(w, w->john, "INBOX");
    assert_has(got, "X-Sieve-Redirected-From: " JANE "\r\nReceived: from a by b");
    assert_has(got, "Return-Path: <ann@outside.example>");
    /* the same message again within half a day is there already */
    assert_int_equal(send(b, JANE, "Message-ID: <2@x>\r\n\r\n"), OK);
    assert_count(b, w->john, "INBOX", 1);
    assert_count(b, w->jane, "INBOX", 1);
}

/* P7: nothing leaves the forest unless its domain, or one above, says so. */
static void redirects_outside_by_policy(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    world_script(w, w->jane, "redirect \"me@private.example\";");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_int_equal(fake_road_given(&b->road, "me@private.example"), 0);
    assert_count(b, w->jane, "INBOX", 2); /* kept, and a note */
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 3); /* one note a day */
    must(script_set_forward(&w->cx, w->core, w->commonwealth, FORWARD_ALLOWED) == OK);
    assert_int_equal(send(b, JANE, plain), OK);
    assert_int_equal(fake_road_given(&b->road, "me@private.example"), 1);
    assert_count(b, w->jane, "INBOX", 3);
    /* agencies' own systems are inside */
    world_script(w, w->clerk, "redirect \"desk@agency.example\";");
    must(script_set_forward(&w->cx, w->core, w->health, FORWARD_REFUSED) == OK);
    assert_int_equal(send(b, CLERK, plain), OK);
    assert_int_equal(fake_road_given(&b->road, "desk@agency.example"), 1);
    world_script(w, w->clerk, "redirect \"me@private.example\";");
    assert_int_equal(send(b, CLERK, plain), OK);
    assert_int_equal(fake_road_given(&b->road, "me@private.example"), 1);
}

/* RFC 5429. */
static void rejects_in_the_session_or_by_notice(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    struct str refusal = {0};
    world_script(w, w->jane, "require \"reject\"; reject \"Not\r\nnow\";");
    struct sending x = {.from = CLERK, .to = {JANE}, .bytes = plain};
    assert_int_equal(send_as(b, &x, &refusal), E_DENIED);
    assert_str(refusal, STR("550-5.7.1 Not\r\n550 5.7.1 now"));
    assert_count(b, w->jane, "INBOX", 0);
    assert_count(b, w->clerk, "INBOX", 0);
    x.to[1] = JOHN; /* he takes it */
    assert_int_equal(send_as(b, &x, &refusal), OK);
    assert_count(b, w->john, "INBOX", 1);
    assert_count(b, w->jane, "INBOX", 0);
    assert_count(b, w->clerk, "INBOX", 1);
    struct str notice = world_newest(w, w->clerk, "INBOX");
    assert_has(notice, "report-type=disposition-notification");
    assert_has(notice, "Disposition: automatic-action/MDN-sent-automatically; deleted\r\n");
    assert_has(notice, "Final-Recipient: rfc822; " JANE "\r\n");
    assert_has(notice, "Original-Message-ID: <1@outside.example>\r\n");
    assert_has(notice, "Return-Path: <>");
    world_script(w, w->jane, "require \"ereject\"; ereject \"Never\";");
    x.to[1] = NULL;
    x.no_session = true;
    assert_int_equal(send_as(b, &x, &refusal), OK);
    notice = world_newest(w, w->clerk, "INBOX");
    assert_has(notice, "report-type=delivery-status");
    assert_has(notice, "550 5.7.1 Never");
    x.from = "";
    assert_int_equal(send_as(b, &x, &refusal), OK); /* nobody to be told */
    assert_count(b, w->clerk, "INBOX", 2);
}

static const char vacation[] = "require \"vacation\"; vacation :days 7 :subject \"Away\" \"I am "
                               "away\";";

static void answers_once(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    world_script(w, w->jane, vacation);
    struct sending x = {.from = CLERK, .to = {JANE}, .bytes = plain};
    assert_int_equal(send_as(b, &x, NULL), OK);
    assert_count(b, w->jane, "INBOX", 1);
    assert_count(b, w->clerk, "INBOX", 1);
    struct str answer = world_newest(w, w->clerk, "INBOX");
    assert_has(answer, "Return-Path: <>");
    assert_has(answer, "Subject: Away\r\n");
    assert_has(answer, "Auto-Submitted: auto-replied (vacation)\r\n");
    assert_has(answer, "In-Reply-To: <1@outside.example>\r\n");
    assert_has(answer, "To: <" CLERK ">\r\n");
    assert_has(answer, "\r\n\r\nI am away\r\n");
    assert_int_equal(send_as(b, &x, NULL), OK);
    assert_count(b, w->clerk, "INBOX", 1);
    w->cx.now_ms += INT64_C(8) * 24 * 3600 * 1000;
    assert_int_equal(send_as(b, &x, NULL), OK);
    assert_count(b, w->clerk, "INBOX", 2);
}

/* RFC 3834 section 2, RFC 5230 sections 4.5 and 4.6. */
static void answers_no_machines(void **state)
{
    static const struct {
        const char *from, *header;
    } cases[] = {
        {"", ""},
        {"mailer-daemon@health.example", ""},
        {"owner-news@health.example", ""},
        {"news-request@health.example", ""},
        {"noreply@health.example", ""},
        {JANE, ""},
        {"jane@health.example", ""}, /* her alias */
        {CLERK, "List-Id: <news.example>\r\n"},
        {CLERK, "List-Unsubscribe: <mailto:x>\r\n"},
        {CLERK, "Auto-Submitted: auto-generated\r\n"},
        {CLERK, "Precedence: bulk\r\n"},
        {CLERK, "Precedence: List\r\n"},
        {CLERK, "X-Auto-Response-Suppress: OOF, AutoReply\r\n"},
    };
    struct bench *b = *state;
    struct world *w = b->w;
    world_script(w, w->jane, vacation);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str bytes = str_printf(w->cx.arena, "%s%s", cases[i].header, plain);
        struct sending x = {.from = cases[i].from, .to = {JANE}, .bytes = bytes.p};
        int64_t before = world_metric(w, "postroad_queue_accepted_total");
        assert_int_equal(send_as(b, &x, NULL), OK);
        if (world_metric(w, "postroad_queue_accepted_total") != before)
            fail_msg("case %zu was answered", i);
    }
    /* not named in To or Cc */
    struct sending x = {.from = CLERK, .to = {JANE}, .bytes = "To: other@x.example\r\n\r\n"};
    assert_int_equal(send_as(b, &x, NULL), OK);
    assert_count(b, w->clerk, "INBOX", 0);
    /* what says that it is none */
    x.bytes = "To: " JANE "\r\nAuto-Submitted: no\r\n\r\n";
    assert_int_equal(send_as(b, &x, NULL), OK);
    assert_count(b, w->clerk, "INBOX", 1);
}

static void notifies_by_mail(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    world_script(w, w->jane,
                 "require \"enotify\"; notify :importance \"1\" :message \"New!\" "
                 "\"mailto:" CLERK "?body=look%20here\";");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 1);
    assert_count(b, w->clerk, "INBOX", 1);
    struct str notice = world_newest(w, w->clerk, "INBOX");
    assert_has(notice, "Subject: New!\r\n");
    assert_has(notice, "Auto-Submitted: auto-notified; owner-email=\"" JANE "\"\r\n");
    assert_has(notice, "Importance: high\r\n");
    assert_has(notice, "\r\n\r\nlook here\r\n");
}

static void duplicates_are_known(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    world_script(w, w->jane, "require \"duplicate\"; if duplicate :seconds 600 { discard; }");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 1);
    assert_int_equal(send(b, JANE, "Message-ID: <9@x>\r\n\r\n"), OK);
    assert_count(b, w->jane, "INBOX", 2);
    w->cx.now_ms += 601 * 1000;
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 3);
}

static void includes_personal_and_global(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    const struct script_owner jane = {.level = SCRIPT_OF_ACCOUNT, .id = w->jane};
    const struct script_owner forest = {.level = SCRIPT_OF_DOMAIN};
    struct sieve_problems problems;
    must(filters_put(&w->cx, w->filters, &jane, STR("mine"), STR("keep;"), &problems) == OK);
    must(filters_put(&w->cx, w->filters, &forest, STR("common"),
                     STR("require \"fileinto\"; fileinto \"Archive\";"), &problems) == OK);
    world_script(w, w->jane,
                 "require \"include\"; include :personal \"mine\";"
                 "include :global \"common\";");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 1);
    assert_count(b, w->jane, "Archive", 1);
}

/* A fault while running keeps the message; its owner is told once a day. */
static void trouble_keeps(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    world_script(w, w->jane,
                 "require [\"include\", \"fileinto\"]; fileinto \"Archive\";"
                 "include :personal \"not there\";");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 2);
    assert_count(b, w->jane, "Archive", 0);
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 3);
    w->cx.now_ms += INT64_C(25) * 3600 * 1000;
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 5);
}

/* Without scripts nothing more is read. */
/* RFC 5235: what milters have added counts, what the sender wrote does not. */
static void scores_are_those_of_milters(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    static const struct {
        const char *added, *folder;
    } cases[] = {
        {"X-Spamd-Result: default: True [15.40 / 15.00]; X(1.0)\r\n", "100"},
        {"X-Spamd-Result: default: False [7.50 / 15.00]\r\n", "50"},
        {"X-Spamd-Result: default: False [-3.50 / 15.00]\r\n", "0"},
        {"X-Spamd-Result: nothing\r\n", "untested"},
        {"X-Virus: clean\r\n", "untested"},
        {"X-Virus: Eicar-Test\r\n", "virus"},
    };
    world_script(w, w->jane,
                 "require [\"fileinto\", \"mailbox\", \"spamtest\", \"spamtestplus\","
                 " \"virustest\", \"relational\", \"variables\","
                 " \"comparator-i;ascii-numeric\"];\r\n"
                 "if virustest :value \"ge\" :comparator \"i;ascii-numeric\" \"4\" {"
                 " fileinto :create \"virus\"; }\r\n"
                 "elsif spamtest :percent :count \"eq\" \"0\" {"
                 " fileinto :create \"untested\"; }\r\n"
                 "elsif spamtest :percent :matches \"*\" { fileinto :create \"${1}\"; }\r\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct sending x = {.from = "ann@outside.example",
                                  .to = {JANE},
                                  .bytes = "X-Spamd-Result: [1.00 / 15.00]\r\nX-Virus: no\r\n"
                                           "Subject: hello\r\n\r\ntext\r\n",
                                  .added = cases[i].added};
        uint32_t before = world_count(w, w->jane, cases[i].folder);
        assert_int_equal(send_as(b, &x, NULL), OK);
        assert_count(b, w->jane, cases[i].folder, before + 1);
    }
}

static enum code prefs_put(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct object o = {.name = STR("page-prefs"), .value = str_z(arg)};
    return object_put(cx, t, OBJECT_SETTING, &o, 10, NULL);
}

/* "hH:MM" of 23:30 UTC on 1 July 2024, so many minutes east of it. */
static const char *folder_at(struct world *w, int minutes)
{
    int t = (23 * 60 + 30 + minutes + 1440) % 1440;
    return str_printf(w->cx.arena, "h%02d:%02d", t / 60, t % 60).p;
}

/* RFC 5260: the local zone of a person's script is the one that was chosen in the page; that of a
   domain's script the server's. */
static void zones_are_the_persons_own(void **state)
{
    static const char dated[] = "Date: Mon, 01 Jul 2024 23:30:00 +0000\r\nSubject: s\r\n\r\nx\r\n";
    static char prefs[][200] = {
        "{\"value\":{\"theme\":\"dark\",\"timeZone\":\"Asia/Kathmandu\"}}",
        "{\"value\":{\"timeZone\":\"Europe/Berlin\"}}",
        "{\"value\":{\"timeZone\":\"system\"}}",
        "{\"value\":{\"timeZone\":\"../../../etc/passwd\"}}",
        "{\"value\":{\"timeZone\":\"Europe\"}}",
        "{\"value\":{\"timeZone\":7}}",
        "{\"value\":\"timeZone\"}",
        "{",
    };
    struct bench *b = *state;
    struct world *w = b->w;
    int here = clock_zone_minutes(INT64_C(1719876600000));
    const int wanted[] = {345, 120, here, here, here, here, here, here};
    world_script(w, w->jane,
                 "require [\"fileinto\", \"mailbox\", \"date\", \"variables\"]; if date :matches "
                 "\"date\" \"time\" \"*:*:*\" { fileinto :create \"h${1}:${2}\"; } keep;");
    world_domain_script(
        w, w->commonwealth, SCRIPT_AFTER,
        "require [\"date\", \"variables\", \"editheader\"]; if date :matches \"date\" "
        "\"time\" \"*:*:*\" { addheader \"X-Domain\" \"h${1}:${2}\"; }");
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (!access("/usr/share/zoneinfo/Asia/Kathmandu", R_OK) || i > 1) {
            uint32_t before = world_count(w, w->jane, folder_at(w, wanted[i]));
            world_must(&w->cx, account_update(&w->cx, w->core, w->jane, prefs_put, prefs[i]),
                       "put");
            assert_int_equal(send(b, JANE, dated), OK);
            assert_count(b, w->jane, folder_at(w, wanted[i]), before + 1);
            assert_has(world_newest(w, w->jane, "INBOX"),
                       str_printf(w->cx.arena, "X-Domain: %s\r\n", folder_at(w, here)).p);
        }
    }
}

/* RFC 6558, at delivery: the copy has other bytes, the rest of them stays; for two mailboxes a part
   is converted once. */
static void converts_once_for_all(void **state)
{
    static const char latin[] =
        "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
        "boundary=\"b\"\r\nSubject: s\r\n\r\npreamble\r\n--b\r\nContent-Type: text/html;\r\n "
        "charset=iso-8859-1\r\nX-Y:  z\r\n\r\n<p>The town of Gl\xfc.</p>\r\n--b\r\nContent-Type: "
        "text/csv\r\n"
        "\r\n1;2\r\n--b--\r\nepilogue\r\n";
    static const char wanted[] =
        "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
        "boundary=\"b\"\r\nSubject: s\r\n\r\npreamble\r\n--b\r\nContent-Type: text/plain; "
        "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\nX-Y:  "
        "z\r\n\r\nThe town of Gl=C3=BC.\r\n"
        "--b\r\nContent-Type: text/csv\r\n\r\n1;2\r\n--b--\r\nepilogue\r\n";
    static const char script[] = "require \"convert\"; convert \"text/html\" \"text/plain\" "
                                 "[\"charset=utf-8\"]; if convert \"text/csv\" \"image/png\" "
                                 "[\"pix-x=5\"] { discard; }";
    struct bench *b = *state;
    struct world *w = b->w;
    const struct sending x = {.from = "a@b.example", .to = {JANE, JOHN}, .bytes = latin};
    struct converter *c = converter_open(&(struct converter_parts){.metrics = w->core->metrics});
    filters_set_converter(w->filters, c);
    world_script(w, w->jane, script);
    world_script(w, w->john, script);
    assert_int_equal(send_as(b, &x, NULL), OK);
    assert_has(world_newest(w, w->jane, "INBOX"), wanted);
    assert_has(world_newest(w, w->john, "INBOX"), wanted);
    assert_int_equal(world_metric(w, "postroad_sieve_conversions_total{result=\"made\"}"), 1);
    assert_int_equal(world_metric(w, "postroad_sieve_conversions_total{result=\"kept\"}"), 1);
    filters_set_converter(w->filters, NULL);
    assert_int_equal(send_as(b, &x, NULL), OK);
    assert_has(world_newest(w, w->jane, "INBOX"), latin);
    converter_close(c);
}

static void nothing_costs_nothing(void **state)
{
    struct bench *b = *state;
    struct world *w = b->w;
    assert_int_equal(send(b, JANE, plain), OK);
    assert_int_equal(world_metric(w, "postroad_sieve_seconds_count"), 0);
    world_script(w, w->jane, "keep;");
    assert_int_equal(send(b, JANE, plain), OK);
    assert_count(b, w->jane, "INBOX", 2);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(files_with_flags),
        CASE(zones_are_the_persons_own),
        CASE(converts_once_for_all),
        CASE(keeps_junk_apart),
        CASE(domains_come_before_and_after),
        CASE(redirects_inside),
        CASE(redirects_outside_by_policy),
        CASE(rejects_in_the_session_or_by_notice),
        CASE(answers_once),
        CASE(answers_no_machines),
        CASE(notifies_by_mail),
        CASE(duplicates_are_known),
        CASE(includes_personal_and_global),
        CASE(trouble_keeps),
        CASE(scores_are_those_of_milters),
        CASE(nothing_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
