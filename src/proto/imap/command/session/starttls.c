#include "proto/imap/command/handlers.h"

enum code imap_starttls(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    if (s->peer->tls)
        return fail(cx, E_SYNTAX, "TLS is on already");
    if (!s->peer->can_start_tls)
        return fail(cx, E_UNSUPPORTED, "TLS is not set up here");
    call->reply->start_tls = true;
    call->said = STR("Begin the handshake");
    return OK;
}
