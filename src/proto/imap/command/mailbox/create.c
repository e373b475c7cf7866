#include "core/folder.h"
#include "core/objectid/objectid.h"
#include "core/rights.h"
#include "core/share/subscription.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

struct creation {
    struct str path;
    enum role role;
    folder_id id;
    struct subscription lost; /* to a mailbox of that name that was deleted; folder 0: none */
};

static enum code create(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct creation *new = arg;
    TRY(folder_create(cx, t, new->path, KIND_MAIL, new->role, &new->id));
    if (!new->lost.folder)
        return OK;
    TRY(subscription_set(cx, t, &new->lost, false));
    return folder_subscribe(cx, t, new->id, true);
}

/* A subscription is to a name: it outlives its mailbox, and finds the next one of that name. */
static enum code find_lost(struct ctx *cx, const struct imap_session *s, account_id account,
                           struct creation *new)
{
    struct subscription *all;
    size_t count;
    if (account != s->account)
        return OK;
    TRY(subscription_list(cx, s->env->core, s->account, &all, &count));
    for (size_t i = 0; i < count; i++)
        if (all[i].account == account && str_eq(all[i].name, new->path))
            new->lost = all[i];
    return OK;
}

/* " (USE (\Drafts))": RFC 6154 section 3. A mailbox has one use at most, and a use one mailbox. */
static enum code use_of(struct ctx *cx, struct imap_call *call, struct cur *c, enum role *out)
{
    struct str use;
    size_t count = 0;
    if (!cur_word(c, STR(" (USE (")))
        return OK;
    while (!cur_text(c, STR("))"))) {
        if ((count && !imap_sp(c)) || !imap_flag(c, &use))
            return fail(cx, E_SYNTAX, "uses in brackets expected");
        *out = role_by_special_use(use);
        if (*out == ROLE_NONE || ++count > 1) {
            call->response = STR("USEATTR");
            return fail(cx, E_UNSUPPORTED, "a mailbox cannot have this use");
        }
    }
    return OK;
}

static enum code use_is_free(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                             account_id account, enum role role)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    if (role == ROLE_NONE)
        return OK;
    TRY(account_view_get(cx, s->env->core, account, &v));
    if (account == s->account && !account_folder_by_role(v, role))
        return OK;
    call->response = STR("USEATTR");
    return fail(cx, E_UNSUPPORTED, "another mailbox has this use");
}

enum code imap_create(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str path;
    struct imap_place place;
    struct creation new = {.role = ROLE_NONE};
    TRY(imap_mailbox(cx, s, &c, &path));
    TRY(use_of(cx, call, &c, &new.role));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    if (str_ends(path, STR("/"))) /* says only that there will be children */
        path.n--;
    TRY(imap_place(cx, s, path, &place));
    TRY(imap_may_create(cx, s, &place));
    TRY(use_is_free(cx, s, call, place.account, new.role));
    new.path = place.path;
    TRY(find_lost(cx, s, place.account, &new));
    enum code code = account_update(cx, s->env->core, place.account, create, &new);
    if (code == OK) /* RFC 8474 section 4.1 */
        call->response = str_printf(cx->arena, "MAILBOXID (%.*s)",
                                    STR_ARG(objectid_mailbox(cx->arena, place.account, new.id)));
    return imap_name_code(cx, code);
}
