#include "proto/jmap/object/object.h"
#include "base/buf.h"

/* How many an account may have, and the first letter of their ids. */
static const struct {
    char letter;
    uint32_t most;
} kinds[OBJECT_KIND_END] = {
    [OBJECT_IDENTITY] = {'I', 100},     [OBJECT_SETTING] = {0, 500},
    [OBJECT_SUBMISSION] = {'S', 10000}, [OBJECT_NOTICE] = {'N', 1000},
    [OBJECT_SNOOZE] = {0, 10000},       [OBJECT_VACATION] = {0, 1},
};

uint32_t jmap_object_most(enum object_kind kind)
{
    return kinds[kind].most;
}

enum code jmap_own_only(struct ctx *cx, struct jmap_call *call)
{
    (void)cx;
    return call->own ? OK : jmap_refuse(call, "accountNotSupportedByMethod", NULL);
}

enum code jmap_object_find(struct ctx *cx, struct jmap_call *call, enum object_kind kind,
                           struct str id, struct jmap_object *out)
{
    struct object o;
    TRY(object_get(cx, call->env->core, call->account, kind, id, &o));
    TRY(json_tree_read(cx, o.value, &out->values));
    out->id = o.name;
    return OK;
}

enum code jmap_object_all(struct ctx *cx, struct jmap_call *call, enum object_kind kind,
                          struct str **ids, size_t *count)
{
    struct objects all;
    TRY(object_list(cx, call->env->core, call->account, kind, &all));
    *ids = ARENA_ARRAY(cx->arena, all.count + 1, struct str);
    *count = all.count;
    for (size_t i = 0; i < all.count; i++)
        (*ids)[i] = all.at[i].name;
    return OK;
}

enum code jmap_object_changed(struct ctx *cx, struct jmap_call *call, enum object_kind kind,
                              struct jmap_changed *out)
{
    struct objects *all = ARENA_NEW(cx->arena, struct objects);
    uint64_t now = account_facts(call->folders)->modseq;
    /* Who watches accounts asks as well, without arguments. */
    if (!call->own)
        return call->args ? jmap_own_only(cx, call) : OK;
    TRY(object_changes(cx, call->env->core, call->account, kind, out->since.number, all));
    call->asked = all;
    for (size_t i = 0; i < all->count; i++) {
        const struct object *o = &all->at[i];
        bool is_new = o->created_modseq > out->since.base;
        if (o->modseq > now || (o->gone && is_new))
            continue;
        enum jmap_how how = o->gone ? JMAP_DESTROYED : is_new ? JMAP_CREATED : JMAP_UPDATED;
        jmap_changed_add(cx, out, (struct jmap_change){.number = o->modseq, .key = i, .how = how});
    }
    return OK;
}

struct str jmap_object_id_of(struct arena *a, const struct jmap_call *call, uint64_t key)
{
    const struct objects *all = call->asked;
    (void)a;
    return all->at[key].name;
}

const struct json_tree *jmap_object_with(struct ctx *cx, const struct json_tree *now,
                                         const struct jmap_set_one *x)
{
    static const struct json_tree empty = {.kind = TREE_OBJECT};
    const struct json_tree *all = now ? now : &empty;
    for (size_t i = 0; i < x->values->count; i++)
        all = jmap_tree_with(cx, all, x->values->names[i], &x->values->values[i]);
    return all;
}

struct str jmap_object_text(struct ctx *cx, const struct json_tree *values)
{
    struct buf b = buf_of(cx->arena, JMAP_REQUEST_MAX);
    struct json j = json_to(&b);
    jmap_tree_put(&j, values);
    return buf_str(&b);
}

struct save {
    enum object_kind kind;
    struct object object;
    struct str text;
    char name[32];
};

static enum code save_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct save *s = arg;
    s->object.value = s->text;
    if (!s->object.name.n || s->object.name.p == s->name) {
        snprintf(s->name, sizeof s->name, "%c%llx", kinds[s->kind].letter,
                 (unsigned long long)object_number(t));
        s->object.name = str_z(s->name);
    }
    return object_put(cx, t, s->kind, &s->object, kinds[s->kind].most, NULL);
}

enum code jmap_object_save(struct ctx *cx, struct jmap_call *call, enum object_kind kind,
                           struct jmap_set_one *x, const struct json_tree *values)
{
    struct save s = {.kind = kind, .object.name = x->id, .text = jmap_object_text(cx, values)};
    if (s.text.n > object_bytes_max(kind))
        return jmap_set_refuse(x, "tooLarge", NULL);
    enum code code = jmap_commit(cx, call, save_in, &s);
    if (code == E_LIMIT)
        return jmap_set_refuse(x, "overQuota", "there are as many as there may be");
    TRY(code);
    x->id = str_dup(cx->arena, s.object.name);
    return OK;
}

static enum code drop_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct save *s = arg;
    return object_remove(cx, t, s->kind, s->object.name);
}

enum code jmap_object_drop(struct ctx *cx, struct jmap_call *call, enum object_kind kind,
                           struct str id)
{
    struct save s = {.kind = kind, .object.name = id};
    return jmap_commit(cx, call, drop_in, &s);
}

void jmap_object_put(struct json *j, const struct json_tree *values, struct str name)
{
    const struct json_tree *v = json_tree_member(values, name);
    if (v)
        jmap_tree_put(j, v);
    else
        json_null(j);
}

void jmap_object_put_text(struct json *j, const struct json_tree *values, struct str name,
                          struct str otherwise)
{
    const struct json_tree *v = json_tree_member(values, name);
    json_str(j, json_tree_is(v, TREE_STRING) ? v->text : otherwise);
}
