#include "service/admission/policy.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/map.h"
#include "core/directory.h"
#include "service/admission/limits.h"
#include "service/admission/lists.h"
#include "store/key.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { FAMILY_POLICY = 'P', ROW_VERSION = 1, FOREST_DEPTH_MAX = 64 };

struct policy_view {
    struct core *core;
    struct arena *arena;
    uint64_t version;
    atomic_int refs;
    struct policy_row *rows;
    size_t count;
    struct policy_rules forest;
    struct list_zone *lists;
    size_t list_count;
    struct policy_row *srs; /* in order of their names */
    size_t srs_count;
    struct map *srs_domains;
    struct limit *limits; /* by name and scope */
    size_t limit_count;
    struct map *limit_scopes; /* name and scope to a limit, but for the forest's */
    struct map *settings;     /* name and scope to a row, of domains */
    /* What domains have, once somebody asked. */
    pthread_mutex_t lock;
    struct map *domains;
    struct arena *domains_arena;
};

struct policy {
    struct core *core;
    pthread_mutex_t lock;
    struct policy_view *view;
};

struct policy *policy_open(struct core *c)
{
    struct policy *p = calloc(1, sizeof *p);
    must(p && pthread_mutex_init(&p->lock, NULL) == 0);
    p->core = c;
    return p;
}

void policy_close(struct policy *p)
{
    policy_view_unref(p->view);
    must(pthread_mutex_destroy(&p->lock) == 0);
    free(p);
}

struct policy_view *policy_view_ref(struct policy_view *v)
{
    if (v)
        atomic_fetch_add(&v->refs, 1);
    return v;
}

void policy_view_unref(struct policy_view *v)
{
    if (!v || atomic_fetch_sub(&v->refs, 1) != 1)
        return;
    map_close(v->settings);
    map_close(v->limit_scopes);
    map_close(v->srs_domains);
    map_close(v->domains);
    arena_close(v->domains_arena);
    arena_close(v->arena);
    must(pthread_mutex_destroy(&v->lock) == 0);
    free(v);
}

/* Empty parts at the end make the start of a range. */
static struct key row_key(struct str kind, struct str name, struct str scope)
{
    struct key k = key_of(FAMILY_POLICY);
    const struct str parts[] = {kind, name, scope};
    for (size_t i = 0; i < 3 && parts[i].n; i++)
        key_text(&k, parts[i]);
    return k;
}

static struct str row_encode(struct arena *a, const struct policy_row *row)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le_str(&b, row->kind);
    buf_le_str(&b, row->name);
    buf_le_str(&b, row->scope);
    buf_le_str(&b, row->value);
    must(!b.overflow);
    return buf_str(&b);
}

static enum code row_decode(struct ctx *cx, struct str value, struct policy_row *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le_str(&c, &out->kind) ||
        !cur_le_str(&c, &out->name) || !cur_le_str(&c, &out->scope) ||
        !cur_le_str(&c, &out->value) || !cur_end(&c))
        return fail(cx, E_CORRUPT, "directory: a broken row of admission");
    return OK;
}

