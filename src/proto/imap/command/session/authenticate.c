#include "format/base64.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/login.h"
#include "proto/imap/wire/parse.h"
#include "service/auth.h"

void imap_sasl_drop(struct imap_session *s)
{
    if (s->sasl)
        sasl_close(s->sasl);
    s->sasl = NULL;
    if (s->mode == IMAP_IN_SASL || s->mode == IMAP_IN_SASL_LAST)
        s->mode = IMAP_COMMANDS;
}

/* "+ " and the challenge; the exchange goes on with the client's next line. */
static void ask(struct ctx *cx, struct imap_session *s, struct imap_call *call, enum imap_mode mode,
                struct str challenge)
{
    imap_say(call, STR("+ "));
    buf_add(&call->text, base64_encode(cx->arena, challenge));
    imap_say(call, STR("\r\n"));
    s->mode = mode;
    call->untagged = true;
}

static enum code step(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                      struct str response)
{
    struct str challenge = {0};
    bool done = false;
    struct auth_result result = {0};
    enum code code = sasl_step(cx, s->sasl, response, &challenge, &done, &result);
    if (code != OK)
        return imap_login_failed(cx, call, &result, code);
    if (!done) {
        ask(cx, s, call, IMAP_IN_SASL, challenge);
        return OK;
    }
    imap_logged_in(cx, s, call, &result);
    if (challenge.n) { /* IMAP has no place for data in its OK: one more round */
        s->stage = IMAP_GREETED;
        call->response = call->said = (struct str){0};
        ask(cx, s, call, IMAP_IN_SASL_LAST, challenge);
    }
    return OK;
}

/* After a step: keeps the exchange only if it goes on, or is to be run again. */
static enum code settled(struct imap_session *s, struct imap_call *call, enum code code)
{
    if (!call->untagged && !call->reply->slow) {
        imap_sasl_drop(s);
        imap_tag_drop(s);
    }
    return code;
}

enum code imap_sasl_line(struct ctx *cx, struct imap_session *s, struct str line,
                         struct imap_call *call)
{
    struct str response;
    call->command = imap_command_find(STR("AUTHENTICATE"));
    call->tag = str_dup(cx->arena, str_z(s->tag));
    if (str_eq(line, STR("*")))
        return settled(s, call, fail(cx, E_SYNTAX, "AUTHENTICATE was cancelled"));
    if (s->mode == IMAP_IN_SASL_LAST) {
        struct auth_result result = {.account = s->account, .who = {.id = s->reader}};
        if (line.n)
            return settled(s, call, fail(cx, E_SYNTAX, "an empty line was expected"));
        imap_logged_in(cx, s, call, &result);
        return settled(s, call, OK);
    }
    if (base64_decode_strict(cx, line, &response) != OK)
        return settled(s, call, fail(cx, E_SYNTAX, "not base64"));
    return settled(s, call, step(cx, s, call, response));
}

/* RFC 4959: the first response may come with the command; "=" is an empty one. */
static enum code initial_response(struct ctx *cx, struct cur *c, bool *given, struct str *out)
{
    *given = imap_sp(c);
    if (!*given)
        return OK;
    *out = STR(""); /* there, and empty */
    if (str_eq(c->rest, STR("=")))
        return OK;
    if (!c->rest.n || base64_decode_strict(cx, c->rest, out) != OK)
        return fail(cx, E_SYNTAX, "the initial response is not base64");
    return OK;
}

enum code imap_authenticate(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str mechanism, response = {0};
    bool given;
    if (!imap_atom(&c, &mechanism) || (!cur_end(&c) && cur_peek(&c) != ' '))
        return fail(cx, E_SYNTAX, "AUTHENTICATE wants a mechanism");
    TRY(initial_response(cx, &c, &given, &response));
    enum code code =
        sasl_open(cx, s->env->auth, s->peer, str_upper(cx->arena, mechanism), &s->sasl);
    if (code == E_UNSUPPORTED)
        return fail(cx, E_UNSUPPORTED, "this mechanism is not offered");
    if (code != OK)
        return imap_login_failed(cx, call, &(struct auth_result){0}, code);
    imap_tag_keep(s, call->tag);
    code = step(cx, s, call, response);
    if (call->reply->slow)
        imap_sasl_drop(s); /* the command will be run again from its start */
    return settled(s, call, code);
}
