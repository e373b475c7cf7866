/* What a client may set: kinds of values, creation ids, patches applied. */
#include "proto/jmap/set/inner.h"

enum { VALUE_MAX = 1024 * 1024 }; /* bytes of a property that is read to be patched */

/* RFC 8620 section 5.3: null sets a property to its default. */
static struct json_tree default_of(unsigned takes)
{
    enum tree_kind kind = takes & JMAP_IS_TEXT   ? TREE_STRING
                          : takes & JMAP_IS_UINT ? TREE_INTEGER
                                                 : TREE_OBJECT;
    return (struct json_tree){.kind = kind};
}

static const struct jmap_settable *row_of(const struct jmap_setter *s, struct str name)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_eq(s->rows[i].name, name))
            return &s->rows[i];
    return NULL;
}

static bool all_true(const struct json_tree *object)
{
    for (size_t i = 0; i < object->count; i++)
        if (object->values[i].kind != TREE_BOOL || !object->values[i].truth)
            return false;
    return true;
}

static bool kind_ok(unsigned takes, const struct json_tree *v)
{
    switch (v->kind) {
    case TREE_NULL:
        return takes & JMAP_IS_NULL;
    case TREE_BOOL:
        return takes & JMAP_IS_BOOL;
    case TREE_INTEGER:
        return takes & JMAP_IS_UINT && json_tree_is_int(v) && v->integer >= 0;
    case TREE_REAL:
        return false;
    case TREE_STRING:
        return takes & (JMAP_IS_TEXT | JMAP_IS_ID);
    case TREE_ARRAY:
        return takes & JMAP_IS_LIST;
    case TREE_OBJECT:
        return takes & JMAP_IS_OBJECT || (takes & (JMAP_IS_IDS | JMAP_IS_SET) && all_true(v));
    }
    return false;
}

/* A name that is not known may be made later in this call. */
static bool refer(const struct jmap_call *call, struct jmap_set_one *x,
                  const struct jmap_set_all *all, struct str *id)
{
    if (jmap_created(call, *id, id))
        return true;
    x->again = jmap_is_pending(all, str_from(*id, 1));
    return false;
}

static bool names_resolve(struct ctx *cx, const struct jmap_call *call, struct jmap_set_one *x,
                          const struct jmap_set_all *all, struct json_tree *v)
{
    struct str *names = ARENA_ARRAY(cx->arena, v->count + 1, struct str);
    for (size_t i = 0; i < v->count; i++) {
        names[i] = v->names[i];
        if (!refer(call, x, all, &names[i]))
            return false;
    }
    v->names = names;
    return true;
}

/* The value as it is meant; false: it is none for this property. */
static bool take(struct ctx *cx, const struct jmap_call *call, struct jmap_set_one *x,
                 const struct jmap_set_all *all, unsigned takes, struct json_tree *v)
{
    if (!kind_ok(takes, v))
        return false;
    if (takes & JMAP_IS_ID && v->kind == TREE_STRING)
        return refer(call, x, all, &v->text);
    return !(takes & JMAP_IS_IDS) || v->kind != TREE_OBJECT || names_resolve(cx, call, x, all, v);
}

static const struct json_tree *object_of(struct ctx *cx, size_t count, struct json_tree *values,
                                         struct str *names)
{
    struct json_tree *o = ARENA_NEW(cx->arena, struct json_tree);
    *o = (struct json_tree){.kind = TREE_OBJECT, .count = count, .values = values, .names = names};
    return o;
}

static enum code check_new(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                           const struct jmap_set_all *all)
{
    const struct jmap_setter *s = call->setter;
    const struct json_tree *given = x->given;
    struct json_tree *values = ARENA_ARRAY(cx->arena, given->count + 1, struct json_tree);
    struct str *names = ARENA_ARRAY(cx->arena, given->count + 1, struct str);
    for (size_t i = 0; i < given->count; i++) {
        const struct jmap_settable *row = row_of(s, given->names[i]);
        names[i] = given->names[i];
        values[i] = given->values[i];
        if (!row && s->takes && s->takes(names[i]))
            continue;
        if (!row)
            TRY(jmap_set_invalid(cx, x, names[i], "not for a client to set"));
        else if (!take(cx, call, x, all, row->takes, &values[i]))
            TRY(jmap_set_invalid(cx, x, names[i], "a value that it cannot have"));
    }
    x->values = object_of(cx, given->count, values, names);
    return OK;
}

static bool is_known(const struct jmap_type *t, struct str name)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(t->properties[i].name, name))
            return true;
    return t->takes && t->takes(name);
}

