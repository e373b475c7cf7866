/* Foo/set: creates, then updates and destroys, then those creates that stood in their way. */
#include "base/log.h"
#include "proto/jmap/set/copy.h"
#include "proto/jmap/set/inner.h"

/* RFC 8620 section 5.3: what a code that no function has told otherwise means. */
static const char *const errors[CODE_COUNT] = {
    [OK] = "",
    [E_SYNTAX] = "invalidProperties",
    [E_LIMIT] = "overQuota",
    [E_NOT_FOUND] = "notFound",
    [E_EXISTS] = "invalidProperties",
    [E_DENIED] = "forbidden",
    [E_CONFLICT] = "serverFail",
    [E_BUSY] = "serverFail",
    [E_IO] = "serverFail",
    [E_CORRUPT] = "serverFail",
    [E_UNSUPPORTED] = "invalidProperties",
};

enum code jmap_set_refuse(struct jmap_set_one *x, const char *error, const char *why)
{
    x->error = error;
    x->why = why;
    return OK;
}

enum code jmap_set_invalid(struct ctx *cx, struct jmap_set_one *x, struct str property,
                           const char *why)
{
    if (x->error && x->bad_count == 0)
        return OK;
    if (x->bad_count < JMAP_BAD_MAX)
        x->bad[x->bad_count++] = str_dup(cx->arena, property);
    return jmap_set_refuse(x, "invalidProperties", why);
}

void jmap_set_fail(struct ctx *cx, struct jmap_set_one *x, enum code code)
{
    if (code == OK || x->error)
        return;
    x->error = errors[code];
    if (http_status_of(code) >= 500)
        x->failed = str_z(str_zdup(cx->arena, str_z(cx->err.what)));
}

bool jmap_is_pending(const struct jmap_set_all *all, struct str creation_id)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].act == JMAP_CREATE && !all->at[i].id.n &&
            str_eq(all->at[i].key, creation_id))
            return true;
    return false;
}

/* Members of "create" and "update", texts of "destroy". */
static bool gather(struct jmap_set_all *all, enum jmap_act act, const struct json_tree *from)
{
    for (size_t i = 0; from && i < from->count; i++) {
        struct jmap_set_one *x = &all->at[all->count++];
        x->act = act;
        x->given = &from->values[i];
        if (act == JMAP_DESTROY && x->given->kind != TREE_STRING)
            return false;
        x->key = act == JMAP_DESTROY ? x->given->text : from->names[i];
    }
    return true;
}

static size_t count_of(const struct json_tree *v)
{
    return v ? v->count : 0;
}

static enum code arguments(struct ctx *cx, struct jmap_call *call, struct jmap_set_all *all)
{
    const struct json_tree *create, *update, *destroy;
    if (!jmap_arg(call, STR("create"), TREE_OBJECT, &create) ||
        !jmap_arg(call, STR("update"), TREE_OBJECT, &update) ||
        !jmap_arg(call, STR("destroy"), TREE_ARRAY, &destroy))
        return jmap_refuse(call, "invalidArguments", "create, update or destroy");
    size_t count = count_of(create) + count_of(update) + count_of(destroy);
    if (count > JMAP_SET_MAX)
        return jmap_refuse(call, "requestTooLarge", "more than maxObjectsInSet");
    all->at = ARENA_ARRAY(cx->arena, count + 1, struct jmap_set_one);
    bool good = gather(all, JMAP_CREATE, create) && gather(all, JMAP_UPDATE, update) &&
                gather(all, JMAP_DESTROY, destroy);
    return good ? OK : jmap_refuse(call, "invalidArguments", "an id is no text");
}

static void create_one(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                       const struct jmap_set_all *all)
{
    const struct jmap_setter *s = call->setter;
    x->error = NULL;
    x->bad_count = 0;
    x->again = false;
    enum code code = jmap_set_check(cx, call, x, all);
    if (code == OK && !x->error)
        code = s->create(cx, call, x);
    jmap_set_fail(cx, x, code);
    if (!x->error)
        jmap_created_add(cx, call, x->key, x->id);
}

/* Again and again as long as one of them is made, since others may name it. */
static enum code create_all(struct ctx *cx, struct jmap_call *call, const struct jmap_set_all *all,
                            bool first)
{
    for (bool some = true; some; first = false) {
        some = false;
        for (size_t i = 0; i < all->count && !call->error; i++) {
            struct jmap_set_one *x = &all->at[i];
            if (x->act != JMAP_CREATE || x->id.n || (!first && !x->again))
                continue;
            create_one(cx, call, x, all);
            some |= !x->error;
            if (!x->error)
                TRY(jmap_refresh(cx, call));
        }
    }
    return OK;
}

static bool is_destroyed(const struct jmap_set_all *all, struct str id, size_t end)
{
    for (size_t i = 0; i < end; i++)
        if (all->at[i].act == JMAP_DESTROY && str_eq(all->at[i].key, id))
            return true;
    return false;
}

static enum code apply(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                       const struct jmap_set_all *all)
{
    const struct jmap_setter *s = call->setter;
    bool update = x->act == JMAP_UPDATE;
    if (!(update ? s->update : s->destroy))
        return jmap_set_refuse(x, "forbidden", NULL);
    if (update)
        TRY(jmap_set_check(cx, call, x, all));
    if (x->error)
        return OK;
    return update ? s->update(cx, call, x) : s->destroy(cx, call, x);
}

