/* What a /set answers: created, updated, destroyed, and what was not. */
#include "proto/jmap/set/inner.h"

void jmap_set_error_put(struct json *j, const struct jmap_set_one *x)
{
    json_object(j);
    json_key(j, "type");
    json_str(j, str_z(x->error));
    if (x->why) {
        json_key(j, "description");
        json_str(j, str_z(x->why));
    }
    if (x->bad_count) {
        json_key(j, "properties");
        json_array(j);
        for (size_t i = 0; i < x->bad_count; i++)
            json_str(j, x->bad[i]);
        json_array_end(j);
    }
    if (x->more.n) {
        buf_byte(j->out, ',');
        buf_add(j->out, x->more);
    }
    json_object_end(j);
}

static bool is_told(const struct jmap_setter *s, const struct jmap_property *p,
                    const struct jmap_set_one *x)
{
    for (size_t i = 0; i < s->told_count; i++)
        if (str_eq(s->told[i], p->name))
            return true;
    return !s->told && p->shown && !json_tree_member(x->given, p->name);
}

/* RFC 8620 section 5.3: what the client has not sent. What is gone again has its id. */
static enum code put_told(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *x,
                          void *object)
{
    const struct jmap_type *t = call->method->type;
    for (size_t i = 1; i < t->count; i++)
        if (is_told(call->setter, &t->properties[i], x)) {
            jmap_key(&call->out, t->properties[i].name);
            TRY(t->properties[i].write(cx, call, object, &call->out));
        }
    return OK;
}

static enum code put_created(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *x)
{
    const struct jmap_type *t = call->method->type;
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    void *object = NULL;
    if (t->scratch)
        inner.arena = scratch;
    enum code code = t->find(&inner, call, x->id, &object);
    json_object(&call->out);
    json_key(&call->out, "id");
    json_str(&call->out, x->id);
    if (code == OK) {
        code = put_told(&inner, call, x, object);
        if (t->done)
            t->done(object);
    }
    json_object_end(&call->out);
    cx->err = inner.err;
    return code == E_NOT_FOUND ? OK : code;
}

static bool any(const struct jmap_set_all *all, enum jmap_act act, bool done)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].act == act && !all->at[i].error == done && !all->at[i].twice)
            return true;
    return false;
}

static enum code put_done(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *x)
{
    struct json *j = &call->out;
    if (x->act == JMAP_DESTROY) {
        json_str(j, x->id);
        return OK;
    }
    jmap_key(j, x->act == JMAP_CREATE ? x->key : x->id);
    if (x->act == JMAP_CREATE)
        return put_created(cx, call, x);
    if (x->told.n) {
        buf_add(j->out, x->told);
        j->comma = true;
    } else {
        json_null(j);
    }
    return OK;
}

static enum code put(struct ctx *cx, struct jmap_call *call, const struct jmap_set_all *all,
                     enum jmap_act act, bool done)
{
    struct json *j = &call->out;
    bool list = done && act == JMAP_DESTROY;
    if (!any(all, act, done)) {
        json_null(j);
        return OK;
    }
    if (list)
        json_array(j);
    else
        json_object(j);
    for (size_t i = 0; i < all->count; i++) {
        const struct jmap_set_one *x = &all->at[i];
        if (x->act != act || !x->error != done || x->twice)
            continue;
        if (done) {
            TRY(put_done(cx, call, x));
        } else {
            jmap_key(j, x->id.n ? x->id : x->key);
            jmap_set_error_put(j, x);
        }
    }
    if (list)
        json_array_end(j);
    else
        json_object_end(j);
    return OK;
}

enum code jmap_set_put(struct ctx *cx, struct jmap_call *call, const struct jmap_set_all *all)
{
    static const struct {
        const char *name;
        enum jmap_act act;
        bool done;
    } parts[] = {
        {"created", JMAP_CREATE, true},     {"updated", JMAP_UPDATE, true},
        {"destroyed", JMAP_DESTROY, true},  {"notCreated", JMAP_CREATE, false},
        {"notUpdated", JMAP_UPDATE, false}, {"notDestroyed", JMAP_DESTROY, false},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (call->method->run != jmap_set && parts[i].act != JMAP_CREATE)
            continue;
        json_key(&call->out, parts[i].name);
        TRY(put(cx, call, all, parts[i].act, parts[i].done));
    }
    return OK;
}
