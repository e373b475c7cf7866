#include "proto/imap/sync/notify_boxes.h"
#include "core/directory.h"
#include "core/share/sharing.h"
#include "core/share/subscription.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/mailbox/space.h"

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

static bool matches(const struct notify_group *g, const struct notify_box *box)
{
    switch (g->filter) {
    case FILTER_INBOXES: /* where deliveries go */
        return box->own && str_eq(box->name, STR("INBOX"));
    case FILTER_PERSONAL:
        return box->own;
    case FILTER_SUBSCRIBED:
        return box->subscribed;
    case FILTER_SUBTREE:
        return names_it(g, box->name, true);
    case FILTER_MAILBOXES:
        return names_it(g, box->name, false);
    case FILTER_SELECTED:
    case FILTER_DELAYED:
        break;
    }
    return false;
}

uint32_t imap_notify_wanted(const struct imap_notify *n, const struct notify_box *box)
{
    for (size_t i = 0; box->facts && i < n->group_count; i++)
        if (matches(&n->groups[i], box))
            return n->groups[i].events;
    return 0;
}

/* --- subscriptions to what is others' --- */

static int by_folder(const void *left, const void *right)
{
    const struct subscription *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return a->folder < b->folder ? -1 : a->folder > b->folder;
}

enum code imap_notify_subscriptions(struct ctx *cx, const struct imap_session *s,
                                    struct notify_subscriptions *out)
{
    struct arena *arena = arena_open();
    struct ctx own = *cx;
    own.arena = arena;
    enum code code = subscription_list(&own, s->env->core, s->account, &out->at, &out->count);
    if (code != OK) {
        cx->err = own.err;
        arena_close(arena);
        return code;
    }
    out->arena = arena;
    if (out->count)
        qsort(out->at, out->count, sizeof *out->at, by_folder);
    return OK;
}

bool imap_notify_subscribed(const struct notify_subscriptions *all, account_id account,
                            folder_id folder)
{
    const struct subscription wanted = {.account = account, .folder = folder};
    return all->count && bsearch(&wanted, all->at, all->count, sizeof *all->at, by_folder);
}

/* --- an account at a moment --- */

static int by_number(const void *left, const void *right)
{
    const struct notify_right *a = left, *b = right;
    return a->folder < b->folder ? -1 : a->folder > b->folder;
}

static const struct notify_right *right_in(const struct notify_look *look, folder_id folder)
{
    const struct notify_right wanted = {.folder = folder};
    return look->right_count
               ? bsearch(&wanted, look->rights, look->right_count, sizeof *look->rights, by_number)
               : NULL;
}

/* A reader's own read state has a number of its own, which flags that change go by. */
static enum code look_at_number(struct ctx *cx, const struct imap_session *s, account_id account,
                                const struct notify_look *look, struct notify_right *right)
{
    const struct folder_facts *f = account_folder_by_id(look->view, right->folder);
    struct view *v AUTO(view_unref) = NULL;
    if (!f || !f->per_reader || !(right->rights & RIGHT_READ))
        return OK;
    enum code code = view_get(cx, s->env->core, account, f->id, s->reader, &v);
    if (code == E_NOT_FOUND) /* removed meanwhile */
        return OK;
    TRY(code);
    right->modseq = view_modseq(v);
    return OK;
}

static enum code look_at_rights(struct ctx *cx, const struct imap_session *s, account_id account,
                                struct notify_look *out)
{
    struct folder_rights *rights;
    size_t count;
    if (account == s->reader)
        return OK;
    TRY(rights_of_all(cx, s->env->core, account, s->reader, &rights, &count));
    out->rights = calloc(count + 1, sizeof *out->rights);
    must(out->rights);
    out->right_count = count;
    for (size_t i = 0; i < count; i++) {
        out->rights[i] = (struct notify_right){rights[i].folder, rights[i].rights, 0};
        TRY(look_at_number(cx, s, account, out, &out->rights[i]));
    }
    return OK;
}

void imap_notify_unlook(struct notify_look *look)
{
    if (look->view)
        account_view_unref(look->view);
    free(look->rights);
    *look = (struct notify_look){0};
}

enum code imap_notify_look(struct ctx *cx, const struct imap_session *s,
                           const struct notify_account *a, struct notify_look *out)
{
    struct notify_look look = {0};
    enum code code = account_view_get(cx, s->env->core, a->account, &look.view);
    if (code == OK)
        code = look_at_rights(cx, s, a->account, &look);
    if (code != OK)
        imap_notify_unlook(&look);
    *out = look;
    return code == E_NOT_FOUND ? OK : code;
}

struct notify_box imap_notify_box(struct ctx *cx, const struct imap_session *s,
                                  const struct notify_account *a, const struct notify_look *look,
                                  folder_id folder)
{
    struct notify_box box = {.account = a->account, .own = a->account == s->account};
    const struct folder_facts *f = look->view ? account_folder_by_id(look->view, folder) : NULL;
    if (!f || !imap_folder_is_shown(f))
        return box;
    const struct notify_right *right = a->account == s->reader ? NULL : right_in(look, folder);
    box.rights = a->account == s->reader ? (uint32_t)RIGHTS_ALL : right ? right->rights : 0;
    if (!(box.rights & RIGHT_LOOKUP))
        return box;
    const struct str parts[] = {a->prefix, f->path};
    box.facts = f;
    box.name = a->prefix.n ? str_join(cx->arena, parts, 2) : f->path;
    box.modseq = right && right->modseq ? right->modseq : f->modseq;
    box.subscribed = box.own
                         ? f->subscribed
                         : imap_notify_subscribed(&s->notify->subscriptions, a->account, folder);
    return box;
}

