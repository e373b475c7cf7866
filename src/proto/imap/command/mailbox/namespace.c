#include "proto/imap/command/handlers.h"

/* RFC 2342; docs/PROTOCOLS.md tells what is where. */
enum code imap_namespace(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    (void)cx, (void)s;
    imap_say(call, STR("* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\"))"
                       " ((\"Public/\" \"/\")(\"Shared/\" \"/\"))\r\n"));
    return OK;
}
