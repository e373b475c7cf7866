/* RFC 5321 section 5: MX records, or the domain itself; RFC 7505; RFC 7672 section 2. In steps,
   each with its questions asked side by side; nobody waits meanwhile. */
#include "service/transport/remote/hosts.h"
#include "base/arena.h"
#include "base/random.h"
#include "io/io.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>

enum { QUESTIONS_MAX = HOSTS_MAX * 2, TLSA_ALL_MAX = 32 };

struct search;
typedef void step_fn(struct ctx *cx, struct search *s);

/* One question of the step. */
struct asked {
    struct search *search;
    size_t host;
    struct str base; /* of TLSA records: the name that they are of */
    struct dns_answer answer;
};

struct ranked {
    struct str name;
    uint16_t port, preference;
    uint64_t lot; /* among equals: the least first */
};

struct search {
    struct hosts_ask ask;
    struct hosts found;
    pthread_mutex_t lock; /* of the next three, and of the arena while questions are open */
    struct asked asked[QUESTIONS_MAX];
    size_t asked_count, open;
    step_fn *then;
    bool address_secure[HOSTS_MAX];
    struct str canonical[HOSTS_MAX];
    bool unsure; /* some question was not answered */
    bool forged; /* some address is not what was signed */
};

static void finish(struct ctx *cx, struct search *s)
{
    s->ask.done(cx, s->ask.arg, &s->found);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static void stop(struct ctx *cx, struct search *s, enum hosts_answer answer, const char *status,
                 struct str why)
{
    s->found.answer = answer;
    s->found.status = status;
    s->found.why = why;
    finish(cx, s);
}

static void take_step(struct ctx *cx, void *arg)
{
    struct search *s = arg;
    s->then(cx, s);
}

/* One less is open; the last one has the step go on. */
static void close_one(struct search *s)
{
    pthread_mutex_lock(&s->lock);
    bool last = --s->open == 0;
    pthread_mutex_unlock(&s->lock);
    if (last)
        io_post(s->ask.io, take_step, s, false);
}

static void answered(void *arg, const struct dns_answer *answer)
{
    struct asked *q = arg;
    struct search *s = q->search;
    pthread_mutex_lock(&s->lock);
    q->answer = dns_answer_dup(s->ask.arena, answer);
    s->unsure |= answer->status == DNS_FAILED || answer->status == DNS_BOGUS;
    pthread_mutex_unlock(&s->lock);
    close_one(s);
}

/* Begins a step's questions; our own hold on it ends with close_one(). In between the arena is not
   ours alone. */
static void step_begin(struct search *s, step_fn *then)
{
    s->asked_count = 0;
    s->open = 1;
    s->then = then;
    s->unsure = false;
}

static void step_ask(struct search *s, size_t host, struct str name, enum dns_type type)
{
    struct asked *q = &s->asked[s->asked_count++];
    *q = (struct asked){.search = s, .host = host, .base = q->base};
    pthread_mutex_lock(&s->lock);
    s->open++;
    pthread_mutex_unlock(&s->lock);
    s->ask.resolver->start(s->ask.resolver->self, (struct dns_question){name, type}, answered, q);
}

/* Step 3: what proves who a host is. */

/* RFC 7672 section 2.1.2, 2.2: a failed look-up is no absence; usages 0 and 1 cannot be used. */
static void read_tlsa(struct search *s, struct host *h, const struct asked *q)
{
    const struct dns_answer *a = &q->answer;
    if (h->tls_needed) /* found where the alias leads to: that goes first */
        return;
    if (a->status == DNS_FAILED || a->status == DNS_BOGUS)
        h->later = true;
    h->forged |= a->status == DNS_BOGUS;
    if (a->status != DNS_FOUND || !a->secure || h->later)
        return;
    h->tlsa_name = q->base;
    h->tlsa = ARENA_ARRAY(s->ask.arena, TLSA_ALL_MAX, struct dns_tlsa);
    for (size_t i = 0; i < a->count && h->tlsa_count < TLSA_ALL_MAX; i++) {
        struct dns_tlsa *t = &h->tlsa[h->tlsa_count];
        if (dns_tlsa(a->records[i], t) && (t->usage == 2 || t->usage == 3) && t->selector <= 1 &&
            t->matching <= 2)
            h->tlsa_count++;
    }
    h->tls_needed = true;
}

static void after_tlsa(struct ctx *cx, struct search *s)
{
    for (size_t i = 0; i < s->asked_count; i++)
        read_tlsa(s, &s->found.list[s->asked[i].host], &s->asked[i]);
    finish(cx, s);
}

/* The name that a secure CNAME leads to, then the one that leads there (RFC 7672 section 2.2.2). In
   the arena before questions are open. */
struct bases {
    struct str base[2], name[2];
    size_t count;
};

static void bases_add(struct search *s, const struct host *h, struct str base, struct bases *out)
{
    out->base[out->count] = base;
    out->name[out->count++] = str_printf(s->ask.arena, "_%u._tcp.%.*s", h->port, STR_ARG(base));
}

static void ask_tlsa(struct search *s)
{
    struct bases bases[HOSTS_MAX] = {0};
    for (size_t i = 0; i < s->found.count; i++) {
        const struct host *h = &s->found.list[i];
        if (!s->address_secure[i] || !s->found.secure || !s->ask.dane)
            continue;
        bases_add(s, h, s->canonical[i], &bases[i]);
        if (!str_ieq(s->canonical[i], h->name))
            bases_add(s, h, h->name, &bases[i]);
    }
    step_begin(s, after_tlsa);
    for (size_t i = 0; i < s->found.count; i++)
        for (size_t k = 0; k < bases[i].count; k++) {
            s->asked[s->asked_count].base = bases[i].base[k];
            step_ask(s, i, bases[i].name[k], DNS_TLSA);
        }
    close_one(s);
}

/* Step 2: addresses. */

static void add_target(struct host *h, struct str address)
{
    if (h->target_count < HOST_ADDRESSES_MAX)
        h->targets[h->target_count++] = (struct io_target){address, h->port};
}

static void read_addresses(struct search *s, const struct asked *q)
{
    const struct dns_answer *a = &q->answer;
    struct host *h = &s->found.list[q->host];
    if (a->status == DNS_FAILED || a->status == DNS_BOGUS)
        h->later = true;
    h->forged |= a->status == DNS_BOGUS;
    s->forged |= a->status == DNS_BOGUS;
    if (a->status != DNS_FOUND)
        return;
    s->address_secure[q->host] = a->secure;
    s->canonical[q->host] = a->canonical;
    for (size_t i = 0; i < a->count; i++) {
        struct str text;
        if (dns_address(a->records[i], s->ask.arena, &text))
            add_target(h, text);
    }
}

static void after_addresses(struct ctx *cx, struct search *s)
{
    size_t usable = 0;
    for (size_t i = 0; i < s->asked_count; i++)
        read_addresses(s, &s->asked[i]);
    for (size_t i = 0; i < s->found.count; i++) {
        struct host *h = &s->found.list[i];
        usable += h->target_count > 0;
        h->later &= h->target_count == 0;
    }
    if (usable == 0 && s->forged)
        stop(cx, s, HOSTS_LATER, "4.4.3",
             STR("the hosts' addresses do not fit their DNSSEC signatures"));
    else if (usable == 0 && s->unsure)
        stop(cx, s, HOSTS_LATER, "4.4.3", STR("the DNS does not tell the hosts' addresses"));
    else if (usable == 0)
        stop(cx, s, HOSTS_NEVER, "5.4.4", STR("none of the hosts has an address"));
    else
        ask_tlsa(s);
}

/* What is an address, or the path of a socket, is not asked for. False: it is a name. */
static bool is_address(struct search *s, struct str name, struct str *out)
{
    unsigned char raw[16];
    if (str_starts(name, STR("[")) && str_ends(name, STR("]")))
        name = str_sub(name, 1, name.n - 2);
    if (str_istarts(name, STR("IPv6:")))
        name = str_from(name, 5);
    *out = str_dup(s->ask.arena, name);
    return str_starts(name, STR("/")) || inet_pton(AF_INET, out->p, raw) == 1 ||
           inet_pton(AF_INET6, out->p, raw) == 1;
}

static int by_rank(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->preference != b->preference)
        return a->preference < b->preference ? -1 : 1;
    return a->lot < b->lot ? -1 : a->lot > b->lot;
}

