/* SignInSession: where one is signed in at the page. Destroying one ends it. */
#include "base/buf.h"
#include "proto/jmap/signin/signin.h"
#include "service/signin/sessions.h"

struct shown {
    struct session *s;
    bool current;
};

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    const struct session *own = call->request->session;
    struct session *list;
    size_t count;
    uint64_t number;
    if (!jmap_signin_id_read(id, 'S', &number))
        return fail(cx, E_NOT_FOUND, "no session");
    TRY(sessions_list(cx, call->env->sessions, call->who->who.id, &list, &count));
    for (size_t i = 0; i < count; i++)
        if (list[i].id == number) {
            struct shown *x = ARENA_NEW(cx->arena, struct shown);
            *x = (struct shown){&list[i], own && own->id == number};
            *object = x;
            return OK;
        }
    return fail(cx, E_NOT_FOUND, "no session");
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    struct session *list;
    size_t n;
    TRY(sessions_list(cx, call->env->sessions, call->who->who.id, &list, &n));
    *ids = ARENA_ARRAY(cx->arena, n + 1, struct str);
    for (size_t i = 0; i < n; i++)
        (*ids)[i] = jmap_signin_id(cx->arena, 'S', list[i].id);
    *count = n;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)call;
    json_str(j, jmap_signin_id(cx->arena, 'S', x->s->id));
    return OK;
}

static enum code put_current(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)cx, (void)call;
    json_bool(j, x->current);
    return OK;
}

static enum code put_how(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)cx, (void)call;
    json_str(j, str_z(session_how_name(x->s->how)));
    return OK;
}

static enum code put_address(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)cx, (void)call;
    json_str(j, x->s->address);
    return OK;
}

static enum code put_program(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)cx, (void)call;
    json_str(j, x->s->agent);
    return OK;
}

static enum code put_created(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)call;
    jmap_signin_put_date(cx, j, x->s->created_ms);
    return OK;
}

static enum code put_used(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)call;
    jmap_signin_put_date(cx, j, x->s->used_ms);
    return OK;
}

static enum code put_expires(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)call;
    jmap_signin_put_date(cx, j, x->s->expires_ms);
    return OK;
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct shown *s = x->object;
    const struct session_end by = {call->who->who.address, "ended by its owner"};
    return sessions_end(cx, call->env->sessions, &call->who->who, s->s->id, by);
}

/* All that is shown of them. */
static enum code state(struct ctx *cx, struct jmap_call *call, struct str *out)
{
    struct buf b = buf_of(cx->arena, JMAP_REQUEST_MAX);
    struct session *list;
    size_t count;
    TRY(sessions_list(cx, call->env->sessions, call->who->who.id, &list, &count));
    for (size_t i = 0; i < count; i++) {
        buf_le64(&b, (uint64_t)list[i].id);
        buf_le64(&b, (uint64_t)list[i].used_ms);
        buf_le64(&b, (uint64_t)list[i].expires_ms);
    }
    *out = jmap_signin_state(cx->arena, &b);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},           {STR("isCurrent"), true, put_current},
    {STR("how"), true, put_how},         {STR("address"), true, put_address},
    {STR("program"), true, put_program}, {STR("createdAt"), true, put_created},
    {STR("usedAt"), true, put_used},     {STR("expiresAt"), true, put_expires},
};

static const struct jmap_setter setter = {.prepare = jmap_signin_look, .destroy = destroy};

const struct jmap_type jmap_signin_session_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .prepare = jmap_signin_look,
    .state = state,
    .elsewhere = true,
    .setter = &setter,
};
