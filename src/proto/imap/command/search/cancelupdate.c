#include "proto/imap/command/handlers.h"
#include "proto/imap/search/context.h"
#include "proto/imap/wire/parse.h"

/* RFC 5267 section 4.4: quoted tags of searches whose changes need not be told any more. */
enum code imap_cancelupdate(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    do {
        struct str tag;
        if (!imap_string(cx->arena, &c, &tag))
            return fail(cx, E_SYNTAX, "quoted tag expected");
        if (!imap_context_cancel(s->selected, tag))
            return fail(cx, E_SYNTAX, "no such tag");
    } while (imap_sp(&c));
    return cur_end(&c) ? OK : fail(cx, E_SYNTAX, "quoted tag expected");
}