static enum code rows_read(struct ctx *cx, struct core *c, struct str kind, struct arena *a,
                           struct policy_row **out, size_t *count)
{
    struct key from = row_key(kind, (struct str){0}, (struct str){0}), to = key_after(&from);
    struct scan *w AUTO(scan_close) = store_scan(
        cx, c->store, DIRECTORY_PART, (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str key, value;
    size_t room = 0;
    *out = NULL;
    *count = 0;
    while (scan_next(w, &key, &value)) {
        if (*count == POLICY_ROWS_MAX)
            return fail(cx, E_LIMIT, "more than %d rows of admission", POLICY_ROWS_MAX);
        if (*count == room) {
            size_t more = room ? room * 2 : 16;
            *out = arena_grow(a, *out, room * sizeof **out, more * sizeof **out);
            room = more;
        }
        TRY(row_decode(cx, str_dup(a, value), &(*out)[*count]));
        ++*count;
    }
    return scan_error(w);
}

static void rules_usual(struct policy_rules *rules)
{
    *rules = (struct policy_rules){0};
    for (size_t i = 0; i < SETTING_COUNT; i++)
        rules->number[i] = setting_at(i)->usual;
}

static void rule_set(struct ctx *cx, struct policy_rules *rules, enum setting which,
                     struct str value)
{
    if (setting_parse(cx, which, value, &rules->number[which]) != OK)
        rules->number[which] = setting_at(which)->usual; /* of another version */
    rules->text[which] = value;
}

static struct str scoped(struct arena *a, struct str name, struct str scope)
{
    return str_join(a, (struct str[]){name, STR(" "), scope}, 3);
}

/* A row of an older or newer version that means nothing here is passed over. */
static void row_take(struct ctx *cx, struct policy_view *v, const struct policy_row *row)
{
    enum setting which;
    if (str_eq(row->kind, STR("list"))) {
        if (list_zone_parse(cx, v->arena, row->name, row->value, &v->lists[v->list_count]) == OK)
            v->list_count++;
        return;
    }
    if (str_eq(row->kind, STR("srs"))) {
        v->srs[v->srs_count++] = *row;
        return;
    }
    if (!str_eq(row->kind, STR("set")) || setting_find(cx, row->name, &which) != OK)
        return;
    if (which == SET_SRS_DOMAIN && row->value.n)
        map_put(v->srs_domains, row->value, v);
    if (str_eq(row->scope, STR("*"))) {
        rule_set(cx, &v->forest, which, row->value);
        return;
    }
    map_put(v->settings, scoped(v->arena, row->name, row->scope), (void *)(uintptr_t)row);
}

static void limit_add(struct ctx *cx, struct policy_view *v, const struct policy_row *row)
{
    struct limit *l = &v->limits[v->limit_count];
    if (limit_parse(cx, row->name, row->scope, row->value, l) != OK)
        return;
    v->limit_count++;
    if (!str_eq(l->scope, STR("*")))
        map_put(v->limit_scopes, scoped(v->arena, l->name, l->scope), l);
}

/* The limits of one domain, or of the forest: names alone, each with its narrowest row. */
static void limits_choose(struct policy_view *v, struct arena *a, struct policy_rules *rules)
{
    rules->limits = arena_array(a, LIMITS_MAX, sizeof *rules->limits);
    rules->limit_count = 0;
    for (size_t i = 0; i < v->limit_count && rules->limit_count < LIMITS_MAX; i++)
        if (str_eq(v->limits[i].scope, STR("*")))
            rules->limits[rules->limit_count++] = &v->limits[i];
}

static enum code view_fill(struct ctx *cx, struct policy_view *v)
{
    TRY(rows_read(cx, v->core, (struct str){0}, v->arena, &v->rows, &v->count));
    v->lists = ARENA_ARRAY(v->arena, v->count ? v->count : 1, struct list_zone);
    v->srs = ARENA_ARRAY(v->arena, v->count ? v->count : 1, struct policy_row);
    v->limits = ARENA_ARRAY(v->arena, v->count ? v->count : 1, struct limit);
    for (size_t i = 0; i < v->count; i++) {
        if (str_eq(v->rows[i].kind, STR("limit")))
            limit_add(cx, v, &v->rows[i]);
        else
            row_take(cx, v, &v->rows[i]);
    }
    limits_choose(v, v->arena, &v->forest);
    return OK;
}

static enum code view_read(struct ctx *cx, struct core *c, uint64_t version,
                           struct policy_view **out)
{
    struct policy_view *v = calloc(1, sizeof *v);
    must(v && pthread_mutex_init(&v->lock, NULL) == 0);
    v->core = c;
    v->arena = arena_open();
    v->domains_arena = arena_open();
    v->settings = map_open();
    v->limit_scopes = map_open();
    v->srs_domains = map_open();
    v->domains = map_open();
    v->version = version;
    atomic_init(&v->refs, 1);
    rules_usual(&v->forest);
    enum code code = view_fill(cx, v);
    if (code == OK)
        *out = v;
    else
        policy_view_unref(v);
    return code;
}

enum code policy_get(struct ctx *cx, struct policy *p, struct policy_view **out)
{
    uint64_t version;
    enum code code = OK;
    TRY(store_version(cx, p->core->store, DIRECTORY_PART, &version));
    pthread_mutex_lock(&p->lock);
    if (!p->view || p->view->version != version) {
        struct policy_view *fresh = NULL;
        code = view_read(cx, p->core, version, &fresh);
        if (code == OK) {
            policy_view_unref(p->view);
            p->view = fresh;
        }
    }
    if (code == OK)
        *out = policy_view_ref(p->view);
    pthread_mutex_unlock(&p->lock);
    return code;
}

const struct policy_rules *policy_forest(const struct policy_view *v)
{
    return &v->forest;
}

const struct list_zone *policy_lists(const struct policy_view *v, size_t *count)
{
    *count = v->list_count;
    return v->lists;
}

const struct limit *policy_own_limit(struct ctx *cx, const struct policy_view *v, struct str name,
                                     struct str address)
{
    if (!map_count(v->limit_scopes))
        return NULL;
    return map_get(v->limit_scopes, scoped(cx->arena, name, address));
}

const struct policy_row *policy_srs(const struct policy_view *v, size_t *count)
{
    *count = v->srs_count;
    return v->srs;
}

bool policy_is_srs_domain(struct ctx *cx, const struct policy_view *v, struct str domain)
{
    return map_count(v->srs_domains) && map_get(v->srs_domains, str_lower(cx->arena, domain));
}

/* Sets what is not set yet. */
static void level_take(struct ctx *cx, struct policy_view *v, struct str domain, bool *done,
                       struct policy_rules *rules)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        struct str key = scoped(cx->arena, str_z(setting_at(i)->name), domain);
        const struct policy_row *row = done[i] ? NULL : map_get(v->settings, key);
        if (!row)
            continue;
        done[i] = true;
        rule_set(cx, rules, (enum setting)i, row->value);
    }
}

