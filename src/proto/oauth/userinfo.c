/* OpenID Connect Core section 5.3. */
#include "base/cur.h"
#include "proto/oauth/inner.h"
#include "service/oauth/scope.h"

enum { ANSWER_MAX = 8192 };

static void text_put(struct json *j, const char *key, struct str text)
{
    json_key(j, key);
    json_str(j, text);
}

static void claims_put(struct ctx *cx, struct json *j, const struct oauth_access *x)
{
    text_put(j, "sub", oauth_subject_of(cx->arena, x->who.id));
    if (x->scopes & SCOPE_PROFILE) {
        text_put(j, "name", x->who.display.n ? x->who.display : x->who.address);
        text_put(j, "preferred_username", x->who.address);
    }
    if (x->scopes & SCOPE_EMAIL) {
        text_put(j, "email", x->who.address);
        json_key(j, "email_verified");
        json_bool(j, true);
    }
}

enum code oauth_userinfo(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a)
{
    const struct oauth_env *e = self;
    struct oauth_access x;
    struct str value;
    if (!http_field_of(q, STR("Authorization"), &value))
        return answer_bearer(cx, e, a, 401, NULL, (struct str){0});
    struct cur c = cur_of(value);
    if (!cur_word(&c, STR("Bearer ")))
        return answer_bearer(cx, e, a, 400, "invalid_request", (struct str){0});
    enum code code = oauth_access(cx, e->oauth, str_trim(c.rest), &x);
    if (code == E_DENIED)
        return answer_bearer(cx, e, a, 401, "invalid_token", (struct str){0});
    TRY(code);
    if (!(x.scopes & SCOPE_OPENID))
        return answer_bearer(cx, e, a, 403, "insufficient_scope", STR("openid"));
    struct buf text = buf_of(cx->arena, ANSWER_MAX);
    struct json j = json_to(&text);
    json_object(&j);
    claims_put(cx, &j, &x);
    json_object_end(&j);
    answer_json(a, 200, &text);
    return OK;
}
