/* RFC 7662: other services of the house ask whether a token is good. */
#include "proto/oauth/inner.h"
#include "service/oauth/scope.h"

enum { ANSWER_MAX = 4096 };

static void text_put(struct json *j, const char *key, struct str text)
{
    json_key(j, key);
    json_str(j, text);
}

static void facts_put(struct ctx *cx, const struct oauth_env *e, struct json *j,
                      const struct oauth_access *x, bool refresh)
{
    text_put(j, "scope", scope_text(cx->arena, x->scopes));
    text_put(j, "client_id", x->grant.client);
    text_put(j, "username", x->who.address);
    if (!refresh)
        text_put(j, "token_type", STR("Bearer"));
    json_key(j, "exp");
    json_i64(j, x->expires_ms / 1000);
    text_put(j, "sub", oauth_subject_of(cx->arena, x->who.id));
    text_put(j, "aud", oauth_config_of(e->oauth)->issuer);
    text_put(j, "iss", oauth_config_of(e->oauth)->issuer);
    json_key(j, "auth_time");
    json_i64(j, x->grant.auth_time_ms / 1000);
}

enum code oauth_introspection(struct ctx *cx, void *self, const struct http_request *q,
                              struct http_response *a)
{
    const struct oauth_env *e = self;
    struct http_form *f = ARENA_NEW(cx->arena, struct http_form);
    struct buf text = buf_of(cx->arena, ANSWER_MAX);
    struct json j = json_to(&text);
    struct oauth_client client;
    struct oauth_access x;
    bool refresh = false;
    if (http_form_read(cx, q, f) != OK)
        return answer_error(cx, a, 400, "invalid_request", "no good form");
    if (!answer_client(cx, e, q, f, &client, a))
        return OK;
    if (!client.secret_hash.n || client.strange)
        return answer_error(cx, a, 403, "unauthorized_client", "not for clients of this kind");
    enum code code = oauth_look(cx, e->oauth, http_form_get(f, STR("token")), &x, &refresh);
    if (code != OK && code != E_DENIED)
        return code;
    json_object(&j);
    json_key(&j, "active");
    json_bool(&j, code == OK);
    if (code == OK)
        facts_put(cx, e, &j, &x, refresh);
    json_object_end(&j);
    answer_json(a, 200, &text);
    return OK;
}
