/* From an address to mailboxes, over every engine. */
#include "unit.h"

#include "../world/world.h"
#include "core/meter.h"
#include "service/delivery.h"
#include <ftw.h>
#include <unistd.h>

/* The engine's name and where it lies. */
struct place {
    const char *engine;
    char dir[64];
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static struct world *world_in(void **state, struct delivery_config delivery)
{
    struct place *p = *state;
    struct world_config config = {.engine = p->engine, .delivery = delivery};
    if (strcmp(p->engine, "memory") != 0) {
        snprintf(p->dir, sizeof p->dir, "/tmp/postroad-delivery-XXXXXX");
        must(mkdtemp(p->dir));
        config.dir = p->dir;
    }
    return world_open(&config);
}

static void world_end(void **state, struct world *w)
{
    struct place *p = *state;
    world_close(w);
    if (strcmp(p->engine, "memory") != 0)
        nftw(p->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct delivery_message message(const char *bytes, const char *id)
{
    return (struct delivery_message){
        .bytes = str_z(bytes),
        .return_path = STR("a@outside.example"),
        .received = STR("Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"),
        .id = str_z(id),
        .received_ms = 1700000000000,
    };
}

static struct delivery_recipient recipient(struct world *w, const char *address)
{
    struct delivery_recipient to = {0};
    world_must(&w->cx, delivery_route(&w->cx, w->delivery, str_z(address), 0, 0, &to.route),
               address);
    assert_int_equal(to.route.kind, ROUTE_LOCAL);
    return to;
}

static enum code deliver(struct world *w, const struct delivery_message *m,
                         struct delivery_recipient *to, size_t count)
{
    /* As of a request: an arena of its own, so that nothing may lean on it later. */
    struct ctx cx = w->cx;
    cx.arena = arena_open();
    enum code code = delivery_run(&cx, w->delivery, m, to, count);
    arena_close(cx.arena);
    return code;
}

static enum code deliver_to(struct world *w, const char *bytes, const char *id, const char *address)
{
    struct delivery_message m = message(bytes, id);
    struct delivery_recipient to = recipient(w, address);
    enum code code = deliver(w, &m, &to, 1);
    assert_int_equal(to.result, code);
    return code;
}

static void ten_mailboxes_share_a_sync(void **state)
{
    struct world *w = world_in(state, world_delivery);
    struct delivery_message m = message("Subject: all\r\n\r\nhello\r\n", "");
    struct delivery_recipient to[10];
    principal_id who[10];
    for (size_t i = 0; i < 10; i++) {
        char name[20], address[60];
        snprintf(name, sizeof name, "p%zu", i);
        snprintf(address, sizeof address, "p%zu@commonwealth.example", i);
        who[i] = world_person(w, w->commonwealth, name, NULL);
        to[i] = recipient(w, address);
    }
    for (int round = 0; round < 20; round++) {
        int64_t before = world_metric(w, "postroad_store_syncs_total");
        m.id = str_printf(w->cx.arena, "T%d", round);
        assert_int_equal(deliver(w, &m, to, 10), OK);
        assert_int_equal(world_metric(w, "postroad_store_syncs_total") - before, 1);
    }
    assert_int_equal(world_metric(w, "postroad_delivery_mailboxes_total"), 200);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(to[i].result, OK);
        assert_int_equal(world_count(w, who[i], "INBOX"), 20);
        assert_str(world_newest(w, who[i], "INBOX"),
                   STR("Return-Path: <a@outside.example>\r\n"
                       "Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"
                       "Subject: all\r\n\r\nhello\r\n"));
    }
    world_end(state, w);
}

/* Reached as herself, by an alias and through groups in a ring. */
static void each_account_gets_it_once(void **state)
{
    struct world *w = world_in(state, world_delivery);
    struct delivery_message m = message("Subject: x\r\n\r\n", "T1");
    struct delivery_recipient to[] = {
        recipient(w, "ring-a@commonwealth.example"), recipient(w, "jane.roe@commonwealth.example"),
        recipient(w, "Jane@Health.example"), recipient(w, "ring-b@commonwealth.example"),
        recipient(w, "jane.roe+x@commonwealth.example")};
    assert_int_equal(to[0].route.target_count, 2);
    assert_int_equal(deliver(w, &m, to, 5), OK);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1);
    assert_int_equal(world_count(w, w->john, "INBOX"), 1);
    world_end(state, w);
}

static void a_sub_address_names_a_folder(void **state)
{
    struct world *w = world_in(state, world_delivery);
    const char *bytes = "Subject: x\r\n\r\n";
    world_folder(w, w->jane, "lists/linux");
    assert_int_equal(deliver_to(w, bytes, "T1", "jane.roe+lists/linux@commonwealth.example"), OK);
    assert_int_equal(world_count(w, w->jane, "lists/linux"), 1);
    assert_int_equal(deliver_to(w, bytes, "T2", "jane.roe+Lists/Linux@commonwealth.example"), OK);
    assert_int_equal(world_count(w, w->jane, "lists/linux"), 2);
    /* No such folder, and folders that are not for strangers to fill. */
    assert_int_equal(deliver_to(w, bytes, "T3", "jane.roe+none@commonwealth.example"), OK);
    assert_int_equal(deliver_to(w, bytes, "T4", "jane.roe+drafts@commonwealth.example"), OK);
    assert_int_equal(deliver_to(w, bytes, "T5", "jane.roe+@commonwealth.example"), OK);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 3);
    world_end(state, w);
}

