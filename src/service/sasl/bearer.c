/* OAUTHBEARER (RFC 7628) and XOAUTH2, which was there before it: the login is in a signed token. */
#include "base/arena.h"
#include "base/cur.h"
#include "service/oauth/scope.h"
#include "service/oauth/token.h"
#include "service/sasl/mechanism.h"
#include "service/sasl/token.h"

/* The token is no good: the client is told why, and has to say one more empty thing (RFC 7628
   section 3.2.3). One of ours that has ended is no guess at anything. */
static enum code lose(struct ctx *cx, struct sasl *x, struct str why, struct str *challenge,
                      struct auth_result *result)
{
    bool guess = !x->spent && !x->narrow;
    enum code code = guess ? sasl_proved(cx, x, false, result) : E_DENIED;
    if (code != E_DENIED)
        return code;
    x->lost = true;
    x->lost_delay_ms = guess ? result->delay_ms : 0;
    *challenge = why;
    return OK;
}

static enum code lost(struct ctx *cx, const struct sasl *x, struct auth_result *result)
{
    result->delay_ms = x->lost_delay_ms;
    return fail(cx, E_DENIED, "sasl: the token was refused");
}

static const struct tokens *tokens_of(const struct sasl *x)
{
    return auth_config_of(x->auth)->tokens;
}

/* A token that this server has given out (docs/OAUTH.md). */
static enum code own_token(struct ctx *cx, struct sasl *x, struct str token, struct str *login)
{
    struct oauth *o = auth_config_of(x->auth)->oauth;
    struct oauth_access *access = ARENA_NEW(cx->arena, struct oauth_access);
    enum code code = oauth_access(cx, o, token, access);
    x->spent = code == E_DENIED && oauth_was_ours(cx, o, token);
    TRY(code);
    x->narrow = !(access->scopes & scope_of_role(x->peer->role));
    if (x->narrow)
        return fail(cx, E_DENIED, "sasl: the token is not for %.*s", STR_ARG(x->peer->role));
    *login = access->who.address;
    x->hold = (struct auth_hold){
        .grant = access->grant.id, .token = access->number, .until_ms = access->expires_ms};
    return OK;
}

static enum code token_login(struct ctx *cx, struct sasl *x, struct str token, struct str *login)
{
    if (auth_config_of(x->auth)->oauth && oauth_is_ours(token))
        return own_token(cx, x, token, login);
    if (tokens_of(x))
        return token_check(cx, tokens_of(x), token, login, &x->hold.until_ms);
    return fail(cx, E_DENIED, "sasl: a token of another issuer");
}

/* Who logs in is whom the token names; the client's own word is whom to act as. */
static enum code token_step(struct ctx *cx, struct sasl *x, struct str token, struct str user,
                            bool *good)
{
    struct str login;
    enum code code = token_login(cx, x, token, &login);
    *good = code == OK;
    if (code == E_IO || code == E_CORRUPT)
        return code;
    TRY(sasl_keep_login(cx, x, *good ? login : user));
    return *good ? sasl_keep_authorization(cx, x, user) : OK;
}

enum code auth_bearer(struct ctx *cx, struct auth *a, const struct peer *peer, struct str token,
                      struct auth_result *out)
{
    struct sasl *x AUTO(sasl_close) = NULL;
    bool good = false;
    TRY(sasl_open(cx, a, peer, STR("OAUTHBEARER"), &x));
    TRY(token_step(cx, x, token, (struct str){0}, &good));
    if (good || !(x->narrow || x->spent))
        return sasl_proved(cx, x, good, out);
    out->narrow = x->narrow;
    return fail(cx, E_DENIED, "Bearer: ended, or for something else");
}

/* Takes "key=value" and ^A. */
static bool pair(struct cur *c, struct str *key, struct str *value)
{
    struct cur line;
    if (!cur_until(c, '\1', &line.rest))
        return false;
    *value = line.rest;
    return cur_until(&line, '=', key) && (*value = line.rest, true);
}

static bool bearer(struct str value, struct str *token)
{
    struct cur c = cur_of(value);
    if (!cur_word(&c, STR("Bearer ")))
        return false;
    *token = str_trim(c.rest);
    return token->n > 0;
}

