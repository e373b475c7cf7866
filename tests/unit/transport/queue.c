/* From a delivery through the queue to a road, with a clock that the test moves. */
#include "unit.h"

#include "../world/road.h"
#include "service/transport/admin.h"
#include <ftw.h>
#include <unistd.h>

enum { HOUR = 3600, DAY = 24 * HOUR };

/* The engine's name and where it lies. */
struct place {
    const char *engine;
    char dir[64];
};

struct bench {
    struct fake_road road;
    struct world *w;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static struct bench *bench_open(void **state)
{
    static const struct queue_config usual;
    struct place *p = *state;
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    fake_road_open(&b->road);
    struct world_config config = {
        .engine = p->engine, .delivery = world_delivery, .queue = &usual, .road = &b->road.road};
    if (strcmp(p->engine, "memory") != 0) {
        snprintf(p->dir, sizeof p->dir, "/tmp/postroad-queue-XXXXXX");
        must(mkdtemp(p->dir));
        config.dir = p->dir;
    }
    b->w = world_open(&config);
    return b;
}

static void bench_close(void **state, struct bench *b)
{
    struct place *p = *state;
    fake_road_run(b->w, &b->road);
    world_close(b->w);
    fake_road_close(&b->road);
    free(b);
    if (strcmp(p->engine, "memory") != 0)
        nftw(p->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct delivery_message message(struct world *w, const char *id)
{
    return (struct delivery_message){
        .bytes = STR("Subject: x\r\nFrom: j\r\n\r\nsecret body\r\n"),
        .return_path = STR("jane.roe@commonwealth.example"),
        .received = STR("Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"),
        .id = str_z(id),
        .sender = w->jane,
        .received_ms = w->cx.now_ms,
    };
}

/* Sends m to the addresses; the last is followed by NULL. */
static enum code send_to(struct world *w, const struct delivery_message *m,
                         const char *const *addresses, uint32_t notify)
{
    struct delivery_recipient to[20] = {0};
    size_t n = 0;
    for (; addresses[n]; n++) {
        world_must(
            &w->cx,
            delivery_route(&w->cx, w->delivery, str_z(addresses[n]), w->jane, 0, &to[n].route),
            addresses[n]);
        to[n].notify = notify;
    }
    struct ctx cx = w->cx;
    cx.arena = arena_open(); /* as of a request */
    enum code code = delivery_run(&cx, w->delivery, m, to, n);
    arena_close(cx.arena);
    return code;
}

static void send_one(struct world *w, const char *id, const char *address)
{
    struct delivery_message m = message(w, id);
    assert_int_equal(send_to(w, &m, (const char *[]){address, NULL}, 0), OK);
}

/* Nothing is left of a message but its history. */
static void assert_empty(struct world *w)
{
    struct scan *s =
        store_scan(&w->cx, w->store, QUEUE_PART, (struct range){.from = STR("q"), .to = STR("r")});
    struct str key, value;
    assert_false(scan_next(s, &key, &value));
    scan_close(s);
}

static size_t rows(struct world *w)
{
    struct scan *s =
        store_scan(&w->cx, w->store, QUEUE_PART, (struct range){.from = STR("q"), .to = STR("r")});
    struct str key, value;
    size_t n = 0;
    while (scan_next(s, &key, &value))
        n++;
    scan_close(s);
    return n;
}

static bool holds(struct str text, const char *part)
{
    if (str_find(text, str_z(part)) != SIZE_MAX)
        return true;
    print_error("no %s in\n%.*s\n", part, STR_ARG(text));
    return false;
}

static void one_sync_for_mailboxes_and_queue(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    struct delivery_message m = message(w, "T1");
    int64_t before = world_metric(w, "postroad_store_syncs_total");
    static const char *const to[] = {"john.doe@commonwealth.example", "a@outside.example",
                                     "b@outside.example", "c@other.example", NULL};
    assert_int_equal(send_to(w, &m, to, 0), OK);
    assert_int_equal(world_metric(w, "postroad_store_syncs_total") - before, 1);
    assert_int_equal(world_count(w, w->john, "INBOX"), 1);
    assert_int_equal(rows(w), 4);
    assert_int_equal(fake_road_run(w, &b->road), 2); /* one message for each destination */
    assert_int_equal(fake_road_given(&b->road, "a@outside.example"), 1);
    assert_int_equal(fake_road_given(&b->road, "b@outside.example"), 1);
    assert_int_equal(fake_road_given(&b->road, "c@other.example"), 1);
    assert_true(str_starts(str_z(b->road.last_trace), STR("Received: from a by b")));
    assert_empty(w);
    bench_close(state, b);
}

/* Not in the next second: the clock of the order has whole ones. */
static void what_comes_goes_at_once(void **state)
{
    struct bench *b = bench_open(state);
    b->w->cx.now_ms += 123;
    send_one(b->w, "T1", "a@outside.example");
    assert_int_equal(fake_road_run(b->w, &b->road), 1);
    bench_close(state, b);
}

static void a_repeat_is_one_message(void **state)
{
    struct bench *b = bench_open(state);
    send_one(b->w, "T1", "a@outside.example");
    send_one(b->w, "T1", "a@outside.example");
    fake_road_time(b->w, &b->road, 2);
    assert_int_equal(fake_road_given(&b->road, "a@outside.example"), 1);
    send_one(b->w, "T1", "a@outside.example"); /* also when it has left */
    fake_road_time(b->w, &b->road, 2);
    assert_int_equal(fake_road_given(&b->road, "a@outside.example"), 1);
    send_one(b->w, "T2", "a@outside.example");
    fake_road_time(b->w, &b->road, 2);
    assert_int_equal(fake_road_given(&b->road, "a@outside.example"), 2);
    bench_close(state, b);
}

static void a_failure_comes_back_at_once(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    struct delivery_message m = message(w, "T1");
    m.envid = STR("QQ314");
    static const char *const to[] = {"no.one@outside.example", "a@outside.example", NULL};
    assert_int_equal(send_to(w, &m, to, 0), OK);
    fake_road_run(w, &b->road);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1);
    struct str got = world_newest(w, w->jane, "INBOX");
    assert_true(holds(got, "Return-Path: <>\r\n"));
    assert_true(holds(got, "Subject: Your message could not be delivered\r\n"));
    assert_true(holds(got, "Original-Envelope-Id: QQ314\r\nReporting-MTA: dns; mail.example\r\n"));
    assert_true(holds(got, "Final-Recipient: rfc822; no.one@outside.example\r\nAction: failed\r\n"
                           "Status: 5.1.1\r\nRemote-MTA: dns; mx.outside.example\r\n"
                           "Diagnostic-Code: smtp; 550 5.1.1 No such person\r\n"));
    assert_true(holds(got, "Content-Type: text/rfc822-headers\r\n\r\nReceived: from a by b;"));
    assert_true(holds(got, "Subject: x\r\nFrom: j\r\n"));
    assert_int_equal(str_find(got, STR("secret body")), SIZE_MAX);
    assert_int_equal(str_find(got, STR("a@outside.example")), SIZE_MAX);
    assert_empty(w);
    bench_close(state, b);
}

static void the_whole_message_if_the_sender_asks(void **state)
{
    struct bench *b = bench_open(state);
    struct delivery_message m = message(b->w, "T1");
    m.whole = true;
    assert_int_equal(send_to(b->w, &m, (const char *[]){"no@outside.example", NULL}, 0), OK);
    fake_road_run(b->w, &b->road);
    struct str got = world_newest(b->w, b->w->jane, "INBOX");
    assert_true(holds(got, "Content-Type: message/rfc822\r\n\r\nReceived: "));
    assert_true(holds(got, "secret body\r\n"));
    bench_close(state, b);
}

static void who_asks_for_no_report_gets_none(void **state)
{
    struct bench *b = bench_open(state);
    struct delivery_message m = message(b->w, "T1");
    static const char *const to[] = {"no@outside.example", NULL};
    assert_int_equal(send_to(b->w, &m, to, NOTIFY_NEVER), OK);
    m.id = STR("T2");
    assert_int_equal(send_to(b->w, &m, to, NOTIFY_SUCCESS), OK);
    m.id = STR("T3");
    m.return_path = STR("");
    assert_int_equal(send_to(b->w, &m, to, 0), OK);
    fake_road_time(b->w, &b->road, 2);
    assert_int_equal(world_count(b->w, b->w->jane, "INBOX"), 0);
    assert_empty(b->w);
    bench_close(state, b);
}

/* RFC 3461 section 6.1: by a host that does not report, "relayed"; else it is the host's. */
static void success_is_told_where_the_next_host_does_not(void **state)
{
    struct bench *b = bench_open(state);
    struct delivery_message m = message(b->w, "T1");
    static const char *const to[] = {"a@outside.example", "dsn@outside.example", NULL};
    assert_int_equal(send_to(b->w, &m, to, NOTIFY_SUCCESS), OK);
    fake_road_run(b->w, &b->road);
    assert_int_equal(world_count(b->w, b->w->jane, "INBOX"), 1);
    struct str got = world_newest(b->w, b->w->jane, "INBOX");
    assert_true(holds(got, "Final-Recipient: rfc822; a@outside.example\r\nAction: relayed\r\n"));
    assert_int_equal(str_find(got, STR("dsn@")), SIZE_MAX);
    assert_empty(b->w);
    bench_close(state, b);
}

/* A bounce to elsewhere leaves by the queue, with the null path, and never bounces itself. */
static void a_bounce_does_not_bounce(void **state)
{
    struct bench *b = bench_open(state);
    struct delivery_message m = message(b->w, "T1");
    m.sender = 0;
    m.return_path = STR("no.sender@outside.example");
    static const char *const to[] = {"no@other.example", NULL};
    assert_int_equal(send_to(b->w, &m, to, 0), OK);
    fake_road_time(b->w, &b->road, 2);
    assert_int_equal(b->road.attempts, 2); /* the message, and its bounce */
    assert_int_equal(b->road.last.return_path.n, 0);
    assert_empty(b->w);
    bench_close(state, b);
}

static void deferred_mail_is_tried_again_warned_of_and_given_back(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    send_one(w, "T1", "later@outside.example");
    fake_road_time(w, &b->road, 2);
    assert_int_equal(b->road.attempts, 1);
    fake_road_time(w, &b->road, 220);
    assert_int_equal(b->road.attempts, 1); /* 5 minutes less a fifth */
    fake_road_time(w, &b->road, 160);
    assert_int_equal(b->road.attempts, 2);
    fake_road_time(w, &b->road, 4 * HOUR - 600);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 0);
    fake_road_time(w, &b->road, 800);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1);
    struct str got = world_newest(w, w->jane, "INBOX");
    assert_true(holds(got, "Action: delayed\r\nStatus: 4.3.0\r\n"));
    assert_true(holds(got, "Diagnostic-Code: smtp; 451 4.3.0 Come back later\r\n"));
    assert_true(holds(got, "Will-Retry-Until: "));
    uint64_t attempts = b->road.attempts;
    fake_road_time(w, &b->road, DAY);
    assert_in_range(b->road.attempts - attempts, 18, 32); /* once an hour */
    fake_road_time(w, &b->road, 4 * DAY);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 2);
    got = world_newest(w, w->jane, "INBOX");
    assert_true(holds(got, "Action: failed\r\nStatus: 5.4.7\r\n"));
    assert_true(holds(got, "451 4.3.0 Come back later"));
    assert_empty(w);
    bench_close(state, b);
}

