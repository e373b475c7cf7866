/* The table: kept in the directory's partition, cached until that moves. */
#include "service/transport/routing/table.h"
#include "store/key.h"
#include <pthread.h>
#include <stdlib.h>

/* In front of a destination of the queue. */
#define TLS_OPTIONAL STR("lax:")

struct routing {
    struct core *core;
    pthread_mutex_t lock;
    struct table *table;
};

struct core *routing_core(struct routing *r)
{
    return r->core;
}

struct routing *routing_open(struct core *c)
{
    struct routing *r = calloc(1, sizeof *r);
    must(r);
    r->core = c;
    must(pthread_mutex_init(&r->lock, NULL) == 0);
    return r;
}

void table_unref(struct table *t)
{
    if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
        return;
    map_close(t->by_pattern);
    arena_close(t->arena);
    free(t);
}

void routing_close(struct routing *r)
{
    if (!r)
        return;
    table_unref(r->table);
    must(pthread_mutex_destroy(&r->lock) == 0);
    free(r);
}

static void link_rule(struct table *t, const struct route_rule *rule)
{
    struct rule_link *x = ARENA_NEW(t->arena, struct rule_link);
    struct rule_link *first = map_get(t->by_pattern, rule->pattern);
    x->rule = rule;
    t->has_agencies |= str_starts(rule->pattern, STR("agency:"));
    t->has_senders |= rule->way == WAY_SENDER;
    if (!first || rule->sender.n) {
        x->next = first;
        map_put(t->by_pattern, rule->pattern, x);
        return;
    }
    while (first->next)
        first = first->next;
    first->next = x;
}

static enum code rules_read(struct ctx *cx, struct routing *r, struct table *t)
{
    struct key from = rule_key((struct str){0}), to = key_after(&from);
    struct scan *w AUTO(scan_close) =
        store_scan(cx, r->core->store, DIRECTORY_PART,
                   (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str key, value;
    size_t room = 0;
    while (scan_next(w, &key, &value)) {
        if (t->count == ROUTES_MAX)
            return fail(cx, E_LIMIT, "routing: more than %d rules", ROUTES_MAX);
        if (t->count == room) {
            size_t more = room ? room * 2 : 8;
            t->rules =
                arena_grow(t->arena, t->rules, room * sizeof *t->rules, more * sizeof *t->rules);
            room = more;
        }
        TRY(rule_decode(cx, str_dup(t->arena, value), &t->rules[t->count]));
        t->count++;
    }
    TRY(scan_error(w));
    for (size_t i = 0; i < t->count; i++)
        link_rule(t, &t->rules[i]);
    return OK;
}

static enum code table_read(struct ctx *cx, struct routing *r, uint64_t version, struct table **out)
{
    struct table *t = calloc(1, sizeof *t);
    must(t);
    t->arena = arena_open();
    t->by_pattern = map_open();
    t->version = version;
    atomic_init(&t->refs, 1);
    enum code code = rules_read(cx, r, t);
    if (code == OK)
        *out = t;
    else
        table_unref(t);
    return code;
}

enum code table_get(struct ctx *cx, struct routing *r, struct table **out)
{
    uint64_t version;
    TRY(store_version(cx, r->core->store, DIRECTORY_PART, &version));
    enum code code = OK;
    pthread_mutex_lock(&r->lock);
    if (!r->table || r->table->version != version) {
        struct table *fresh = NULL;
        code = table_read(cx, r, version, &fresh);
        if (code == OK) {
            table_unref(r->table);
            r->table = fresh;
        }
    }
    if (code == OK) {
        *out = r->table;
        atomic_fetch_add(&r->table->refs, 1);
    }
    pthread_mutex_unlock(&r->lock);
    return code;
}

static void rule_copy(struct arena *a, const struct route_rule *from, struct route_rule *out)
{
    *out = *from;
    struct str *texts[] = {&out->name,     &out->pattern,  &out->sender, &out->user,
                           &out->password, &out->tls_name, &out->text};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = str_dup(a, *texts[i]);
    for (size_t i = 0; i < out->hop_count; i++)
        out->hops[i].host = str_dup(a, out->hops[i].host);
}

enum code routing_list(struct ctx *cx, struct routing *r, struct route_rule **out, size_t *count)
{
    struct table *t AUTO(table_unref) = NULL;
    TRY(table_get(cx, r, &t));
    *out = ARENA_ARRAY(cx->arena, t->count ? t->count : 1, struct route_rule);
    for (size_t i = 0; i < t->count; i++)
        rule_copy(cx->arena, &t->rules[i], &(*out)[i]);
    *count = t->count;
    return OK;
}

static enum code rule_put(struct ctx *cx, struct txn *t, void *arg)
{
    const struct route_rule *rule = arg;
    struct key k = rule_key(rule->name);
    txn_put(t, key_str(&k), rule_encode(cx->arena, rule));
    return OK;
}

enum code routing_set(struct ctx *cx, struct routing *r, const struct route_rule *rule)
{
    struct table *t AUTO(table_unref) = NULL;
    struct route_rule checked = *rule;
    TRY(rule_check(cx, &checked));
    TRY(table_get(cx, r, &t));
    if (t->count >= ROUTES_MAX)
        return fail(cx, E_LIMIT, "routing: more than %d rules", ROUTES_MAX);
    return store_update(cx, r->core->store, DIRECTORY_PART, rule_put, &checked);
}

static enum code rule_drop(struct ctx *cx, struct txn *t, void *arg)
{
    struct key k = rule_key(*(const struct str *)arg);
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    txn_delete(t, key_str(&k));
    return OK;
}

enum code routing_delete(struct ctx *cx, struct routing *r, struct str name)
{
    if (!name.n || name.n > ROUTE_NAME_MAX)
        return fail(cx, E_NOT_FOUND, "there is no such route");
    return store_update(cx, r->core->store, DIRECTORY_PART, rule_drop, &name);
}

struct str routing_tls_optional(struct ctx *cx, const struct routed *to)
{
    if (to->way != WAY_MX || !to->destination.n)
        return to->destination;
    return str_join(cx->arena, (struct str[]){TLS_OPTIONAL, to->destination}, 2);
}

enum code routing_destination(struct ctx *cx, struct routing *r, struct str name,
                              struct destination *out)
{
    struct table *t AUTO(table_unref) = NULL;
    struct destination d = {.way = WAY_MX, .tls_optional = str_starts(name, TLS_OPTIONAL)};
    name = str_from(name, d.tls_optional ? TLS_OPTIONAL.n : 0);
    d.domain = name;
    if (!str_starts(name, STR("route:"))) {
        *out = d;
        return OK;
    }
    struct str rule = str_from(name, STR("route:").n);
    size_t slash = str_chr(rule, '/');
    d.domain = slash == SIZE_MAX ? (struct str){0} : str_from(rule, slash + 1);
    rule = str_sub(rule, 0, slash);
    TRY(table_get(cx, r, &t));
    for (size_t i = 0; i < t->count; i++) {
        if (!str_eq(t->rules[i].name, rule) || !t->rules[i].enabled)
            continue;
        rule_copy(cx->arena, &t->rules[i], &d.rule);
        d.way = d.rule.way;
        *out = d;
        return OK;
    }
    return fail(cx, E_NOT_FOUND, "there is no route %.*s", STR_ARG(rule));
}
