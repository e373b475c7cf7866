#include "proto/imap/sync/notify_tell.h"
#include "core/annotation/annotation.h"
#include "core/share/subscription.h"
#include "proto/imap/mailbox/mailbox.h"

static bool is_the_selected(const struct imap_session *s, const struct notify_box *box)
{
    return s->selected && s->selected->account == box->account &&
           s->selected->folder == box->facts->id;
}

/* The folder keeps what its owner has not seen; other readers' view of it says what they have not.
 */
static enum code unseen_of(struct ctx *cx, const struct imap_session *s,
                           const struct notify_box *box, uint32_t *out)
{
    struct view *v AUTO(view_unref) = NULL;
    *out = box->facts->unread;
    if (box->account == s->reader || !box->facts->per_reader)
        return OK;
    TRY(view_get(cx, s->env->core, box->account, box->facts->id, s->reader, &v));
    *out = view_unseen(v);
    return OK;
}

static enum code put_status(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                            const struct notify_box *box)
{
    struct buf *out = &call->text;
    const struct folder_facts *f = box->facts;
    uint32_t unseen;
    enum code code = unseen_of(cx, s, box, &unseen);
    if (code == E_NOT_FOUND) /* gone meanwhile: the next look tells */
        return OK;
    TRY(code);
    imap_say(call, STR("* STATUS "));
    imap_mailbox_put(cx, s, out, box->name);
    buf_printf(out, " (MESSAGES %u UIDNEXT %u UIDVALIDITY %u UNSEEN %u", f->total, f->uid_next,
               f->uid_validity, unseen);
    if (s->condstore)
        buf_printf(out, " HIGHESTMODSEQ %llu", (unsigned long long)box->modseq);
    imap_say(call, STR(")\r\n"));
    return OK;
}

static void put_list(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                     const char *attribute, struct str name, struct str old)
{
    struct buf *out = &call->text;
    buf_printf(out, "* LIST (%s) \"/\" ", attribute);
    imap_mailbox_put(cx, s, out, name);
    if (old.n) {
        imap_say(call, STR(" (\"OLDNAME\" ("));
        imap_mailbox_put(cx, s, out, old);
        imap_say(call, STR("))"));
    }
    imap_say(call, STR("\r\n"));
}

/* A mailbox as it was told last, and as it is; facts NULL where it was or is not there. */
struct pair {
    struct notify_box was, is;
    uint64_t since; /* the account's number when it was told last */
};

static const char *attribute_of(const struct notify_box *box)
{
    return box->subscribed ? "\\Subscribed" : "";
}

/* Of its name and subscription. */
static void tell_name(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                      const struct pair *p)
{
    const struct notify_box *was = &p->was, *is = &p->is;
    uint32_t events = imap_notify_wanted(s->notify, is);
    bool renamed = was->facts && !str_eq(was->name, is->name);
    if (renamed)
        events |= imap_notify_wanted(s->notify, was);
    if ((events & NOTIFY_NAME) && (!was->facts || renamed))
        put_list(cx, s, call, attribute_of(is), is->name, renamed ? was->name : (struct str){0});
    else if ((events & NOTIFY_SUBSCRIPTION) && was->facts && was->subscribed != is->subscribed)
        put_list(cx, s, call, attribute_of(is), is->name, (struct str){0});
}

/* Of its messages: whether a STATUS is due. Who may not read them is told nothing. */
static bool has_news(const struct imap_notify *n, const struct pair *p)
{
    const struct notify_box *was = &p->was, *is = &p->is;
    uint32_t events = is->rights & RIGHT_READ ? imap_notify_wanted(n, is) : 0;
    if (!was->facts)
        return (events & NOTIFY_NEW) && is->facts->total;
    if ((events & NOTIFY_NEW) &&
        (was->facts->total != is->facts->total || was->facts->uid_next != is->facts->uid_next))
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
                               const struct pair *p)
{
    enum { SEES = RIGHT_READ | RIGHT_SEEN | RIGHT_WRITE | RIGHT_INSERT | RIGHT_POST };
    struct annotation_owner folder = {.class = ANNOTATION_OF_FOLDER, .id = p->is.facts->id};
    struct annotations all;
    if (!(imap_notify_wanted(s->notify, &p->is) & NOTIFY_METADATA) || !p->was.facts ||
        p->was.facts->own_modseq == p->is.facts->own_modseq || !(p->is.rights & SEES))
        return OK;
    TRY(annotation_list(cx, s->env->core, p->is.account, &folder, s->reader, &all));
    put_metadata(cx, s, call, p->is.name, &all, p->since);
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

static enum code tell_pair(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                           const struct pair *p)
{
    if (!p->is.facts) {
        if (imap_notify_wanted(s->notify, &p->was) & NOTIFY_NAME)
            put_list(cx, s, call, "\\NonExistent", p->was.name, (struct str){0});
        return OK;
    }
    tell_name(cx, s, call, p);
    if (!is_the_selected(s, &p->is) && has_news(s->notify, p))
        TRY(put_status(cx, s, call, &p->is));
    return tell_metadata(cx, s, call, p);
}

static struct pair pair_of(struct ctx *cx, const struct imap_session *s,
                           const struct notify_account *a, const struct notify_look *now,
                           folder_id folder)
{
    return (struct pair){
        .was = imap_notify_box(cx, s, a, &a->seen, folder),
        .is = imap_notify_box(cx, s, a, now, folder),
        .since = a->seen.view ? account_facts(a->seen.view)->modseq : 0,
    };
}

/* Those that were there before, then those that are. told: how many lines are too many. */
static enum code tell_pairs(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                            const struct notify_account *a, const struct notify_look *now)
{
    const struct account_view *views[] = {a->seen.view, now->view};
    size_t told = 0;
    for (size_t v = 0; v < 2; v++) {
        for (size_t i = 0; views[v] && i < account_folder_count(views[v]); i++) {
            size_t before = call->text.n;
            struct pair p = pair_of(cx, s, a, now, account_folder(views[v], i)->id);
            bool here = v == 0 ? p.was.facts && !p.is.facts : p.is.facts != NULL;
            if (here)
                TRY(tell_pair(cx, s, call, &p));
            told += call->text.n != before;
            if (told > NOTIFY_TOLD_MAX)
                return fail(cx, E_LIMIT, "NOTIFY: more than %d news", NOTIFY_TOLD_MAX);
        }
    }
    return OK;
}

static bool is_same(const struct notify_look *a, const struct notify_look *b)
{
    if (!a->view || !b->view)
        return a->view == b->view;
    return account_facts(a->view)->modseq == account_facts(b->view)->modseq;
}

/* An account's picture is compared before rights are asked: most looks find nothing. */
static enum code is_unchanged(struct ctx *cx, const struct imap_session *s,
                              const struct notify_account *a, bool *out)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    enum code code = account_view_get(cx, s->env->core, a->account, &v);
    if (code == E_NOT_FOUND) {
        *out = !a->seen.view;
        return OK;
    }
    TRY(code);
    struct notify_look now = {.view = v};
    *out = is_same(&a->seen, &now);
    return OK;
}

