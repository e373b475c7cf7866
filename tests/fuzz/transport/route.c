/* A rule of the table of routes: its hosts and patterns as an administrator writes them. What may
   stand in the table comes back from its row the same. */
#include "base/arena.h"
#include "base/cur.h"
#include "service/transport/routing/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool hop_is(const struct hop *a, const struct hop *b)
{
    return str_eq(a->host, b->host) && a->port == b->port && a->preference == b->preference &&
           a->weight == b->weight;
}

static void check_row(struct ctx *cx, const struct route_rule *rule)
{
    struct route_rule back = {0};
    must(rule_decode(cx, rule_encode(cx->arena, rule), &back) == OK);
    must(back.way == rule->way && back.hop_count == rule->hop_count);
    must(str_eq(back.pattern, rule->pattern) && str_eq(back.text, rule->text));
    for (size_t i = 0; i < back.hop_count; i++)
        must(hop_is(&back.hops[i], &rule->hops[i]));
}

/* A byte for the way, then lines: pattern, sender, text, hosts. And any bytes as a row. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct cur c = cur_of(str_of(data, n));
    struct route_rule rule = {.name = STR("name"), .enabled = true}, any = {0};
    char way;
    if (rule_decode(&cx, str_of(data, n), &any) == OK)
        must(any.hop_count <= ROUTE_HOPS_MAX);
    if (!cur_byte(&c, &way) || !cur_until(&c, '\n', &rule.pattern) ||
        !cur_until(&c, '\n', &rule.sender) || !cur_until(&c, '\n', &rule.text))
        return 0;
    rule.way = (enum way)(1 + (unsigned char)way % (WAY_END - 1));
    if (routing_hops_parse(&cx, c.rest, &rule) != OK)
        return 0;
    must(rule.hop_count <= ROUTE_HOPS_MAX);
    for (size_t i = 0; i < rule.hop_count; i++)
        must(rule.hops[i].host.n && rule.hops[i].weight <= 1000);
    if (rule_check(&cx, &rule) == OK)
        check_row(&cx, &rule);
    return 0;
}
