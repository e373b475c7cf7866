/* Port 25 takes mail for mailboxes of this server and for nothing else. */
#include "unit.h"

#include "../world/world.h"

static const struct {
    const char *to, *reply;
} cases[] = {
    {"<jane.roe@commonwealth.example>", "250 2.1.5"},
    {"<JANE.ROE@Commonwealth.EXAMPLE>", "250 2.1.5"},
    {"<jane@health.example>", "250 2.1.5"},
    {"<jane.roe+lists@commonwealth.example>", "250 2.1.5"},
    {"<\"jane.roe\"@commonwealth.example>", "250 2.1.5"},
    {"<staff@commonwealth.example>", "250 2.1.5"},
    {"<ring-a@commonwealth.example>", "250 2.1.5"},
    {"<postmaster>", "250 2.1.5"},
    {"<Postmaster@commonwealth.example>", "250 2.1.5"},
    {"<postmaster@health.example>", "250 2.1.5"},
    {"<abuse@health.example>", "250 2.1.5"},
    {"<@hop.example:jane.roe@commonwealth.example>", "250 2.1.5"},
    {"<nobody@commonwealth.example>", "550 5.1.1"},
    {"<nobody+x@commonwealth.example>", "550 5.1.1"},
    {"<empty@commonwealth.example>", "550 5.1.1"},
    {"<postmaster@outside.example>", "550 5.7.1"},
    {"<a@outside.example>", "550 5.7.1"},
    {"<a@agency.example>", "550 5.7.1"},
    {"<friend@commonwealth.example>", "550 5.7.1"},
    {"<mixed@commonwealth.example>", "550 5.4.4"},
    {"<a@closed.example>", "550 5.7.1"},
    {"<full@commonwealth.example>", "250 2.1.5"},
    /* Relaying by routes hidden in the local part. */
    {"<a%outside.example@commonwealth.example>", "550 5.1.1"},
    {"<jane.roe%outside.example@commonwealth.example>", "550 5.1.1"},
    {"<\"a@outside.example\"@commonwealth.example>", "550 5.1.1"},
    {"<\"a%outside.example\"@commonwealth.example>", "550 5.1.1"},
    {"<outside.example!a@commonwealth.example>", "550 5.1.1"},
    {"<a@outside.example@commonwealth.example>", "501 5.1.3"},
    {"<@commonwealth.example:a@outside.example>", "550 5.7.1"},
    {"<@commonwealth.example,@hop.example:a@outside.example>", "550 5.7.1"},
    {"<a@[192.0.2.25]>", "550 5.7.1"},
    {"<jane.roe@[192.0.2.25]>", "550 5.7.1"},
    {"<a@[IPv6:2001:db8::1]>", "550 5.7.1"},
    {"<jane.roe@commonwealth.example.outside.example>", "550 5.7.1"},
    {"<jane.roe@xcommonwealth.example>", "550 5.7.1"},
    {"<jane.roe@example>", "550 5.7.1"},
    {"<jane.roe@commonwealth.example.>", "501 5.1.3"},
    {"<jane.roe>", "501 5.1.3"},
    {"<+lists@commonwealth.example>", "550 5.1.1"},
    {"<>", "501 5.1.3"},
    {"jane.roe@commonwealth.example", "501 5.1.3"},
};

/* With a queue: what the administrator set leads out of the house, and nothing else. */
static const struct {
    const char *to, *reply;
} with_queue[] = {
    {"<friend@commonwealth.example>", "250 2.1.5"}, /* a contact */
    {"<mixed@commonwealth.example>", "250 2.1.5"},
    {"<b@agency.example>", "250 2.1.5"},     /* its own system, by its route */
    {"<b@lab.agency.example>", "550 5.7.1"}, /* no domain of the forest */
    {"<a@outside.example>", "550 5.7.1"},
    {"<a@routed.example>", "550 5.7.1"},  /* a route alone opens nothing */
    {"<a@virtual.example>", "550 5.7.1"}, /* rewritten to elsewhere */
    {"<out@commonwealth.example>", "550 5.7.1"},
    {"<a%outside.example@agency.example>", "250 2.1.5"}, /* means nothing here: theirs to refuse */
    {"<@agency.example:a@outside.example>", "550 5.7.1"},
    {"<a@[192.0.2.25]>", "550 5.7.1"},
    {"<jane.roe@virtual2.example>", "250 2.1.5"},
    {"<nobody@virtual2.example>", "550 5.1.1"},
};

