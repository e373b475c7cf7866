#include "format/domain.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/map.h"
#include "core/directory/rows.h"

enum { DOMAINS_MAX = 10000 };

static enum code check(struct ctx *cx, const struct domain *d, struct domain *out)
{
    *out = *d;
    if (!domain_valid(d->name) || d->title.n > DIRECTORY_TEXT_MAX)
        return fail(cx, E_SYNTAX, "domain: name or title");
    if (d->kind != DOMAIN_HOSTED && d->kind != DOMAIN_ROUTED)
        return fail(cx, E_SYNTAX, "domain: kind %d", (int)d->kind);
    TRY(domain_to_ascii(cx, d->name, &out->name));
    if (out->name.n > DIRECTORY_DOMAIN_MAX)
        return fail(cx, E_SYNTAX, "domain: name over %d bytes", DIRECTORY_DOMAIN_MAX);
    return OK;
}

/* The way up from parent must end at a root, and not lead through id. */
static enum code check_parent(struct ctx *cx, const struct rows *r, uint64_t id, uint64_t parent)
{
    for (int depth = 0; parent; depth++) {
        if (parent == id || depth == DIRECTORY_DEPTH_MAX)
            return fail(cx, E_SYNTAX, "domain: below itself, or more than %d levels",
                        DIRECTORY_DEPTH_MAX);
        struct domain above;
        TRY(rows_domain(cx, r, parent, &above));
        parent = above.parent;
    }
    return OK;
}

static enum code check_name_free(struct ctx *cx, const struct rows *r, struct str name)
{
    struct domain there;
    enum code code = rows_domain_named(cx, r, name, &there);
    if (code == OK)
        return fail(cx, E_EXISTS, "domain: the name is taken");
    return code == E_NOT_FOUND ? OK : code;
}

static enum code add(struct ctx *cx, struct txn *t, void *arg)
{
    struct domain *d = arg;
    struct rows r = rows_in(t);
    TRY(check_name_free(cx, &r, d->name));
    TRY(check_parent(cx, &r, 0, d->parent));
    TRY(rows_next_id(cx, t, &d->id));
    rows_put_domain(cx, t, d);
    return OK;
}

enum code directory_domain_add(struct ctx *cx, struct core *c, const struct domain *new,
                               uint64_t *id)
{
    struct domain d;
    TRY(check(cx, new, &d));
    TRY(store_update(cx, c->store, DIRECTORY_PART, add, &d));
    *id = d.id;
    return OK;
}

/* Whether any address is in it, reserved ones too. */
static enum code is_empty(struct ctx *cx, const struct rows *r, uint64_t id, bool *out)
{
    struct key from = rows_listing_key(id, (struct str){0}), to = key_after(&from);
    struct scan *w AUTO(scan_close) = rows_scan(cx, r, &from, &to);
    struct str key, value;
    *out = !scan_next(w, &key, &value);
    return scan_error(w);
}

static enum code rename_domain(struct ctx *cx, struct txn *t, const struct domain *old,
                               struct str name)
{
    struct rows r = rows_in(t);
    bool empty;
    TRY(check_name_free(cx, &r, name));
    TRY(is_empty(cx, &r, old->id, &empty));
    if (!empty)
        return fail(cx, E_UNSUPPORTED, "domain: it has addresses, its name cannot change");
    struct key k = rows_domain_name_key(old->name);
    txn_delete(t, key_str(&k));
    return OK;
}

static enum code set(struct ctx *cx, struct txn *t, void *arg)
{
    const struct domain *d = arg;
    struct rows r = rows_in(t);
    struct domain old;
    TRY(rows_domain(cx, &r, d->id, &old));
    TRY(check_parent(cx, &r, d->id, d->parent));
    if (!str_eq(old.name, d->name))
        TRY(rename_domain(cx, t, &old, d->name));
    rows_put_domain(cx, t, d);
    return OK;
}

enum code directory_domain_set(struct ctx *cx, struct core *c, const struct domain *changed)
{
    struct domain d;
    TRY(check(cx, changed, &d));
    return store_update(cx, c->store, DIRECTORY_PART, set, &d);
}

