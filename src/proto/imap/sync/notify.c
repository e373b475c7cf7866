#include "proto/imap/sync/notify.h"
#include "core/annotation/annotation.h"
#include "proto/imap/fetch/fetch.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/sync/sync.h"

void imap_notify_free(struct imap_notify *n)
{
    if (n->watch)
        store_unwatch(n->watch);
    if (n->server_watch)
        store_unwatch(n->server_watch);
    if (n->seen)
        account_view_unref(n->seen);
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

/* --- which events of a mailbox are wanted --- */

static bool is_below(struct str path, struct str top)
{
    return str_eq(path, top) || (str_starts(path, top) && path.p[top.n] == '/');
}

static bool names_it(const struct notify_group *g, struct str path, bool below)
{
    for (size_t i = 0; i < g->name_count; i++)
        if (below ? is_below(path, g->names[i]) : str_eq(path, g->names[i]))
            return true;
    return false;
}

static bool matches(const struct notify_group *g, const struct folder_facts *f)
{
    switch (g->filter) {
    case FILTER_INBOXES: /* where deliveries go */
        return str_eq(f->path, STR("INBOX"));
    case FILTER_PERSONAL:
        return true;
    case FILTER_SUBSCRIBED:
        return f->subscribed;
    case FILTER_SUBTREE:
        return names_it(g, f->path, true);
    case FILTER_MAILBOXES:
        return names_it(g, f->path, false);
    case FILTER_SELECTED:
    case FILTER_DELAYED:
        break;
    }
    return false;
}

/* Of the first group that the mailbox is in (RFC 5465 section 3.1). */
static uint32_t wanted(const struct imap_notify *n, const struct folder_facts *f)
{
    for (size_t i = 0; imap_folder_is_shown(f) && i < n->group_count; i++)
        if (matches(&n->groups[i], f))
            return n->groups[i].events;
    return 0;
}

static bool is_the_selected(const struct imap_session *s, const struct folder_facts *f)
{
    return s->selected && s->selected->account == s->account && s->selected->folder == f->id;
}

/* --- what is told --- */

static void put_status(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                       const struct folder_facts *f)
{
    struct buf *out = &call->text;
    imap_say(call, STR("* STATUS "));
    imap_mailbox_put(cx, s, out, f->path);
    buf_printf(out, " (MESSAGES %u UIDNEXT %u UIDVALIDITY %u UNSEEN %u", f->total, f->uid_next,
               f->uid_validity, f->unread);
    if (s->condstore)
        buf_printf(out, " HIGHESTMODSEQ %llu", (unsigned long long)f->modseq);
    imap_say(call, STR(")\r\n"));
}

static void put_list(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                     const char *attribute, struct str path, struct str old)
{
    struct buf *out = &call->text;
    buf_printf(out, "* LIST (%s) \"/\" ", attribute);
    imap_mailbox_put(cx, s, out, path);
    if (old.n) {
        imap_say(call, STR(" (\"OLDNAME\" ("));
        imap_mailbox_put(cx, s, out, old);
        imap_say(call, STR("))"));
    }
    imap_say(call, STR("\r\n"));
}

/* Of its name and subscription. was: NULL when it was not there. */
static void tell_name(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                      const struct folder_facts *was, const struct folder_facts *is)
{
    uint32_t events = wanted(s->notify, is);
    const char *attribute = is->subscribed ? "\\Subscribed" : "";
    bool renamed = was && !str_eq(was->path, is->path);
    if (renamed)
        events |= wanted(s->notify, was);
    if ((events & NOTIFY_NAME) && (!was || renamed))
        put_list(cx, s, call, attribute, is->path, renamed ? was->path : (struct str){0});
    else if ((events & NOTIFY_SUBSCRIPTION) && was && was->subscribed != is->subscribed)
        put_list(cx, s, call, attribute, is->path, (struct str){0});
}

/* Of its messages: whether a STATUS is due. */
static bool has_news(const struct imap_notify *n, const struct folder_facts *was,
                     const struct folder_facts *is)
{
    uint32_t events = wanted(n, is);
    if (!was)
        return (events & NOTIFY_NEW) && is->total;
    if ((events & NOTIFY_NEW) && (was->total != is->total || was->uid_next != is->uid_next))
        return true;
    return (events & (NOTIFY_FLAGS | NOTIFY_ANNOTATION)) && was->modseq != is->modseq;
}

/* "* METADATA name /shared/comment /private/x": the names of what was changed (RFC 5464 section
   4.4.2). */
static void put_metadata(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                         struct str name, const struct annotations *all, uint64_t since)
{
    struct buf *out = &call->text;
    bool any = false;
    for (size_t i = 0; i < all->count; i++) {
        if (all->at[i].modseq <= since)
            continue;
        if (!any) {
            imap_say(call, STR("* METADATA "));
            imap_mailbox_put(cx, s, out, name);
        }
        any = true;
        imap_say(call, all->at[i].reader ? STR(" /private") : STR(" /shared"));
        buf_add(out, all->at[i].name);
    }
    if (any)
        imap_say(call, STR("\r\n"));
}

static enum code tell_metadata(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                               const struct folder_facts *was, const struct folder_facts *is)
{
    struct annotation_owner folder = {.class = ANNOTATION_OF_FOLDER, .id = is->id};
    struct annotations all;
    if (!(wanted(s->notify, is) & NOTIFY_METADATA) || !was || was->own_modseq == is->own_modseq)
        return OK;
    TRY(annotation_list(cx, s->env->core, s->account, &folder, s->reader, &all));
    put_metadata(cx, s, call, is->path, &all, account_facts(s->notify->seen)->modseq);
    return OK;
}

/* Of the server: what all see, then one's own. */
static enum code tell_server(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             uint64_t since)
{
    struct imap_notify *n = s->notify;
    struct annotation_owner account = {.class = ANNOTATION_OF_ACCOUNT};
    struct annotations all;
    uint64_t version;
    if (!n->server)
        return OK;
    TRY(store_version(cx, s->env->core->store, SERVER_PART, &version));
    if (version != n->server_seen) {
        TRY(annotation_server_list(cx, s->env->core, &all));
        put_metadata(cx, s, call, (struct str){0}, &all, n->server_seen);
        n->server_seen = version;
    }
    if (!since)
        return OK;
    TRY(annotation_list(cx, s->env->core, s->account, &account, s->reader, &all));
    put_metadata(cx, s, call, (struct str){0}, &all, since);
    return OK;
}

/* True when something was told. */
static bool tell_box(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                     const struct folder_facts *was, const struct folder_facts *is)
{
    size_t before = call->text.n;
    tell_name(cx, s, call, was, is);
    if (!is_the_selected(s, is) && has_news(s->notify, was, is))
        put_status(cx, s, call, is);
    return call->text.n != before;
}

static void tell_gone(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                      const struct folder_facts *was)
{
    if (wanted(s->notify, was) & NOTIFY_NAME)
        put_list(cx, s, call, "\\NonExistent", was->path, (struct str){0});
}

static void overflow(struct imap_session *s, struct imap_call *call)
{
    imap_notify_drop(s);
    imap_say(call, STR("* OK [NOTIFICATIONOVERFLOW] Too much happens: NOTIFY has ended\r\n"));
}

static enum code tell_boxes(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct imap_notify *n = s->notify;
    struct account_view *now AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, s->env->core, s->account, &now));
    struct account_view *was = n->seen;
    uint64_t since = account_facts(was)->modseq;
    bool same = since == account_facts(now)->modseq;
    TRY(tell_server(cx, s, call, same ? 0 : since));
    if (same)
        return OK;
    size_t told = 0;
    for (size_t i = 0; i < account_folder_count(was); i++) {
        const struct folder_facts *f = account_folder(was, i);
        if (!account_folder_by_id(now, f->id))
            tell_gone(cx, s, call, f);
    }
    for (size_t i = 0; i < account_folder_count(now); i++) {
        const struct folder_facts *f = account_folder(now, i);
        told += tell_box(cx, s, call, account_folder_by_id(was, f->id), f);
        TRY(tell_metadata(cx, s, call, account_folder_by_id(was, f->id), f));
        if (told > NOTIFY_TOLD_MAX) {
            overflow(s, call);
            return OK;
        }
    }
    n->seen = now;
    now = was; /* is given back */
    return OK;
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
    return tell_boxes(cx, s, call);
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
    n->watch = account_watch(s->env->core, s->account, ring, s->peer->waker);
    enum code code = account_view_get(cx, s->env->core, s->account, &n->seen);
    if (code == OK && n->server) {
        n->server_watch = store_watch(s->env->core->store, SERVER_PART, ring, s->peer->waker);
        code = store_version(cx, s->env->core->store, SERVER_PART, &n->server_seen);
    }
    if (code != OK) {
        imap_notify_drop(s);
        return code;
    }
    for (size_t i = 0; n->status && i < account_folder_count(n->seen); i++) {
        const struct folder_facts *f = account_folder(n->seen, i);
        if ((wanted(n, f) & NOTIFY_NEW) && !is_the_selected(s, f))
            put_status(cx, s, call, f);
    }
    return OK;
}
