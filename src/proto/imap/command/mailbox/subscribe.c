#include "core/folder.h"
#include "core/share/subscription.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"

/* One's own folders have a flag; of all others the subscriber's account keeps a row. */
struct subscribing {
    bool own, on;
    struct subscription to;
};

static enum code set(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct subscribing *x = arg;
    return x->own ? folder_subscribe(cx, t, x->to.folder, x->on)
                  : subscription_set(cx, t, &x->to, x->on);
}

/* A name that leads to nothing any more, or to another mailbox now, is taken off the list too. */
static enum code forget(struct ctx *cx, const struct imap_session *s, struct str name, bool *found)
{
    struct subscription *all;
    size_t count;
    TRY(subscription_list(cx, s->env->core, s->account, &all, &count));
    for (size_t i = 0; i < count; i++) {
        struct subscribing x = {.to = all[i]};
        if (!str_eq(all[i].name, name))
            continue;
        *found = true;
        TRY(account_update(cx, s->env->core, s->account, set, &x));
    }
    return OK;
}

static enum code subscribe(struct ctx *cx, struct imap_session *s, struct imap_call *call, bool on)
{
    struct cur c = call->arg;
    struct str path;
    struct subscribing x = {.on = on};
    TRY(imap_mailbox(cx, s, &c, &path));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    struct imap_box *box AUTO(imap_box_close) = NULL;
    enum code code = imap_box_open(cx, s, path, 0, &box);
    bool found = false;
    if (!on)
        TRY(forget(cx, s, path, &found));
    if (code == E_NOT_FOUND && found)
        return OK;
    TRY(code);
    x.own = box->account == s->account;
    x.to = (struct subscription){box->account, box->folder->id, box->name};
    if (x.own && box->folder->subscribed == on)
        return OK;
    return account_update(cx, s->env->core, s->account, set, &x);
}

enum code imap_subscribe(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return subscribe(cx, s, call, true);
}

enum code imap_unsubscribe(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return subscribe(cx, s, call, false);
}
