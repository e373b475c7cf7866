#include "proto/imap/command.h"
#include "proto/imap/reply.h"

enum code imap_logout(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    (void)cx;
    imap_bye(s, call, STR(""), STR("Logging out"));
    call->untagged = false;
    return OK;
}
