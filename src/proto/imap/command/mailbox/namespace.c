#include "proto/imap/command/handlers.h"

/* RFC 2342. One's own mailboxes; shared ones come as accounts of their own. */
enum code imap_namespace(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    (void)cx, (void)s;
    imap_say(call, STR("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"));
    return OK;
}
