#include "core/folder.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"

struct subscription {
    folder_id folder;
    bool on;
};

static enum code set(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct subscription *sub = arg;
    return folder_subscribe(cx, t, sub->folder, sub->on);
}

static enum code subscribe(struct ctx *cx, struct imap_session *s, struct imap_call *call, bool on)
{
    struct cur c = call->arg;
    struct str path;
    TRY(imap_mailbox(cx, s, &c, &path));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, path, 0, &box));
    if (box->folder->subscribed == on)
        return OK;
    struct subscription sub = {box->folder->id, on};
    return account_update(cx, s->env->core, box->account, set, &sub);
}

enum code imap_subscribe(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return subscribe(cx, s, call, true);
}

enum code imap_unsubscribe(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return subscribe(cx, s, call, false);
}