static void a_dead_host_delays_nobody_and_comes_back(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    for (int i = 0; i < 20; i++) {
        char id[10];
        snprintf(id, sizeof id, "T%d", i);
        send_one(w, id, i % 2 ? "a@dead.example" : "a@live.example");
    }
    fake_road_time(w, &b->road, 30);
    assert_int_equal(fake_road_given(&b->road, "a@live.example"), 10);
    assert_in_range(b->road.starts, 2, 14); /* the dead one: once */
    fake_road_time(w, &b->road, 5 * HOUR);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 10); /* warnings, none for the live one */
    assert_true(holds(world_newest(w, w->jane, "INBOX"), "dead: connection refused"));
    b->road.revive = true;
    fake_road_time(w, &b->road, 2 * HOUR);
    assert_int_equal(fake_road_given(&b->road, "a@dead.example"), 10);
    assert_empty(w);
    bench_close(state, b);
}

static void what_does_not_exist_fails_at_once(void **state)
{
    struct bench *b = bench_open(state);
    send_one(b->w, "T1", "a@gone.example");
    send_one(b->w, "T2", "b@gone.example");
    fake_road_time(b->w, &b->road, 2);
    assert_int_equal(world_count(b->w, b->w->jane, "INBOX"), 2);
    struct str got = world_newest(b->w, b->w->jane, "INBOX");
    assert_true(holds(got, "Action: failed\r\nStatus: 5.1.2\r\n"));
    assert_true(holds(got, "Diagnostic-Code: x-postroad; the domain does not exist\r\n"));
    assert_empty(b->w);
    bench_close(state, b);
}

