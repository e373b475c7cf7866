/* States before and after; what was created in this request. */
#include "proto/jmap/set/state.h"
#include "base/map.h"
#include "proto/jmap/changes.h"

struct commit {
    account_fn *fn;
    void *arg;
    uint64_t guard; /* UINT64_MAX: none */
    uint64_t before, after;
    bool mismatch;
};

static enum code guarded(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct commit *c = arg;
    c->before = account_txn_facts(t)->modseq;
    c->mismatch = c->guard != UINT64_MAX && c->before != c->guard;
    if (c->mismatch)
        return fail(cx, E_DENIED, "the state is another one");
    TRY(c->fn(cx, t, c->arg));
    c->after = account_txn_facts(t)->modseq;
    return OK;
}

/* Somebody else's change between two of ours would be missed by who takes our new state: then the
   old one is not known (RFC 8620 section 5.3). */
enum code jmap_commit(struct ctx *cx, struct jmap_call *call, account_fn *fn, void *arg)
{
    struct jmap_states *s = call->states;
    struct commit c = {fn, arg, s->guarded ? s->guard : UINT64_MAX, 0, 0, false};
    enum code code = account_update(cx, call->env->core, call->account, guarded, &c);
    if (c.mismatch) {
        TRY(jmap_refuse(call, "stateMismatch", NULL));
        return E_CONFLICT;
    }
    TRY(code);
    s->broken |= s->committed && s->after != c.before;
    s->before = s->committed ? s->before : c.before;
    s->after = c.after;
    s->committed = true;
    s->guarded = false;
    return OK;
}

void jmap_subscribes(struct jmap_call *call, uint64_t before, uint64_t after)
{
    struct jmap_states *s = call->states;
    s->mixed |= before != s->subscribes;
    s->subscribes = after;
}

static enum code now(struct ctx *cx, struct jmap_call *call, struct str *out)
{
    const struct jmap_type *t = call->method->type;
    if (t && t->state)
        return t->state(cx, call, out);
    *out = jmap_state(cx->arena, call);
    return OK;
}

enum code jmap_states_open(struct ctx *cx, struct jmap_call *call, struct str argument)
{
    struct jmap_states *s = ARENA_NEW(cx->arena, struct jmap_states);
    const struct jmap_type *t = call->method->type;
    const struct json_tree *wanted;
    if (!jmap_arg(call, argument, TREE_STRING, &wanted))
        return jmap_refuse(call, "invalidArguments", "a state is no text");
    call->states = s;
    TRY(jmap_basis(cx, call, t));
    s->subscribed = s->subscribes = jmap_subscribed(call);
    TRY(now(cx, call, &s->old));
    if (!wanted)
        return OK;
    if (!str_eq(wanted->text, s->old))
        return jmap_refuse(call, "stateMismatch", NULL);
    s->guarded = !t || !t->state;
    s->guard = account_facts(call->folders)->modseq;
    return OK;
}

enum code jmap_states_put(struct ctx *cx, struct jmap_call *call)
{
    const struct jmap_type *t = call->method->type;
    const struct jmap_states *s = call->states;
    struct json *j = &call->out;
    bool exact = s->committed && !(t && t->state);
    bool known = !s->mixed && s->subscribes == jmap_subscribed(call);
    struct jmap_since before = {s->before, s->before, s->subscribed};
    struct jmap_since after = {s->after, s->after, s->subscribes};
    struct str new;
    TRY(now(cx, call, &new));
    json_key(j, "oldState");
    if (!known || (exact && s->broken))
        json_null(j);
    else if (exact)
        json_str(j, jmap_state_of(cx->arena, call, &before));
    else
        json_str(j, s->old);
    json_key(j, "newState");
    if (exact && known)
        json_str(j, jmap_state_of(cx->arena, call, &after));
    else
        json_str(j, new);
    return OK;
}

bool jmap_created(const struct jmap_call *call, struct str id, struct str *out)
{
    if (!str_starts(id, STR("#"))) {
        *out = id;
        return true;
    }
    const struct jmap_name *n = map_get(call->names->known, str_from(id, 1));
    if (n)
        *out = n->id;
    return n;
}

void jmap_created_add(struct ctx *cx, struct jmap_call *call, struct str name, struct str id)
{
    struct jmap_names *all = call->names;
    struct jmap_name *n = map_get(all->known, name);
    if (!n) {
        n = ARENA_NEW(cx->arena, struct jmap_name);
        n->name = name;
        (void)map_put(all->known, name, n);
        if (all->last)
            all->last->next = n;
        else
            all->first = n;
        all->last = n;
    }
    n->id = id;
}
