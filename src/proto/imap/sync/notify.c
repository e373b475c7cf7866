#include "proto/imap/sync/notify.h"
#include "proto/imap/fetch/fetch.h"
#include "proto/imap/sync/notify_tell.h"
#include "proto/imap/sync/sync.h"

void imap_notify_free(struct imap_notify *n)
{
    imap_notify_unwatch(n);
    arena_close(n->arena);
    free(n);
}

void imap_notify_drop(struct imap_session *s)
{
    if (s->notify)
        imap_notify_free(s->notify);
    s->notify = NULL;
}

/* From a thread of the store. */
static void ring(void *waker, uint64_t version)
{
    (void)version;
    waker_ring(waker);
}

/* What MessageNew asked for, of the messages from that uid on; as many as fit in one portion. */
static enum code tell_new(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                          uint32_t from)
{
    const struct imap_selected *sel = s->selected;
    uint32_t first = view_find(sel->view, from), count = view_count(sel->view);
    struct imap_fetch f = {0};
    if (first == count)
        return OK;
    struct cur c = cur_of(s->notify->items);
    TRY(imap_fetch_items(cx, &c, &f));
    f.sets_seen = false;
    if (!s->uidonly)
        f.items |= IMAP_FETCH_UID;
    imap_set_add_range(cx->arena, &f.places, (struct imap_range){first, count - 1});
    return imap_fetch_once(cx, s, call, &f);
}

enum code imap_news(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                    enum imap_sync how)
{
    uint32_t next = s->selected ? view_uid_next(s->selected->view) : 0;
    TRY(imap_sync(cx, s, call, how, NULL));
    if (!s->notify || how == IMAP_SYNC_NONE || s->stage == IMAP_ENDED)
        return OK;
    if (s->notify->items.n && s->selected)
        TRY(tell_new(cx, s, call, next));
    return imap_notify_tell(cx, s, call);
}

enum imap_sync imap_notify_how(const struct imap_session *s)
{
    if (s->mode == IMAP_IN_IDLE || (s->notify && s->notify->selected))
        return IMAP_SYNC_ALL;
    return IMAP_SYNC_KEEP;
}

enum code imap_notify_start(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                            struct imap_notify *n)
{
    imap_notify_drop(s);
    s->notify = n;
    enum code code = imap_notify_accounts(cx, s, n);
    if (code == OK && n->server) {
        n->server_watch = store_watch(s->env->core->store, SERVER_PART, ring, s->peer->waker);
        code = store_version(cx, s->env->core->store, SERVER_PART, &n->server_seen);
    }
    if (code == OK && n->status)
        code = imap_notify_tell_first(cx, s, call);
    if (code != OK)
        imap_notify_drop(s);
    return code;
}