static void a_busy_host_gets_less(void **state)
{
    struct bench *b = bench_open(state);
    b->road.busy = true;
    for (int i = 0; i < 10; i++) {
        char id[10];
        snprintf(id, sizeof id, "T%d", i);
        send_one(b->w, id, "a@busy.example");
    }
    fake_road_time(b->w, &b->road, 40);
    assert_in_range(b->road.starts, 1, 4);
    b->road.busy = false;
    fake_road_time(b->w, &b->road, 1200);
    assert_int_equal(fake_road_given(&b->road, "a@busy.example"), 10);
    bench_close(state, b);
}

/* What a road gives back untried goes again, but not in a circle. */
static void untried_goes_again(void **state)
{
    struct bench *b = bench_open(state);
    b->road.skip = true;
    send_one(b->w, "T1", "skip@outside.example");
    fake_road_time(b->w, &b->road, 20);
    assert_in_range(b->road.starts, 1, 3);
    b->road.skip = false;
    fake_road_time(b->w, &b->road, 1200);
    assert_int_equal(fake_road_given(&b->road, "skip@outside.example"), 1);
    assert_empty(b->w);
    bench_close(state, b);
}

static void all_is_there_after_a_restart(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    send_one(w, "T1", "later@outside.example");
    send_one(w, "T2", "a@dead.example");
    fake_road_time(w, &b->road, 2);
    uint64_t starts = b->road.starts, attempts = b->road.attempts;
    world_queue_again(w);
    fake_road_time(w, &b->road, 10);
    assert_int_equal(b->road.starts, starts); /* neither is due: the dead one is remembered too */
    send_one(w, "T3", "b@dead.example");
    world_queue_again(w);
    fake_road_time(w, &b->road, 600);
    assert_int_equal(b->road.attempts, attempts + 1);
    b->road.revive = true;
    fake_road_time(w, &b->road, 2 * HOUR);
    assert_int_equal(fake_road_given(&b->road, "a@dead.example"), 1);
    assert_int_equal(fake_road_given(&b->road, "b@dead.example"), 1);
    fake_road_time(w, &b->road, 5 * DAY);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 2); /* the warning and the bounce of T1 */
    assert_empty(w);
    bench_close(state, b);
}