static enum code tell_account(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                              struct notify_account *a)
{
    struct notify_look now;
    bool unchanged = false;
    TRY(is_unchanged(cx, s, a, &unchanged));
    if (unchanged)
        return OK;
    TRY(imap_notify_look(cx, s, a, &now));
    enum code code = tell_pairs(cx, s, call, a, &now);
    imap_notify_unlook(&a->seen);
    a->seen = now;
    return code;
}

/* One subscription to another's mailbox that came or went. */
static void tell_subscription(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                              const struct subscription *changed)
{
    for (size_t i = 0; i < s->notify->account_count; i++) {
        const struct notify_account *a = &s->notify->accounts[i];
        if (a->account != changed->account)
            continue;
        struct notify_box box = imap_notify_box(cx, s, a, &a->seen, changed->folder);
        uint32_t events = imap_notify_wanted(s->notify, &box);
        box.subscribed = !box.subscribed; /* as it was: a group may be of the subscribed */
        events |= imap_notify_wanted(s->notify, &box);
        if (events & NOTIFY_SUBSCRIPTION)
            put_list(cx, s, call, box.subscribed ? "" : "\\Subscribed", box.name, (struct str){0});
    }
}

static void tell_missing(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                         const struct notify_subscriptions *from,
                         const struct notify_subscriptions *in)
{
    for (size_t i = 0; i < from->count; i++)
        if (!imap_notify_subscribed(in, from->at[i].account, from->at[i].folder))
            tell_subscription(cx, s, call, &from->at[i]);
}

static enum code watch_new(struct ctx *cx, struct imap_session *s)
{
    struct imap_notify *n = s->notify;
    bool of_subscribed = false;
    for (size_t i = 0; i < n->group_count; i++)
        of_subscribed |= n->groups[i].filter == FILTER_SUBSCRIBED;
    for (size_t i = 0; of_subscribed && i < n->subscriptions.count; i++)
        TRY(imap_notify_add(cx, s, n, n->subscriptions.at[i].account));
    return OK;
}

static enum code tell_subscriptions(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct imap_notify *n = s->notify;
    struct notify_subscriptions was = n->subscriptions, now;
    if (!n->follows_subscriptions)
        return OK;
    TRY(imap_notify_subscriptions(cx, s, &now));
    n->subscriptions = now;
    enum code code = watch_new(cx, s);
    tell_missing(cx, s, call, &now, &was);
    tell_missing(cx, s, call, &was, &now);
    arena_close(was.arena);
    return code;
}

static enum code tell_all(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct imap_notify *n = s->notify;
    const struct notify_look *own = &n->accounts[0].seen;
    uint64_t since = own->view ? account_facts(own->view)->modseq : 0;
    bool unchanged = false;
    TRY(is_unchanged(cx, s, &n->accounts[0], &unchanged));
    TRY(tell_server(cx, s, call, unchanged ? 0 : since));
    TRY(tell_subscriptions(cx, s, call));
    for (size_t i = 0; i < n->account_count; i++)
        TRY(tell_account(cx, s, call, &n->accounts[i]));
    return OK;
}

enum code imap_notify_tell(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    enum code code = tell_all(cx, s, call);
    if (code != E_LIMIT)
        return code;
    imap_notify_drop(s);
    imap_say(call, STR("* OK [NOTIFICATIONOVERFLOW] Too much happens: NOTIFY has ended\r\n"));
    return OK;
}

enum code imap_notify_tell_first(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    const struct imap_notify *n = s->notify;
    for (size_t i = 0; i < n->account_count; i++) {
        const struct notify_account *a = &n->accounts[i];
        for (size_t k = 0; a->seen.view && k < account_folder_count(a->seen.view); k++) {
            struct notify_box box =
                imap_notify_box(cx, s, a, &a->seen, account_folder(a->seen.view, k)->id);
            bool tells = imap_notify_wanted(n, &box) & NOTIFY_NEW && box.rights & RIGHT_READ;
            if (tells && !is_the_selected(s, &box))
                TRY(put_status(cx, s, call, &box));
        }
    }
    return OK;
}
