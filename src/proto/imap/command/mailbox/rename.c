#include "core/folder.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

struct names {
    struct str from, to;
};

static enum code rename_folder(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct names *n = arg;
    return folder_rename(cx, t, n->from, n->to);
}

enum code imap_rename(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct names n;
    const struct folder_facts *f;
    TRY(imap_mailbox(cx, s, &c, &n.from));
    if (!imap_sp(&c))
        return fail(cx, E_SYNTAX, "RENAME wants two mailbox names");
    TRY(imap_mailbox(cx, s, &c, &n.to));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    if (str_ends(n.to, STR("/")))
        n.to.n--;
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, s->env->core, s->account, &v));
    TRY(imap_folder(cx, s, v, n.from, &f));
    TRY(imap_may(cx, s, f->id, RIGHT_DELETE_FOLDER));
    TRY(imap_may(cx, s, 0, RIGHT_CREATE));
    return imap_name_code(cx, account_update(cx, s->env->core, s->account, rename_folder, &n));
}