/* Limits of this level, where none below it has one of that name. */
static void level_limits(struct policy_view *v, struct str domain, struct policy_rules *rules)
{
    for (size_t i = 0; i < v->limit_count; i++) {
        const struct limit *l = &v->limits[i];
        size_t at = 0;
        if (!str_eq(l->scope, domain))
            continue;
        while (at < rules->limit_count && !str_eq(rules->limits[at]->name, l->name))
            at++;
        bool narrower = at < rules->limit_count && !str_eq(rules->limits[at]->scope, STR("*"));
        if (narrower || at == LIMITS_MAX)
            continue;
        rules->limits[at] = l;
        rules->limit_count += at == rules->limit_count;
    }
}

/* OK with *known false: not of the forest. */
static enum code rules_gather(struct ctx *cx, struct policy_view *v, struct str name,
                              struct policy_rules *rules, bool *known)
{
    struct domain d;
    bool done[SETTING_COUNT] = {0};
    enum code code = directory_domain_by_name(cx, v->core, name, &d);
    *known = code == OK;
    *rules = v->forest;
    limits_choose(v, cx->arena, rules);
    for (int depth = 0; code == OK && depth < FOREST_DEPTH_MAX; depth++) {
        level_take(cx, v, d.name, done, rules);
        level_limits(v, d.name, rules);
        if (!d.parent)
            return OK;
        code = directory_domain_by_id(cx, v->core, d.parent, &d);
    }
    return code == E_NOT_FOUND || code == E_SYNTAX ? OK : code;
}

enum code policy_domain(struct ctx *cx, struct policy_view *v, struct str domain,
                        const struct policy_rules **out)
{
    struct policy_rules rules;
    bool known = false;
    *out = &v->forest;
    if (!map_count(v->settings) && !map_count(v->limit_scopes))
        return OK;
    struct str name = str_lower(cx->arena, domain);
    pthread_mutex_lock(&v->lock);
    const struct policy_rules *kept = map_get(v->domains, name);
    pthread_mutex_unlock(&v->lock);
    if (kept) {
        *out = kept;
        return OK;
    }
    TRY(rules_gather(cx, v, name, &rules, &known));
    if (!known)
        return OK;
    pthread_mutex_lock(&v->lock);
    struct policy_rules *mine = ARENA_NEW(v->domains_arena, struct policy_rules);
    *mine = rules;
    mine->limits = arena_array(v->domains_arena, LIMITS_MAX, sizeof *mine->limits);
    for (size_t i = 0; i < rules.limit_count; i++)
        mine->limits[i] = rules.limits[i];
    map_put(v->domains, name, mine);
    pthread_mutex_unlock(&v->lock);
    *out = mine;
    return OK;
}

enum code policy_rows(struct ctx *cx, struct policy *p, struct str kind, struct policy_row **out,
                      size_t *count)
{
    return rows_read(cx, p->core, kind, cx->arena, out, count);
}

static enum code put(struct ctx *cx, struct txn *t, void *arg)
{
    const struct policy_row *row = arg;
    struct key k = row_key(row->kind, row->name, row->scope);
    txn_put(t, key_str(&k), row_encode(cx->arena, row));
    return OK;
}

static bool fits(const struct policy_row *row)
{
    return row->kind.n && row->name.n && row->name.n <= POLICY_NAME_MAX && row->scope.n &&
           row->scope.n <= POLICY_SCOPE_MAX - row->name.n && row->value.n <= POLICY_VALUE_MAX &&
           str_chr(row->name, 0) == SIZE_MAX && str_chr(row->scope, 0) == SIZE_MAX;
}

enum code policy_put(struct ctx *cx, struct policy *p, const struct policy_row *row)
{
    struct policy_view *v AUTO(policy_view_unref) = NULL;
    struct policy_row copy = *row;
    if (!fits(row))
        return fail(cx, E_SYNTAX, "the name or the value is too long");
    TRY(policy_get(cx, p, &v));
    if (v->count >= POLICY_ROWS_MAX)
        return fail(cx, E_LIMIT, "more than %d rows of admission", POLICY_ROWS_MAX);
    return store_update(cx, p->core->store, DIRECTORY_PART, put, &copy);
}

static enum code drop(struct ctx *cx, struct txn *t, void *arg)
{
    const struct policy_row *row = arg;
    struct key k = row_key(row->kind, row->name, row->scope);
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    txn_delete(t, key_str(&k));
    return OK;
}

enum code policy_drop(struct ctx *cx, struct policy *p, const struct policy_row *row)
{
    struct policy_row copy = *row;
    if (!fits(row))
        return fail(cx, E_NOT_FOUND, "there is no such row");
    enum code code = store_update(cx, p->core->store, DIRECTORY_PART, drop, &copy);
    return code == E_NOT_FOUND ? fail(cx, E_NOT_FOUND, "nothing of that name is set") : code;
}
