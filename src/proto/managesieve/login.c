/* AUTHENTICATE (RFC 5804 section 2.1), STARTTLS (2.2), UNAUTHENTICATE (2.14). */
#include "core/rights.h"
#include "format/base64.h"
#include "format/utf8.h"
#include "proto/managesieve/command.h"

void ms_sasl_drop(struct ms_session *s)
{
    if (s->sasl)
        sasl_close(s->sasl);
    s->sasl = NULL;
}

void ms_session_reset(struct ms_session *s)
{
    ms_sasl_drop(s);
    free(s->owner);
    s->owner = NULL;
    s->account = 0;
    s->reader = 0;
    s->stage = MS_GREETED;
    s->bad_count = 0;
}

/* What service/auth has refused; E_BUSY in the fast lane asks for the slow one. */
static enum code refused(struct ctx *cx, struct ms_call *call, const struct auth_result *result,
                         enum code code)
{
    if (code == E_BUSY && !cx->slow) {
        call->reply->slow = true; /* the same again where it may take its time */
        return OK;
    }
    call->reply->delay_ms = result->delay_ms;
    if (result->home.n)
        return ms_no(call,
                     str_printf(cx->arena, "REFERRAL \"sieve://%.*s\"", STR_ARG(result->home)),
                     STR("Your mailbox is on another server"));
    if (code == E_DENIED || code == E_NOT_FOUND)
        return ms_no(call, STR(""), STR("Wrong name or password"));
    if (code == E_LIMIT)
        return ms_no(call, STR("TRYLATER"), STR("Too many failures, try again later"));
    return code;
}

static enum code enter(struct ctx *cx, struct ms_session *s, struct ms_call *call,
                       const struct auth_result *result, struct str data)
{
    struct principal owner;
    /* Who may read another's mailbox does not yet say where its mail goes. */
    enum code code =
        rights_check(cx, s->env->core, result->account, 0, result->who.id, RIGHT_ADMIN);
    if (code == E_DENIED || code == E_NOT_FOUND)
        return ms_no(call, STR(""), STR("You may not change the scripts of this mailbox"));
    TRY(code);
    TRY(directory_by_id(cx, s->env->core, result->account, &owner));
    s->account = result->account;
    s->reader = result->who.id;
    s->owner = strndup(owner.address.p, owner.address.n);
    must(s->owner);
    s->stage = MS_LOGGED_IN;
    /* RFC 5804 section 2.1: data that goes with the success. */
    struct str base64 = base64_encode(cx->arena, data);
    ms_ok(call, data.n ? str_printf(cx->arena, "SASL \"%.*s\"", STR_ARG(base64)) : (struct str){0},
          STR("Logged in"));
    return OK;
}

static enum code step(struct ctx *cx, struct ms_session *s, struct ms_call *call,
                      struct str response)
{
    struct str challenge = {0};
    struct auth_result result = {0};
    bool done = false;
    enum code code = sasl_step(cx, s->sasl, response, &challenge, &done, &result);
    if (code != OK) {
        code = refused(cx, call, &result, code);
        if (!call->reply->slow)
            ms_sasl_drop(s);
        return code;
    }
    if (!done) {
        ms_put_string(&call->reply->out, base64_encode(cx->arena, challenge));
        rope_put(&call->reply->out, STR("\r\n"));
        return OK;
    }
    ms_sasl_drop(s);
    return enter(cx, s, call, &result, challenge);
}

enum code ms_sasl_line(struct ctx *cx, struct ms_session *s, struct ms_call *call, struct str line)
{
    struct cur c = cur_of(line);
    struct str text, response;
    bool ok = ms_string(cx, &c, &text) && cur_end(&c) && !str_eq(text, STR("*"));
    if (!ok || base64_decode_strict(cx, text, &response) != OK) {
        ms_sasl_drop(s);
        return fail(cx, E_SYNTAX, "AUTHENTICATE was cancelled");
    }
    return step(cx, s, call, response);
}

enum code ms_authenticate(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    struct cur c = call->arg;
    struct str mechanism, text, response = {0};
    if (!ms_take_string(cx, &c, &mechanism))
        return fail(cx, E_SYNTAX, "AUTHENTICATE wants a mechanism");
    if (ms_take_string(cx, &c, &text)) {
        response = STR(""); /* there, perhaps empty */
        if (text.n && base64_decode_strict(cx, text, &response) != OK)
            return fail(cx, E_SYNTAX, "the initial response is not base64");
    }
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "AUTHENTICATE takes a mechanism and a response");
    mechanism = str_upper(cx->arena, mechanism);
    enum code code = sasl_open(cx, s->env->auth, s->peer, mechanism, &s->sasl);
    if (code == E_UNSUPPORTED) {
        call->faulty = true;
        bool needs = !s->peer->tls && s->peer->can_start_tls &&
                     (str_eq(mechanism, STR("PLAIN")) || str_eq(mechanism, STR("LOGIN")));
        return ms_no(call, needs ? STR("ENCRYPT-NEEDED") : STR(""),
                     STR("This mechanism is not offered"));
    }
    TRY(code);
    code = step(cx, s, call, response);
    if (call->reply->slow)
        ms_sasl_drop(s); /* the command will be run again from its start */
    return code;
}

enum code ms_starttls(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    (void)cx;
    if (s->peer->tls)
        return ms_no(call, STR(""), STR("TLS is on already"));
    if (!s->peer->can_start_tls)
        return ms_no(call, STR(""), STR("TLS is not set up here"));
    ms_ok(call, STR(""), STR("Begin the handshake"));
    call->reply->start_tls = true;
    return OK;
}

enum code ms_unauthenticate(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    (void)cx;
    ms_session_reset(s);
    ms_ok(call, STR(""), STR("Logged out"));
    return OK;
}