static void a_sub_address_may_mean_nothing(void **state)
{
    struct delivery_config config = world_delivery;
    config.sub_address = SUB_ADDRESS_INBOX;
    struct world *w = world_in(state, config);
    world_folder(w, w->jane, "lists");
    assert_int_equal(
        deliver_to(w, "Subject: x\r\n\r\n", "T1", "jane.roe+lists@commonwealth.example"), OK);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1);
    world_end(state, w);
}

static void no_separator_no_sub_address(void **state)
{
    struct delivery_config config = world_delivery;
    config.sub_address_separator = 0;
    struct world *w = world_in(state, config);
    struct route route;
    assert_int_equal(
        delivery_route(&w->cx, w->delivery, STR("jane.roe+x@commonwealth.example"), 0, 0, &route),
        E_NOT_FOUND);
    world_end(state, w);
}

static void routes(void **state)
{
    static const struct {
        const char *address;
        enum code code;
        enum route_kind kind;
        size_t targets;
    } cases[] = {
        {"jane.roe@commonwealth.example", OK, ROUTE_LOCAL, 1},
        {"postmaster", OK, ROUTE_LOCAL, 1},
        {"PostMaster@health.example", OK, ROUTE_LOCAL, 1},
        {"abuse@commonwealth.example", OK, ROUTE_LOCAL, 1},
        {"staff@commonwealth.example", OK, ROUTE_LOCAL, 2},
        {"ring-b@commonwealth.example", OK, ROUTE_LOCAL, 2},
        {"empty@commonwealth.example", E_NOT_FOUND, 0, 0},
        {"mixed@commonwealth.example", E_UNSUPPORTED, 0, 0},
        {"friend@commonwealth.example", OK, ROUTE_ELSEWHERE, 0},
        {"x@agency.example", OK, ROUTE_ELSEWHERE, 0},
        {"x@outside.example", OK, ROUTE_ELSEWHERE, 0},
        {"x@[192.0.2.1]", OK, ROUTE_ELSEWHERE, 0},
        {"x@closed.example", E_DENIED, 0, 0},
        {"postmaster@closed.example", E_DENIED, 0, 0},
        {"nobody@commonwealth.example", E_NOT_FOUND, 0, 0},
        {"no address", E_SYNTAX, 0, 0},
    };
    struct world *w = world_in(state, world_delivery);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct route route = {0};
        enum code code = delivery_route(&w->cx, w->delivery, str_z(cases[i].address), 0, 0, &route);
        if (code != cases[i].code || route.kind != cases[i].kind ||
            route.target_count != cases[i].targets)
            fail_msg("%s: %s, kind %d, %zu targets", cases[i].address, code_name(code), route.kind,
                     route.target_count);
    }
    world_end(state, w);
}

/* The domain's own, else that of a domain above, else the configured one. */
static void postmaster_climbs_the_forest(void **state)
{
    struct world *w = world_in(state, world_delivery);
    struct route route;
    world_must(&w->cx,
               delivery_route(&w->cx, w->delivery, STR("postmaster@health.example"), 0, 0, &route),
               "route");
    assert_int_equal(route.targets[0].account, w->jane);
    principal_id above = world_person(w, w->commonwealth, "postmaster", NULL);
    world_must(&w->cx,
               delivery_route(&w->cx, w->delivery, STR("postmaster@health.example"), 0, 0, &route),
               "route");
    assert_int_equal(route.targets[0].account, above);
    principal_id own = world_person(w, w->health, "postmaster", NULL);
    world_must(&w->cx,
               delivery_route(&w->cx, w->delivery, STR("postmaster@health.example"), 0, 0, &route),
               "route");
    assert_int_equal(route.targets[0].account, own);
    world_end(state, w);
}

