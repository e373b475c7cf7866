#include "core/annotation/annotation.h"
#include "core/directory.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/mailbox/quota.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"

static bool has_root(const struct account_facts *a)
{
    return a->quota.receive_bytes || a->quota.items_max || a->quota.annotation_bytes;
}

static void put_resource(struct buf *out, char *before, const char *name, uint64_t used,
                         uint64_t most)
{
    buf_byte(out, *before);
    buf_printf(out, "%s %llu %llu", name, (unsigned long long)used, (unsigned long long)most);
    *before = ' ';
}

static uint64_t mailboxes_of(const struct account_view *v)
{
    uint64_t n = 0;
    for (size_t i = 0; i < account_folder_count(v); i++)
        n += imap_folder_is_shown(account_folder(v, i));
    return n;
}

void imap_quota_put(struct imap_call *call, struct str root, const struct account_view *v)
{
    const struct account_facts *a = account_facts(v);
    struct buf *out = &call->text;
    char before = '(';
    imap_say(call, STR("* QUOTA "));
    imap_put_string(out, root);
    buf_byte(out, ' ');
    if (a->quota.receive_bytes)
        put_resource(out, &before, "STORAGE", (a->used_bytes + 1023) / 1024,
                     a->quota.receive_bytes / 1024);
    if (a->quota.items_max)
        put_resource(out, &before, "MESSAGE", a->items, a->quota.items_max);
    if (a->quota.annotation_bytes || a->annotation_bytes)
        put_resource(out, &before, "ANNOTATION-STORAGE", (a->annotation_bytes + 1023) / 1024,
                     account_annotations_max(a) / 1024);
    put_resource(out, &before, "MAILBOX", mailboxes_of(v), FOLDERS_MAX);
    imap_say(call, STR(")\r\n"));
}

static enum code reads_any(struct ctx *cx, const struct imap_session *s, account_id account,
                           bool *out)
{
    struct folder_rights *rights;
    size_t count;
    TRY(rights_of_all(cx, s->env->core, account, s->reader, &rights, &count));
    for (size_t i = 0; i < count; i++)
        *out |= (rights[i].rights & RIGHT_READ) && (rights[i].rights & RIGHT_LOOKUP);
    return OK;
}

static enum code no_root(struct ctx *cx, struct imap_call *call)
{
    call->said = STR("There is no such quota root");
    return fail(cx, E_NOT_FOUND, "no such quota root");
}

enum code imap_quota_root(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                          struct str root, struct imap_quota_root *out)
{
    struct principal owner;
    struct ctx own = {.arena = cx->arena, .now_ms = cx->now_ms};
    enum code code = root.n ? directory_by_address(&own, s->env->core, root, &owner)
                            : directory_by_id(&own, s->env->core, s->account, &owner);
    if (code == E_NOT_FOUND || code == E_SYNTAX || (code == OK && !owner.has_account))
        return no_root(cx, call);
    TRY(code);
    *out = (struct imap_quota_root){.account = owner.id, .reads = !root.n};
    code = directory_may_administer(&own, s->env->core, s->reader, owner.domain);
    out->administers = code == OK;
    if (code == E_DENIED && !out->reads)
        TRY(reads_any(cx, s, owner.id, &out->reads));
    else if (code != OK && code != E_DENIED)
        return code;
    return out->administers || out->reads ? OK : no_root(cx, call);
}

/* RFC 9208 section 4.1.1. */
enum code imap_getquota(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name;
    struct imap_quota_root root;
    if (!imap_astring(cx->arena, &c, &name) || !cur_end(&c))
        return fail(cx, E_SYNTAX, "GETQUOTA wants a quota root");
    TRY(imap_quota_root(cx, s, call, name, &root));
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, s->env->core, root.account, &v));
    if (!has_root(account_facts(v)))
        return no_root(cx, call);
    imap_quota_put(call, name, v);
    return OK;
}

static enum code root_name(struct ctx *cx, const struct imap_session *s, account_id account,
                           struct str *out)
{
    struct principal owner;
    *out = (struct str){0};
    if (account == s->account)
        return OK;
    TRY(directory_by_id(cx, s->env->core, account, &owner));
    *out = owner.address;
    return OK;
}

/* Section 4.1.2. */
enum code imap_getquotaroot(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str path, root;
    TRY(imap_mailbox(cx, s, &c, &path));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, path, RIGHT_READ, &box));
    TRY(root_name(cx, s, box->account, &root));
    bool limited = has_root(account_facts(box->view));
    imap_say(call, STR("* QUOTAROOT "));
    imap_mailbox_put(cx, s, &call->text, box->name);
    if (limited) {
        buf_byte(&call->text, ' ');
        imap_put_string(&call->text, root);
    }
    imap_say(call, STR("\r\n"));
    if (limited)
        imap_quota_put(call, root, box->view);
    return OK;
}
