/* REPLACE (RFC 8508): a message comes and another goes, in one commit. */
#include "core/rights.h"
#include "proto/imap/append/append.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/sync/change.h"
#include "proto/imap/sync/event.h"

struct replace {
    struct imap_append append;
    folder_id from;
    uint32_t uid;
    bool adds, removes;
    int64_t now_ms;
};

/* The old one goes first, so that its bytes do not count against the new one's. */
static enum code run(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct replace *r = arg;
    if (r->removes)
        TRY(item_remove(cx, t, r->from, r->uid, r->now_ms));
    return r->adds ? imap_append_add(cx, t, &r->append) : OK;
}

/* Somebody else's mailbox is another account's: there the new one is safe before the old one goes.
 */
static enum code commit(struct ctx *cx, struct imap_session *s, struct replace *r)
{
    struct core *core = s->env->core;
    account_id from = s->selected->account;
    r->adds = true;
    r->removes = r->append.account == from;
    TRY(account_update(cx, core, r->append.account, run, r));
    if (r->removes)
        return OK;
    r->adds = false;
    r->removes = true;
    return account_update(cx, core, from, run, r);
}

static enum code one_message(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             struct cur *c, struct replace *r)
{
    struct imap_set set, places;
    TRY(imap_seqset_parse(cx, c, &set));
    if (set.is_saved || set.count != 1 || set.at[0].first != set.at[0].last || !cur_char(c, ' '))
        return fail(cx, E_SYNTAX, "one message and a mailbox expected");
    TRY(imap_places(cx, s, call, &set, &places));
    if (!places.count)
        return fail(cx, E_NOT_FOUND, "no such message");
    r->uid = view_at(s->selected->view, places.at[0].first).uid;
    return OK;
}

enum code imap_replace(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name;
    struct replace r = {.from = s->selected->folder, .now_ms = cx->now_ms};
    TRY(one_message(cx, s, call, &c, &r));
    TRY(imap_mailbox(cx, s, &c, &name));
    TRY(imap_append_message(cx, s, call, &c, &r.append));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the message");
    enum code code = imap_append_target(cx, s, call, name, &r.append);
    if (code != E_LIMIT || r.append.account != s->selected->account)
        TRY(code); /* in the same account the commit asks for room when the old one is gone */
    TRY(imap_writable(cx, s, RIGHT_DELETE | RIGHT_EXPUNGE));
    code = commit(cx, s, &r);
    if (code == E_LIMIT)
        call->response = STR("OVERQUOTA");
    TRY(code);
    buf_printf(&call->text, "* OK [%.*s] Replacement message ready\r\n",
               STR_ARG(imap_append_uid(cx, &r.append)));
    struct filter_event e = {.cause = CAUSE_APPEND,
                             .account = r.append.account,
                             .folder = r.append.folder,
                             .uids = &r.append.placed[0].uid,
                             .count = 1};
    imap_event_added(cx, s, &e);
    return OK;
}