/* RFC 5321 section 5.1: we are one of them; only who is better than we may have it. */
static size_t better_than_us(const struct search *s, const struct ranked *r, size_t count)
{
    uint16_t ours = 0;
    bool listed = false;
    for (size_t i = 0; i < count; i++) {
        if (!str_ieq(r[i].name, s->ask.host_name))
            continue;
        ours = listed && ours < r[i].preference ? ours : r[i].preference;
        listed = true;
    }
    size_t n = 0;
    while (n < count && (!listed || r[n].preference < ours))
        n++;
    return n;
}

static void use(struct ctx *cx, struct search *s, struct ranked *r, size_t count)
{
    qsort(r, count, sizeof *r, by_rank);
    size_t better = better_than_us(s, r, count);
    if (better == 0) {
        stop(cx, s, HOSTS_NEVER, "5.4.6", STR("the best host for it is this one"));
        return;
    }
    if (better > HOSTS_MAX)
        better = HOSTS_MAX;
    s->found.answer = HOSTS_FOUND;
    s->found.count = better;
    s->found.list = ARENA_ARRAY(s->ask.arena, better, struct host);
    for (size_t i = 0; i < better; i++) {
        struct host *h = &s->found.list[i];
        struct str address;
        *h = (struct host){.name = r[i].name, .port = r[i].port};
        if (is_address(s, h->name, &address))
            add_target(h, address);
    }
    step_begin(s, after_addresses);
    for (size_t i = 0; i < better; i++) {
        if (s->found.list[i].target_count)
            continue;
        step_ask(s, i, r[i].name, DNS_AAAA);
        step_ask(s, i, r[i].name, DNS_A);
    }
    close_one(s);
}