/* The server was down when the warning was due, and when a bounce was owed. */
static void what_was_owed_is_told_after_a_restart(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    send_one(w, "T1", "later@outside.example");
    fake_road_time(w, &b->road, 2);
    w->cx.now_ms += (int64_t)5 * HOUR * 1000;
    world_queue_again(w);
    fake_road_time(w, &b->road, 2);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1);
    world_queue_again(w);
    fake_road_time(w, &b->road, 2);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1); /* once */
    w->cx.now_ms += (int64_t)5 * DAY * 1000;
    world_queue_again(w);
    fake_road_time(w, &b->road, 2);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 2);
    assert_empty(w);
    bench_close(state, b);
}

/* A group with members here, elsewhere, and one that is full. */
static void groups_reach_everybody(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    struct delivery_message m = message(w, "T1");
    char big[3000] = "Subject: big\r\n\r\n";
    memset(big + 16, 'x', sizeof big - 17);
    m.bytes = str_z(big);
    struct principal mixed;
    world_must(&w->cx,
               directory_by_address(&w->cx, w->core, STR("mixed@commonwealth.example"), &mixed),
               "mixed");
    world_must(&w->cx, directory_member_add(&w->cx, w->core, mixed.id, w->full), "member");
    static const char *const to[] = {"mixed@commonwealth.example", NULL};
    assert_int_equal(send_to(w, &m, to, 0), OK);
    fake_road_time(w, &b->road, 2);
    assert_int_equal(fake_road_given(&b->road, "f@outside.example"), 1);
    assert_int_equal(world_count(w, w->full, "INBOX"), 0);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 2); /* her copy, and the bounce */
    struct str got = world_newest(w, w->jane, "INBOX");
    assert_true(holds(got, "Final-Recipient: rfc822; full@commonwealth.example\r\n"
                           "Action: failed\r\nStatus: 5.2.2\r\n"));
    assert_int_equal(send_to(w, &m, to, 0), OK); /* a repeat changes nothing */
    fake_road_time(w, &b->road, 2);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 2);
    assert_int_equal(fake_road_given(&b->road, "f@outside.example"), 1);
    assert_empty(w);
    bench_close(state, b);
}

