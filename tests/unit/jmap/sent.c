/* EmailSubmission over a real queue and a road that leads nowhere: mail that went is never told as
   failed, its row says how it goes, and every change of that is a change of the state. */
#include "../../world/road.h"
#include "../unit.h"
#include "core/object/object.h"
#include "proto/jmap/call.h"
#include "proto/jmap/jmap.h"
#include "service/submission/submission.h"

#define USING                                                                                      \
    "{\"using\":[\"urn:ietf:params:jmap:core\",\"urn:ietf:params:jmap:mail\","                     \
    "\"urn:ietf:params:jmap:submission\"],\"methodCalls\":["

struct bench {
    struct fake_road road;
    struct world *w;
    struct submission_env submission;
    struct jmap_env env;
    struct auth_result who;
    struct str account, drafts, email;
};

static struct str ask(struct bench *b, struct str calls)
{
    struct ctx *cx = &b->w->cx;
    struct http_field type = {STR("Content-Type"), STR("application/json")};
    struct peer peer = {.id = 1};
    struct str parts[] = {STR(USING), calls, STR("]}")};
    struct http_request q = {.method = HTTP_POST,
                             .body = str_join(cx->arena, parts, 3),
                             .fields = &type,
                             .field_count = 1,
                             .peer = &peer,
                             .who = &b->who,
                             .secure = true};
    struct http_response a = {.status = 200, .body = rope_of(cx->arena)};
    assert_int_equal(jmap_api(cx, &b->env, &q, &a), OK);
    struct str text = rope_flatten(&a.body, cx->arena);
    rope_drop(&a.body);
    return text;
}

static bool holds(struct str text, const char *part)
{
    return str_find(text, str_z(part)) != SIZE_MAX;
}

#define assert_holds(text, part)                                                                   \
    do {                                                                                           \
        if (!holds(text, part))                                                                    \
            fail_msg("no %s in %.*s", part, STR_ARG(text));                                        \
    } while (0)

/* The text of the member's first value: a string's. */
static struct str value_of(struct str text, const char *member)
{
    size_t at = str_find(text, str_z(member));
    if (at == SIZE_MAX)
        fail_msg("no %s in %.*s", member, STR_ARG(text));
    struct str rest = str_from(text, at + strlen(member));
    return str_sub(rest, 0, str_chr(rest, '"'));
}

static struct bench *bench_open(void)
{
    static const struct queue_config usual;
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    fake_road_open(&b->road);
    const struct world_config config = {
        .delivery = world_delivery, .queue = &usual, .road = &b->road.road};
    b->w = world_open(&config);
    b->submission = (struct submission_env){.core = b->w->core,
                                            .delivery = b->w->delivery,
                                            .queue = b->w->queue,
                                            .host_name = STR("mail.example")};
    submission_env_open(&b->submission);
    b->env = (struct jmap_env){.core = b->w->core, .submission = &b->submission};
    jmap_env_open(&b->env);
    b->who = (struct auth_result){.account = b->w->jane};
    assert_int_equal(directory_by_id(&b->w->cx, b->w->core, b->w->jane, &b->who.who), OK);
    b->account = jmap_account_id(b->w->cx.arena, b->w->jane);
    struct str boxes =
        ask(b, str_printf(b->w->cx.arena,
                          "[\"Mailbox/query\",{\"accountId\":\"%.*s\",\"filter\":{\"role\":"
                          "\"drafts\"}},\"0\"]",
                          STR_ARG(b->account)));
    b->drafts = value_of(boxes, "\"ids\":[\"");
    struct str made = ask(
        b, str_printf(b->w->cx.arena,
                      "[\"Email/set\",{\"accountId\":\"%.*s\",\"create\":{\"d\":{\"mailboxIds\":"
                      "{\"%.*s\":true},\"from\":[{\"email\":\"jane.roe@commonwealth.example\"}],"
                      "\"to\":[{\"email\":\"x@far.example\"}],\"messageId\":[\"one@jane\"],"
                      "\"subject\":\"s\",\"bodyValues\":{\"1\":{\"value\":\"b\"}},"
                      "\"textBody\":[{\"partId\":\"1\",\"type\":\"text/plain\"}]}}},\"0\"]",
                      STR_ARG(b->account), STR_ARG(b->drafts)));
    b->email = value_of(made, "\"created\":{\"d\":{\"id\":\"");
    return b;
}

