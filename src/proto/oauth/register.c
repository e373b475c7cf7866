/* Clients that register themselves (RFC 7591): where the configuration allows it. */
#include "base/engine.h"
#include "base/log.h"
#include "core/audit.h"
#include "format/json/tree.h"
#include "proto/oauth/inner.h"
#include "service/oauth/scope.h"

enum { ANSWER_MAX = 32 * 1024 };

static enum code uris_read(struct ctx *cx, const struct json_tree *list, struct str *out,
                           size_t *count)
{
    if (!list)
        return OK;
    if (!json_tree_is(list, TREE_ARRAY) || list->count > CLIENT_REDIRECTS_MAX)
        return fail(cx, E_SYNTAX, "register: no list of URIs, or a long one");
    for (size_t i = 0; i < list->count; i++) {
        if (!json_tree_is(&list->values[i], TREE_STRING))
            return fail(cx, E_SYNTAX, "register: a URI that is no text");
        out[(*count)++] = list->values[i].text;
    }
    return OK;
}

/* What it says of itself. *confidential: it wants a secret. */
static enum code wish_read(struct ctx *cx, struct str body, struct oauth_client *c,
                           bool *confidential)
{
    const struct json_tree *j = NULL;
    TRY(json_tree_read(cx, body, &j));
    if (j->kind != TREE_OBJECT)
        return fail(cx, E_SYNTAX, "register: no object");
    struct str way = json_tree_text(j, STR("token_endpoint_auth_method"));
    struct str scope = json_tree_text(j, STR("scope"));
    struct str algorithm = json_tree_text(j, STR("id_token_signed_response_alg"));
    *c = (struct oauth_client){
        .name = json_tree_text(j, STR("client_name")), .scopes = SCOPE_ALL, .strange = true};
    if (!c->name.n)
        c->name = STR("?");
    *confidential = !str_eq(way, STR("none"));
    if (way.n && *confidential && !str_eq(way, STR("client_secret_basic")) &&
        !str_eq(way, STR("client_secret_post")))
        return fail(cx, E_UNSUPPORTED, "register: token_endpoint_auth_method");
    c->id_algorithm = str_eq(algorithm, STR("ES256")) ? JOSE_ES256 : JOSE_RS256;
    if (scope.n)
        TRY(scope_parse(cx, scope, &c->scopes));
    TRY(uris_read(cx, json_tree_member(j, STR("redirect_uris")), c->redirects, &c->redirect_count));
    return uris_read(cx, json_tree_member(j, STR("post_logout_redirect_uris")), c->endings,
                     &c->ending_count);
}

static void text_put(struct json *j, const char *key, struct str text)
{
    json_key(j, key);
    json_str(j, text);
}

static void list_put(struct json *j, const char *key, const struct str *texts, size_t count)
{
    json_key(j, key);
    json_array(j);
    for (size_t i = 0; i < count; i++)
        json_str(j, texts[i]);
    json_array_end(j);
}

static enum code answer(struct ctx *cx, const struct oauth_client *c, struct str secret,
                        struct http_response *a)
{
    static const struct str grants[] = {STR("authorization_code"), STR("refresh_token"),
                                        STR("urn:ietf:params:oauth:grant-type:device_code")};
    static const struct str types[] = {STR("code")};
    struct buf text = buf_of(cx->arena, ANSWER_MAX);
    struct json j = json_to(&text);
    json_object(&j);
    text_put(&j, "client_id", c->id);
    json_key(&j, "client_id_issued_at");
    json_i64(&j, c->created_ms / 1000);
    if (secret.n) {
        text_put(&j, "client_secret", secret);
        json_key(&j, "client_secret_expires_at");
        json_u64(&j, 0);
    }
    text_put(&j, "client_name", c->name);
    text_put(&j, "token_endpoint_auth_method", secret.n ? STR("client_secret_basic") : STR("none"));
    list_put(&j, "redirect_uris", c->redirects, c->redirect_count);
    list_put(&j, "post_logout_redirect_uris", c->endings, c->ending_count);
    list_put(&j, "grant_types", grants, sizeof grants / sizeof *grants);
    list_put(&j, "response_types", types, 1);
    text_put(&j, "scope", scope_text(cx->arena, c->scopes));
    text_put(&j, "id_token_signed_response_alg", jose_algorithm_name(c->id_algorithm));
    json_object_end(&j);
    must(!text.overflow);
    answer_json(a, 201, &text);
    return OK;
}

static enum code note(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                      const struct oauth_client *c)
{
    struct core *core = oauth_core(e->oauth);
    const struct audit_entry entry = {
        .at_ms = cx->now_ms,
        .actor = q->peer->address,
        .act = STR("oauth.register"),
        .object = c->id,
        .detail = c->name,
    };
    TRY(audit_add(cx, core, &entry));
    oauth_tell(e->oauth, OAUTH_REGISTERED);
    log_event(core->log, LOG_INFO, "oauth.registered", "client=%s name=%s address=%.*s",
              log_quote(cx->arena, c->id), log_quote(cx->arena, c->name),
              STR_ARG(q->peer->address));
    return OK;
}

enum code oauth_registration(struct ctx *cx, void *self, const struct http_request *q,
                             struct http_response *a)
{
    const struct oauth_env *e = self;
    struct oauth_client c;
    struct str secret;
    bool confidential = false;
    if (!oauth_config_of(e->oauth)->registration)
        return fail(cx, E_DENIED, "register: it is off");
    if (oauth_count(cx, e->oauth, OAUTH_REGISTER, q->peer->address) != OK)
        return answer_error(cx, a, 429, "temporarily_unavailable", "too many registrations");
    enum code code = wish_read(cx, q->body, &c, &confidential);
    if (code == E_SYNTAX || code == E_UNSUPPORTED || code == E_LIMIT)
        return answer_error(cx, a, 400, "invalid_client_metadata", "it is not understood");
    TRY(code);
    code = oauth_client_add(cx, e->oauth, &c, confidential, &secret);
    if (code == E_SYNTAX)
        return answer_error(cx, a, 400, "invalid_redirect_uri",
                            "https, loopback addresses and schemes with a dot; a name of a line");
    if (code == E_LIMIT)
        return answer_error(cx, a, 429, "temporarily_unavailable", "too many clients");
    TRY(code);
    TRY(note(cx, e, q, &c));
    return answer(cx, &c, secret, a);
}