static void not_before_and_not_after_its_time(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    struct delivery_message m = message(w, "T1");
    m.release_ms = w->cx.now_ms + (int64_t)2 * DAY * 1000;
    assert_int_equal(send_to(w, &m, (const char *[]){"a@outside.example", NULL}, 0), OK);
    m = message(w, "T2");
    m.by_ms = w->cx.now_ms + 600000;
    m.by_return = true;
    assert_int_equal(send_to(w, &m, (const char *[]){"later@outside.example", NULL}, 0), OK);
    m.id = STR("T3");
    m.by_return = false;
    assert_int_equal(send_to(w, &m, (const char *[]){"later@other.example", NULL}, 0), OK);
    fake_road_time(w, &b->road, 500);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 0);
    fake_road_time(w, &b->road, 130);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 2); /* T2 failed, T3 is late */
    fake_road_time(w, &b->road, 2 * DAY - 1000);
    assert_int_equal(fake_road_given(&b->road, "a@outside.example"), 0);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 3); /* the usual warning for T3 */
    fake_road_time(w, &b->road, 2000);
    assert_int_equal(fake_road_given(&b->road, "a@outside.example"), 1);
    bench_close(state, b);
}

static uint64_t act(struct world *w, const char *id, const char *destination, enum queue_act what)
{
    struct queue_filter filter = {.destination = str_z(destination)};
    uint64_t done;
    if (id)
        world_must(&w->cx, queue_find(&w->cx, w->queue, str_z(id), &filter.id), id);
    world_must(&w->cx, queue_act(&w->cx, w->queue, &filter, what, &done), "queue_act");
    return done;
}

static void an_operator_holds_releases_and_drops(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    send_one(w, "T1", "a@dead.example");
    send_one(w, "T2", "b@dead.example");
    send_one(w, "T3", "c@live.example");
    assert_int_equal(act(w, "T1", NULL, QUEUE_HOLD), 1);
    fake_road_time(w, &b->road, 10);
    assert_int_equal(fake_road_given(&b->road, "c@live.example"), 1);
    struct queue_message_facts *m;
    size_t count;
    const struct queue_filter held = {.held = true};
    assert_int_equal(queue_list(&w->cx, w->queue, &held, 10, &m, &count), OK);
    assert_int_equal(count, 1);
    assert_str(m->delivery_id, STR("T1"));
    b->road.revive = true;
    assert_int_equal(act(w, NULL, "dead.example", QUEUE_REQUEUE), 2); /* now, not in a minute */
    fake_road_time(w, &b->road, 2);
    assert_int_equal(fake_road_given(&b->road, "b@dead.example"), 1);
    world_queue_again(w); /* what is held stays so, for as long as it takes */
    fake_road_time(w, &b->road, 6 * DAY);
    assert_int_equal(fake_road_given(&b->road, "a@dead.example"), 0);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 0);
    w->cx.now_ms -= (int64_t)3 * DAY * 1000;
    assert_int_equal(act(w, "T1", NULL, QUEUE_RELEASE), 1);
    fake_road_time(w, &b->road, 2);
    assert_int_equal(fake_road_given(&b->road, "a@dead.example"), 1);
    send_one(w, "T4", "later@live.example");
    fake_road_time(w, &b->road, 2);
    assert_int_equal(act(w, "T4", NULL, QUEUE_DROP), 1);
    assert_int_equal(act(w, "T4", NULL, QUEUE_DROP), 0);
    fake_road_time(w, &b->road, 6 * DAY);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1); /* T1 was late: its warning */
    assert_empty(w);
    bench_close(state, b);
}

static void a_trace_tells_all(void **state)
{
    static const char *const wanted[] = {"accepted", "unreachable", "delivered"};
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    struct queue_event_facts *events;
    size_t count;
    uint64_t id;
    bool more = true;
    send_one(w, "T1", "a@dead.example");
    fake_road_time(w, &b->road, 10);
    assert_int_equal(queue_find(&w->cx, w->queue, STR("T1"), &id), OK);
    assert_int_equal(queue_trace(&w->cx, w->queue, id, &events, &count), OK);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++)
        assert_str(events[i].what, str_z(wanted[i]));
    b->road.revive = true;
    fake_road_time(w, &b->road, HOUR);
    assert_int_equal(queue_trace(&w->cx, w->queue, id, &events, &count), OK);
    assert_str(events[count - 1].what, STR("delivered"));
    assert_int_equal(queue_trim(&w->cx, w->queue, &more), OK);
    assert_int_equal(queue_trace(&w->cx, w->queue, id, &events, &count), OK);
    w->cx.now_ms += (int64_t)11 * DAY * 1000;
    for (int i = 0; i < 3; i++)
        assert_int_equal(queue_trim(&w->cx, w->queue, &more), OK);
    assert_int_equal(queue_trace(&w->cx, w->queue, id, &events, &count), E_NOT_FOUND);
    assert_int_equal(queue_find(&w->cx, w->queue, STR("T1"), &id), E_NOT_FOUND);
    bench_close(state, b);
}