/* All domains in the order of their numbers. */
static enum code read_all(struct ctx *cx, const struct rows *r, struct domain **out, size_t *count)
{
    struct key from = rows_domain_key(0), to = key_after(&from);
    struct scan *w AUTO(scan_close) = rows_scan(cx, r, &from, &to);
    struct domain *all = NULL;
    size_t n = 0, room = 0;
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct cur c = cur_of(str_from(key, 1));
        uint64_t id;
        if (!cur_key_u64(&c, &id))
            return fail(cx, E_CORRUPT, "directory: key of a domain");
        if (n == DOMAINS_MAX)
            return fail(cx, E_LIMIT, "directory: more than %d domains", DOMAINS_MAX);
        if (n == room) {
            size_t more = room ? room * 2 : 16;
            all = arena_grow(cx->arena, all, room * sizeof *all, more * sizeof *all);
            room = more;
        }
        TRY(rows_domain_parse(cx, str_dup(cx->arena, value), id, &all[n]));
        n++;
    }
    TRY(scan_error(w));
    *out = all;
    *count = n;
    return OK;
}

static enum code drop(struct ctx *cx, struct txn *t, void *arg)
{
    const uint64_t *id = arg;
    struct rows r = rows_in(t);
    struct domain d, *all;
    size_t count;
    bool empty;
    TRY(rows_domain(cx, &r, *id, &d));
    TRY(is_empty(cx, &r, *id, &empty));
    TRY(read_all(cx, &r, &all, &count));
    for (size_t i = 0; i < count; i++)
        empty = empty && all[i].parent != *id;
    if (!empty)
        return fail(cx, E_EXISTS, "domain: it has addresses or domains below it");
    struct key k = rows_domain_key(*id), name = rows_domain_name_key(d.name);
    txn_delete(t, key_str(&k));
    txn_delete(t, key_str(&name));
    return OK;
}

enum code directory_domain_remove(struct ctx *cx, struct core *c, uint64_t id)
{
    return store_update(cx, c->store, DIRECTORY_PART, drop, &id);
}

enum code directory_domain_by_name(struct ctx *cx, struct core *c, struct str name,
                                   struct domain *out)
{
    struct rows r = rows_of(c);
    struct str ascii;
    TRY(rows_domain_fold(cx, name, &ascii));
    return rows_domain_named(cx, &r, ascii, out);
}

enum code directory_domain_by_id(struct ctx *cx, struct core *c, uint64_t id, struct domain *out)
{
    struct rows r = rows_of(c);
    return rows_domain(cx, &r, id, out);
}

/* Level by level, by way of a map from a parent to the first of its children. */
struct family {
    struct domain *all;
    size_t *next; /* sibling's index + 1 */
    struct map *first;
    struct domain *out;
    size_t n;
};

static void emit(struct family *f, uint64_t parent)
{
    size_t *at = map_get(f->first, map_u64(&parent));
    if (!at)
        return;
    for (size_t i = *at; i; i = f->next[i - 1])
        f->out[f->n++] = f->all[i - 1];
}

enum code directory_domains(struct ctx *cx, struct core *c, struct domain **out, size_t *count)
{
    struct rows r = rows_of(c);
    struct family f = {0};
    size_t n;
    TRY(read_all(cx, &r, &f.all, &n));
    struct map *first AUTO(map_close) = f.first = map_open();
    f.next = ARENA_ARRAY(cx->arena, n, size_t);
    f.out = ARENA_ARRAY(cx->arena, n, struct domain);
    for (size_t i = n; i > 0; i--) {
        size_t *at = ARENA_NEW(cx->arena, size_t);
        *at = i;
        size_t *before = map_put(first, map_u64(&f.all[i - 1].parent), at);
        f.next[i - 1] = before ? *before : 0;
    }
    emit(&f, 0);
    for (size_t i = 0; i < f.n; i++)
        emit(&f, f.out[i].id);
    *out = f.out;
    *count = f.n;
    return OK;
}

static enum code set_default(struct ctx *cx, struct txn *t, void *arg)
{
    const struct str *name = arg;
    struct key k = rows_setting_key(STR("default-domain"));
    struct rows r = rows_in(t);
    struct domain d;
    if (!name->n) {
        txn_delete(t, key_str(&k));
        return OK;
    }
    TRY(rows_domain_named(cx, &r, *name, &d));
    txn_put(t, key_str(&k), d.name);
    return OK;
}

enum code directory_set_default_domain(struct ctx *cx, struct core *c, struct str name)
{
    struct str ascii = {0};
    if (name.n)
        TRY(domain_to_ascii(cx, name, &ascii));
    return store_update(cx, c->store, DIRECTORY_PART, set_default, &ascii);
}

enum code directory_default_domain(struct ctx *cx, struct core *c, struct str *out)
{
    struct rows r = rows_of(c);
    struct key k = rows_setting_key(STR("default-domain"));
    enum code code = rows_get(cx, &r, &k, out);
    if (code == E_NOT_FOUND)
        *out = (struct str){0};
    return code == E_NOT_FOUND ? OK : code;
}