/* Pairs up to an empty one; the token is in "auth". */
static bool find_token(struct cur *c, struct str *token)
{
    struct str key, value;
    bool found = false;
    while (!cur_char(c, '\1')) {
        if (!pair(c, &key, &value))
            return false;
        if (str_ieq(key, STR("auth"))) {
            if (found || !bearer(value, token))
                return false;
            found = true;
        }
    }
    return found && cur_end(c);
}

/* RFC 5801 section 4: "n,a=user,"; no channel binding is spoken here. "=2C" and "=3D" stand for
   comma and equals sign. */
static bool gs2_header(struct arena *a, struct cur *c, struct str *user)
{
    struct str flag, who;
    if (!cur_until(c, ',', &flag) || !cur_until(c, ',', &who))
        return false;
    if (!str_eq(flag, STR("n")) && !str_eq(flag, STR("y")))
        return false;
    if (who.n && !str_starts(who, STR("a=")))
        return false;
    struct cur at = cur_of(who.n ? str_from(who, 2) : who);
    struct str parts[2 * SASL_NAME_MAX], piece;
    size_t n = 0;
    while (cur_until(&at, '=', &piece)) {
        bool comma = cur_text(&at, STR("2C"));
        if ((!comma && !cur_text(&at, STR("3D"))) || n + 3 > sizeof parts / sizeof *parts)
            return false;
        parts[n++] = piece;
        parts[n++] = comma ? STR(",") : STR("=");
    }
    parts[n++] = at.rest;
    *user = str_join(a, parts, n);
    return true;
}

/* RFC 7628 section 3.2.2: where a client finds out how to get a good one. */
static struct str error_json(struct ctx *cx, const struct sasl *x)
{
    const struct oauth *o = auth_config_of(x->auth)->oauth;
    struct str issuer = o ? oauth_config_of(o)->issuer : tokens_config(tokens_of(x))->issuer;
    const char *status = x->narrow ? "insufficient_scope" : "invalid_token";
    struct str scope = scope_text(cx->arena, scope_of_role(x->peer->role));
    struct str wanted = o ? str_printf(cx->arena, ",\"scope\":\"%.*s\"", STR_ARG(scope)) : STR("");
    if (!str_starts(issuer, STR("https://")) || str_chr(issuer, '"') != SIZE_MAX)
        return str_printf(cx->arena, "{\"status\":\"%s\"}", status);
    return str_printf(cx->arena,
                      "{\"status\":\"%s\"%.*s,\"openid-configuration\":"
                      "\"%.*s/.well-known/openid-configuration\"}",
                      status, STR_ARG(wanted), STR_ARG(issuer));
}

enum code sasl_oauthbearer(struct ctx *cx, struct sasl *x, struct str response,
                           struct str *challenge, bool *done, struct auth_result *result)
{
    struct cur c = cur_of(response);
    struct str user = {0}, token = {0};
    bool good = false;
    if (x->lost)
        return lost(cx, x, result);
    if (!response.n && !x->begun)
        return OK;
    if (!gs2_header(cx->arena, &c, &user) || !cur_char(&c, '\1') || !find_token(&c, &token))
        return fail(cx, E_SYNTAX, "sasl: OAUTHBEARER response");
    TRY(token_step(cx, x, token, user, &good));
    if (!good)
        return lose(cx, x, error_json(cx, x), challenge, result);
    TRY(sasl_proved(cx, x, true, result));
    *done = true;
    return OK;
}

/* "user=" user ^A "auth=Bearer " token ^A ^A */
enum code sasl_xoauth2(struct ctx *cx, struct sasl *x, struct str response, struct str *challenge,
                       bool *done, struct auth_result *result)
{
    struct cur c = cur_of(response);
    struct str key, user = {0}, token = {0};
    bool good = false;
    if (x->lost)
        return lost(cx, x, result);
    if (!response.n && !x->begun)
        return OK;
    if (!pair(&c, &key, &user) || !str_ieq(key, STR("user")) || !find_token(&c, &token))
        return fail(cx, E_SYNTAX, "sasl: XOAUTH2 response");
    TRY(token_step(cx, x, token, user, &good));
    if (!good)
        return lose(cx, x, STR("{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"mail\"}"),
                    challenge, result);
    TRY(sasl_proved(cx, x, true, result));
    *done = true;
    return OK;
}
