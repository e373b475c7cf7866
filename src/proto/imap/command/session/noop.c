#include "proto/imap/command/handlers.h"

/* What there is to tell comes from imap_sync, after each command. */
enum code imap_noop(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    (void)cx, (void)s, (void)call;
    return OK;
}

/* All that was acknowledged is durable already. */
enum code imap_check(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return imap_noop(cx, s, call);
}
