#include "proto/imap/sync/notify.h"
#include "proto/imap/command/handlers.h"

/* RFC 5465. */
enum code imap_notify(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct imap_notify *n;
    if (cur_word(&c, STR("NONE")) && cur_end(&c)) {
        imap_notify_drop(s);
        return OK;
    }
    if (!cur_word(&c, STR("SET")))
        return fail(cx, E_SYNTAX, "NOTIFY wants SET or NONE");
    enum code code = imap_notify_parse(cx, s, &c, &n);
    if (code == E_UNSUPPORTED) {
        call->response =
            STR("BADEVENT (MessageNew MessageExpunge FlagChange AnnotationChange MailboxName "
                "SubscriptionChange MailboxMetadataChange ServerMetadataChange)");
        call->said = STR("Some of the events are not told here");
    }
    TRY(code);
    return imap_notify_start(cx, s, call, n);
}
