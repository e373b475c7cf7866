/* XCLIENT and XFORWARD: a proxy that we trust tells who its client is. With XCLIENT the session
   begins anew as the client's; XFORWARD is for the log of the next message alone. */
#include "base/log.h"
#include "proto/smtp/command.h"

bool smtp_trusts_proxy(const struct smtp_session *s)
{
    return ip_networks_have(&s->env->proxies, s->socket->address);
}

static const char *refusal(const struct smtp_session *s)
{
    if (!smtp_trusts_proxy(s))
        return "550 5.7.0 Insufficient authorization";
    return s->stage & STAGE_MESSAGE ? "503 5.5.1 Mail transaction in progress" : NULL;
}

static void log_told(struct ctx *cx, const struct smtp_session *s)
{
    const struct str *at = s->told->values.at;
    log_event(s->env->log, LOG_INFO, "smtp.client_told",
              "connection=%llu proxy=%.*s peer=%.*s name=%s helo=%s login=%s",
              (unsigned long long)s->socket->id, STR_ARG(s->socket->address),
              STR_ARG(s->peer->address), log_quote(cx->arena, at[TOLD_NAME]),
              log_quote(cx->arena, at[TOLD_HELO]), log_quote(cx->arena, at[TOLD_LOGIN]));
}

/* The proxy has checked the password. */
static enum code login(struct ctx *cx, struct smtp_session *s)
{
    struct auth_result result = {0};
    if (!s->submission || !told_has(s->told, TOLD_LOGIN))
        return OK;
    TRY(auth_vouched(cx, s->env->auth, s->peer, s->told->values.at[TOLD_LOGIN], &result));
    smtp_log_in(s, &result);
    return OK;
}

enum code smtp_xclient(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    struct told_values values;
    const char *no = refusal(s);
    if (no)
        return smtp_refuse(s, r, no);
    TRY(told_parse(cx, arg.rest, TOLD_XCLIENT, &values));
    struct told *told = told_open(s->socket, s->told, &values);
    smtp_forget(s);
    s->told = told;
    s->peer = &told->peer;
    log_told(cx, s);
    enum code code = login(cx, s);
    if (code == E_DENIED || code == E_LIMIT)
        return smtp_refuse(s, r, "550 5.7.0 Nobody may log in by this name");
    TRY(code);
    smtp_begin(cx, s, r);
    return OK;
}

enum code smtp_xforward(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    struct told_values values;
    const char *no = refusal(s);
    if (no)
        return smtp_refuse(s, r, no);
    TRY(told_parse(cx, arg.rest, TOLD_XFORWARD, &values));
    struct told *told = told_open(s->socket, s->forwarded, &values);
    told_close(s->forwarded);
    s->forwarded = told;
    smtp_say(s, r, "250 2.0.0 Ok");
    return OK;
}

void smtp_forward_forget(struct smtp_session *s)
{
    told_close(s->forwarded);
    s->forwarded = NULL;
}

struct str smtp_forward_log(struct ctx *cx, const struct smtp_session *s)
{
    if (!s->forwarded)
        return STR("");
    const struct str *at = s->forwarded->values.at;
    return str_printf(cx->arena, " client=%s client_name=%s client_helo=%s client_id=%s",
                      log_quote(cx->arena, at[TOLD_ADDR]), log_quote(cx->arena, at[TOLD_NAME]),
                      log_quote(cx->arena, at[TOLD_HELO]), log_quote(cx->arena, at[TOLD_IDENT]));
}
