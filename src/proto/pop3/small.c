/* The commands that need no page of their own. */
#include "proto/pop3/command.h"

enum code pop3_noop(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    (void)cx, (void)s;
    pop3_ok(call, "Done");
    return OK;
}

enum code pop3_dele(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    struct pop3_maildrop *d = s->drop;
    struct cur arg = call->arg;
    uint32_t place;
    TRY(pop3_message(cx, s, &arg, &place));
    if (!cur_end(&arg))
        return fail(cx, E_SYNTAX, "DELE wants one number");
    if (!d->may_delete)
        return fail(cx, E_DENIED, "no right to delete");
    if (!d->deleted) {
        d->deleted = calloc(d->count, 1);
        must(d->deleted);
    }
    d->deleted[place] = 1;
    d->deleted_count++;
    pop3_ok(call, "Message %u is marked as deleted", place + 1);
    return OK;
}

enum code pop3_rset(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    (void)cx;
    free(s->drop->deleted);
    s->drop->deleted = NULL;
    s->drop->deleted_count = 0;
    pop3_ok(call, "No message is marked");
    return OK;
}

/* RFC 1939 section 6: what is marked is removed now, and the client is told whether it was. */
enum code pop3_quit(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    enum code code = s->stage == POP3_TRANSACTION ? pop3_maildrop_update(cx, s) : OK;
    s->stage = POP3_OVER;
    call->reply->close = true;
    if (code == OK)
        pop3_ok(call, "Goodbye");
    return code;
}

/* RFC 6856 section 2.1. */
enum code pop3_utf8(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    (void)cx;
    s->utf8 = true;
    pop3_ok(call, "UTF-8 is on");
    return OK;
}

/* The languages that there are, without the one that nobody chose. */
static void put_languages(struct pop3_call *call)
{
    struct rope *out = &call->reply->out;
    pop3_ok(call, "Languages follow");
    for (enum language i = LANGUAGE_EN; i < LANGUAGE_COUNT; i++) {
        rope_put(out, language_tag(i));
        rope_put(out, STR(" "));
        rope_put(out, language_name(i));
        rope_put(out, STR("\r\n"));
    }
    rope_put(out, STR(".\r\n"));
}

/* RFC 6856 section 3. */
enum code pop3_lang(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    struct str range = call->arg.rest;
    enum language language;
    (void)cx;
    if (!range.n) {
        put_languages(call);
        return OK;
    }
    if (!language_find(range, &language))
        return pop3_refuse(call, "no such language");
    s->language = call->language = language;
    rope_put(&call->reply->out, STR("+OK "));
    rope_put(&call->reply->out, language_tag(language));
    rope_put(&call->reply->out, STR(" "));
    rope_put(&call->reply->out, language_text(language, STR("Now in English")));
    rope_put(&call->reply->out, STR("\r\n"));
    return OK;
}

/* RFC 2449 section 5. */
enum code pop3_capa(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    struct rope *out = &call->reply->out;
    const struct pop3_limits *limits = &s->env->limits;
    const struct pop3_command *row;
    pop3_ok(call, "Capabilities follow");
    for (size_t i = 0; (row = pop3_command_at(i)); i++)
        if (row->capability.n && (!row->offered || row->offered(s)))
            rope_printf(out, "%s\r\n", row->capability.p);
    struct str mechanisms = auth_mechanisms(cx, s->env->auth, s->peer);
    if (s->stage == POP3_AUTHORIZATION && mechanisms.n)
        rope_printf(out, "SASL %.*s\r\n", STR_ARG(mechanisms));
    rope_put(out, STR("PIPELINING\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n"));
    if (limits->login_delay_s)
        rope_printf(out, "LOGIN-DELAY %u\r\n", limits->login_delay_s);
    if (limits->expire_days)
        rope_printf(out, "EXPIRE %u\r\n", limits->expire_days);
    else
        rope_put(out, STR("EXPIRE NEVER\r\n"));
    rope_put(out, STR("IMPLEMENTATION Postroad\r\n.\r\n"));
    return OK;
}
