/* Answers for programs, and who they are. */
#include "base/cur.h"
#include "format/base64.h"
#include "proto/http/cookie.h"
#include "proto/oauth/inner.h"
#include "service/auth.h"

enum { ERROR_MAX = 1024 };

void answer_json(struct http_response *a, unsigned status, const struct buf *text)
{
    a->status = status;
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    http_answer_field(a, STR("Pragma"), STR("no-cache"));
    must(!text->overflow);
    http_answer_text(a, STR("application/json"), buf_str(text));
    rope_ref(&a->body, STR("\r\n"));
}

enum code answer_error(struct ctx *cx, struct http_response *a, unsigned status, const char *error,
                       const char *why)
{
    struct buf text = buf_of(cx->arena, ERROR_MAX);
    struct json j = json_to(&text);
    json_object(&j);
    json_key(&j, "error");
    json_str(&j, str_z(error));
    json_key(&j, "error_description");
    json_str(&j, str_z(why));
    json_object_end(&j);
    answer_json(a, status, &text);
    return OK;
}

enum code answer_bearer(struct ctx *cx, const struct oauth_env *e, struct http_response *a,
                        unsigned status, const char *error, struct str scope)
{
    struct str code = error ? str_printf(cx->arena, ", error=\"%s\"", error) : STR("");
    struct str more = scope.n ? str_printf(cx->arena, ", scope=\"%.*s\"", STR_ARG(scope)) : STR("");
    http_answer_field(a, STR("WWW-Authenticate"),
                      str_printf(cx->arena,
                                 "Bearer realm=\"mail\"%.*s%.*s, "
                                 "resource_metadata=\"%.*s/.well-known/oauth-protected-resource\"",
                                 STR_ARG(code), STR_ARG(more),
                                 STR_ARG(oauth_config_of(e->oauth)->issuer)));
    return answer_error(cx, a, status, error ? error : "invalid_request", "no token that is good");
}

void answer_redirect(struct http_response *a, struct str uri)
{
    a->status = 303;
    http_answer_field(a, STR("Location"), uri);
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    http_answer_field(a, STR("Referrer-Policy"), STR("no-referrer"));
}

/* RFC 6749 section 2.3.1: both parts are escaped as in a form. */
static enum code basic(struct ctx *cx, struct str credentials, struct http_form *out)
{
    struct str pair, id;
    TRY(base64_decode_strict(cx, credentials, &pair));
    struct cur c = cur_of(pair);
    if (!cur_until(&c, ':', &id))
        return fail(cx, E_SYNTAX, "Basic: no name and secret");
    const struct str parts[] = {STR("id="), id, STR("&secret="), c.rest};
    return http_form_parse(cx, str_join(cx->arena, parts, sizeof parts / sizeof *parts), out);
}

/* What a client shows: by Basic or in the form, not both. */
struct shown {
    struct str id, secret;
    bool by_field;
};

static enum code shown_of(struct ctx *cx, const struct http_request *q, const struct http_form *f,
                          struct shown *out)
{
    struct str value;
    *out = (struct shown){http_form_get(f, STR("client_id")),
                          http_form_get(f, STR("client_secret")), false};
    if (!http_field_of(q, STR("Authorization"), &value))
        return OK;
    struct cur c = cur_of(value);
    struct http_form *pair = ARENA_NEW(cx->arena, struct http_form);
    out->by_field = true;
    if (!cur_word(&c, STR("Basic ")) || out->secret.n)
        return fail(cx, E_SYNTAX, "a client shows itself in one way");
    TRY(basic(cx, str_trim(c.rest), pair));
    struct str id = http_form_get(pair, STR("id"));
    if (out->id.n && !str_eq(out->id, id))
        return fail(cx, E_SYNTAX, "a client has one name");
    out->id = id;
    out->secret = http_form_get(pair, STR("secret"));
    return OK;
}

static bool refuse(struct ctx *cx, const struct shown *s, struct http_response *a)
{
    if (s->by_field)
        http_answer_field(a, STR("WWW-Authenticate"), STR("Basic realm=\"clients\""));
    (void)answer_error(cx, a, 401, "invalid_client",
                       "the client is not known or has not proved it");
    return false;
}

bool answer_client(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                   const struct http_form *f, struct oauth_client *out, struct http_response *a)
{
    struct shown s;
    if (oauth_may(cx, e->oauth, OAUTH_GUESS_SECRET, q->peer->address) != OK) {
        (void)answer_error(cx, a, 429, "temporarily_unavailable", "too many failures");
        return false;
    }
    if (shown_of(cx, q, f, &s) != OK) {
        (void)answer_error(cx, a, 400, "invalid_request", "how the client shows itself");
        return false;
    }
    enum code code = oauth_client_get(cx, e->oauth, s.id, out);
    bool good =
        code == OK && (out->secret_hash.n ? oauth_client_proves(out, s.secret) : !s.secret.n);
    if (good)
        return true;
    if (code != OK && code != E_NOT_FOUND) {
        (void)answer_error(cx, a, 500, "server_error", "the client cannot be read");
        return false;
    }
    (void)!oauth_count(cx, e->oauth, OAUTH_GUESS_SECRET, q->peer->address);
    return refuse(cx, &s, a);
}

struct str visitor_mark(struct ctx *cx, const struct session *s)
{
    return base64url_encode(cx->arena, str_of(s->hash, SESSION_HASH_BYTES));
}

bool visitor_find(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                  struct visitor *out)
{
    struct auth_result *who = ARENA_NEW(cx->arena, struct auth_result);
    struct sessions *all = oauth_sessions(e->oauth);
    struct str token;
    if (!all || !http_cookie_token(q, &token) ||
        sessions_find(cx, all, token, who, &out->session) != OK)
        return false;
    out->who = who->who;
    out->mark = visitor_mark(cx, &out->session);
    return true;
}

bool visitor_sent(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                  const struct visitor *v, const char *purpose, const struct http_form *f)
{
    struct str about = http_form_get(f, STR("about"));
    struct str text = str_printf(cx->arena, "%.*s %.*s", STR_ARG(v->mark), STR_ARG(about));
    return !http_foreign(cx, q) &&
           oauth_sealed(cx, e->oauth, purpose, text, http_form_get(f, STR("seal")));
}
