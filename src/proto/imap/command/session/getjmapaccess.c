#include "proto/imap/command/handlers.h"
#include "proto/imap/wire/reply.h"

/* RFC 9698 section 3: where the same mail is served by JMAP. */
enum code imap_getjmapaccess(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    if (!s->env->jmap_url.n)
        return fail(cx, E_SYNTAX, "JMAPACCESS is not offered");
    imap_say(call, STR("* JMAPACCESS "));
    imap_put_string(&call->text, s->env->jmap_url);
    imap_say(call, STR("\r\n"));
    return OK;
}
