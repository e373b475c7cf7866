#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"

/* One root for the whole account (RFC 9208), with the empty name; none where nothing is limited. */

static bool has_root(const struct account_facts *a)
{
    return a->quota.receive_bytes || a->quota.items_max;
}

static void put_quota(struct imap_call *call, const struct account_facts *a)
{
    struct buf *out = &call->text;
    imap_say(call, STR("* QUOTA \"\" ("));
    if (a->quota.receive_bytes)
        buf_printf(out, "STORAGE %llu %llu", (unsigned long long)((a->used_bytes + 1023) / 1024),
                   (unsigned long long)(a->quota.receive_bytes / 1024));
    if (a->quota.items_max)
        buf_printf(out, "%sMESSAGE %llu %llu", a->quota.receive_bytes ? " " : "",
                   (unsigned long long)a->items, (unsigned long long)a->quota.items_max);
    imap_say(call, STR(")\r\n"));
}

enum code imap_getquota(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str root;
    if (!imap_astring(cx->arena, &c, &root) || !cur_end(&c))
        return fail(cx, E_SYNTAX, "GETQUOTA wants a quota root");
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, s->env->core, s->account, &v));
    if (root.n || !has_root(account_facts(v))) {
        call->said = STR("There is no such quota root");
        return E_NOT_FOUND;
    }
    put_quota(call, account_facts(v));
    return OK;
}

enum code imap_getquotaroot(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str path;
    TRY(imap_mailbox(cx, s, &c, &path));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, path, RIGHT_READ, &box));
    const struct account_facts *a = account_facts(box->view);
    imap_say(call, STR("* QUOTAROOT "));
    imap_mailbox_put(cx, s, &call->text, box->name);
    imap_say(call, has_root(a) ? STR(" \"\"\r\n") : STR("\r\n"));
    if (has_root(a))
        put_quota(call, a);
    return OK;
}

/* Quotas are the administration's. */
enum code imap_setquota(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    (void)s, (void)call;
    return fail(cx, E_DENIED, "SETQUOTA");
}
