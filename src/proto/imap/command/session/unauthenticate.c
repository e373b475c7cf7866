#include "proto/imap/command/handlers.h"

/* RFC 8437: back to where the greeting was; TLS and compression stay. */
enum code imap_unauthenticate(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    (void)cx, (void)call;
    imap_session_reset(s);
    return OK;
}
