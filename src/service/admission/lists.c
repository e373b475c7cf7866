/* Lists: what one is, and whether it is well. */
#include "service/admission/lists.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "base/resolver.h"
#include "format/domain.h"
#include "service/admission/lists_inner.h"
#include <stdlib.h>

static bool octet_take(struct cur *c, uint8_t *least, uint8_t *most)
{
    uint32_t from = 0, to = 255;
    if (!cur_char(c, '*')) {
        if (!cur_u32(c, &from))
            return false;
        to = from;
        if (cur_char(c, '-') && !cur_u32(c, &to))
            return false;
    }
    if (to > 255 || from > to)
        return false;
    *least = (uint8_t)from;
    *most = (uint8_t)to;
    return true;
}

static enum code codes_take(struct ctx *cx, struct cur *c, struct list_zone *out)
{
    if (cur_char(c, '*'))
        return OK;
    do {
        struct list_code code;
        bool good = true;
        if (out->code_count == LIST_CODES_MAX)
            return fail(cx, E_LIMIT, "at most %d patterns of answers", LIST_CODES_MAX);
        for (int i = 0; good && i < 4; i++)
            good = (i == 0 || cur_char(c, '.')) && octet_take(c, &code.least[i], &code.most[i]);
        if (!good || code.least[0] != 127 || code.most[0] != 127)
            return fail(cx, E_SYNTAX, "answers are like 127.0.0.2-11 or 127.0.*.3");
        out->codes[out->code_count++] = code;
    } while (cur_char(c, ','));
    return OK;
}

enum code list_zone_parse(struct ctx *cx, struct arena *a, struct str zone, struct str value,
                          struct list_zone *out)
{
    struct list_zone z = {.kind = LIST_OF_ADDRESSES};
    struct cur c = cur_of(value);
    struct str name;
    uint32_t weight;
    TRY(domain_to_ascii(cx, zone, &name));
    if (!cur_text(&c, STR("addresses ")) && cur_text(&c, STR("names ")))
        z.kind = LIST_OF_NAMES;
    bool below = cur_char(&c, '-');
    if (c.rest.p == value.p || !cur_u32(&c, &weight) || weight > LIST_WEIGHT_MAX ||
        !cur_char(&c, ' '))
        return fail(cx, E_SYNTAX, "a list: \"addresses\" or \"names\", a weight of at most %d",
                    LIST_WEIGHT_MAX);
    z.weight = below ? -(int)weight : (int)weight;
    TRY(codes_take(cx, &c, &z));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "answers are like 127.0.0.2-11 or 127.0.*.3");
    z.zone = str_dup(a, name);
    *out = z;
    return OK;
}

bool list_zone_means(const struct list_zone *zone, const uint8_t code[static 4])
{
    for (size_t i = 0; i < zone->code_count; i++) {
        const struct list_code *p = &zone->codes[i];
        bool within = true;
        for (int k = 0; k < 4; k++)
            within = within && code[k] >= p->least[k] && code[k] <= p->most[k];
        if (within)
            return true;
    }
    return zone->code_count == 0;
}

struct lists *lists_open(const struct resolver *r, struct log *log, struct metrics *metrics)
{
    struct lists *x = calloc(1, sizeof *x);
    must(x && pthread_mutex_init(&x->lock, NULL) == 0);
    x->resolver = r;
    x->log = log;
    x->metrics = metrics;
    x->off = map_open();
    x->off_count = metric_of(metrics, METRIC_GAUGE, "postroad_admission_lists_off", "",
                             "DNS lists that are not asked because they answer nonsense");
    x->late = metric_of(metrics, METRIC_COUNTER, "postroad_admission_list_late_total", "",
                        "Questions to DNS lists that nobody waited for any longer");
    return x;
}

void lists_close(struct lists *x)
{
    map_close(x->off);
    must(pthread_mutex_destroy(&x->lock) == 0);
    free(x);
}

const char *list_is_off(struct lists *x, struct str zone)
{
    pthread_mutex_lock(&x->lock);
    const char *why = map_count(x->off) ? map_get(x->off, zone) : NULL;
    pthread_mutex_unlock(&x->lock);
    return why;
}

struct list_state lists_state(struct lists *x, struct str zone)
{
    const char *why = list_is_off(x, zone);
    return (struct list_state){zone, why != NULL, why ? why : "on"};
}

void list_switch(struct lists *x, struct str zone, const char *why)
{
    pthread_mutex_lock(&x->lock);
    bool was_off = map_get(x->off, zone) != NULL;
    if (why)
        map_put(x->off, zone, (void *)(uintptr_t)why);
    else
        map_remove(x->off, zone);
    metric_set(x->off_count, (int64_t)map_count(x->off));
    pthread_mutex_unlock(&x->lock);
    if (why && !was_off)
        log_event(x->log, LOG_ERROR, "admission.list_off", "zone=%.*s why=\"%s\"", STR_ARG(zone),
                  why);
    else if (!why && was_off)
        log_event(x->log, LOG_INFO, "admission.list_on", "zone=%.*s", STR_ARG(zone));
}

const char *list_fault(const struct dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct ip ip;
        if (!ip_of_bytes(answer->records[i], &ip) || ip.v6 || ip.at[0] != 127)
            return "answers outside of 127.0.0.0/8";
        bool refuses = ip.at[1] == 255 && ip.at[2] == 255;
        bool one = !ip.at[1] && !ip.at[2] && ip.at[3] == 1;
        if (refuses || one)
            return "refuses to answer us";
    }
    return NULL;
}

static struct dns_answer entry(struct ctx *cx, const struct lists *x, const struct list_zone *zone,
                               struct str name)
{
    struct str whole = str_join(cx->arena, (struct str[]){name, STR("."), zone->zone}, 3);
    return resolver_ask(cx, x->resolver, (struct dns_question){whole, DNS_A});
}

/* NULL when it is well. *missing: it has not even the entry that every list has. */
static const char *zone_check(struct ctx *cx, const struct lists *x, const struct list_zone *zone,
                              bool *missing)
{
    bool names = zone->kind == LIST_OF_NAMES;
    struct dns_answer there = entry(cx, x, zone, names ? STR("test") : STR("2.0.0.127"));
    struct dns_answer not_there = entry(cx, x, zone, names ? STR("invalid") : STR("1.0.0.127"));
    *missing = there.status != DNS_FOUND;
    if (there.status == DNS_FOUND && list_fault(&there))
        return list_fault(&there);
    if (not_there.status == DNS_FOUND)
        return list_fault(&not_there) ? list_fault(&not_there) : "lists everything";
    return NULL;
}

void lists_check(struct ctx *cx, struct lists *x, const struct policy_view *v,
                 struct list_state *out)
{
    size_t count;
    const struct list_zone *zones = policy_lists(v, &count);
    for (size_t i = 0; i < count; i++) {
        bool missing = false;
        const char *why = zone_check(cx, x, &zones[i], &missing);
        list_switch(x, zones[i].zone, why);
        if (!why && missing)
            log_event(x->log, LOG_WARN, "admission.list_silent", "zone=%.*s",
                      STR_ARG(zones[i].zone));
        if (out)
            out[i] = (struct list_state){zones[i].zone, why != NULL,
                                         why       ? why
                                         : missing ? "has no test entry"
                                                   : "well"};
    }
}
