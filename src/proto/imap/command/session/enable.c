#include "proto/imap/command/handlers.h"
#include "proto/imap/wire/parse.h"

/* RFC 9051 section 6.3.1. Unknown names are passed over. */
enum code imap_enable(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    bool rev2 = false, condstore = false;
    do {
        struct str name;
        if (!imap_atom(&c, &name))
            return fail(cx, E_SYNTAX, "capability expected");
        rev2 |= str_ieq(name, STR("IMAP4rev2"));
        condstore |= str_ieq(name, STR("CONDSTORE"));
    } while (imap_sp(&c));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "capability expected");
    imap_say(call, STR("* ENABLED"));
    if (rev2)
        imap_say(call, STR(" IMAP4rev2"));
    if (condstore)
        imap_say(call, STR(" CONDSTORE"));
    imap_say(call, STR("\r\n"));
    s->rev2 |= rev2;
    s->condstore |= condstore;
    return OK;
}
