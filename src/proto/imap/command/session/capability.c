#include "proto/imap/command/handlers.h"

enum code imap_capability(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    imap_say(call, STR("* CAPABILITY"));
    imap_capabilities(cx, s, &call->text);
    imap_say(call, STR("\r\n"));
    return OK;
}
