#include "core/audit.h"
#include "core/directory.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/quota.h"
#include "proto/imap/wire/parse.h"

struct limits {
    uint64_t bytes, items; /* 0: none */
    uint64_t annotations;  /* bytes; 0: the usual */
};

/* "(STORAGE 512 MESSAGE 100)"; what is not named has no limit then. */
static enum code limits_parse(struct ctx *cx, struct cur *c, struct limits *out)
{
    if (!cur_char(c, '('))
        return fail(cx, E_SYNTAX, "limits in brackets expected");
    if (cur_char(c, ')'))
        return OK;
    do {
        struct str name;
        uint64_t n;
        if (!imap_atom(c, &name) || !imap_sp(c) || !cur_u64(c, &n) || n > INT64_MAX / 1024)
            return fail(cx, E_SYNTAX, "a resource and its limit expected");
        if (str_ieq(name, STR("STORAGE")))
            out->bytes = n * 1024;
        else if (str_ieq(name, STR("MESSAGE")))
            out->items = n;
        else if (str_ieq(name, STR("ANNOTATION-STORAGE")))
            out->annotations = n * 1024;
        else
            return fail(cx, E_UNSUPPORTED, "this resource cannot be limited");
    } while (imap_sp(c));
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected");
}

static enum code set(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct limits *l = arg;
    struct quota quota = account_txn_facts(t)->quota;
    quota.receive_bytes = l->bytes;
    quota.items_max = l->items;
    quota.annotation_bytes = l->annotations;
    if (l->bytes && quota.send_bytes > l->bytes)
        quota.send_bytes = l->bytes;
    if (l->bytes && quota.warn_bytes > l->bytes)
        quota.warn_bytes = l->bytes;
    return account_set_quota(cx, t, &quota);
}

static enum code note(struct ctx *cx, const struct imap_session *s, account_id account,
                      const struct limits *l)
{
    struct principal me, owner;
    TRY(directory_by_id(cx, s->env->core, s->reader, &me));
    TRY(directory_by_id(cx, s->env->core, account, &owner));
    struct audit_entry entry = {.at_ms = cx->now_ms,
                                .actor = me.address,
                                .act = STR("quota.set"),
                                .object = owner.address,
                                .detail = str_printf(cx->arena, "bytes %llu items %llu",
                                                     (unsigned long long)l->bytes,
                                                     (unsigned long long)l->items)};
    return audit_add(cx, s->env->core, &entry);
}

/* RFC 9208 section 4.1.3: for those who administer the account's domain. */
enum code imap_setquota(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name;
    struct imap_quota_root root;
    struct limits limits = {0};
    if (!imap_astring(cx->arena, &c, &name) || !imap_sp(&c))
        return fail(cx, E_SYNTAX, "SETQUOTA wants a quota root and limits");
    TRY(limits_parse(cx, &c, &limits));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the limits");
    TRY(imap_quota_root(cx, s, call, name, &root));
    if (!root.administers)
        return fail(cx, E_DENIED, "quotas are the administration's");
    TRY(note(cx, s, root.account, &limits));
    TRY(account_update(cx, s->env->core, root.account, set, &limits));
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, s->env->core, root.account, &v));
    imap_quota_put(call, name, v);
    return OK;
}