/* --- whose mailboxes --- */

static bool is_watched(const struct imap_notify *n, account_id account)
{
    for (size_t i = 0; i < n->account_count; i++)
        if (n->accounts[i].account == account)
            return true;
    return false;
}

enum code imap_notify_add(struct ctx *cx, struct imap_session *s, struct imap_notify *n,
                          account_id account)
{
    struct principal owner;
    struct notify_account a = {.account = account};
    if (is_watched(n, account))
        return OK;
    if (account != s->account) {
        enum code code = directory_by_id(cx, s->env->core, account, &owner);
        if (code == E_NOT_FOUND || (code == OK && (!owner.has_account || owner.home.n)))
            return OK;
        TRY(code);
        a.prefix = str_dup(n->arena, imap_space_prefix(cx, &owner));
    }
    if (n->account_count == NOTIFY_ACCOUNTS_MAX)
        return fail(cx, E_LIMIT, "NOTIFY: more than %d people's mailboxes", NOTIFY_ACCOUNTS_MAX);
    if (!n->accounts)
        n->accounts = ARENA_ARRAY(n->arena, NOTIFY_ACCOUNTS_MAX, struct notify_account);
    a.watch = account_watch(s->env->core, account, ring, s->peer->waker);
    enum code code = imap_notify_look(cx, s, &a, &a.seen);
    n->accounts[n->account_count++] = a;
    return code;
}

/* All who share anything with the session, in a part of its names: "Shared", say. */
static enum code add_space(struct ctx *cx, struct imap_session *s, struct imap_notify *n,
                           enum imap_space space)
{
    account_id *accounts;
    size_t count;
    struct principal owner;
    TRY(sharing_accounts(cx, s->env->core, s->reader, &accounts, &count));
    for (size_t i = 0; i < count; i++) {
        enum code code = directory_by_id(cx, s->env->core, accounts[i], &owner);
        if (code == E_NOT_FOUND || (code == OK && imap_space_of(owner.kind) != space))
            continue;
        TRY(code);
        TRY(imap_notify_add(cx, s, n, accounts[i]));
    }
    return OK;
}

/* Whether the session may see anything there now does not matter: rights are asked at each event.
 */
static enum code add_named(struct ctx *cx, struct imap_session *s, struct imap_notify *n,
                           struct str name)
{
    struct principal owner;
    struct imap_name parts = imap_name_of(name);
    for (enum imap_space space = IMAP_SPACE_OTHERS; space < IMAP_SPACE_COUNT; space++)
        if (str_eq(name, imap_space_root(space)))
            return add_space(cx, s, n, space);
    if (parts.space == IMAP_SPACE_OWN)
        return OK;
    enum code code = directory_by_address(cx, s->env->core, parts.address, &owner);
    if (code == E_NOT_FOUND || code == E_SYNTAX ||
        (code == OK && imap_space_of(owner.kind) != parts.space))
        return OK;
    TRY(code);
    return imap_notify_add(cx, s, n, owner.id);
}

static enum code add_subscribed(struct ctx *cx, struct imap_session *s, struct imap_notify *n)
{
    for (size_t i = 0; i < n->subscriptions.count; i++)
        TRY(imap_notify_add(cx, s, n, n->subscriptions.at[i].account));
    return OK;
}

enum code imap_notify_accounts(struct ctx *cx, struct imap_session *s, struct imap_notify *n)
{
    TRY(imap_notify_add(cx, s, n, s->account));
    TRY(imap_notify_subscriptions(cx, s, &n->subscriptions));
    for (size_t i = 0; i < n->group_count; i++) {
        const struct notify_group *g = &n->groups[i];
        if (g->filter == FILTER_SUBSCRIBED)
            TRY(add_subscribed(cx, s, n));
        for (size_t k = 0; k < g->name_count; k++)
            TRY(add_named(cx, s, n, g->names[k]));
        n->follows_subscriptions |= g->filter == FILTER_SUBSCRIBED ||
                                    (g->events & NOTIFY_SUBSCRIPTION && n->account_count > 1);
    }
    return OK;
}

void imap_notify_unwatch(struct imap_notify *n)
{
    for (size_t i = 0; i < n->account_count; i++) {
        store_unwatch(n->accounts[i].watch);
        imap_notify_unlook(&n->accounts[i].seen);
    }
    if (n->server_watch)
        store_unwatch(n->server_watch);
    if (n->selected_watch)
        store_unwatch(n->selected_watch);
    if (n->subscriptions.arena)
        arena_close(n->subscriptions.arena);
}

void imap_notify_follow(struct imap_session *s)
{
    struct imap_notify *n = s->notify;
    if (!n)
        return;
    bool follows = n->selected || n->delayed;
    account_id wanted = follows && s->selected ? s->selected->account : 0;
    if (wanted == s->account)
        wanted = 0;
    if (wanted == n->selected_account)
        return;
    if (n->selected_watch)
        store_unwatch(n->selected_watch);
    n->selected_watch = wanted ? account_watch(s->env->core, wanted, ring, s->peer->waker) : NULL;
    n->selected_account = wanted;
}
