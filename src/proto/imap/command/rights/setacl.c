#include "core/audit.h"
#include "core/directory.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/acl.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"
#include "service/sharing/notice.h"

/* "+" and "-" change what is there. */
static enum code changed(struct ctx *cx, const struct imap_session *s, const struct imap_box *box,
                         char how, struct grant *g)
{
    struct grant *grants;
    size_t count;
    uint32_t was = 0;
    if (how != '+' && how != '-')
        return OK;
    TRY(rights_list(cx, s->env->core, box->account, box->folder->id, &grants, &count));
    for (size_t i = 0; i < count; i++)
        if (grants[i].kind == g->kind && grants[i].who == g->who)
            was = grants[i].rights;
    g->rights = how == '+' ? was | g->rights : was & ~g->rights;
    return OK;
}

static enum code note(struct ctx *cx, const struct imap_session *s, const struct imap_box *box,
                      struct str identifier, uint32_t rights)
{
    struct principal me;
    struct buf detail = buf_of(cx->arena, 2000);
    TRY(directory_by_id(cx, s->env->core, s->reader, &me));
    buf_add(&detail, identifier);
    buf_byte(&detail, ' ');
    imap_rights_put(&detail, rights);
    struct audit_entry entry = {.at_ms = cx->now_ms,
                                .actor = me.address,
                                .act = STR("rights.set"),
                                .object = str_printf(cx->arena, "%llu %.*s",
                                                     (unsigned long long)box->account,
                                                     STR_ARG(box->folder->path)),
                                .detail = buf_str(&detail)};
    return audit_add(cx, s->env->core, &entry);
}

static enum code set(struct ctx *cx, struct imap_session *s, struct str name, struct str identifier,
                     struct str rights)
{
    struct grant g;
    uint32_t wanted;
    char how = rights.n ? rights.p[0] : '\0';
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_rights_parse(cx, how == '+' || how == '-' ? str_from(rights, 1) : rights, &wanted));
    TRY(imap_box_open(cx, s, name, RIGHT_ADMIN, &box));
    TRY(imap_grantee_parse(cx, s, identifier, &g));
    if (g.kind == GRANTEE_PRINCIPAL && g.who == box->account)
        return fail(cx, E_UNSUPPORTED, "the owner may all");
    g.rights = wanted;
    TRY(changed(cx, s, box, how, &g));
    TRY(note(cx, s, box, identifier, g.rights));
    const struct share_act act = {
        .account = box->account, .folder = box->folder->id, .grant = g, .by = s->reader};
    return share_grant(cx, s->env->core, &act);
}

/* RFC 4314 section 3.1. */
enum code imap_setacl(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name, identifier, rights;
    TRY(imap_mailbox(cx, s, &c, &name));
    if (!imap_sp(&c) || !imap_astring(cx->arena, &c, &identifier) || !imap_sp(&c) ||
        !imap_astring(cx->arena, &c, &rights) || !cur_end(&c))
        return fail(cx, E_SYNTAX, "SETACL wants a mailbox, an identifier and rights");
    return set(cx, s, name, identifier, rights);
}

/* Section 3.2. */
enum code imap_deleteacl(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name, identifier;
    TRY(imap_mailbox(cx, s, &c, &name));
    if (!imap_sp(&c) || !imap_astring(cx->arena, &c, &identifier) || !cur_end(&c))
        return fail(cx, E_SYNTAX, "DELETEACL wants a mailbox and an identifier");
    return set(cx, s, name, identifier, (struct str){0});
}
