#include "proto/imap/command/handlers.h"
#include "proto/imap/wire/parse.h"

/* RFC 4978. From the next byte on, both ways; io does it. */
enum code imap_compress(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str mechanism;
    if (!imap_atom(&c, &mechanism) || !cur_end(&c) || !str_ieq(mechanism, STR("DEFLATE")))
        return fail(cx, E_SYNTAX, "COMPRESS wants DEFLATE");
    if (s->deflated) {
        call->response = STR("COMPRESSIONACTIVE");
        return fail(cx, E_UNSUPPORTED, "DEFLATE is active already");
    }
    s->deflated = true;
    call->reply->start_deflate = true;
    call->said = STR("DEFLATE active");
    return OK;
}
