/* What clients read before they begin: RFC 8414, OpenID Connect Discovery, RFC 9728, RFC 7517. */
#include "proto/oauth/inner.h"
#include "service/oauth/keys.h"
#include "service/oauth/scope.h"

enum { METADATA_MAX = 8192, JWKS_MAX = 64 * 1024 };

static void list_put(struct json *j, const char *key, const char *const *words)
{
    json_key(j, key);
    json_array(j);
    for (; *words; words++)
        json_str(j, str_z(*words));
    json_array_end(j);
}

#define LIST(j, key, ...) list_put(j, key, (const char *const[]){__VA_ARGS__, NULL})

static void scopes_put(struct json *j, uint32_t which)
{
    json_key(j, "scopes_supported");
    json_array(j);
    for (size_t i = 0; scope_name(i).n; i++)
        if (which >> i & 1)
            json_str(j, scope_name(i));
    json_array_end(j);
}

/* May be asked by scripts of any site: there is nothing secret in it. */
static void answer(struct http_response *a, const struct buf *text)
{
    must(!text->overflow);
    http_answer_field(a, STR("Access-Control-Allow-Origin"), STR("*"));
    http_answer_field(a, STR("Cache-Control"), STR("max-age=600"));
    http_answer_text(a, STR("application/json"), buf_str(text));
    rope_ref(&a->body, STR("\r\n"));
}

static void place_put(struct ctx *cx, struct json *j, const char *key, struct str issuer,
                      const char *path)
{
    json_key(j, key);
    json_str(j, str_printf(cx->arena, "%.*s%s", STR_ARG(issuer), path));
}

static void places_put(struct ctx *cx, struct json *j, const struct oauth_config *c)
{
    json_key(j, "issuer");
    json_str(j, c->issuer);
    place_put(cx, j, "authorization_endpoint", c->issuer, OAUTH_AUTHORIZE);
    place_put(cx, j, "token_endpoint", c->issuer, OAUTH_TOKEN);
    place_put(cx, j, "revocation_endpoint", c->issuer, OAUTH_REVOKE);
    place_put(cx, j, "introspection_endpoint", c->issuer, OAUTH_INTROSPECT);
    place_put(cx, j, "device_authorization_endpoint", c->issuer, OAUTH_DEVICE_BEGIN);
    if (c->registration)
        place_put(cx, j, "registration_endpoint", c->issuer, OAUTH_REGISTRATION);
    place_put(cx, j, "jwks_uri", c->issuer, OAUTH_JWKS);
}

static void abilities_put(struct json *j)
{
    scopes_put(j, SCOPE_ALL);
    LIST(j, "response_types_supported", "code");
    LIST(j, "response_modes_supported", "query");
    LIST(j, "grant_types_supported", "authorization_code", "refresh_token",
         "urn:ietf:params:oauth:grant-type:device_code");
    LIST(j, "token_endpoint_auth_methods_supported", "none", "client_secret_basic",
         "client_secret_post");
    LIST(j, "revocation_endpoint_auth_methods_supported", "none", "client_secret_basic",
         "client_secret_post");
    LIST(j, "introspection_endpoint_auth_methods_supported", "client_secret_basic",
         "client_secret_post");
    LIST(j, "code_challenge_methods_supported", "S256");
    json_key(j, "authorization_response_iss_parameter_supported");
    json_bool(j, true);
    LIST(j, "ui_locales_supported", "en", "es", "de", "fr");
}

static void openid_put(struct ctx *cx, struct json *j, const struct oauth_config *c)
{
    place_put(cx, j, "userinfo_endpoint", c->issuer, OAUTH_USERINFO);
    place_put(cx, j, "end_session_endpoint", c->issuer, OAUTH_END);
    LIST(j, "subject_types_supported", "public");
    LIST(j, "id_token_signing_alg_values_supported", "RS256", "ES256");
    LIST(j, "acr_values_supported", "1", "2");
    LIST(j, "prompt_values_supported", "none", "login", "consent");
    LIST(j, "claims_supported", "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash",
         "acr", "amr", "name", "preferred_username", "email", "email_verified");
    json_key(j, "claims_parameter_supported");
    json_bool(j, false);
    json_key(j, "request_parameter_supported");
    json_bool(j, false);
    json_key(j, "request_uri_parameter_supported");
    json_bool(j, false);
}

static enum code metadata(struct ctx *cx, const struct oauth_env *e, bool openid,
                          struct http_response *a)
{
    struct buf text = buf_of(cx->arena, METADATA_MAX);
    struct json j = json_to(&text);
    json_object(&j);
    places_put(cx, &j, oauth_config_of(e->oauth));
    abilities_put(&j);
    if (openid)
        openid_put(cx, &j, oauth_config_of(e->oauth));
    json_object_end(&j);
    answer(a, &text);
    return OK;
}

enum code oauth_metadata(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a)
{
    (void)q;
    return metadata(cx, self, false, a);
}

enum code oauth_openid(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a)
{
    (void)q;
    return metadata(cx, self, true, a);
}

enum code oauth_resource(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a)
{
    const struct oauth_env *e = self;
    const struct oauth_config *c = oauth_config_of(e->oauth);
    struct buf text = buf_of(cx->arena, METADATA_MAX);
    struct json j = json_to(&text);
    (void)q;
    json_object(&j);
    json_key(&j, "resource");
    json_str(&j, c->issuer);
    LIST(&j, "authorization_servers", str_zdup(cx->arena, c->issuer));
    LIST(&j, "bearer_methods_supported", "header");
    scopes_put(&j, SCOPE_PROTOCOLS);
    json_object_end(&j);
    answer(a, &text);
    return OK;
}

enum code oauth_jwk_set(struct ctx *cx, void *self, const struct http_request *q,
                        struct http_response *a)
{
    const struct oauth_env *e = self;
    struct buf text = buf_of(cx->arena, JWKS_MAX);
    struct json j = json_to(&text);
    (void)q;
    TRY(oauth_jwks(cx, e->oauth, &j));
    answer(a, &text);
    return OK;
}
