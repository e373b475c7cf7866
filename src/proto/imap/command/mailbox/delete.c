#include "core/folder.h"
#include "core/rights.h"
#include "core/share/subscription.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"

struct deletion {
    bool subscribed;
    struct subscription to;
};

/* Who was subscribed to one's own mailbox stays so, to the name (RFC 9051 section 6.3.7). */
static enum code end_folder(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct deletion *d = arg;
    TRY(folder_delete(cx, t, d->to.folder));
    enum code code = d->subscribed ? subscription_set(cx, t, &d->to, true) : OK;
    return code == E_LIMIT ? OK : code;
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
    struct deletion d = {.subscribed = box->account == s->account && box->folder->subscribed,
                         .to = {box->account, id, box->name}};
    enum code code = account_update(cx, s->env->core, box->account, end_folder, &d);
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
