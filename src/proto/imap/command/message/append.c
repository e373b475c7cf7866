#include "proto/imap/append/append.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/sync/event.h"
#include "proto/imap/sync/limit.h"

/* All or none (RFC 3502). */
static enum code add_all(struct ctx *cx, struct account_txn *t, void *arg)
{
    return imap_append_add(cx, t, arg);
}

enum code imap_append(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name;
    struct imap_append a = {0};
    TRY(imap_mailbox(cx, s, &c, &name));
    do {
        TRY(imap_append_message(cx, s, call, &c, &a));
        imap_progress(s, call, call->arg.rest.n - c.rest.n, call->arg.rest.n, "bytes");
    } while (!cur_end(&c));
    TRY(imap_limit_saves(cx, s, call, a.count));
    enum code code = imap_append_target(cx, s, call, name, &a);
    if (code == E_LIMIT) {
        call->response = STR("OVERQUOTA");
        call->said = STR("The mailbox is full");
    }
    TRY(code);
    TRY(account_update(cx, s->env->core, a.account, add_all, &a));
    call->response = imap_append_uid(cx, &a);
    uint32_t *uids = ARENA_ARRAY(cx->arena, a.count, uint32_t);
    for (size_t i = 0; i < a.count; i++)
        uids[i] = a.placed[i].uid;
    struct filter_event e = {.cause = CAUSE_APPEND,
                             .account = a.account,
                             .folder = a.folder,
                             .uids = uids,
                             .count = a.count};
    imap_event_added(cx, s, &e);
    return OK;
}
