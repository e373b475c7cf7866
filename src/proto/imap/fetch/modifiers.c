#include "proto/imap/fetch/fetch.h"
#include "proto/imap/wire/parse.h"

/* RFC 7162 sections 3.1.4.1 and 3.2.6, RFC 9394 section 3.3. */
static enum code one(struct ctx *cx, struct cur *c, struct imap_fetch *f)
{
    struct str name;
    if (!imap_atom(c, &name))
        return fail(cx, E_SYNTAX, "modifier of FETCH expected");
    if (str_ieq(name, STR("VANISHED"))) {
        f->vanished = true;
        return OK;
    }
    if (str_ieq(name, STR("CHANGEDSINCE"))) {
        if (!imap_sp(c) || !imap_modseq(c, &f->changed_since) || !f->changed_since)
            return fail(cx, E_SYNTAX, "CHANGEDSINCE wants a number");
        f->items |= IMAP_FETCH_MODSEQ;
        return OK;
    }
    if (str_ieq(name, STR("PARTIAL"))) {
        if (!imap_sp(c) || !imap_partial_take(c, &f->page))
            return fail(cx, E_SYNTAX, "PARTIAL wants a range like 1:100 or -1:-100");
        return OK;
    }
    return fail(cx, E_SYNTAX, "no such modifier of FETCH");
}

enum code imap_fetch_modifiers(struct ctx *cx, const struct imap_session *s, bool uid,
                               struct cur *c, struct imap_fetch *f)
{
    if (cur_end(c))
        return OK;
    if (!cur_text(c, STR(" (")))
        return fail(cx, E_SYNTAX, "more after the items");
    do {
        TRY(one(cx, c, f));
    } while (imap_sp(c));
    if (!cur_char(c, ')') || !cur_end(c))
        return fail(cx, E_SYNTAX, "closing bracket expected after modifiers");
    if (f->page.last && !uid)
        return fail(cx, E_SYNTAX, "PARTIAL goes with UID FETCH");
    if (f->vanished && (!uid || !s->qresync || !f->changed_since))
        return fail(cx, E_SYNTAX, "VANISHED wants UID FETCH, CHANGEDSINCE and ENABLE QRESYNC");
    return OK;
}
