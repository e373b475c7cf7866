#include "core/folder.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"

static enum code delete (struct ctx *cx, struct account_txn *t, void *arg) {
    return folder_delete(cx, t, *(const folder_id *)arg);
}

enum code imap_delete(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str path;
    TRY(imap_mailbox(cx, s, &c, &path));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, path, RIGHT_DELETE_FOLDER, &box));
    folder_id id = box->folder->id;
    enum code code = account_update(cx, s->env->core, box->account, delete, &id);
    if (code == E_EXISTS) { /* RFC 9051 section 6.3.5 */
        call->response = STR("HASCHILDREN");
        call->said = STR("There are mailboxes below it");
    }
    if (code == E_DENIED) {
        call->response = STR("CANNOT");
        call->said = STR("This mailbox cannot be deleted");
    }
    if (code == OK && s->selected && s->selected->account == box->account &&
        s->selected->folder == id)
        imap_unselect(s);
    return code;
}
