#include "core/folder.h"
#include "core/objectid/objectid.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"

struct creation {
    struct str path;
    folder_id id;
};

static enum code create(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct creation *new = arg;
    return folder_create(cx, t, new->path, KIND_MAIL, ROLE_NONE, &new->id);
}

enum code imap_create(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str path;
    struct imap_place place;
    TRY(imap_mailbox(cx, s, &c, &path));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    if (str_ends(path, STR("/"))) /* says only that there will be children */
        path.n--;
    TRY(imap_place(cx, s, path, &place));
    TRY(imap_may_create(cx, s, &place));
    struct creation new = {.path = place.path};
    enum code code = account_update(cx, s->env->core, place.account, create, &new);
    if (code == OK) /* RFC 8474 section 4.1 */
        call->response = str_printf(cx->arena, "MAILBOXID (%.*s)",
                                    STR_ARG(objectid_mailbox(cx->arena, place.account, new.id)));
    return imap_name_code(cx, code);
}
