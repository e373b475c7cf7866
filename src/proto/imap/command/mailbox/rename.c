#include "core/folder.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

struct names {
    struct imap_place from, to;
};

static enum code rename_folder(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct names *n = arg;
    return folder_rename(cx, t, n->from.path, n->to.path);
}

enum code imap_rename(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str from, to;
    struct names n;
    TRY(imap_mailbox(cx, s, &c, &from));
    if (!imap_sp(&c))
        return fail(cx, E_SYNTAX, "RENAME wants two mailbox names");
    TRY(imap_mailbox(cx, s, &c, &to));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    if (str_ends(to, STR("/")))
        to.n--;
    struct imap_box *box AUTO(imap_box_close) = NULL;
    enum code code = imap_place(cx, s, from, &n.from);
    if (code == E_NOT_FOUND && call->referral.n && imap_place(cx, s, to, &n.to) == OK)
        call->referral = (struct str){0}; /* RFC 2193 section 4.3: both names, on another server */
    TRY(code);
    TRY(imap_box_open(cx, s, from, RIGHT_DELETE_FOLDER, &box));
    TRY(imap_place(cx, s, to, &n.to));
    TRY(imap_may_create(cx, s, &n.to));
    if (n.to.account != n.from.account)
        return fail(cx, E_UNSUPPORTED, "a mailbox cannot become somebody else's");
    return imap_name_code(cx, account_update(cx, s->env->core, box->account, rename_folder, &n));
}