static void a_rule_moves_what_waits(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    send_one(w, "T1", "a@dead.example");
    fake_road_time(w, &b->road, 2);
    struct route_rule rule = {.name = STR("around"),
                              .pattern = STR("dead.example"),
                              .way = WAY_HOSTS,
                              .hops = {{.host = STR("192.0.2.1")}},
                              .hop_count = 1,
                              .enabled = true};
    world_must(&w->cx, routing_set(&w->cx, w->routing, &rule), "rule");
    queue_reroute(w->queue);
    fake_road_time(w, &b->road, 2);
    assert_int_equal(fake_road_given(&b->road, "a@dead.example"), 1);
    send_one(w, "T2", "later@dead.example");
    fake_road_time(w, &b->road, 2);
    rule = (struct route_rule){
        .name = STR("around"), .pattern = STR("*"), .way = WAY_DISCARD, .enabled = true};
    world_must(&w->cx, routing_set(&w->cx, w->routing, &rule), "rule");
    queue_reroute(w->queue);
    fake_road_time(w, &b->road, HOUR);
    assert_empty(w);
    bench_close(state, b);
}

static void mailboxes_here_wait_for_release_too(void **state)
{
    struct bench *b = bench_open(state);
    struct world *w = b->w;
    struct delivery_message m = message(w, "T1");
    m.release_ms = w->cx.now_ms + 7200000;
    static const char *const to[] = {"john.doe@commonwealth.example", "a@outside.example", NULL};
    assert_int_equal(send_to(w, &m, to, 0), OK);
    fake_road_time(w, &b->road, 7000);
    assert_int_equal(world_count(w, w->john, "INBOX"), 0);
    fake_road_time(w, &b->road, 300);
    assert_int_equal(world_count(w, w->john, "INBOX"), 1);
    assert_int_equal(fake_road_given(&b->road, "a@outside.example"), 1);
    assert_empty(w);
    bench_close(state, b);
}

#define EACH(test)                                                                                 \
    {                                                                                              \
#test, test                                                                                \
    }
static const struct {
    const char *name;
    void (*run)(void **state);
} each[] = {
    EACH(one_sync_for_mailboxes_and_queue),
    EACH(what_comes_goes_at_once),
    EACH(a_repeat_is_one_message),
    EACH(a_failure_comes_back_at_once),
    EACH(the_whole_message_if_the_sender_asks),
    EACH(who_asks_for_no_report_gets_none),
    EACH(success_is_told_where_the_next_host_does_not),
    EACH(a_bounce_does_not_bounce),
    EACH(deferred_mail_is_tried_again_warned_of_and_given_back),
    EACH(a_dead_host_delays_nobody_and_comes_back),
    EACH(what_does_not_exist_fails_at_once),
    EACH(a_busy_host_gets_less),
    EACH(untried_goes_again),
    EACH(all_is_there_after_a_restart),
    EACH(what_was_owed_is_told_after_a_restart),
    EACH(groups_reach_everybody),
    EACH(not_before_and_not_after_its_time),
    EACH(an_operator_holds_releases_and_drops),
    EACH(a_trace_tells_all),
    EACH(a_rule_moves_what_waits),
    EACH(mailboxes_here_wait_for_release_too),
};

int main(void)
{
    static struct place places[] = {{.engine = "memory"}, {.engine = "rocksdb"}};
    enum { N = sizeof each / sizeof *each };
    static char names[2 * N][80];
    struct CMUnitTest tests[2 * N];
    for (size_t i = 0; i < 2 * N; i++) {
        snprintf(names[i], sizeof names[i], "%s: %s", places[i / N].engine, each[i % N].name);
        tests[i] = (struct CMUnitTest){names[i], each[i % N].run, NULL, NULL, &places[i / N]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