static void rule_set(struct world *w, const char *name, const char *pattern, enum way way,
                     const char *text)
{
    struct route_rule rule = {.name = str_z(name),
                              .pattern = str_z(pattern),
                              .way = way,
                              .text = str_z(way == WAY_HOSTS ? NULL : text),
                              .hops = {{.host = str_z(text)}},
                              .hop_count = way == WAY_HOSTS,
                              .enabled = true};
    world_must(&w->cx, routing_set(&w->cx, w->routing, &rule), name);
}

static void only_what_is_set_up_leaves(void **state)
{
    static const struct queue_config queue;
    const struct world_config config = {.delivery = world_delivery, .queue = &queue};
    struct world *w = world_open(&config);
    (void)state;
    rule_set(w, "agency", "agency.example", WAY_HOSTS, "192.0.2.7");
    rule_set(w, "routed", "routed.example", WAY_HOSTS, "192.0.2.8");
    rule_set(w, "all", "*", WAY_HOSTS, "192.0.2.9");
    rule_set(w, "virtual", "virtual.example", WAY_ADDRESS, "@outside.example");
    rule_set(w, "virtual2", "virtual2.example", WAY_ADDRESS, "@commonwealth.example");
    rule_set(w, "out", "out@commonwealth.example", WAY_ADDRESS, "a@outside.example");
    struct talk *t = talk_open(w, "mx");
    w->limits.errors = 1000;
    talk_say(t, "EHLO client.example\r\nMAIL FROM:<jane.roe@commonwealth.example>\r\n");
    for (size_t i = 0; i < sizeof with_queue / sizeof *with_queue; i++) {
        char line[300];
        snprintf(line, sizeof line, "RCPT TO:%s\r\n", with_queue[i].to);
        struct str said = talk_say(t, line);
        if (!str_starts(said, str_z(with_queue[i].reply)))
            fail_msg("%s: %.*s", with_queue[i].to, STR_ARG(said));
    }
    talk_close(t);
    world_close(w);
}

static void only_mailboxes_here(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    w->limits.errors = 1000;
    talk_say(t, "EHLO client.example\r\nMAIL FROM:<a@outside.example>\r\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[300];
        snprintf(line, sizeof line, "RCPT TO:%s\r\n", cases[i].to);
        struct str said = talk_say(t, line);
        if (!str_starts(said, str_z(cases[i].reply)))
            fail_msg("%s: %.*s", cases[i].to, STR_ARG(said));
    }
    talk_close(t);
    world_close(w);
}

/* A forged local sender opens nothing either. */
static void the_sender_opens_nothing(void **state)
{
    static const char *const senders[] = {"<>", "<jane.roe@commonwealth.example>",
                                          "<a@outside.example>", "<root@mail.example>"};
    (void)state;
    for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
        struct world *w = world_open(NULL);
        struct talk *t = talk_open(w, "mx");
        char lines[300];
        snprintf(lines, sizeof lines, "EHLO localhost\r\nMAIL FROM:%s\r\n", senders[i]);
        talk_say(t, lines);
        assert_str(talk_say(t, "RCPT TO:<a@outside.example>\r\n"),
                   STR("550 5.7.1 Relaying denied\r\n"));
        assert_str(talk_say(t, "DATA\r\n"), STR("554 5.5.1 No valid recipients\r\n"));
        talk_close(t);
        world_close(w);
    }
}

static void there_is_no_log_in_on_port_25(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    struct str said = talk_say(t, "EHLO client.example\r\n");
    assert_int_equal(str_find(said, STR("AUTH")), SIZE_MAX);
    assert_true(str_starts(talk_say(t, "AUTH PLAIN AGEAYg==\r\n"), STR("502 5.5.1 ")));
    talk_close(t);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_mailboxes_here),
        cmocka_unit_test(only_what_is_set_up_leaves),
        cmocka_unit_test(the_sender_opens_nothing),
        cmocka_unit_test(there_is_no_log_in_on_port_25),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
