/* Foo/get (RFC 8620 section 5.1), once for all types. */
#include "proto/jmap/changes.h"
#include "proto/jmap/set/set.h"

static const struct jmap_property *property_of(const struct jmap_type *t, struct str name)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(t->properties[i].name, name))
            return &t->properties[i];
    return NULL;
}

bool jmap_properties_ok(const struct jmap_type *t, const struct json_tree *names)
{
    for (size_t i = 0; names && i < names->count; i++) {
        const struct json_tree *v = &names->values[i];
        if (v->kind != TREE_STRING ||
            (!property_of(t, v->text) && !(t->takes && t->takes(v->text))))
            return false;
    }
    return true;
}

static enum code put_property(struct ctx *cx, struct jmap_call *call, void *object,
                              const struct jmap_property *p)
{
    jmap_key(&call->out, p->name);
    return p->write(cx, call, object, &call->out);
}

enum code jmap_properties_put(struct ctx *cx, struct jmap_call *call, void *object,
                              const struct json_tree *names)
{
    const struct jmap_type *t = call->method->type;
    for (size_t i = 0; i < names->count; i++) {
        struct str name = names->values[i].text;
        const struct jmap_property *p = property_of(t, name);
        bool again = p == t->properties;
        for (size_t j = 0; j < i; j++)
            again |= str_eq(names->values[j].text, name);
        if (again)
            continue;
        if (p) {
            TRY(put_property(cx, call, object, p));
        } else {
            jmap_key(&call->out, name);
            TRY(t->extra(cx, call, object, name));
        }
    }
    return OK;
}

static enum code put_object(struct ctx *cx, struct jmap_call *call, void *object,
                            const struct json_tree *names)
{
    const struct jmap_type *t = call->method->type;
    json_object(&call->out);
    TRY(put_property(cx, call, object, &t->properties[0]));
    if (names)
        TRY(jmap_properties_put(cx, call, object, names));
    else
        for (size_t i = 1; i < t->count; i++)
            if (t->properties[i].shown)
                TRY(put_property(cx, call, object, &t->properties[i]));
    json_object_end(&call->out);
    return OK;
}

struct ids {
    struct str *at;
    size_t count;
};

static enum code ids_of(struct ctx *cx, struct jmap_call *call, struct ids *out)
{
    const struct json_tree *list;
    if (!jmap_arg(call, STR("ids"), TREE_ARRAY, &list))
        return jmap_refuse(call, "invalidArguments", "ids is no array");
    if (!list && !call->method->type->all)
        return jmap_refuse(call, "requestTooLarge", "ids must be named");
    if (!list)
        return call->method->type->all(cx, call, &out->at, &out->count);
    if (list->count > JMAP_GET_MAX)
        return jmap_refuse(call, "requestTooLarge", "more ids than maxObjectsInGet");
    out->at = ARENA_ARRAY(cx->arena, list->count + 1, struct str);
    for (size_t i = 0; i < list->count; i++) {
        struct str id = list->values[i].text;
        bool again = false;
        if (list->values[i].kind != TREE_STRING)
            return jmap_refuse(call, "invalidArguments", "an id is no text");
        (void)jmap_created(call, id, &id);
        for (size_t j = 0; j < out->count && !again; j++)
            again = str_eq(out->at[j], id);
        if (!again)
            out->at[out->count++] = id;
    }
    return OK;
}

static enum code put_one(struct ctx *cx, struct jmap_call *call, struct str id,
                         const struct json_tree *names, bool *found)
{
    const struct jmap_type *t = call->method->type;
    void *object = NULL;
    enum code code = t->find(cx, call, id, &object);
    *found = code != E_NOT_FOUND;
    if (code != OK)
        return *found ? code : OK;
    code = put_object(cx, call, object, names);
    if (t->done)
        t->done(object);
    return call->out.out->overflow ? fail(cx, E_LIMIT, "more than an answer holds") : code;
}

static enum code put_list(struct ctx *cx, struct jmap_call *call, const struct ids *ids,
                          const struct json_tree *names, bool *found)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    enum code code = OK;
    if (call->method->type->scratch)
        inner.arena = scratch;
    for (size_t i = 0; i < ids->count && code == OK; i++) {
        code = put_one(&inner, call, ids->at[i], names, &found[i]);
        arena_reset(scratch);
    }
    cx->err = inner.err;
    return code;
}

static enum code put_all(struct ctx *cx, struct jmap_call *call, const struct ids *ids,
                         const struct json_tree *names)
{
    bool *found = ARENA_ARRAY(cx->arena, ids->count + 1, bool);
    json_key(&call->out, "list");
    json_array(&call->out);
    TRY(put_list(cx, call, ids, names, found));
    json_array_end(&call->out);
    json_key(&call->out, "notFound");
    json_array(&call->out);
    for (size_t i = 0; i < ids->count; i++)
        if (!found[i])
            json_str(&call->out, ids->at[i]);
    json_array_end(&call->out);
    return OK;
}

enum code jmap_get(struct ctx *cx, struct jmap_call *call)
{
    const struct jmap_type *t = call->method->type;
    const struct json_tree *names;
    struct ids ids = {0};
    struct str state;
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("properties"), TREE_ARRAY, &names) || !jmap_properties_ok(t, names))
        return jmap_refuse(call, "invalidArguments", "properties");
    TRY(ids_of(cx, call, &ids));
    if (!call->error && t->prepare)
        TRY(t->prepare(cx, call));
    if (call->error)
        return OK;
    TRY(jmap_basis(cx, call, t));
    state = jmap_state(cx->arena, call);
    if (t->state)
        TRY(t->state(cx, call, &state));
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_key(&call->out, "state");
    json_str(&call->out, state);
    return put_all(cx, call, &ids, names);
}
