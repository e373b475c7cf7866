/* AUTH (RFC 4954). */
#include "format/base64.h"
#include "proto/smtp/command.h"

static void exchange_end(struct smtp_session *s)
{
    if (s->sasl)
        sasl_close(s->sasl);
    s->sasl = NULL;
    s->auth_done = false;
    s->input = INPUT_COMMAND;
}

static void challenge_say(struct ctx *cx, struct smtp_session *s, struct str challenge,
                          struct reply *r)
{
    struct str text = base64_encode(cx->arena, challenge);
    s->outcome = '3';
    rope_put(&r->out, STR("334 "));
    rope_put(&r->out, text);
    rope_put(&r->out, STR("\r\n"));
    s->input = INPUT_SASL;
}

static void result_keep(struct smtp_session *s, const struct auth_result *result)
{
    s->who = result->who.id;
    s->account = result->account;
    s->login = str_dup(smtp_session_arena(s), result->who.address);
}

void smtp_log_in(struct smtp_session *s, const struct auth_result *result)
{
    s->logged_in = true;
    result_keep(s, result);
}

static void succeed(struct smtp_session *s, struct reply *r)
{
    exchange_end(s);
    s->logged_in = true;
    smtp_say(s, r, smtp_reply_text(CASE_AUTH, OK));
}

/* One step with a decoded response. E_BUSY: to be run again in the slow lane. */
static enum code step(struct ctx *cx, struct smtp_session *s, struct str response, struct reply *r)
{
    struct auth_result result = {0};
    struct str challenge = {0};
    bool done = false;
    enum code code = sasl_step(cx, s->sasl, response, &challenge, &done, &result);
    if (code == E_BUSY && !cx->slow) {
        r->slow = true;
        return E_BUSY;
    }
    if (code != OK) {
        exchange_end(s);
        r->delay_ms = result.delay_ms;
        smtp_say(s, r, smtp_reply_text(CASE_AUTH, code));
        return OK;
    }
    if (done)
        result_keep(s, &result);
    if (done && challenge.n == 0) {
        succeed(s, r);
        return OK;
    }
    /* SMTP's success carries no data: it goes as a challenge, answered with an empty line. */
    s->auth_done = done;
    challenge_say(cx, s, challenge, r);
    return OK;
}

/* Mechanisms that show the password are offered with TLS only. */
static const char *not_offered(const struct smtp_session *s, struct str mechanism)
{
    bool plain = str_ieq(mechanism, STR("PLAIN")) || str_ieq(mechanism, STR("LOGIN"));
    return plain && !s->peer->tls ? "538 5.7.11 Encryption required for this mechanism"
                                  : smtp_reply_text(CASE_AUTH, E_UNSUPPORTED);
}

enum code smtp_auth(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    struct str mechanism, response = {0};
    if (!s->submission)
        return smtp_refuse(s, r, "502 5.5.1 No log-in here; use the submission port");
    if (s->logged_in)
        return smtp_refuse(s, r, "503 5.5.1 Already logged in");
    if (!cur_until(&arg, ' ', &mechanism)) {
        mechanism = arg.rest;
        arg.rest.n = 0;
    }
    if (mechanism.n == 0)
        return smtp_refuse(s, r, "501 5.5.4 Say AUTH and a mechanism");
    struct str initial = arg.rest;
    if (str_eq(initial, STR("=")))
        response = STR(""); /* there, and empty */
    else if (base64_decode_strict(cx, initial, &response) != OK)
        return smtp_refuse(s, r, "501 5.5.2 The initial response is not base64");
    enum code code = sasl_open(cx, s->env->auth, s->peer, mechanism, &s->sasl);
    if (code == E_UNSUPPORTED)
        return smtp_refuse(s, r, not_offered(s, mechanism));
    TRY(code);
    if (step(cx, s, response, r) == E_BUSY)
        exchange_end(s); /* the whole command runs again */
    return OK;
}

void smtp_sasl_run(struct ctx *cx, struct smtp_session *s, struct str line, struct reply *r)
{
    struct str response;
    if (str_eq(line, STR("*"))) {
        exchange_end(s);
        smtp_say(s, r, "501 5.7.0 Authentication cancelled");
        return;
    }
    if (base64_decode_strict(cx, line, &response) != OK || (s->auth_done && response.n)) {
        exchange_end(s);
        smtp_say(s, r, smtp_reply_text(CASE_AUTH, E_SYNTAX));
        return;
    }
    if (s->auth_done) {
        succeed(s, r);
        return;
    }
    if (step(cx, s, response, r) == E_BUSY)
        s->outcome = 0; /* the same line runs again */
}