enum code jmap_property_read(struct ctx *cx, struct jmap_call *call, void *object, struct str name,
                             const struct json_tree **out)
{
    const struct jmap_type *t = call->method->type;
    struct buf text = buf_of(cx->arena, VALUE_MAX);
    struct json kept = call->out;
    enum code code = E_NOT_FOUND;
    call->out = json_to(&text);
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(t->properties[i].name, name))
            code = t->properties[i].write(cx, call, object, &call->out);
    if (code == E_NOT_FOUND && t->takes && t->takes(name))
        code = t->extra(cx, call, object, name);
    call->out = kept;
    TRY(code);
    if (text.overflow)
        return fail(cx, E_LIMIT, "a property is too long to be changed");
    /* A value alone is no text of JSON to every reader: it is read as a list of one. */
    struct str parts[] = {STR("["), buf_str(&text), STR("]")};
    const struct json_tree *list;
    TRY(json_tree_read(cx, str_join(cx->arena, parts, 3), &list));
    *out = &list->values[0];
    return OK;
}

/* What a client may not change it may say, as it is (RFC 8620 section 5.3). */
static enum code check_fixed(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                             const struct jmap_patch *p)
{
    const struct json_tree *now, *new;
    if (!is_known(call->method->type, p->property))
        return jmap_set_invalid(cx, x, p->property, "no such property");
    TRY(jmap_property_read(cx, call, x->object, p->property, &now));
    if (jmap_patch_apply(cx, now, p, &new) != OK || !jmap_tree_equal(now, new))
        return jmap_set_invalid(cx, x, p->property, "not for a client to set");
    return OK;
}

/* "mailboxIds/#new": the step is an id. */
static bool step_resolve(struct ctx *cx, const struct jmap_call *call, struct jmap_set_one *x,
                         const struct jmap_set_all *all, struct jmap_patch *p)
{
    struct str *path = ARENA_ARRAY(cx->arena, p->depth, struct str);
    for (size_t i = 0; i < p->depth; i++)
        path[i] = p->path[i];
    p->path = path;
    return refer(call, x, all, &path[0]);
}

static enum code check_step(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                            const struct jmap_set_all *all, struct jmap_patch *p)
{
    const struct jmap_settable *row = row_of(call->setter, p->property);
    const struct json_tree *now = json_tree_member(x->values, p->property), *new;
    struct json_tree *value = ARENA_NEW(cx->arena, struct json_tree);
    if (p->depth && row->takes & JMAP_IS_IDS && !step_resolve(cx, call, x, all, p))
        return jmap_set_invalid(cx, x, p->property, "an id that is not known");
    if (p->depth && !now)
        TRY(jmap_property_read(cx, call, x->object, p->property, &now));
    if (jmap_patch_apply(cx, now, p, &new) != OK)
        return jmap_set_refuse(x, "invalidPatch", "a pointer leads nowhere");
    *value = *new;
    if (!p->depth && new->kind == TREE_NULL && row->takes &JMAP_OR_EMPTY)
        *value = default_of(row->takes);
    if (!take(cx, call, x, all, row->takes, value))
        return jmap_set_invalid(cx, x, p->property, "a value that it cannot have");
    if (!p->depth)
        p->value = value;
    x->values = jmap_tree_with(cx, x->values, p->property, value);
    return OK;
}

static enum code check_patch(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                             const struct jmap_set_all *all)
{
    const struct jmap_setter *s = call->setter;
    struct jmap_patch *patches;
    x->values = object_of(cx, 0, NULL, NULL);
    if (jmap_patch_read(cx, x->given, &patches) != OK)
        return jmap_set_refuse(x, "invalidPatch", NULL);
    x->patches = patches;
    for (size_t i = 0; i < x->given->count; i++) {
        const struct jmap_settable *row = row_of(s, patches[i].property);
        if (!row || row->when == JMAP_ONCE) {
            TRY(check_fixed(cx, call, x, &patches[i]));
            continue;
        }
        patches[x->patch_count] = patches[i];
        TRY(check_step(cx, call, x, all, &patches[x->patch_count]));
        x->patch_count++;
    }
    return OK;
}

enum code jmap_set_check(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                         const struct jmap_set_all *all)
{
    if (x->given->kind != TREE_OBJECT)
        return jmap_set_refuse(x, "invalidProperties", "no object");
    return x->act == JMAP_CREATE ? check_new(cx, call, x, all) : check_patch(cx, call, x, all);
}
