#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/acl.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

static enum code put_grant(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                           const struct grant *grant)
{
    buf_byte(&call->text, ' ');
    TRY(imap_grantee_put(cx, s, &call->text, grant));
    buf_byte(&call->text, ' ');
    imap_rights_put(&call->text, grant->rights);
    return OK;
}

/* RFC 4314 section 3.3. The owner comes first, who may all. */
enum code imap_getacl(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name;
    struct grant *grants;
    size_t count;
    TRY(imap_mailbox(cx, s, &c, &name));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, name, RIGHT_ADMIN, &box));
    TRY(rights_list(cx, s->env->core, box->account, box->folder->id, &grants, &count));
    imap_say(call, STR("* ACL "));
    imap_mailbox_put(cx, s, &call->text, box->name);
    struct grant owner = {GRANTEE_PRINCIPAL, box->account, RIGHTS_ALL};
    TRY(put_grant(cx, s, call, &owner));
    for (size_t i = 0; i < count; i++)
        TRY(put_grant(cx, s, call, &grants[i]));
    imap_say(call, STR("\r\n"));
    return OK;
}

/* Section 3.4. Nothing is tied together, and nobody but the owner has what cannot be taken. */
enum code imap_listrights(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name, identifier;
    struct grant who;
    TRY(imap_mailbox(cx, s, &c, &name));
    if (!imap_sp(&c) || !imap_astring(cx->arena, &c, &identifier) || !cur_end(&c))
        return fail(cx, E_SYNTAX, "LISTRIGHTS wants a mailbox and an identifier");
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, name, RIGHT_ADMIN, &box));
    TRY(imap_grantee_parse(cx, s, identifier, &who));
    imap_say(call, STR("* LISTRIGHTS "));
    imap_mailbox_put(cx, s, &call->text, box->name);
    buf_byte(&call->text, ' ');
    TRY(imap_grantee_put(cx, s, &call->text, &who));
    bool owner = who.kind == GRANTEE_PRINCIPAL && who.who == box->account;
    imap_say(call,
             owner ? STR(" lrswipkxteacdn\r\n") : STR(" \"\" l r s w i p k x t e a c d n\r\n"));
    return OK;
}

/* Section 3.5. */
enum code imap_myrights(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name;
    TRY(imap_mailbox(cx, s, &c, &name));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the mailbox");
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, name, 0, &box));
    imap_myrights_put(cx, s, call, box->name, box->rights);
    return OK;
}
