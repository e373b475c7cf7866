/* LMTP (RFC 2033): SMTP for a mail server of ours that hands messages over; each recipient is
   answered for himself. */
#include "base/log.h"
#include "proto/smtp/command.h"

static const char not_for_you[] = "554 5.7.1 This port is not for you";

bool smtp_lmtp_open(struct smtp_session *s, struct reply *r)
{
    s->lmtp = str_eq(s->peer->role, STR("lmtp"));
    if (!s->lmtp || ip_networks_have(&s->env->lmtp_clients, s->peer->address))
        return true;
    log_event(s->env->log, LOG_WARN, "smtp.not_trusted", "connection=%llu role=%.*s peer=%.*s",
              (unsigned long long)s->peer->id, STR_ARG(s->peer->role), STR_ARG(s->peer->address));
    smtp_goodbye(s, r, not_for_you);
    return false;
}

enum code smtp_lhlo(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    if (!s->lmtp)
        return smtp_refuse(s, r, "500 5.5.1 Command not recognized");
    return smtp_hello(cx, s, arg, r);
}

size_t smtp_reply_count(const struct smtp_session *s)
{
    return s->lmtp && s->t.to_count && !s->t.chunk_more ? s->t.to_count : 1;
}

bool smtp_lmtp_tell(struct smtp_session *s, struct str id, struct reply *r)
{
    bool any = false;
    for (size_t i = 0; i < s->t.to_count; i++) {
        enum code code = s->t.to[i].result;
        any |= code == OK;
        if (code == OK)
            smtp_sayf(s, r, "250 2.1.5 Ok: %.*s", STR_ARG(id));
        else if (s->t.to[i].refusal.n)
            smtp_say(s, r, s->t.to[i].refusal.p);
        else
            smtp_say(s, r, smtp_recipient_text(s, code));
    }
    return any;
}
