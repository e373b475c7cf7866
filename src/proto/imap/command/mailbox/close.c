#include "proto/imap/command/handlers.h"
#include "proto/imap/sync/change.h"

/* CLOSE removes what is marked, and tells nothing of it; UNSELECT (RFC 3691) does not. */
enum code imap_close_mailbox(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    (void)call;
    enum code code = s->selected->read_only ? OK : imap_remove_deleted(cx, s, NULL);
    imap_unselect(s);
    return code;
}

enum code imap_unselect_mailbox(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    (void)cx, (void)call;
    imap_unselect(s);
    return OK;
}
