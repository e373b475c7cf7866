/* The table of routes: which rule an address meets, and what a rule must be. */
#include "unit.h"

#include "../world/world.h"

static struct world *open_world(void)
{
    static const struct queue_config queue;
    const struct world_config config = {.delivery = world_delivery, .queue = &queue};
    return world_open(&config);
}

static enum code set(struct world *w, struct route_rule rule)
{
    rule.enabled = true;
    if (!rule.way) {
        rule.way = WAY_HOSTS;
        rule.hop_count = 1;
        rule.hops[0] = (struct hop){.host = STR("192.0.2.1")};
    }
    return routing_set(&w->cx, w->routing, &rule);
}

static void hosts(struct world *w, const char *name, const char *pattern, const char *sender)
{
    const struct route_rule rule = {
        .name = str_z(name), .pattern = str_z(pattern), .sender = str_z(sender)};
    world_must(&w->cx, set(w, rule), name);
}

static const struct {
    const char *address, *sender, *destination;
} cases[] = {
    {"a@nowhere.example", "", "nowhere.example"},
    {"a@NoWhere.Example", "", "nowhere.example"},
    {"a@b\xc3\xbc"
     "cher.example",
     "", "xn--bcher-kva.example"},
    {"a@[192.0.2.3]", "", "[192.0.2.3]"},
    {"a@x.example", "", "route:domain"},
    {"jane@x.example", "", "route:address"},
    {"JANE@X.EXAMPLE", "", "route:address"},
    {"a@sub.x.example", "", "route:below"},
    {"a@deep.sub.x.example", "", "route:below"},
    {"a@xx.example", "", "xx.example"},
    {"a@x.example", "boss@commonwealth.example", "route:by-sender"},
    {"a@x.example", "boss@health.example", "route:by-sender"}, /* below the commonwealth */
    {"a@x.example", "boss@outside.example", "route:domain"},
    {"a@agency.example", "", "route:forest"},
    {"a@mx.example", "", "route:relay/mx.example"},
};

/* RFC 8689 section 3: a destination of its own where the domain may ask for something. */
static void tls_is_optional(struct world *w)
{
    struct destination d;
    struct routed to = {.way = WAY_MX, .destination = STR("route:relay/mx.example")};
    struct str name = routing_tls_optional(&w->cx, &to);
    assert_str(name, STR("lax:route:relay/mx.example"));
    assert_int_equal(routing_destination(&w->cx, w->routing, name, &d), OK);
    assert_true(d.tls_optional);
    assert_int_equal(d.rule.tls, TLS_VERIFIED);
    assert_str(d.domain, STR("mx.example"));
    to.destination = STR("plain.example");
    name = routing_tls_optional(&w->cx, &to);
    assert_int_equal(routing_destination(&w->cx, w->routing, name, &d), OK);
    assert_true(d.tls_optional);
    assert_str(d.domain, STR("plain.example"));
    to = (struct routed){.way = WAY_HOSTS, .destination = STR("route:smart")};
    assert_str(routing_tls_optional(&w->cx, &to), STR("route:smart"));
}

static void the_narrowest_wins(void **state)
{
    struct world *w = open_world();
    (void)state;
    hosts(w, "domain", "X.example", NULL);
    hosts(w, "address", "Jane@x.example", NULL);
    hosts(w, "below", ".x.example", NULL);
    hosts(w, "by-sender", "x.example", "agency:commonwealth.example");
    hosts(w, "forest", "agency:commonwealth.example", NULL);
    assert_int_equal(set(w, (struct route_rule){.name = STR("relay"),
                                                .pattern = STR("mx.example"),
                                                .way = WAY_MX,
                                                .tls = TLS_VERIFIED}),
                     OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct routed to;
        enum code code =
            routing_find(&w->cx, w->routing, str_z(cases[i].address), str_z(cases[i].sender), &to);
        if (code != OK || !str_eq(to.destination, str_z(cases[i].destination)))
            fail_msg("%s: %s %.*s", cases[i].address, code_name(code), STR_ARG(to.destination));
    }
    struct destination d;
    assert_int_equal(routing_destination(&w->cx, w->routing, STR("route:relay/mx.example"), &d),
                     OK);
    assert_int_equal(d.way, WAY_MX);
    assert_int_equal(d.rule.tls, TLS_VERIFIED);
    assert_str(d.domain, STR("mx.example"));
    assert_int_equal(routing_destination(&w->cx, w->routing, STR("plain.example"), &d), OK);
    assert_str(d.domain, STR("plain.example"));
    assert_false(d.tls_optional);
    tls_is_optional(w);
    assert_int_equal(routing_delete(&w->cx, w->routing, STR("relay")), OK);
    assert_int_equal(routing_delete(&w->cx, w->routing, STR("relay")), E_NOT_FOUND);
    assert_int_equal(routing_destination(&w->cx, w->routing, STR("route:relay/mx.example"), &d),
                     E_NOT_FOUND);
    world_close(w);
}

