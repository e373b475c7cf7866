/* USER and PASS (RFC 1939 section 7), AUTH (RFC 5034), STLS (RFC 2595 section 4). */
#include "format/base64.h"
#include "format/utf8.h"
#include "proto/pop3/command.h"

bool pop3_password_ok(const struct pop3_session *s)
{
    return s->stage == POP3_AUTHORIZATION && (s->peer->tls || s->env->limits.plain_in_clear);
}

bool pop3_may_stls(const struct pop3_session *s)
{
    return s->stage == POP3_AUTHORIZATION && !s->peer->tls && s->peer->can_start_tls;
}

static void user_drop(struct pop3_session *s)
{
    free(s->user);
    s->user = NULL;
}

/* What service/auth has refused; E_BUSY in the fast lane asks for the slow one. */
static enum code refused(struct ctx *cx, struct pop3_call *call, const struct auth_result *result,
                         enum code code)
{
    if (code == E_BUSY && !cx->slow) {
        call->reply->slow = true; /* the same again where it may take its time */
        return OK;
    }
    call->reply->delay_ms = result->delay_ms;
    if (code == E_DENIED || code == E_NOT_FOUND)
        return pop3_refuse(call, "[AUTH] Wrong name or password");
    if (code == E_LIMIT)
        return pop3_refuse(call, "[SYS/TEMP] Too many failures, try again later");
    return code;
}

/* RFC 1939 section 4: from here on the maildrop is as it is now. */
static enum code enter(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    if (!pop3_login_due(s, cx->now_ms))
        return pop3_refuse(call, "[LOGIN-DELAY] It is too soon after the last log-in");
    enum code code = pop3_maildrop_open(cx, s);
    if (code == E_NOT_FOUND)
        return pop3_refuse(call, "[SYS/PERM] There is no maildrop");
    TRY(code);
    user_drop(s);
    s->stage = POP3_TRANSACTION;
    pop3_ok(call, "%u messages", s->drop->count);
    return OK;
}

enum code pop3_user(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    struct str name = call->arg.rest;
    if (!pop3_password_ok(s))
        return pop3_refuse(call, "USER is only possible under TLS: say STLS first");
    if (!name.n || name.n > POP3_USER_MAX || !utf8_valid(name))
        return fail(cx, E_SYNTAX, "USER wants a name");
    user_drop(s);
    s->user = strndup(name.p, name.n);
    must(s->user);
    pop3_ok(call, "And the password"); /* whoever it is: RFC 1957 section 3 */
    return OK;
}

enum code pop3_pass(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    struct auth_result result = {0};
    struct str password = call->arg.rest;
    if (!s->user)
        return fail(cx, E_SYNTAX, "USER comes first");
    if (!utf8_valid(password))
        return fail(cx, E_SYNTAX, "the password is not UTF-8");
    enum code code = auth_password(cx, s->env->auth, s->peer, str_z(s->user), password, &result);
    if (code == OK) {
        s->account = result.account;
        s->reader = result.who.id;
        return enter(cx, s, call);
    }
    code = refused(cx, call, &result, code);
    if (!call->reply->slow)
        user_drop(s);
    return code;
}

void pop3_sasl_drop(struct pop3_session *s)
{
    if (s->sasl)
        sasl_close(s->sasl);
    s->sasl = NULL;
    s->mode = POP3_COMMANDS;
}

static void ask(struct ctx *cx, struct pop3_session *s, struct pop3_call *call, enum pop3_mode mode,
                struct str challenge)
{
    struct rope *out = &call->reply->out;
    rope_put(out, STR("+ "));
    rope_put(out, base64_encode(cx->arena, challenge));
    rope_put(out, STR("\r\n"));
    s->mode = mode;
}

static enum code step(struct ctx *cx, struct pop3_session *s, struct pop3_call *call,
                      struct str response)
{
    struct str challenge = {0};
    struct auth_result result = {0};
    bool done = false;
    enum code code = sasl_step(cx, s->sasl, response, &challenge, &done, &result);
    if (code != OK) {
        code = refused(cx, call, &result, code);
        if (!call->reply->slow)
            pop3_sasl_drop(s);
        return code;
    }
    if (!done) {
        ask(cx, s, call, POP3_IN_SASL, challenge);
        return OK;
    }
    s->account = result.account;
    s->reader = result.who.id;
    if (challenge.n) { /* "+OK" carries no data: one more round */
        ask(cx, s, call, POP3_IN_SASL_LAST, challenge);
        return OK;
    }
    pop3_sasl_drop(s);
    return enter(cx, s, call);
}

enum code pop3_sasl_line(struct ctx *cx, struct pop3_session *s, struct pop3_call *call,
                         struct str line)
{
    struct str response;
    bool last = s->mode == POP3_IN_SASL_LAST;
    if (str_eq(line, STR("*")) || (last && line.n) ||
        base64_decode_strict(cx, line, &response) != OK) {
        pop3_sasl_drop(s);
        return fail(cx, E_SYNTAX, "AUTH was cancelled");
    }
    if (!last)
        return step(cx, s, call, response);
    pop3_sasl_drop(s);
    return enter(cx, s, call);
}

/* "AUTH" alone: a listing that some programs ask for instead of CAPA. */
static enum code list_mechanisms(struct ctx *cx, const struct pop3_session *s,
                                 struct pop3_call *call)
{
    struct cur c = cur_of(auth_mechanisms(cx, s->env->auth, s->peer));
    struct str name;
    rope_put(&call->reply->out, STR("+OK Mechanisms follow\r\n"));
    while (!cur_end(&c)) {
        if (!cur_until(&c, ' ', &name)) {
            name = c.rest;
            c.rest = (struct str){0};
        }
        rope_put(&call->reply->out, name);
        rope_put(&call->reply->out, STR("\r\n"));
    }
    rope_put(&call->reply->out, STR(".\r\n"));
    return OK;
}

enum code pop3_auth(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    struct cur c = call->arg;
    struct str mechanism, response = {0};
    if (cur_end(&c))
        return list_mechanisms(cx, s, call);
    if (!cur_until(&c, ' ', &mechanism)) {
        mechanism = c.rest;
        c.rest = (struct str){0};
    }
    if (str_eq(c.rest, STR("=")))
        response = STR(""); /* there, and empty */
    else if (c.rest.n && base64_decode_strict(cx, c.rest, &response) != OK)
        return fail(cx, E_SYNTAX, "the initial response is not base64");
    TRY(sasl_open(cx, s->env->auth, s->peer, mechanism, &s->sasl));
    enum code code = step(cx, s, call, response);
    if (call->reply->slow)
        pop3_sasl_drop(s); /* the command will be run again from its start */
    return code;
}

enum code pop3_stls(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    if (s->peer->tls)
        return pop3_refuse(call, "TLS is on already");
    if (!s->peer->can_start_tls)
        return pop3_refuse(call, "TLS is not set up here");
    if (s->utf8)
        return fail(cx, E_SYNTAX, "STLS may not come after UTF8");
    pop3_ok(call, "Begin the handshake");
    call->reply->start_tls = true;
    return OK;
}
