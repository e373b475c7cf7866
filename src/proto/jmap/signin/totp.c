/* Totp: an authenticator program. One is made with a name, told its secret once, and counts from
   the update that gives a code of it. And the codes for who has lost it. */
#include "base/buf.h"
#include "proto/jmap/signin/signin.h"
#include "service/signin/second.h"

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct totp_row *list;
    size_t count;
    uint64_t number;
    if (!jmap_signin_id_read(id, 'O', &number))
        return fail(cx, E_NOT_FOUND, "no TOTP device");
    TRY(totp_row_list(cx, call->env->core, call->who->who.id, &list, &count));
    for (size_t i = 0; i < count; i++)
        if (list[i].id == number) {
            *object = &list[i];
            return OK;
        }
    return fail(cx, E_NOT_FOUND, "no TOTP device");
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    struct totp_row *list;
    size_t n;
    TRY(totp_row_list(cx, call->env->core, call->who->who.id, &list, &n));
    *ids = ARENA_ARRAY(cx->arena, n + 1, struct str);
    for (size_t i = 0; i < n; i++)
        (*ids)[i] = jmap_signin_id(cx->arena, 'O', list[i].id);
    *count = n;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct totp_row *r = object;
    (void)call;
    json_str(j, jmap_signin_id(cx->arena, 'O', r->id));
    return OK;
}

static enum code put_name(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct totp_row *r = object;
    (void)cx, (void)call;
    json_str(j, r->name);
    return OK;
}

static enum code put_on(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct totp_row *r = object;
    (void)cx, (void)call;
    json_bool(j, r->on);
    return OK;
}

static const struct jmap_signin_once *once_of(struct ctx *cx, const struct jmap_call *call,
                                              const struct totp_row *r)
{
    return jmap_signin_shown(call, jmap_signin_id(cx->arena, 'O', r->id));
}

static enum code put_secret(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_signin_once *o = once_of(cx, call, object);
    jmap_put_text(j, o ? o->secret : (struct str){0});
    return OK;
}

static enum code put_uri(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct jmap_signin_once *o = once_of(cx, call, object);
    jmap_put_text(j, o ? o->uri : (struct str){0});
    return OK;
}

/* It is written, never read. */
static enum code put_code(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    (void)cx, (void)call, (void)object;
    json_null(j);
    return OK;
}

static enum code put_created(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct totp_row *r = object;
    (void)call;
    jmap_signin_put_date(cx, j, r->created_ms);
    return OK;
}

static enum code put_used(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct totp_row *r = object;
    (void)call;
    jmap_signin_put_date(cx, j, r->used_ms);
    return OK;
}

static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct totp_new made;
    struct str name;
    TRY(jmap_signin_name(cx, x, TOTP_NAME_MAX, &name));
    if (json_tree_member(x->values, STR("code")))
        TRY(jmap_set_invalid(cx, x, STR("code"), "there is no secret yet"));
    if (x->error)
        return OK;
    enum code code = totp_begin(cx, call->env->core, &call->who->who, name, &made);
    if (code == E_LIMIT)
        return jmap_set_refuse(x, "overQuota", "too many devices");
    TRY(code);
    x->id = jmap_signin_id(cx->arena, 'O', made.id);
    jmap_signin_show(cx, call, (struct jmap_signin_once){NULL, x->id, made.secret, made.uri});
    return OK;
}

static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct totp_row *r = x->object;
    struct str code = json_tree_text(x->values, STR("code"));
    enum code answer = totp_confirm(cx, call->env->core, &call->who->who, r->id, code);
    if (answer == E_DENIED)
        return jmap_set_invalid(cx, x, STR("code"), "not the code of now, or taken before");
    return answer;
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct totp_row *r = x->object;
    const struct principal *who = &call->who->who;
    return totp_end(cx, call->env->core, who, who->address, r->id);
}

/* RecoveryCodes/renew: {"codes": [...]}, shown once; older ones are void. */
enum code jmap_recovery_renew(struct ctx *cx, struct jmap_call *call)
{
    struct str codes[RECOVERY_CODES];
    TRY(jmap_account_open(cx, call));
    if (!call->error)
        TRY(jmap_signin_change(cx, call));
    if (call->error)
        return OK;
    enum code code = recovery_make(cx, call->env->core, &call->who->who, codes);
    if (code == E_DENIED)
        return jmap_refuse(call, "forbidden", "there is no second factor");
    TRY(code);
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_key(&call->out, "codes");
    json_array(&call->out);
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        json_str(&call->out, codes[i]);
    json_array_end(&call->out);
    return OK;
}

/* All that is shown of them. */
static enum code state(struct ctx *cx, struct jmap_call *call, struct str *out)
{
    struct buf b = buf_of(cx->arena, JMAP_REQUEST_MAX);
    struct totp_row *list;
    size_t count;
    TRY(totp_row_list(cx, call->env->core, call->who->who.id, &list, &count));
    for (size_t i = 0; i < count; i++) {
        buf_le64(&b, (uint64_t)list[i].id);
        buf_le64(&b, (uint64_t)list[i].used_ms);
        buf_le64(&b, (uint64_t)list[i].on);
        buf_le_str(&b, list[i].name);
    }
    *out = jmap_signin_state(cx->arena, &b);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},       {STR("name"), true, put_name},
    {STR("isOn"), true, put_on},     {STR("secret"), false, put_secret},
    {STR("uri"), false, put_uri},    {STR("createdAt"), true, put_created},
    {STR("usedAt"), true, put_used}, {STR("code"), false, put_code},
};

static const struct jmap_settable settable[] = {
    {STR("name"), JMAP_ONCE, JMAP_IS_TEXT},
    {STR("code"), JMAP_ALWAYS, JMAP_IS_TEXT},
};

static const struct str told[] = {{"secret", 6}, {"uri", 3}, {"isOn", 4}, {"createdAt", 9}};

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

const struct jmap_type jmap_totp_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .prepare = jmap_signin_look,
    .state = state,
    .elsewhere = true,
    .setter = &setter,
};
