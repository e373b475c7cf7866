/* The scripts of domains and the forest, read when the directory has changed. */
#include "base/arena.h"
#include "core/directory.h"
#include "service/filter/parts.h"
#include <stdatomic.h>
#include <stdlib.h>

struct systems {
    atomic_int refs;
    uint64_t version;
    struct arena *arena;
    struct script_system *at;
    size_t count;
};

void systems_unref(struct systems *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    arena_close(s->arena);
    free(s);
}

static enum code systems_read(struct ctx *cx, struct core *c, uint64_t version,
                              struct systems **out)
{
    struct systems *s = calloc(1, sizeof *s);
    must(s);
    s->arena = arena_open();
    s->version = version;
    atomic_init(&s->refs, 1);
    struct ctx own = *cx;
    own.arena = s->arena;
    enum code code = script_systems(&own, c, &s->at, &s->count);
    if (code == OK)
        *out = s;
    else
        systems_unref(s);
    return code == OK ? OK : fail(cx, code, "%s", own.err.what);
}

enum code systems_get(struct ctx *cx, struct filters *f, struct systems **out)
{
    uint64_t version;
    TRY(store_version(cx, f->core->store, DIRECTORY_PART, &version));
    enum code code = OK;
    must(pthread_mutex_lock(&f->lock) == 0);
    if (!f->systems || f->systems->version != version) {
        struct systems *fresh = NULL;
        code = systems_read(cx, f->core, version, &fresh);
        if (code == OK) {
            systems_unref(f->systems);
            f->systems = fresh;
            if (!fresh->count)
                atomic_store(&f->none_at, version);
        }
    }
    if (code == OK) {
        *out = f->systems;
        atomic_fetch_add(&f->systems->refs, 1);
    }
    must(pthread_mutex_unlock(&f->lock) == 0);
    return code;
}

bool systems_are_none(struct ctx *cx, const struct filters *f)
{
    uint64_t version;
    return store_version(cx, f->core->store, DIRECTORY_PART, &version) == OK && version &&
           atomic_load(&f->none_at) == version;
}

bool systems_are_empty(const struct systems *s)
{
    return s->count == 0;
}

const struct script_system *systems_find(const struct systems *s, uint64_t domain)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->at[middle].domain == domain)
            return &s->at[middle];
        if (s->at[middle].domain < domain)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

enum code domains_above(struct ctx *cx, struct filters *f, uint64_t domain, struct lineage *out)
{
    out->count = 0;
    while (domain && out->count + 1 < LINEAGE_MAX) {
        struct domain d;
        out->at[out->count++] = domain;
        enum code code = directory_domain_by_id(cx, f->core, domain, &d);
        if (code == E_NOT_FOUND)
            break;
        TRY(code);
        domain = d.parent;
    }
    out->at[out->count++] = 0;
    return OK;
}

enum code systems_chain(struct ctx *cx, struct filters *f, uint64_t domain, struct chain *out)
{
    struct systems *s AUTO(systems_unref) = NULL;
    struct lineage up;
    *out = (struct chain){.forward = FORWARD_REFUSED};
    TRY(systems_get(cx, f, &s));
    if (systems_are_empty(s))
        return OK;
    TRY(domains_above(cx, f, domain, &up));
    bool decided = false;
    for (size_t i = 0; i < up.count; i++) {
        const struct script_system *x = systems_find(s, up.at[i]);
        if (!x)
            continue;
        if (!decided && x->forward != FORWARD_INHERITED) {
            out->forward = x->forward;
            decided = true;
        }
        if (x->has[SCRIPT_AFTER]) /* the nearest first */
            out->after[out->after_count++] = x->text[SCRIPT_AFTER];
    }
    for (size_t i = up.count; i-- > 0;) {
        const struct script_system *x = systems_find(s, up.at[i]);
        if (x && x->has[SCRIPT_BEFORE]) /* the forest first */
            out->before[out->before_count++] = x->text[SCRIPT_BEFORE];
    }
    return OK;
}
