#include "proto/imap/command/handlers.h"
#include "proto/imap/wire/reply.h"

enum code imap_logout(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    (void)cx;
    imap_bye(s, call, STR(""), STR("Logging out"));
    call->untagged = false;
    return OK;
}
