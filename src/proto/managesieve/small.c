/* CAPABILITY, NOOP and LOGOUT (RFC 5804 sections 1.7, 2.3, 2.4 and 2.13). */
#include "proto/managesieve/command.h"

static void line(struct rope *out, struct str name, struct str value)
{
    ms_put_string(out, name);
    rope_put(out, STR(" "));
    ms_put_string(out, value);
    rope_put(out, STR("\r\n"));
}

void ms_capabilities(struct ctx *cx, const struct ms_session *s, struct rope *out)
{
    const struct filters_config *config = filters_config(s->env->filters);
    line(out, STR("IMPLEMENTATION"), STR("Postroad"));
    line(out, STR("SASL"), auth_mechanisms(cx, s->env->auth, s->peer));
    line(out, STR("SIEVE"), sieve_extensions(cx->arena, 0));
    line(out, STR("NOTIFY"), STR("mailto"));
    if (!s->peer->tls && s->peer->can_start_tls)
        rope_put(out, STR("\"STARTTLS\"\r\n"));
    line(out, STR("MAXREDIRECTS"), str_printf(cx->arena, "%u", config->redirects));
    rope_put(out, STR("\"UNAUTHENTICATE\"\r\n"));
    if (s->stage == MS_LOGGED_IN)
        line(out, STR("OWNER"), str_z(s->owner));
    line(out, STR("VERSION"), STR("1.0"));
}

enum code ms_capability(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    if (!cur_end(&call->arg))
        return fail(cx, E_SYNTAX, "CAPABILITY takes no arguments");
    ms_capabilities(cx, s, &call->reply->out);
    ms_ok(call, STR(""), STR(""));
    return OK;
}

enum code ms_logout(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    (void)cx;
    ms_ok(call, STR(""), STR("Goodbye"));
    s->stage = MS_OVER;
    call->reply->close = true;
    return OK;
}

enum code ms_noop(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    struct cur c = call->arg;
    struct rope *out = &call->reply->out;
    struct str tag;
    (void)s;
    if (cur_end(&c)) {
        ms_ok(call, STR(""), STR("Done"));
        return OK;
    }
    if (!ms_take_string(cx, &c, &tag) || !cur_end(&c))
        return fail(cx, E_SYNTAX, "NOOP takes one string");
    rope_put(out, STR("OK (TAG "));
    ms_put_string(out, tag);
    rope_put(out, STR(") \"Done\"\r\n"));
    return OK;
}
