#include "proto/imap/login.h"
#include "format/imap_url.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/wire/parse.h"
#include "service/auth.h"

bool imap_password_ok(const struct imap_session *s)
{
    return s->peer->tls || s->env->limits.plain_in_clear;
}

void imap_logged_in(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                    const struct auth_result *result)
{
    s->account = result->account;
    s->reader = result->who.id;
    s->stage = IMAP_LOGGED_IN;
    struct buf b = buf_of(cx->arena, 1024);
    buf_add(&b, STR("CAPABILITY"));
    imap_capabilities(cx, s, &b);
    call->response = buf_str(&b);
    call->said = STR("Logged in");
}

enum code imap_login_failed(struct ctx *cx, struct imap_call *call,
                            const struct auth_result *result, enum code code)
{
    if (code == E_BUSY && !cx->slow) {
        call->reply->slow = true; /* the same again where it may take its time */
        return OK;
    }
    if (code == E_SYNTAX || code == E_BUSY || code == E_UNSUPPORTED)
        return code;
    call->reply->delay_ms = result->delay_ms;
    bool wrong = code == E_DENIED || code == E_NOT_FOUND;
    if (wrong && result->home.n) { /* RFC 2221 section 3 */
        struct buf url = buf_of(cx->arena, IMAP_URL_MAX);
        buf_add(&url, STR("REFERRAL "));
        imap_url_put(&url, result->who.address, result->home, (struct str){0});
        call->response = buf_str(&url);
        call->said = STR("The mailbox is on another server");
        return code;
    }
    call->response = wrong ? STR("AUTHENTICATIONFAILED") : STR("UNAVAILABLE");
    call->said = wrong ? STR("Wrong name or password")
                       : STR("Logging in is not possible now, try again later");
    return code;
}

enum code imap_login(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name, password;
    if (!imap_astring(cx->arena, &c, &name) || !imap_sp(&c) ||
        !imap_astring(cx->arena, &c, &password) || !cur_end(&c))
        return fail(cx, E_SYNTAX, "LOGIN wants a name and a password");
    if (!imap_password_ok(s)) {
        call->response = STR("PRIVACYREQUIRED");
        return fail(cx, E_UNSUPPORTED, "LOGIN is only possible under TLS");
    }
    struct auth_result result = {0};
    enum code code = auth_password(cx, s->env->auth, s->peer, name, password, &result);
    if (code != OK)
        return imap_login_failed(cx, call, &result, code);
    imap_logged_in(cx, s, call, &result);
    return OK;
}
