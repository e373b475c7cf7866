/* Who logs in: Basic (RFC 7617) and Bearer (RFC 6750), each request anew; or the cookie of a
   session. */
#include "format/base64.h"
#include "format/utf8.h"
#include "proto/http/cookie.h"
#include "proto/http/session.h"
#include "service/auth.h"
#include "service/signin/sessions.h"

static const struct str bearer = {"OAUTHBEARER", 11};

static enum code basic(struct ctx *cx, const struct http_env *e, const struct http_request *q,
                       struct str credentials, struct auth_result *out)
{
    struct str pair, login;
    if (base64_decode_strict(cx, credentials, &pair) != OK)
        return fail(cx, E_DENIED, "Basic: not base64");
    struct cur c = cur_of(pair);
    if (!utf8_valid(pair) || !cur_until(&c, ':', &login) || !login.n)
        return fail(cx, E_DENIED, "Basic: no name and password");
    return auth_password(cx, e->auth, q->peer, login, c.rest, out);
}

static enum code attempt(struct ctx *cx, const struct http_env *e, const struct http_request *q,
                         struct auth_result *out)
{
    struct str value, scheme;
    if (!http_field_of(q, STR("Authorization"), &value))
        return fail(cx, E_DENIED, "nobody has logged in");
    struct cur c = cur_of(value);
    if (!cur_until(&c, ' ', &scheme))
        return fail(cx, E_DENIED, "Authorization without credentials");
    cur_blanks(&c);
    if (str_ieq(scheme, STR("Basic")))
        return basic(cx, e, q, c.rest, out);
    if (str_ieq(scheme, STR("Bearer")))
        return auth_bearer(cx, e->auth, q->peer, str_trim(c.rest), out);
    return fail(cx, E_DENIED, "a scheme that is not known");
}

/* RFC 6750 section 3; and where the one is found who gives out tokens (RFC 9728 section 5.1). */
static struct str bearer_challenge(struct ctx *cx, const struct http_env *e,
                                   const struct http_request *q)
{
    struct str value, fault = {0}, where = {0};
    if (http_field_of(q, STR("Authorization"), &value) && str_istarts(value, STR("Bearer ")))
        fault = STR(", error=\"invalid_token\"");
    if (q->who && q->who->narrow)
        fault = STR(", error=\"insufficient_scope\", scope=\"jmap\"");
    if (e->resource_metadata.n)
        where =
            str_printf(cx->arena, ", resource_metadata=\"%.*s\"", STR_ARG(e->resource_metadata));
    const struct str parts[] = {STR("Bearer realm=\"mail\""), fault, where};
    return str_join(cx->arena, parts, sizeof parts / sizeof *parts);
}

/* RFC 9110 section 11.6.1: what may be tried. The page is told of nothing that its browser would
   ask the password for in a window of its own. */
static void challenge_put(struct ctx *cx, const struct http_env *e, const struct http_request *q,
                          struct http_response *a)
{
    if (http_from_page(q)) {
        http_answer_field(a, STR("WWW-Authenticate"), STR("Session realm=\"mail\""));
        return;
    }
    http_answer_field(a, STR("WWW-Authenticate"), STR("Basic realm=\"mail\", charset=\"UTF-8\""));
    if (str_find(auth_mechanisms(cx, e->auth, q->peer), bearer) != SIZE_MAX)
        http_answer_field(a, STR("WWW-Authenticate"), bearer_challenge(cx, e, q));
}

void http_login_fault(struct ctx *cx, struct http_response *a, const struct auth_result *who,
                      enum code code)
{
    a->delay_ms = who->delay_ms;
    if (code == E_BUSY && !cx->slow)
        a->again = true;
    else if (who->narrow)
        http_answer_fault(cx, a, 403, "the token is for something else");
    else if (code == E_LIMIT)
        http_answer_fault(cx, a, 429, "too many failures, try again later");
    else if (code == E_DENIED || code == E_NOT_FOUND || code == E_SYNTAX || code == E_UNSUPPORTED)
        http_answer_fault(cx, a, 401, NULL);
    else
        http_answer_fault(cx, a, http_status_of(code), NULL);
}

/* A cookie is looked at where no Authorization came. */
static bool by_cookie(const struct http_env *e, const struct http_request *q, struct str *token)
{
    struct str other;
    return e->sessions && !http_field_of(q, STR("Authorization"), &other) &&
           http_cookie_token(q, token);
}

static enum code cookie(struct ctx *cx, const struct http_env *e, struct http_request *q,
                        struct str value, struct auth_result *out)
{
    struct session *x = ARENA_NEW(cx->arena, struct session);
    TRY(sessions_find(cx, e->sessions, value, out, x));
    q->session = x;
    return OK;
}

bool http_login(struct ctx *cx, const struct http_env *e, struct http_request *q,
                struct http_response *a)
{
    struct auth_result *who = ARENA_NEW(cx->arena, struct auth_result);
    struct str value = {0};
    if (!e->auth) {
        http_answer_fault(cx, a, 503, "nobody can log in here");
        return false;
    }
    bool has_cookie = by_cookie(e, q, &value);
    const char *why = has_cookie ? http_cookie_refuse(cx, q) : NULL;
    if (why) {
        http_answer_fault(cx, a, 403, why);
        return false;
    }
    enum code code = has_cookie ? cookie(cx, e, q, value, who) : attempt(cx, e, q, who);
    q->who = who;
    if (code == OK)
        return true;
    http_login_fault(cx, a, who, code);
    if (who->narrow) {
        http_answer_field(a, STR("WWW-Authenticate"), bearer_challenge(cx, e, q));
    } else if (a->status == 401) {
        challenge_put(cx, e, q, a);
        if (has_cookie)
            http_cookie_clear(a);
    }
    return false;
}