static void bench_close(struct bench *b)
{
    fake_road_run(b->w, &b->road);
    world_close(b->w);
    fake_road_close(&b->road);
    free(b);
}

/* Sends the draft to addresses, a JSON array's inside; parameters: of mailFrom, or "null". */
static struct str submit(struct bench *b, struct str to, const char *parameters)
{
    return ask(
        b, str_printf(b->w->cx.arena,
                      "[\"EmailSubmission/set\",{\"accountId\":\"%.*s\",\"create\":{\"k\":{"
                      "\"identityId\":\"P%.*s\",\"emailId\":\"%.*s\",\"envelope\":{\"mailFrom\":{"
                      "\"email\":\"jane.roe@commonwealth.example\",\"parameters\":%s},"
                      "\"rcptTo\":[%.*s]}}}},\"0\"]",
                      STR_ARG(b->account), STR_ARG(str_from(b->account, 1)), STR_ARG(b->email),
                      parameters, STR_ARG(to)));
}

struct fill {
    size_t from, count;
    struct str value;
};

static enum code fill_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct fill *f = arg;
    for (size_t i = f->from; i < f->from + f->count; i++) {
        const struct object o = {.name = str_printf(cx->arena, "Sf%05zu", i), .value = f->value};
        enum code code = object_put(cx, t, OBJECT_SUBMISSION, &o, UINT32_MAX, NULL);
        if (code != OK)
            return code;
    }
    return OK;
}

static void fill(struct bench *b, size_t count, struct str value)
{
    enum { TOGETHER = 1000 };
    for (size_t i = 0; i < count; i += TOGETHER) {
        struct fill f = {.from = i, .count = TOGETHER, .value = value};
        assert_int_equal(account_update(&b->w->cx, b->w->core, b->w->jane, fill_in, &f), OK);
    }
}

static uint32_t kept(struct bench *b)
{
    uint32_t count;
    assert_int_equal(object_count(&b->w->cx, b->w->core, b->w->jane, OBJECT_SUBMISSION, &count),
                     OK);
    return count;
}

/* What is over makes room, the oldest first. */
static void old_rows_make_room(void **state)
{
    struct bench *b = bench_open();
    struct object o;
    (void)state;
    fill(b, 10000, STR("{\"undoStatus\":\"final\",\"sendAt\":\"2020-01-01T00:00:00Z\"}"));
    assert_holds(submit(b, STR("{\"email\":\"x@far.example\"}"), "null"), "\"created\":{\"k\"");
    assert_true(kept(b) <= 10000);
    assert_int_equal(
        object_get(&b->w->cx, b->w->core, b->w->jane, OBJECT_SUBMISSION, STR("Sf00000"), &o),
        E_NOT_FOUND);
    assert_int_equal(
        object_get(&b->w->cx, b->w->core, b->w->jane, OBJECT_SUBMISSION, STR("Sf09999"), &o), OK);
    fake_road_run(b->w, &b->road);
    assert_int_equal(fake_road_given(&b->road, "x@far.example"), 1);
    bench_close(b);
}

/* What waits for its time stays; then nothing goes, and so its sender is told. */
static void full_sends_nothing(void **state)
{
    struct bench *b = bench_open();
    (void)state;
    fill(b, 10000, STR("{\"undoStatus\":\"pending\",\"sendAt\":\"2090-01-01T00:00:00Z\"}"));
    assert_holds(submit(b, STR("{\"email\":\"x@far.example\"}"), "null"), "\"overQuota\"");
    fake_road_run(b->w, &b->road);
    assert_int_equal(fake_road_given(&b->road, "x@far.example"), 0);
    assert_int_equal(kept(b), 10000);
    bench_close(b);
}

static struct str addresses(struct bench *b, size_t count, const char *filler)
{
    struct buf list = buf_of(b->w->cx.arena, 1 << 20);
    for (size_t i = 0; i < count; i++)
        buf_printf(&list, "%s{\"email\":\"r%04zu%s@far.example\"}", i ? "," : "", i, filler);
    return buf_str(&list);
}

