#include "proto/jmap/setting/setting.h"
#include "proto/jmap/object/object.h"

void jmap_setting_capability(struct ctx *cx, const struct jmap_env *e, account_id account,
                             struct json *j)
{
    (void)cx, (void)e, (void)account;
    json_object(j);
    json_key(j, "maxSettings");
    json_u64(j, jmap_object_most(OBJECT_SETTING));
    json_key(j, "maxSizeSetting");
    json_u64(j, OBJECT_BYTES_MAX);
    json_key(j, "maxSizeKey");
    json_u64(j, OBJECT_NAME_MAX);
    json_object_end(j);
}

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct jmap_object *o = ARENA_NEW(cx->arena, struct jmap_object);
    TRY(jmap_object_find(cx, call, OBJECT_SETTING, id, o));
    *object = o;
    return OK;
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    return jmap_object_all(cx, call, OBJECT_SETTING, ids, count);
}

static enum code changed(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out)
{
    return jmap_object_changed(cx, call, OBJECT_SETTING, out);
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_object *o = object;
    (void)cx, (void)call;
    json_str(j, o->id);
    return OK;
}

static enum code put_value(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_object *o = object;
    (void)cx, (void)call;
    jmap_object_put(j, o->values, STR("value"));
    return OK;
}

/* A key is an id (RFC 8620 section 1.2). */
static bool is_key(struct str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (!ascii_is_alpha(key.p[i]) && !ascii_is_digit(key.p[i]) && key.p[i] != '-' &&
            key.p[i] != '_')
            return false;
    return key.n && key.n <= OBJECT_NAME_MAX;
}

/* What is kept: the value alone, since the key is the object's name. */
static const struct json_tree *kept(struct ctx *cx, const struct jmap_set_one *x)
{
    static const struct json_tree empty = {.kind = TREE_OBJECT};
    const struct json_tree *value = json_tree_member(x->values, STR("value"));
    return value ? jmap_tree_with(cx, &empty, STR("value"), value) : NULL;
}

static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct str key = json_tree_text(x->values, STR("key"));
    const struct json_tree *values = kept(cx, x);
    struct jmap_object there;
    if (!is_key(key))
        TRY(jmap_set_invalid(cx, x, STR("key"), "letters, digits, '-' and '_'"));
    if (!values)
        TRY(jmap_set_invalid(cx, x, STR("value"), "a value"));
    if (x->error)
        return OK;
    enum code code = jmap_object_find(cx, call, OBJECT_SETTING, key, &there);
    if (code == OK) {
        x->more = str_printf(cx->arena, "\"existingId\":\"%.*s\"", STR_ARG(key));
        return jmap_set_refuse(x, "alreadyExists", NULL);
    }
    if (code != E_NOT_FOUND)
        return code;
    x->id = key;
    TRY(jmap_object_save(cx, call, OBJECT_SETTING, x, values));
    if (x->error)
        x->id = (struct str){0};
    return OK;
}

static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct jmap_object *o = x->object;
    const struct json_tree *key = json_tree_member(x->values, STR("key"));
    if (key && !str_eq(key->text, o->id))
        return jmap_set_invalid(cx, x, STR("key"), "it stays");
    const struct json_tree *values = kept(cx, x);
    return values ? jmap_object_save(cx, call, OBJECT_SETTING, x, values) : OK;
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    return jmap_object_drop(cx, call, OBJECT_SETTING, x->id);
}

enum { ANY = JMAP_IS_BOOL | JMAP_IS_UINT | JMAP_IS_TEXT | JMAP_IS_LIST | JMAP_IS_OBJECT };

static const struct jmap_settable settable[] = {
    {STR("key"), JMAP_ONCE, JMAP_IS_TEXT},
    {STR("value"), JMAP_ALWAYS, ANY},
};

static const struct jmap_setter setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .prepare = jmap_own_only,
    .create = create,
    .update = update,
    .destroy = destroy,
};

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("key"), true, put_id},
    {STR("value"), true, put_value},
};

const struct jmap_type jmap_setting_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .changed = changed,
    .id_of = jmap_object_id_of,
    .prepare = jmap_own_only,
    .setter = &setter,
};
