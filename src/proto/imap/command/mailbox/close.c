#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/sync/change.h"

/* What the client knows and what there is now differ by what CLOSE removed, and by nothing else. */
static bool only_removed(struct ctx *cx, const struct imap_selected *sel, const struct view *now,
                         uint64_t removed)
{
    struct view_difference d;
    if (sel->fresh)
        return false;
    view_diff(cx, sel->view, now, &d);
    return d.removed_count == removed && !d.changed_count && d.added == view_count(now);
}

/* RFC 7162 section 3.2.8: a number that hides nothing from the client, or none. */
static void tell_highest(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                         uint64_t removed)
{
    struct view *now AUTO(view_unref) = NULL;
    struct ctx own = *cx;
    if (view_get(&own, s->env->core, s->selected->account, s->selected->folder, s->reader, &now) !=
            OK ||
        !only_removed(cx, s->selected, now, removed))
        return;
    struct buf b = buf_of(cx->arena, 64);
    buf_add(&b, STR("HIGHESTMODSEQ "));
    buf_u64(&b, view_modseq(now));
    call->response = buf_str(&b);
}

/* CLOSE removes what is marked, for those who may (RFC 4314 section 4), and tells nothing of it;
   UNSELECT (RFC 3691) does not. */
enum code imap_close_mailbox(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    uint64_t removed = 0;
    bool removes = !s->selected->read_only && s->selected->rights & RIGHT_EXPUNGE;
    enum code code = removes ? imap_remove_deleted(cx, s, NULL, &removed) : OK;
    if (code == OK && removed && s->qresync)
        tell_highest(cx, s, call, removed);
    imap_unselect(s);
    return code;
}

enum code imap_unselect_mailbox(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    (void)cx, (void)call;
    imap_unselect(s);
    return OK;
}