/* An envelope that is longer than a row of the store. */
static void many_recipients(void **state)
{
    struct bench *b = bench_open();
    (void)state;
    struct str told =
        submit(b, addresses(b, 1000, ".of.a.department.with.a.long.name.in.the.capital"), "null");
    assert_holds(told, "\"created\":{\"k\"");
    struct str id = value_of(told, "\"created\":{\"k\":{\"id\":\"");
    struct str got =
        ask(b, str_printf(b->w->cx.arena,
                          "[\"EmailSubmission/get\",{\"accountId\":\"%.*s\",\"ids\":[\"%.*s\"]},"
                          "\"0\"]",
                          STR_ARG(b->account), STR_ARG(id)));
    assert_holds(got, "\"email\":\"r0999.of.a.department");
    assert_holds(got, "\"r0000.of.a.department.with.a.long.name.in.the.capital@far.example\":{");
    bench_close(b);
}

static struct str method(struct bench *b, const char *name, const char *arguments)
{
    return ask(b, str_printf(b->w->cx.arena,
                             "[\"EmailSubmission/%s\",{\"accountId\":\"%.*s\",%s},\"0\"]", name,
                             STR_ARG(b->account), arguments));
}

static struct str state_of(struct bench *b)
{
    return value_of(method(b, "get", "\"ids\":[]"), "\"state\":\"");
}

static struct str since(struct bench *b, struct str state)
{
    return method(b, "changes",
                  str_printf(b->w->cx.arena, "\"sinceState\":\"%.*s\"", STR_ARG(state)).p);
}

static struct str read_all(struct bench *b)
{
    return method(b, "get", "\"ids\":null");
}

static struct str id_of(struct str told)
{
    return value_of(told, "\"created\":{\"k\":{\"id\":\"");
}

/* Each thing that becomes of it is a change of the state, and so of push. */
static void state_moves(void **state)
{
    struct bench *b = bench_open();
    (void)state;
    struct str id = id_of(submit(b, STR("{\"email\":\"x@far.example\"}"), "null"));
    struct str updated = str_printf(b->w->cx.arena, "\"updated\":[\"%.*s\"]", STR_ARG(id)),
               was = state_of(b);
    assert_holds(read_all(b), "\"delivered\":\"queued\"");
    assert_holds(since(b, was), "\"updated\":[]");
    fake_road_run(b->w, &b->road);
    assert_holds(since(b, was), updated.p);
    assert_holds(read_all(b), "\"delivered\":\"yes\"");
    bench_close(b);
}

static void release_moves_it(void **state)
{
    struct bench *b = bench_open();
    (void)state;
    struct str id =
        id_of(submit(b, STR("{\"email\":\"skip@far.example\"}"), "{\"HOLDFOR\":\"3600\"}"));
    struct str updated = str_printf(b->w->cx.arena, "\"updated\":[\"%.*s\"]", STR_ARG(id));
    struct str was = state_of(b);
    b->road.skip = true;
    assert_holds(read_all(b), "\"undoStatus\":\"pending\"");
    fake_road_time(b->w, &b->road, 3590);
    assert_holds(since(b, was), "\"updated\":[]");
    fake_road_time(b->w, &b->road, 20);
    assert_holds(since(b, was), updated.p); /* taken up, though nothing came of it yet */
    assert_holds(read_all(b), "\"undoStatus\":\"final\"");
    b->road.skip = false;
    bench_close(b);
}

/* A report into jane's inbox, as from another server. */
static void report(struct bench *b, const char *id, const char *from_type, struct str body)
{
    struct ctx *cx = &b->w->cx;
    struct delivery_recipient to = {0};
    struct delivery_message m = {
        .bytes = str_printf(cx->arena,
                            "From: postmaster@far.example\r\nSubject: r\r\nMIME-Version: 1.0\r\n"
                            "Content-Type: multipart/report; report-type=%s; boundary=b\r\n\r\n"
                            "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n%.*s--b--\r\n",
                            from_type, STR_ARG(body)),
        .received = STR("Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"),
        .id = str_z(id),
        .received_ms = cx->now_ms,
    };
    assert_int_equal(
        delivery_route(cx, b->w->delivery, STR("jane.roe@commonwealth.example"), 0, 0, &to.route),
        OK);
    assert_int_equal(delivery_run(cx, b->w->delivery, &m, &to, 1), OK);
}

