/* GENURLAUTH and RESETKEY (RFC 4467). */
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"
#include "service/urlauth.h"

enum { URLS_MAX = 100 }; /* in one command */

/* Only one's own URLs can be signed: they open one's mailbox to others. */
static enum code sign(struct ctx *cx, struct imap_session *s, struct str text, struct str *out)
{
    struct imap_url url;
    principal_id user;
    struct core *core = s->env->core;
    TRY(imap_url_parse(cx, text, &url));
    if (!url.access || url.token.n || !url.mailbox.n)
        return fail(cx, E_SYNTAX, "a URL that ends with URLAUTH and who may use it expected");
    TRY(urlauth_user(cx, core, &url, &user));
    if (user != s->reader)
        return fail(cx, E_DENIED, "the URL is somebody else's");
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, url.mailbox, RIGHT_READ, &box));
    struct url_key_of of = {box->account, box->folder->id, user};
    return urlauth_sign(cx, core, &of, text, out);
}

enum code imap_genurlauth(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct buf out = buf_of(cx->arena, IMAP_REPLY_MAX);
    size_t count = 0;
    do {
        struct str url, mechanism, done;
        if (count++ == URLS_MAX)
            return fail(cx, E_LIMIT, "more than %d URLs", URLS_MAX);
        if (!imap_astring(cx->arena, &c, &url) || !imap_sp(&c) || !imap_atom(&c, &mechanism))
            return fail(cx, E_SYNTAX, "URL and mechanism expected");
        if (!str_ieq(mechanism, STR("INTERNAL")))
            return fail(cx, E_UNSUPPORTED, "INTERNAL is the only mechanism");
        TRY(sign(cx, s, url, &done));
        buf_byte(&out, ' ');
        imap_put_string(&out, done);
    } while (imap_sp(&c));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "URL and mechanism expected");
    imap_say(call, STR("* GENURLAUTH"));
    buf_add(&call->text, buf_str(&out));
    imap_say(call, STR("\r\n"));
    return OK;
}

enum code imap_resetkey(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name, mechanism;
    struct url_key_of of = {.account = s->account, .user = s->reader};
    if (!cur_end(&c)) {
        TRY(imap_mailbox(cx, s, &c, &name));
        while (imap_sp(&c))
            if (!imap_atom(&c, &mechanism) || !str_ieq(mechanism, STR("INTERNAL")))
                return fail(cx, E_UNSUPPORTED, "INTERNAL is the only mechanism");
        if (!cur_end(&c))
            return fail(cx, E_SYNTAX, "mechanism expected");
        struct imap_box *box AUTO(imap_box_close) = NULL;
        TRY(imap_box_open(cx, s, name, 0, &box));
        of.account = box->account;
        of.folder = box->folder->id;
    }
    TRY(url_key_reset(cx, s->env->core, &of));
    imap_say(call, STR("* OK [URLMECH INTERNAL] Mechanisms\r\n"));
    return OK;
}