/* Step 1: the hosts. */

static void use_domain(struct ctx *cx, struct search *s)
{
    struct ranked *r = ARENA_NEW(s->ask.arena, struct ranked);
    *r = (struct ranked){.name = s->ask.to->domain, .port = s->ask.port};
    use(cx, s, r, 1);
}

static void use_mx(struct ctx *cx, struct search *s, const struct dns_answer *a)
{
    struct ranked *r = ARENA_ARRAY(s->ask.arena, a->count, struct ranked);
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++) {
        struct ranked *m = &r[count];
        *m = (struct ranked){.port = s->ask.port, .lot = random_u64(cx->random)};
        count += dns_mx(a->records[i], s->ask.arena, &m->preference, &m->name);
    }
    if (count == 1 && r[0].name.n == 0)
        stop(cx, s, HOSTS_NEVER, "5.1.10", STR("the domain takes no mail (RFC 7505)"));
    else if (count == 0)
        stop(cx, s, HOSTS_NEVER, "5.4.4", STR("the MX records cannot be read"));
    else
        use(cx, s, r, count);
}

static void after_mx(struct ctx *cx, struct search *s)
{
    const struct dns_answer *a = &s->asked[0].answer;
    s->found.secure = a->secure;
    switch (a->status) {
    case DNS_FOUND:
        use_mx(cx, s, a);
        break;
    case DNS_NO_DATA:
        use_domain(cx, s);
        break;
    case DNS_NO_NAME:
        stop(cx, s, HOSTS_NEVER, "5.1.2", STR("there is no such domain"));
        break;
    case DNS_FAILED:
        stop(cx, s, HOSTS_LATER, "4.4.3", STR("the DNS does not tell the domain's hosts"));
        break;
    case DNS_BOGUS:
        stop(cx, s, HOSTS_LATER, "4.4.3",
             STR("the domain's hosts do not fit their DNSSEC signatures"));
        break;
    }
}

/* By weight among equals: who has more of it draws more lots, and the least one counts. */
static uint64_t lot_of(struct ctx *cx, uint16_t weight)
{
    uint64_t least = random_u64(cx->random);
    for (unsigned i = 1; i < weight && i < 100; i++) {
        uint64_t lot = random_u64(cx->random);
        least = lot < least ? lot : least;
    }
    return least;
}

static void use_hops(struct ctx *cx, struct search *s)
{
    const struct route_rule *rule = &s->ask.to->rule;
    struct ranked *r = ARENA_ARRAY(s->ask.arena, rule->hop_count, struct ranked);
    for (size_t i = 0; i < rule->hop_count; i++)
        r[i] = (struct ranked){.name = str_lower(s->ask.arena, rule->hops[i].host),
                               .port = rule->hops[i].port ? rule->hops[i].port : s->ask.port,
                               .preference = rule->hops[i].preference,
                               .lot = lot_of(cx, rule->hops[i].weight)};
    s->found.secure = true;
    for (size_t i = 0; i < rule->hop_count; i++)
        if (str_starts(r[i].name, STR("/"))) {
            r[i].name = rule->hops[i].host; /* a path keeps its case */
            r[i].port = 0;
        }
    use(cx, s, r, rule->hop_count);
}

void hosts_find(struct ctx *cx, const struct hosts_ask *a)
{
    struct search *s = calloc(1, sizeof *s);
    must(s);
    s->ask = *a;
    pthread_mutex_init(&s->lock, NULL);
    struct str literal;
    if (a->to->way != WAY_MX) {
        use_hops(cx, s);
    } else if (is_address(s, a->to->domain, &literal)) {
        use_domain(cx, s);
    } else {
        step_begin(s, after_mx);
        step_ask(s, 0, a->to->domain, DNS_MX);
        close_one(s);
    }
}