static void a_full_mailbox_is_seen_twice(void **state)
{
    struct world *w = world_in(state, world_delivery);
    struct route route;
    char bytes[900];
    struct str address = STR("full@commonwealth.example");
    snprintf(bytes, sizeof bytes, "Subject: x\r\n\r\n%0800d\r\n", 1);
    /* At RCPT by the announced size, at the end by the real one. */
    assert_int_equal(delivery_route(&w->cx, w->delivery, address, 0, 2000, &route), E_LIMIT);
    assert_int_equal(deliver_to(w, bytes, "T1", "full@commonwealth.example"), OK);
    assert_int_equal(deliver_to(w, bytes, "T2", "full@commonwealth.example"), E_LIMIT);
    assert_int_equal(world_count(w, w->full, "INBOX"), 1);
    world_end(state, w);
}

/* No bounce can be sent yet, so a group's mail is not lost to a full mailbox. */
static void a_group_reaches_full_members(void **state)
{
    struct world *w = world_in(state, world_delivery);
    struct principal group = {.kind = PRINCIPAL_GROUP,
                              .domain = w->commonwealth,
                              .name = STR("all"),
                              .display = STR("all"),
                              .enabled = true};
    principal_id id;
    char bytes[2000];
    world_must(&w->cx, directory_add(&w->cx, w->core, &group, NULL, &id), "group");
    world_must(&w->cx, directory_member_add(&w->cx, w->core, id, w->full), "member");
    snprintf(bytes, sizeof bytes, "Subject: x\r\n\r\n%01900d\r\n", 1);
    assert_int_equal(deliver_to(w, bytes, "T1", "all@commonwealth.example"), OK);
    assert_int_equal(world_count(w, w->full, "INBOX"), 1);
    world_end(state, w);
}

/* John has it, the full mailbox has not: the client is told to come again, and brings John no
   second copy; afterwards all is as if it had never happened. */
static void repeat(void **state, bool new)
{
    struct world *w = world_in(state, world_delivery);
    char bytes[2000];
    snprintf(bytes, sizeof bytes, "Subject: x\r\n\r\n%01900d\r\n", 1);
    struct delivery_recipient to[] = {recipient(w, "john.doe@commonwealth.example"),
                                      recipient(w, "full@commonwealth.example")};
    struct delivery_message m = message(bytes, "T1");
    m.id_is_new = new;
    assert_int_equal(deliver(w, &m, to, 2), E_LIMIT);
    assert_int_equal(to[0].result, OK);
    assert_int_equal(to[1].result, E_LIMIT);
    assert_int_equal(world_count(w, w->john, "INBOX"), 1);
    m.id = STR("T2");
    assert_int_equal(deliver(w, &m, to, 2), E_LIMIT);
    assert_int_equal(world_count(w, w->john, "INBOX"), 1);
    /* Another sender's is another message. */
    m.id = STR("T3");
    m.return_path = STR("b@outside.example");
    assert_int_equal(deliver(w, &m, to, 1), OK);
    assert_int_equal(world_count(w, w->john, "INBOX"), 2);
    /* The repeat that ends well ends the remembering. */
    m.id = STR("T4");
    m.return_path = STR("a@outside.example");
    assert_int_equal(deliver(w, &m, to, 1), OK);
    assert_int_equal(world_count(w, w->john, "INBOX"), 2);
    m.id = STR("T5");
    assert_int_equal(deliver(w, &m, to, 1), OK);
    assert_int_equal(world_count(w, w->john, "INBOX"), 3);
    world_end(state, w);
}

static void a_repeat_brings_no_second_copy(void **state)
{
    repeat(state, false);
}

static void a_repeat_of_a_new_message_brings_none(void **state)
{
    repeat(state, true);
}

/* The accounts of an attempt are remembered from one repeat to the next, though not all of its
   recipients are named again. */
