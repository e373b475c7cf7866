#include "proto/imap/command/handlers.h"
#include "proto/imap/login.h"
#include "proto/imap/sync/sync.h"

/* From a thread of the store. */
static void ring(void *waker, uint64_t version)
{
    (void)version;
    waker_ring(waker);
}

/* RFC 2177. What changed up to the watch's start is told at once, so nothing falls between. */
enum code imap_idle(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    imap_say(call, STR("+ idling\r\n"));
    imap_tag_keep(s, call->tag);
    s->mode = IMAP_IN_IDLE;
    call->untagged = true;
    if (s->stage != IMAP_SELECTED)
        return OK;
    s->watch = account_watch(s->env->core, s->selected->account, ring, s->peer->waker);
    return imap_sync(cx, s, call, IMAP_SYNC_ALL, NULL);
}

enum code imap_idle_line(struct ctx *cx, struct imap_session *s, struct str line,
                         struct imap_call *call)
{
    call->command = imap_command_find(STR("IDLE"));
    call->tag = str_dup(cx->arena, str_z(s->tag));
    imap_unwatch(s);
    imap_tag_drop(s);
    s->mode = IMAP_COMMANDS;
    if (!str_ieq(line, STR("DONE")))
        return fail(cx, E_SYNTAX, "DONE expected");
    return OK;
}
