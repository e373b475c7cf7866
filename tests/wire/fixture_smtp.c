/* The world of SMTP's dialogues: tests/world/world.h, where jane.roe's password is "secret". */
#include "../world/dns_table.h"
#include "../world/world.h"
#include "base/cur.h"
#include "fixture.h"
#include "service/admission/lists.h"
#include "service/transport/admin.h"

enum { DNS_ROWS_MAX = 64 };

/* A world, and what its DNS answers. */
struct place {
    struct world *world;
    struct dns_row rows[DNS_ROWS_MAX];
    struct dns_table dns;
    struct resolver resolver;
};

/* agency.example has a mail system of its own, whose host may ask for its mail. */
static void rules_make(struct world *w)
{
    const struct route_rule rules[] = {
        {.name = STR("agency"),
         .pattern = STR("agency.example"),
         .way = WAY_HOSTS,
         .hops = {{.host = STR("192.0.2.7")}},
         .hop_count = 1,
         .enabled = true,
         .etrn = true},
        {.name = STR("moved"),
         .pattern = STR("old@commonwealth.example"),
         .way = WAY_RELOCATED,
         .text = STR("new@outside.example"),
         .enabled = true},
        {.name = STR("catch"),
         .pattern = STR("catchall:health.example"),
         .way = WAY_ADDRESS,
         .text = STR("clerk@health.example"),
         .enabled = true},
        {.name = STR("virtual"),
         .pattern = STR("virtual.example"),
         .way = WAY_ADDRESS,
         .text = STR("@commonwealth.example"),
         .enabled = true},
        {.name = STR("no"),
         .pattern = STR(".forbidden.example"),
         .way = WAY_ERROR,
         .text = STR("no mail to there"),
         .enabled = true},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        world_must(&w->cx, routing_set(&w->cx, w->routing, &rules[i]), rules[i].name.p);
}

/* As if jane's outbox had a message of UID 25, part 26, something too big (27), and 28 in trouble.
 */
static enum code read_url(struct ctx *cx, void *self, struct str url, principal_id who,
                          struct rope *out)
{
    const struct world *w = self;
    if (who != w->jane || str_find(url, STR(";urlauth=submit+")) == SIZE_MAX)
        return fail(cx, E_DENIED, "fixture: not hers");
    if (str_find(url, STR(";uid=25;")) != SIZE_MAX)
        rope_put(out, STR("From: jane.roe@commonwealth.example\r\nSubject: url\r\n\r\nok\r\n"));
    else if (str_find(url, STR(";uid=26;")) != SIZE_MAX)
        rope_put(out, STR("a part\r\n"));
    else if (str_find(url, STR(";uid=27;")) != SIZE_MAX)
        for (size_t i = 0; i < 100; i++)
            rope_put(out, STR("a line\r\n"));
    else if (str_find(url, STR(";uid=28;")) != SIZE_MAX)
        return fail(cx, E_IO, "fixture: trouble");
    else
        return fail(cx, E_NOT_FOUND, "fixture: no such message");
    return OK;
}

static void *open_world(struct ctx *cx)
{
    static const struct queue_config queue;
    struct place *p = calloc(1, sizeof *p);
    must(p);
    p->dns.rows = p->rows;
    p->resolver = dns_table_resolver(&p->dns);
    const struct world_config config = {
        .delivery = world_delivery, .queue = &queue, .resolver = &p->resolver};
    struct world *w = world_open(&config);
    p->world = w;
    rules_make(w);
    w->cx.now_ms = cx->now_ms;
    world_password(w, w->jane, "secret");
    struct smtp_urls *urls = ARENA_NEW(w->cx.arena, struct smtp_urls);
    *urls = (struct smtp_urls){w, read_url};
    w->env.urls = urls;
    must(ip_networks_add(&w->env.proxies, STR("198.51.100.0/24")));
    must(ip_networks_add(&w->env.lmtp_clients, STR("192.0.2.0/24")) &&
         ip_networks_add(&w->env.lmtp_clients, STR("unix")));
    return p;
}

static void close_world(void *place)
{
    struct place *p = place;
    world_close(p->world);
    free(p);
}

static void *env(void *place)
{
    struct place *p = place;
    return &p->world->env;
}

/* "NAME A|PTR|TXT TEXT" */
static bool dns_add(struct place *p, struct cur c)
{
    struct str name, type;
    struct arena *a = p->world->cx.arena;
    if (p->dns.count == DNS_ROWS_MAX || !cur_until(&c, ' ', &name) || !cur_until(&c, ' ', &type))
        return false;
    p->rows[p->dns.count++] = (struct dns_row){
        .name = str_zdup(a, name),
        .type = str_eq(type, STR("A"))     ? DNS_A
                : str_eq(type, STR("PTR")) ? DNS_PTR
                                           : DNS_TXT,
        .text = str_zdup(a, c.rest),
    };
    return true;
}

/* "KIND NAME SCOPE VALUE": a row of admission/policy.h. */
static bool policy_add(struct world *w, struct cur c)
{
    struct policy_row row;
    if (!cur_until(&c, ' ', &row.kind) || !cur_until(&c, ' ', &row.name) ||
        !cur_until(&c, ' ', &row.scope))
        return false;
    row.value = c.rest;
    return policy_put(&w->cx, admission_policy(w->admission), &row) == OK;
}

static bool limit_set(struct smtp_limits *limits, struct str name, uint64_t value)
{
    if (str_eq(name, STR("errors")))
        limits->errors = (uint32_t)value;
    else if (str_eq(name, STR("recipients")))
        limits->recipients = (uint32_t)value;
    else if (str_eq(name, STR("transactions")))
        limits->transactions = (uint32_t)value;
    else if (str_eq(name, STR("message")))
        limits->message_bytes = value;
    else
        return false;
    return true;
}

static bool holds(struct world *w, struct str who, uint64_t wanted)
{
    principal_id id = str_eq(who, STR("jane"))   ? w->jane
                      : str_eq(who, STR("john")) ? w->john
                      : str_eq(who, STR("full")) ? w->full
                                                 : w->clerk;
    uint32_t count = world_count(w, id, "INBOX");
    if (count != wanted)
        fprintf(stderr, "%.*s holds %u messages\n", STR_ARG(who), count);
    return count == wanted;
}

static uint64_t queued(struct world *w)
{
    struct queue_message_facts *at;
    size_t count;
    static const struct queue_filter all;
    world_must(&w->cx, queue_list(&w->cx, w->queue, &all, 100, &at, &count), "queue_list");
    return count;
}

/* "limit errors 3": a setting. "holds jane 1": so many messages are in her inbox now; "holds queue
 * 1": in the queue. "dns NAME A TEXT": what the DNS has; "policy list zen.example * addresses 10
 * *": what an administrator has set. */
static bool set(struct ctx *cx, void *place, struct str line)
{
    struct place *p = place;
    struct world *w = p->world;
    struct cur c = cur_of(line);
    struct str verb, name;
    uint64_t value;
    (void)cx;
    if (cur_text(&c, STR("dns ")))
        return dns_add(p, c);
    if (cur_text(&c, STR("policy ")))
        return policy_add(w, c);
    if (!cur_until(&c, ' ', &verb) || !cur_until(&c, ' ', &name) || !cur_u64(&c, &value))
        return false;
    if (str_eq(verb, STR("limit")))
        return limit_set(&w->limits, name, value);
    if (str_eq(verb, STR("holds")) && str_eq(name, STR("queue")))
        return queued(w) == value;
    return str_eq(verb, STR("holds")) && holds(w, name, value);
}

extern const struct wire_fixture smtp_fixture;
const struct wire_fixture smtp_fixture = {
    .engine = &smtp_engine,
    .role = "mx",
    .open = open_world,
    .close = close_world,
    .env = env,
    .set = set,
};