static void addresses_are_rewritten(void **state)
{
    struct world *w = open_world();
    struct routed to;
    struct str sender;
    (void)state;
    assert_int_equal(set(w, (struct route_rule){.name = STR("a"),
                                                .pattern = STR("one.example"),
                                                .way = WAY_ADDRESS,
                                                .text = STR("@two.example")}),
                     OK);
    assert_int_equal(set(w, (struct route_rule){.name = STR("b"),
                                                .pattern = STR("x@two.example"),
                                                .way = WAY_ADDRESS,
                                                .text = STR("y@three.example")}),
                     OK);
    assert_int_equal(routing_find(&w->cx, w->routing, STR("x@one.example"), (struct str){0}, &to),
                     OK);
    assert_str(to.address, STR("y@three.example"));
    assert_str(to.destination, STR("three.example"));
    assert_int_equal(set(w, (struct route_rule){.name = STR("c"),
                                                .pattern = STR("three.example"),
                                                .way = WAY_ADDRESS,
                                                .text = STR("x@one.example")}),
                     OK);
    assert_int_equal(routing_find(&w->cx, w->routing, STR("x@one.example"), (struct str){0}, &to),
                     E_LIMIT);
    assert_int_equal(set(w, (struct route_rule){.name = STR("m"),
                                                .pattern = STR("agency:commonwealth.example"),
                                                .way = WAY_SENDER,
                                                .text = STR("@state.example")}),
                     OK);
    assert_int_equal(routing_sender(&w->cx, w->routing, STR("clerk@health.example"), &sender), OK);
    assert_str(sender, STR("clerk@state.example"));
    assert_int_equal(routing_sender(&w->cx, w->routing, STR("a@outside.example"), &sender), OK);
    assert_str(sender, STR("a@outside.example"));
    world_close(w);
}

static void rules_are_checked(void **state)
{
    static const struct route_rule bad[] = {
        {.name = STR(""), .pattern = STR("*"), .way = WAY_MX},
        {.name = STR("a b"), .pattern = STR("*"), .way = WAY_MX},
        {.name = STR("a"), .pattern = STR(""), .way = WAY_MX},
        {.name = STR("a"), .pattern = STR("two words"), .way = WAY_MX},
        {.name = STR("a"), .pattern = STR("@x.example"), .way = WAY_MX},
        {.name = STR("a"), .pattern = STR("catchall:x.example"), .way = WAY_MX},
        {.name = STR("a"), .pattern = STR("*"), .way = WAY_LMTP},
        {.name = STR("a"), .pattern = STR("*"), .way = WAY_FILE, .text = STR("here")},
        {.name = STR("a"), .pattern = STR("*"), .way = WAY_ERROR},
        {.name = STR("a"), .pattern = STR("*"), .way = WAY_ERROR, .text = STR("250 2.0.0 yes")},
        {.name = STR("a"), .pattern = STR("*"), .way = WAY_ERROR, .text = STR("550 4.0.0 no")},
        {.name = STR("a"), .pattern = STR("*"), .way = WAY_ERROR, .text = STR("no\r\n250 yes")},
        {.name = STR("a"), .pattern = STR("x.example"), .way = WAY_ADDRESS, .text = STR("y")},
        {.name = STR("a"), .pattern = STR("a@x.example"), .way = WAY_RELOCATED, .text = STR("y")},
        {.name = STR("a"), .pattern = STR("*"), .way = WAY_END},
    };
    struct world *w = open_world();
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (set(w, bad[i]) != E_SYNTAX)
            fail_msg("rule %zu was taken", i);
    struct route_rule *all;
    size_t count;
    assert_int_equal(routing_list(&w->cx, w->routing, &all, &count), OK);
    assert_int_equal(count, 0);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_narrowest_wins),
        cmocka_unit_test(addresses_are_rewritten),
        cmocka_unit_test(rules_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
