#include "proto/imap/session.h"
#include "base/clock.h"
#include "core/rights.h"
#include "proto/imap/search/context.h"
#include "proto/imap/sync/notify.h"

void imap_say(struct imap_call *call, struct str s)
{
    buf_add(&call->text, s);
}

void imap_flush(struct imap_call *call)
{
    rope_ref(&call->reply->out, str_from(buf_str(&call->text), call->flushed));
    call->flushed = call->text.n;
}

void imap_progress(const struct imap_session *s, struct imap_call *call, uint64_t done,
                   uint64_t total, const char *what)
{
    int64_t now_us = clock_mono_us();
    if (done >= total || now_us - call->told_us < (int64_t)s->env->limits.progress_ms * 1000)
        return;
    call->told_us = now_us;
    buf_printf(&call->text, "* OK [INPROGRESS (\"%.*s\" %ju %ju)] Processed %ju of %ju %s\r\n",
               STR_ARG(call->tag), (uintmax_t)done, (uintmax_t)total, (uintmax_t)done,
               (uintmax_t)total, what);
    imap_flush(call);
    if (call->reply->tell)
        call->reply->tell(call->reply);
}

size_t imap_call_bytes(const struct imap_call *call)
{
    return call->reply->out.bytes + call->text.n - call->flushed;
}

void imap_tag_keep(struct imap_session *s, struct str tag)
{
    imap_tag_drop(s);
    s->tag = strndup(tag.p, tag.n);
    must(s->tag);
}

void imap_tag_drop(struct imap_session *s)
{
    free(s->tag);
    s->tag = NULL;
}

void imap_unselect(struct imap_session *s)
{
    struct imap_selected *sel = s->selected;
    if (!sel)
        return;
    view_unref(sel->view);
    if (sel->fresh)
        view_unref(sel->fresh);
    imap_set_free(&sel->recent);
    free(sel->gone);
    imap_set_free(&sel->saved);
    imap_contexts_drop(sel);
    free(sel);
    s->selected = NULL;
    if (s->stage == IMAP_SELECTED)
        s->stage = IMAP_LOGGED_IN;
}

void imap_session_reset(struct imap_session *s)
{
    imap_unwatch(s);
    imap_notify_drop(s);
    imap_unselect(s);
    imap_tag_drop(s);
    *s = (struct imap_session){.env = s->env,
                               .peer = s->peer,
                               .frame = s->frame,
                               .stage = IMAP_GREETED,
                               .deflated = s->deflated};
}

void imap_unwatch(struct imap_session *s)
{
    if (s->watch)
        store_unwatch(s->watch);
    s->watch = NULL;
}

enum code imap_rights(struct ctx *cx, const struct imap_session *s, account_id account,
                      folder_id folder, uint32_t *out)
{
    *out = RIGHTS_ALL;
    if (account == s->reader) /* an account is its owner's */
        return OK;
    return rights_of(cx, s->env->core, account, folder, s->reader, out);
}

enum code imap_rights_check(struct ctx *cx, uint32_t rights, uint32_t needed)
{
    if (!(rights & RIGHT_LOOKUP))
        return fail(cx, E_NOT_FOUND, "no such mailbox");
    return (rights & needed) == needed ? OK : fail(cx, E_DENIED, "the right is missing");
}

uint32_t imap_flags_of(uint32_t rights)
{
    uint32_t flags = 0;
    if (rights & RIGHT_SEEN)
        flags |= FLAG_SEEN;
    if (rights & RIGHT_DELETE)
        flags |= FLAG_DELETED;
    if (rights & RIGHT_WRITE)
        flags |= FLAG_ANSWERED | FLAG_FLAGGED | FLAG_DRAFT;
    return flags;
}

enum code imap_may(struct ctx *cx, const struct imap_session *s, account_id account,
                   folder_id folder, uint32_t rights)
{
    uint32_t has;
    TRY(imap_rights(cx, s, account, folder, &has));
    return imap_rights_check(cx, has, rights);
}
