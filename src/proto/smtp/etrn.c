/* ETRN (RFC 1985): a host that was away asks for its mail. It comes to the host of its route and to
   nobody else, so anybody may ask. */
#include "format/domain.h"
#include "proto/smtp/command.h"

enum code smtp_etrn(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    struct str domain = arg.rest;
    uint64_t waiting = 0;
    bool allowed = false;
    if (!delivery_has_queue(s->env->delivery))
        return smtp_refuse(s, r, "502 5.5.1 ETRN is not available");
    cur_char(&arg, '@'); /* all below it: a route's hosts take them together in any case */
    domain = arg.rest;
    if (!domain_valid(domain))
        return smtp_refuse(s, r, "501 5.5.4 Say ETRN and a domain");
    if (s->etrns++ >= SMTP_ETRN_MAX)
        return smtp_refuse(s, r, "458 4.7.0 Not so often");
    TRY(delivery_etrn(cx, s->env->delivery, domain, &allowed, &waiting));
    if (!allowed)
        smtp_say(s, r, "459 5.7.1 This domain may not be asked for here");
    else if (!waiting)
        smtp_say(s, r, "251 2.0.0 No messages are waiting");
    else
        smtp_sayf(s, r, "253 2.0.0 %llu messages are on their way", (unsigned long long)waiting);
    return OK;
}
