/* OAuthGrant: programs that the person let in by OAuth. Destroying one ends it. */
#include "service/oauth/grant.h"
#include "base/buf.h"
#include "proto/jmap/signin/signin.h"
#include "service/oauth/client.h"
#include "service/oauth/scope.h"

struct shown {
    struct oauth_grant grant;
    struct oauth_client client;
};

/* E_NOT_FOUND: it has ended. */
static enum code show(struct ctx *cx, struct jmap_call *call, const struct oauth_grant *g,
                      struct shown *out)
{
    struct principal who;
    enum code code = oauth_grant_alive(cx, call->env->oauth, g, &who);
    if (code == OK)
        code = oauth_client_get(cx, call->env->oauth, g->client, &out->client);
    out->grant = *g;
    return code == E_DENIED ? fail(cx, E_NOT_FOUND, "the grant has ended") : code;
}

static enum code find(struct ctx *cx, struct jmap_call *call, struct str id, void **object)
{
    struct shown *x = ARENA_NEW(cx->arena, struct shown);
    struct oauth_grant g;
    uint64_t number;
    if (!jmap_signin_id_read(id, 'G', &number) || !call->env->oauth)
        return fail(cx, E_NOT_FOUND, "no grant");
    TRY(oauth_grant_get(cx, call->env->oauth, call->who->who.id, number, &g));
    TRY(show(cx, call, &g, x));
    *object = x;
    return OK;
}

static enum code all(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count)
{
    struct oauth_grant *list = NULL;
    struct shown ignored;
    size_t n = 0, kept = 0;
    if (call->env->oauth)
        TRY(oauth_grant_list(cx, call->env->oauth, call->who->who.id, &list, &n));
    *ids = ARENA_ARRAY(cx->arena, n + 1, struct str);
    for (size_t i = 0; i < n; i++) {
        enum code code = show(cx, call, &list[i], &ignored);
        if (code == OK)
            (*ids)[kept++] = jmap_signin_id(cx->arena, 'G', list[i].id);
        else if (code != E_NOT_FOUND)
            return code;
    }
    *count = kept;
    return OK;
}

static enum code put_id(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)call;
    json_str(j, jmap_signin_id(cx->arena, 'G', x->grant.id));
    return OK;
}

static enum code put_client(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)cx, (void)call;
    json_str(j, x->grant.client);
    return OK;
}

static enum code put_name(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)cx, (void)call;
    json_str(j, x->client.name);
    return OK;
}

static enum code put_strange(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)cx, (void)call;
    json_bool(j, x->client.strange);
    return OK;
}

static enum code put_scopes(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)cx, (void)call;
    json_array(j);
    for (size_t i = 0; scope_name(i).n; i++)
        if (x->grant.scopes & UINT32_C(1) << i)
            json_str(j, scope_name(i));
    json_array_end(j);
    return OK;
}

static enum code put_created(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)call;
    jmap_signin_put_date(cx, j, x->grant.created_ms);
    return OK;
}

static enum code put_used(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)call;
    jmap_signin_put_date(cx, j, x->grant.used_ms);
    return OK;
}

static enum code put_expires(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)call;
    jmap_signin_put_date(cx, j, x->grant.expires_ms);
    return OK;
}

/* The session of the page that it ends with; null: it lasts beyond. */
static enum code put_session(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct shown *x = object;
    (void)call;
    if (x->grant.session)
        json_str(j, jmap_signin_id(cx->arena, 'S', x->grant.session));
    else
        json_null(j);
    return OK;
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    const struct shown *s = x->object;
    const struct principal *who = &call->who->who;
    return oauth_grant_revoke(cx, call->env->oauth, who->id, s->grant.id, who->address, "person");
}

static enum code state(struct ctx *cx, struct jmap_call *call, struct str *out)
{
    struct buf b = buf_of(cx->arena, JMAP_REQUEST_MAX);
    struct oauth_grant *list;
    struct shown ignored;
    size_t count = 0;
    if (call->env->oauth)
        TRY(oauth_grant_list(cx, call->env->oauth, call->who->who.id, &list, &count));
    for (size_t i = 0; i < count; i++) {
        enum code code = show(cx, call, &list[i], &ignored);
        if (code == E_NOT_FOUND)
            continue;
        TRY(code);
        buf_le64(&b, list[i].id);
        buf_le64(&b, (uint64_t)list[i].used_ms);
        buf_le64(&b, (uint64_t)list[i].expires_ms);
    }
    *out = jmap_signin_state(cx->arena, &b);
    return OK;
}

static const struct jmap_property properties[] = {
    {STR("id"), true, put_id},
    {STR("clientId"), true, put_client},
    {STR("name"), true, put_name},
    {STR("registeredItself"), true, put_strange},
    {STR("scopes"), true, put_scopes},
    {STR("createdAt"), true, put_created},
    {STR("usedAt"), true, put_used},
    {STR("expiresAt"), true, put_expires},
    {STR("sessionId"), true, put_session},
};

static const struct jmap_setter setter = {.prepare = jmap_signin_look, .destroy = destroy};

const struct jmap_type jmap_oauth_grant_type = {
    .properties = properties,
    .count = sizeof properties / sizeof *properties,
    .find = find,
    .all = all,
    .prepare = jmap_signin_look,
    .state = state,
    .elsewhere = true,
    .setter = &setter,
};
