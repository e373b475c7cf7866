/* AppPassword: made with a name and scopes; the password is told once, to who made it. */
#include "base/buf.h"
#include "proto/jmap/signin/signin.h"
#include "service/signin/app_passwords.h"

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct app_password *p = ARENA_NEW(cx->arena, struct app_password);
    uint64_t number;
    if (!jmap_signin_id_read(id, 'W', &number))
        return fail(cx, E_NOT_FOUND, "no application password");
    TRY(app_password_get(cx, call->env->core, call->who->who.id, number, p));
    *object = p;
    return OK;
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    struct app_password *list;
    size_t n;
    TRY(app_password_list(cx, call->env->core, call->who->who.id, &list, &n));
    *ids = ARENA_ARRAY(cx->arena, n + 1, struct str);
    for (size_t i = 0; i < n; i++)
        (*ids)[i] = jmap_signin_id(cx->arena, 'W', list[i].id);
    *count = n;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct app_password *p = object;
    (void)call;
    json_str(j, jmap_signin_id(cx->arena, 'W', p->id));
    return OK;
}

static enum code put_name(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct app_password *p = object;
    (void)cx, (void)call;
    json_str(j, p->name);
    return OK;
}

static enum code put_scopes(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct app_password *p = object;
    const char *name;
    uint32_t bit;
    (void)cx, (void)call;
    json_array(j);
    for (size_t i = 0; (name = app_scope_at(i, &bit)); i++)
        if (p->scopes & bit)
            json_str(j, str_z(name));
    json_array_end(j);
    return OK;
}

static enum code put_password(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct app_password *p = object;
    const struct jmap_signin_once *o =
        jmap_signin_shown(call, jmap_signin_id(cx->arena, 'W', p->id));
    jmap_put_text(j, o ? o->secret : (struct str){0});
    return OK;
}

static enum code put_created(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct app_password *p = object;
    (void)call;
    jmap_signin_put_date(cx, j, p->created_ms);
    return OK;
}

static enum code put_used(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct app_password *p = object;
    (void)call;
    jmap_signin_put_date(cx, j, p->used_ms);
    return OK;
}

static enum code put_address(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct app_password *p = object;
    (void)cx, (void)call;
    jmap_put_text(j, p->address);
    return OK;
}

static bool scopes_read(const struct json_tree *list, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; list && i < list->count; i++) {
        uint32_t bit = list->values[i].kind == TREE_STRING ? app_scope_of(list->values[i].text) : 0;
        if (!bit)
            return false;
        *out |= bit;
    }
    return *out;
}

static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct principal *who = &call->who->who;
    struct app_password p = {0};
    struct str text;
    TRY(jmap_signin_name(cx, x, APP_PASSWORD_NAME_MAX, &p.name));
    if (!scopes_read(json_tree_member(x->values, STR("scopes")), &p.scopes))
        TRY(jmap_set_invalid(cx, x, STR("scopes"), "of imap, pop, smtp, jmap, dav, sieve"));
    if (x->error)
        return OK;
    enum code code = app_passwords_make(cx, call->env->core, who, who->address, &p, &text);
    if (code == E_LIMIT)
        return jmap_set_refuse(x, "overQuota", "too many application passwords");
    TRY(code);
    x->id = jmap_signin_id(cx->arena, 'W', p.id);
    jmap_signin_show(cx, call, (struct jmap_signin_once){.id = x->id, .secret = text});
    return OK;
}

static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct app_password p = *(const struct app_password *)x->object;
    TRY(jmap_signin_name(cx, x, APP_PASSWORD_NAME_MAX, &p.name));
    return x->error ? OK : app_password_set(cx, call->env->core, &p);
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct app_password *p = x->object;
    const struct principal *who = &call->who->who;
    return app_passwords_end(cx, call->env->core, who, who->address, p->id);
}

/* All that is shown of them. */
static enum code state(struct ctx *cx, struct jmap_call *call, struct str *out)
{
    struct buf b = buf_of(cx->arena, JMAP_REQUEST_MAX);
    struct app_password *list;
    size_t count;
    TRY(app_password_list(cx, call->env->core, call->who->who.id, &list, &count));
    for (size_t i = 0; i < count; i++) {
        buf_le64(&b, (uint64_t)list[i].id);
        buf_le64(&b, (uint64_t)list[i].used_ms);
        buf_le_str(&b, list[i].name);
        buf_le_str(&b, list[i].address);
    }
    *out = jmap_signin_state(cx->arena, &b);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("name"), true, put_name},
    {STR("scopes"), true, put_scopes},
    {STR("password"), false, put_password},
    {STR("createdAt"), true, put_created},
    {STR("usedAt"), true, put_used},
    {STR("usedFrom"), true, put_address},
};

static const struct jmap_settable settable[] = {
    {STR("name"), JMAP_ALWAYS, JMAP_IS_TEXT},
    {STR("scopes"), JMAP_ONCE, JMAP_IS_LIST},
};

static const struct str told[] = {{"password", 8}, {"createdAt", 9}};

static const struct jmap_setter setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .prepare = jmap_signin_change,
    .create = create,
    .update = update,
    .destroy = destroy,
    .told = told,
    .told_count = sizeof told / sizeof *told,
};

const struct jmap_type jmap_app_password_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .prepare = jmap_signin_look,
    .state = state,
    .elsewhere = true,
    .setter = &setter,
};