static void those_that_have_it_add_up(void **state)
{
    struct world *w = world_in(state, world_delivery);
    char bytes[2000];
    snprintf(bytes, sizeof bytes, "Subject: x\r\n\r\n%01900d\r\n", 1);
    struct delivery_recipient to[] = {recipient(w, "full@commonwealth.example"),
                                      recipient(w, "john.doe@commonwealth.example"),
                                      recipient(w, "jane.roe@commonwealth.example")};
    struct delivery_message m = message(bytes, "T1");
    m.id_is_new = true;
    assert_int_equal(deliver(w, &m, to, 2), E_LIMIT);
    struct delivery_recipient others[] = {to[0], to[2]};
    m.id = STR("T2");
    assert_int_equal(deliver(w, &m, others, 2), E_LIMIT);
    m.id = STR("T3");
    assert_int_equal(deliver(w, &m, to, 3), E_LIMIT);
    assert_int_equal(world_count(w, w->john, "INBOX"), 1);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1);
    world_end(state, w);
}

/* An id that may come again is kept by the account; one that was made for the message is not where
   the store always knows what it did. */
static void ids_that_may_come_again_are_kept(void **state)
{
    struct world *w = world_in(state, world_delivery);
    struct delivery_recipient to = recipient(w, "john.doe@commonwealth.example");
    struct delivery_message m = message("Subject: x\r\n\r\n", "T1");
    assert_int_equal(deliver(w, &m, &to, 1), OK);
    assert_int_equal(deliver(w, &m, &to, 1), OK);
    assert_int_equal(world_count(w, w->john, "INBOX"), 1);
    m.id = STR("T2");
    m.id_is_new = true;
    assert_int_equal(deliver(w, &m, &to, 1), OK);
    m.id_is_new = false;
    assert_int_equal(deliver(w, &m, &to, 1), OK);
    assert_int_equal(world_count(w, w->john, "INBOX"), 3);
    assert_int_equal(deliver(w, &m, &to, 1), OK);
    assert_int_equal(world_count(w, w->john, "INBOX"), 3);
    world_end(state, w);
}

/* After seven days a repeat is a new message. */
static void repeats_are_forgotten(void **state)
{
    struct world *w = world_in(state, world_delivery);
    char bytes[2000];
    snprintf(bytes, sizeof bytes, "Subject: x\r\n\r\n%01900d\r\n", 1);
    struct delivery_recipient to[] = {recipient(w, "john.doe@commonwealth.example"),
                                      recipient(w, "full@commonwealth.example")};
    struct delivery_message m = message(bytes, "T1");
    assert_int_equal(deliver(w, &m, to, 2), E_LIMIT);
    w->cx.now_ms += 7LL * 24 * 3600 * 1000 + 1;
    m.id = STR("T2");
    assert_int_equal(deliver(w, &m, to, 2), E_LIMIT);
    assert_int_equal(world_count(w, w->john, "INBOX"), 2);
    world_end(state, w);
}

/* The same bytes twice are two messages when nothing went wrong. */
static void the_same_bytes_may_come_twice(void **state)
{
    struct world *w = world_in(state, world_delivery);
    assert_int_equal(deliver_to(w, "Subject: x\r\n\r\n", "T1", "john.doe@commonwealth.example"),
                     OK);
    assert_int_equal(deliver_to(w, "Subject: x\r\n\r\n", "T2", "john.doe@commonwealth.example"),
                     OK);
    assert_int_equal(world_count(w, w->john, "INBOX"), 2);
    world_end(state, w);
}

/* RFC 3461 section 6, RFC 3464. */
static void success_is_reported(void **state)
{
    struct world *w = world_in(state, world_delivery);
    struct delivery_message m = message("Subject: x\r\nTo: all\r\n\r\nsecret body\r\n", "T1");
    struct delivery_recipient to[] = {recipient(w, "john.doe@commonwealth.example"),
                                      recipient(w, "clerk@health.example")};
    m.return_path = STR("jane.roe@commonwealth.example");
    m.envid = STR("QQ 314");
    to[0].notify = NOTIFY_SUCCESS;
    to[0].orcpt = STR("rfc822;john@old.example");
    to[1].notify = NOTIFY_FAILURE;
    assert_int_equal(deliver(w, &m, to, 2), OK);
    assert_int_equal(delivery_report(&w->cx, w->delivery, &m, to, 2), OK);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1);
    struct str got = world_newest(w, w->jane, "INBOX");
    static const char *const wanted[] = {
        "Return-Path: <>\r\n",
        "\r\nContent-Type: multipart/report; report-type=delivery-status;",
        "\r\nAuto-Submitted: auto-replied\r\n",
        "\r\nOriginal-Envelope-Id: QQ 314\r\nReporting-MTA: dns; mail.example\r\n",
        "\r\n\r\nOriginal-Recipient: rfc822;john@old.example\r\n"
        "Final-Recipient: rfc822; john.doe@commonwealth.example\r\nAction: delivered\r\n"
        "Status: 2.0.0\r\n",
        "\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nTo: all\r\n",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (str_find(got, str_z(wanted[i])) == SIZE_MAX)
            fail_msg("no %s in %.*s", wanted[i], STR_ARG(got));
    assert_int_equal(str_find(got, STR("secret body")), SIZE_MAX);
    assert_int_equal(str_find(got, STR("clerk")), SIZE_MAX);
    world_end(state, w);
}