/* The object lives in inner, and no longer than this. */
static enum code change_one(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                            const struct jmap_set_all *all)
{
    const struct jmap_type *t = call->method->type;
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    if (t->scratch)
        inner.arena = scratch;
    if (call->setter->singleton && x->act == JMAP_DESTROY)
        return jmap_set_refuse(x, "singleton", NULL);
    if (x->act == JMAP_UPDATE && is_destroyed(all, x->key, all->count))
        return jmap_set_refuse(x, "willDestroy", NULL);
    if (!jmap_created(call, x->key, &x->id))
        return fail(cx, E_NOT_FOUND, "nothing of that name was created");
    enum code code = t->find(&inner, call, x->id, &x->object);
    cx->err = inner.err;
    TRY(code);
    code = apply(cx, call, x, all);
    if (t->done)
        t->done(x->object);
    return code;
}

/* The same object destroyed twice is destroyed once. */
static bool is_twice(const struct jmap_set_all *all, size_t at)
{
    return all->at[at].act == JMAP_DESTROY && is_destroyed(all, all->at[at].key, at);
}

static enum code commit(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *const *ready,
                        size_t count)
{
    const struct jmap_setter *s = call->setter;
    enum code code = count && s->commit ? s->commit(cx, call, ready, count) : OK;
    for (size_t i = 0; i < count; i++)
        jmap_set_fail(cx, ready[i], code);
    return OK;
}

static enum code change_all(struct ctx *cx, struct jmap_call *call, struct jmap_set_all *all)
{
    struct jmap_set_one **ready = ARENA_ARRAY(cx->arena, all->count + 1, struct jmap_set_one *);
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < all->count; i++)
        all->at[i].twice = is_twice(all, i);
    for (size_t i = 0; i < all->count; i++) {
        struct jmap_set_one *x = &all->at[i];
        if (x->act == JMAP_CREATE || x->twice)
            continue;
        jmap_set_fail(cx, x, change_one(cx, call, x, all));
        if (!x->error)
            ready[count++] = x;
        kept++;
    }
    if (!kept)
        return OK;
    TRY(commit(cx, call, ready, count));
    return call->error ? OK : jmap_refresh(cx, call);
}

static void log_failures(struct ctx *cx, const struct jmap_call *call,
                         const struct jmap_set_all *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].failed.n)
            log_event(call->env->log, LOG_WARN, "jmap.set_failed", "method=%.*s why=%s",
                      STR_ARG(call->method->name), log_quote(cx->arena, all->at[i].failed));
}

static enum code run(struct ctx *cx, struct jmap_call *call, struct jmap_set_all *all)
{
    const struct jmap_setter *s = call->setter;
    const char *no = s->singleton ? "singleton" : s->create ? NULL : "forbidden";
    for (size_t i = 0; i < all->count; i++)
        if (no && all->at[i].act == JMAP_CREATE)
            all->at[i].error = no;
    if (!no)
        TRY(create_all(cx, call, all, true));
    if (!call->error)
        TRY(change_all(cx, call, all));
    if (!no && !call->error)
        TRY(create_all(cx, call, all, false));
    log_failures(cx, call, all);
    return OK;
}

enum code jmap_create(struct ctx *cx, struct jmap_call *call, struct str argument,
                      const struct jmap_setter *setter)
{
    struct jmap_set_all all = {0};
    const struct json_tree *create;
    call->setter = setter;
    TRY(jmap_account_open(cx, call));
    if (!call->error && (!jmap_arg(call, argument, TREE_OBJECT, &create) || !create))
        return jmap_refuse(call, "invalidArguments", "what is to be made is missing");
    if (!call->error && create->count > JMAP_SET_MAX)
        return jmap_refuse(call, "requestTooLarge", "more than maxObjectsInSet");
    if (!call->error)
        TRY(jmap_states_open(cx, call, STR("ifInState")));
    if (call->error)
        return OK;
    all.at = ARENA_ARRAY(cx->arena, create->count + 1, struct jmap_set_one);
    (void)gather(&all, JMAP_CREATE, create);
    TRY(create_all(cx, call, &all, true));
    log_failures(cx, call, &all);
    if (call->error)
        return OK;
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    if (!setter->stateless)
        TRY(jmap_states_put(cx, call));
    TRY(jmap_set_put(cx, call, &all));
    return setter->finish ? setter->finish(cx, call, all.at, all.count) : OK;
}

enum code jmap_set(struct ctx *cx, struct jmap_call *call)
{
    const struct jmap_setter *s = call->method->type->setter;
    struct jmap_set_all all = {0};
    call->setter = s;
    TRY(jmap_account_open(cx, call));
    if (!call->error)
        TRY(arguments(cx, call, &all));
    if (!call->error && s->prepare)
        TRY(s->prepare(cx, call));
    if (!call->error)
        TRY(jmap_states_open(cx, call, STR("ifInState")));
    if (!call->error)
        TRY(run(cx, call, &all));
    if (!call->error && s->done)
        TRY(s->done(cx, call, all.at, all.count));
    if (call->error)
        return OK;
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    TRY(jmap_states_put(cx, call));
    TRY(jmap_set_put(cx, call, &all));
    return s->finish ? s->finish(cx, call, all.at, all.count) : OK;
}