#define DSN                                                                                        \
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; far.example\r\n\r\n"  \
    "Original-Recipient: rfc822; x@far.example\r\nFinal-Recipient: rfc822; y@inner.example\r\n"    \
    "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 moved\r\n away\r\n\r\n"   \
    "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: s\r\nMessage-ID: <%s>\r\n\r\n"
#define MDN                                                                                        \
    "--b\r\nContent-Type: message/disposition-notification\r\n\r\n"                                \
    "Final-Recipient: rfc822;X@far.example\r\nOriginal-Message-ID: <one@jane>\r\n"                 \
    "Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n"

/* What comes back is tied to what was sent, by its Message-ID. */
static void reports_are_tied(void **state)
{
    struct bench *b = bench_open();
    (void)state;
    struct arena *a = b->w->cx.arena;
    struct str id = id_of(submit(b, STR("{\"email\":\"x@far.example\"}"), "null"));
    struct str updated = str_printf(a, "\"updated\":[\"%.*s\"]", STR_ARG(id));
    fake_road_run(b->w, &b->road);
    assert_holds(read_all(b), "\"dsnBlobIds\":[],\"mdnBlobIds\":[]");
    struct str was = state_of(b);
    report(b, "r0", "delivery-status", str_printf(a, DSN, "another@jane"));
    assert_holds(since(b, was), "\"updated\":[]");
    report(b, "r1", "delivery-status", str_printf(a, DSN, "one@jane"));
    assert_holds(since(b, was), updated.p);
    struct str now = read_all(b);
    assert_holds(now, "\"smtpReply\":\"550 5.1.1 moved away\",\"delivered\":\"no\"");
    assert_holds(now, "\"displayed\":\"unknown\"");
    assert_holds(now, "\"dsnBlobIds\":[\"B");
    was = state_of(b);
    report(b, "r1", "delivery-status", str_printf(a, DSN, "one@jane")); /* the same again */
    report(b, "r2", "disposition-notification", STR(MDN));
    now = read_all(b);
    assert_holds(now, "\"displayed\":\"yes\"");
    assert_holds(now, "\"mdnBlobIds\":[\"B");
    assert_holds(since(b, was), updated.p);
    struct str dsns = value_of(now, "\"dsnBlobIds\":[\"");
    assert_holds(now, str_printf(a, "\"dsnBlobIds\":[\"%.*s\"]", STR_ARG(dsns)).p);
    bench_close(b);
}

/* One that this server writes itself. */
static void own_report_is_tied(void **state)
{
    struct bench *b = bench_open();
    (void)state;
    submit(b, STR("{\"email\":\"no@far.example\"}"), "null");
    fake_road_run(b->w, &b->road);
    struct str now = read_all(b);
    assert_holds(now, "\"delivered\":\"no\"");
    assert_holds(now, "\"dsnBlobIds\":[\"B");
    bench_close(b);
}

/* A row that goes takes what was kept beside it along. */
static void nothing_stays(void **state)
{
    struct bench *b = bench_open();
    struct objects all;
    (void)state;
    struct str id = id_of(submit(b, STR("{\"email\":\"x@far.example\"}"), "null"));
    fake_road_run(b->w, &b->road);
    assert_holds(
        method(b, "set", str_printf(b->w->cx.arena, "\"destroy\":[\"%.*s\"]", STR_ARG(id)).p),
        "\"destroyed\":[\"S");
    for (int kind = OBJECT_SUBMISSION; kind < OBJECT_KIND_END; kind++) {
        assert_int_equal(
            object_list(&b->w->cx, b->w->core, b->w->jane, (enum object_kind)kind, &all), OK);
        assert_int_equal(all.count, 0);
    }
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_rows_make_room), cmocka_unit_test(full_sends_nothing),
        cmocka_unit_test(many_recipients),    cmocka_unit_test(state_moves),
        cmocka_unit_test(release_moves_it),   cmocka_unit_test(reports_are_tied),
        cmocka_unit_test(own_report_is_tied), cmocka_unit_test(nothing_stays),
    };
    return cmocka_run_group_tests_name("jmap/sent", tests, NULL, NULL);
}