static void domains_are_metered(void **state)
{
    struct world *w = world_in(state, world_delivery);
    struct meter *meter = meter_open(w->core);
    uint64_t sums[METER_END];
    uint32_t today = meter_day(w->cx.now_ms);
    struct route route;
    delivery_set_meter(w->delivery, meter);
    struct delivery_message m = message("Subject: x\r\n\r\n", "T1");
    m.sender = w->clerk;
    struct delivery_recipient to = recipient(w, "staff@commonwealth.example");
    assert_int_equal(deliver(w, &m, &to, 1), OK);
    assert_int_equal(delivery_route(&w->cx, w->delivery, STR("x@health.example"), 0, 0, &route),
                     E_NOT_FOUND);
    assert_int_equal(meter_flush(&w->cx, meter), OK);
    const uint32_t days[2] = {today, today};
    assert_int_equal(meter_sum(&w->cx, w->core, w->commonwealth, days, sums), OK);
    assert_int_equal(sums[METER_MESSAGES_IN], 2);
    assert_int_equal(sums[METER_BYTES_IN], 2 * m.bytes.n);
    assert_int_equal(meter_sum(&w->cx, w->core, w->health, days, sums), OK);
    assert_int_equal(sums[METER_MESSAGES_OUT], 1);
    assert_int_equal(sums[METER_REFUSED_IN], 1);
    delivery_set_meter(w->delivery, NULL);
    meter_close(meter);
    world_end(state, w);
}

static void nothing_is_reported_to_nobody(void **state)
{
    struct world *w = world_in(state, world_delivery);
    struct delivery_message m = message("Subject: x\r\n\r\n", "T1");
    struct delivery_recipient to = recipient(w, "john.doe@commonwealth.example");
    assert_int_equal(deliver(w, &m, &to, 1), OK);
    assert_int_equal(delivery_report(&w->cx, w->delivery, &m, &to, 1), OK);
    to.notify = NOTIFY_SUCCESS;
    assert_int_equal(delivery_report(&w->cx, w->delivery, &m, &to, 1), E_NOT_FOUND);
    m.return_path = (struct str){0};
    assert_int_equal(delivery_report(&w->cx, w->delivery, &m, &to, 1), OK);
    to.result = E_IO;
    m.return_path = STR("jane.roe@commonwealth.example");
    assert_int_equal(delivery_report(&w->cx, w->delivery, &m, &to, 1), OK);
    assert_int_equal(world_count(w, w->jane, "INBOX"), 0);
    world_end(state, w);
}

#define EACH(test)                                                                                 \
    {                                                                                              \
#test, test                                                                                \
    }
static const struct {
    const char *name;
    void (*run)(void **state);
} each[] = {
    EACH(ten_mailboxes_share_a_sync),
    EACH(each_account_gets_it_once),
    EACH(a_sub_address_names_a_folder),
    EACH(a_sub_address_may_mean_nothing),
    EACH(no_separator_no_sub_address),
    EACH(routes),
    EACH(postmaster_climbs_the_forest),
    EACH(a_full_mailbox_is_seen_twice),
    EACH(a_group_reaches_full_members),
    EACH(a_repeat_brings_no_second_copy),
    EACH(a_repeat_of_a_new_message_brings_none),
    EACH(those_that_have_it_add_up),
    EACH(ids_that_may_come_again_are_kept),
    EACH(repeats_are_forgotten),
    EACH(the_same_bytes_may_come_twice),
    EACH(success_is_reported),
    EACH(nothing_is_reported_to_nobody),
    EACH(domains_are_metered),
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
