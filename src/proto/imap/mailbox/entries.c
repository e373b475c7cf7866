#include "core/directory.h"
#include "core/rights.h"
#include "core/share/sharing.h"
#include "core/share/subscription.h"
#include "proto/imap/mailbox/list.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/mailbox/space.h"

/* What a listing is made from. */
struct listing {
    const struct imap_session *session;
    const struct imap_patterns *patterns;
    struct imap_entries *all;
    size_t room, view_room;
    const struct subscription *subscriptions; /* by account and folder */
    bool *is_there;                           /* the subscription's mailbox was met */
    size_t subscription_count;
    bool remote; /* the account that is being added is on another server */
};

static struct imap_entry *add(struct ctx *cx, struct listing *l, struct str name)
{
    struct imap_entries *all = l->all;
    if (all->count == l->room) {
        size_t more = l->room ? l->room * 2 : 64;
        all->at = arena_grow(cx->arena, all->at, l->room * sizeof *all->at, more * sizeof *all->at);
        l->room = more;
    }
    struct imap_entry *e = ARENA_NEW(cx->arena, struct imap_entry);
    e->name = name;
    all->at[all->count++] = e;
    return e;
}

static void hold(struct ctx *cx, struct listing *l, struct account_view *v)
{
    struct imap_entries *all = l->all;
    if (all->view_count == l->view_room) {
        size_t more = l->view_room ? l->view_room * 2 : 8;
        all->views = arena_grow(cx->arena, all->views, l->view_room * sizeof *all->views,
                                more * sizeof *all->views);
        l->view_room = more;
    }
    all->views[all->view_count++] = v;
}

static int by_folder(const void *left, const void *right)
{
    const struct subscription *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return a->folder < b->folder ? -1 : a->folder > b->folder;
}

static bool is_subscribed(const struct listing *l, account_id account, folder_id folder)
{
    const struct subscription wanted = {.account = account, .folder = folder};
    if (!l->subscription_count)
        return false;
    const struct subscription *found = bsearch(&wanted, l->subscriptions, l->subscription_count,
                                               sizeof *l->subscriptions, by_folder);
    if (found)
        l->is_there[found - l->subscriptions] = true;
    return found != NULL;
}

static int by_number(const void *left, const void *right)
{
    const struct folder_rights *a = left, *b = right;
    return a->folder < b->folder ? -1 : a->folder > b->folder;
}

static uint32_t rights_in(const struct folder_rights *rights, size_t count, folder_id folder)
{
    const struct folder_rights wanted = {.folder = folder};
    const struct folder_rights *found =
        count ? bsearch(&wanted, rights, count, sizeof *rights, by_number) : NULL;
    return found ? found->rights : 0;
}

static enum code add_account(struct ctx *cx, struct listing *l, account_id account,
                             struct str prefix)
{
    const struct imap_session *s = l->session;
    bool own = account == s->account, owner = account == s->reader;
    struct folder_rights *rights = NULL;
    size_t right_count = 0;
    struct account_view *v;
    if (!owner)
        TRY(rights_of_all(cx, s->env->core, account, s->reader, &rights, &right_count));
    TRY(account_view_get(cx, s->env->core, account, &v));
    hold(cx, l, v);
    for (size_t i = 0; i < account_folder_count(v); i++) {
        const struct folder_facts *f = account_folder(v, i);
        uint32_t may = owner ? (uint32_t)RIGHTS_ALL : rights_in(rights, right_count, f->id);
        if (!imap_folder_is_shown(f) || !(may & RIGHT_LOOKUP))
            continue;
        const struct str parts[] = {prefix, f->path};
        struct imap_entry *e = add(cx, l, prefix.n ? str_join(cx->arena, parts, 2) : f->path);
        e->account = account;
        e->own = own;
        e->remote = l->remote;
        e->view = v;
        e->folder = f;
        e->rights = may;
        e->subscribed = own ? f->subscribed : is_subscribed(l, account, f->id);
    }
    return OK;
}

static enum code add_other(struct ctx *cx, struct listing *l, account_id account)
{
    struct principal owner;
    struct ctx own = {.arena = cx->arena, .now_ms = cx->now_ms};
    enum code code = directory_by_id(&own, l->session->env->core, account, &owner);
    if (code == E_NOT_FOUND ||
        (code == OK && (!owner.has_account || account == l->session->account)))
        return OK;
    TRY(code);
    if (owner.home.n && !(l->patterns && l->patterns->remote))
        return OK;
    struct str prefix = imap_space_prefix(cx, &owner);
    if (l->patterns && !imap_patterns_reach(l->patterns, str_sub(prefix, 0, prefix.n - 1)))
        return OK;
    l->remote = owner.home.n > 0;
    code = add_account(&own, l, account, prefix);
    return code == E_NOT_FOUND ? OK : code; /* removed meanwhile */
}

static enum code add_others(struct ctx *cx, struct listing *l)
{
    bool any = !l->patterns;
    account_id *accounts;
    size_t count;
    for (enum imap_space space = IMAP_SPACE_OTHERS; space < IMAP_SPACE_COUNT && !any; space++)
        any = imap_patterns_reach(l->patterns, imap_space_root(space));
    if (!any)
        return OK;
    TRY(sharing_accounts(cx, l->session->env->core, l->session->reader, &accounts, &count));
    for (size_t i = 0; i < count; i++)
        TRY(add_other(cx, l, accounts[i]));
    return OK;
}

static int by_name(const void *left, const void *right)
{
    const struct imap_entry *const *a = left, *const *b = right;
    return str_cmp((*a)->name, (*b)->name);
}

static void sort(struct ctx *cx, struct imap_entries *all)
{
    all->sorted = ARENA_ARRAY(cx->arena, all->count, const struct imap_entry *);
    for (size_t i = 0; i < all->count; i++)
        all->sorted[i] = all->at[i];
    if (all->count)
        qsort(all->sorted, all->count, sizeof *all->sorted, by_name);
}

static bool has_name(const struct imap_entries *all, struct str name)
{
    const struct imap_entry wanted = {.name = name}, *key = &wanted;
    return all->count && bsearch(&key, all->sorted, all->count, sizeof *all->sorted, by_name);
}

/* Names that are subscribed still, but lead to nothing that is there for the session. */
static void add_lost(struct ctx *cx, struct listing *l)
{
    for (size_t i = 0; i < l->subscription_count; i++)
        if (!l->is_there[i] && !has_name(l->all, l->subscriptions[i].name))
            add(cx, l, l->subscriptions[i].name)->subscribed = true;
}

/* Levels above what is there that are no mailboxes themselves, or none that may be seen. */
static void add_levels(struct ctx *cx, struct listing *l)
{
    size_t before = l->all->count;
    struct str last = {0};
    for (size_t i = 0; i < before; i++) {
        struct str name = l->all->sorted[i]->name;
        for (size_t at = 0; at < name.n; at++) {
            struct str level = str_sub(name, 0, at);
            bool known = str_starts(last, level) && (last.n == at || last.p[at] == '/');
            if (name.p[at] == '/' && !known && !has_name(l->all, level))
                add(cx, l, level);
        }
        last = name;
    }
}

enum code imap_entries_open(struct ctx *cx, const struct imap_session *s,
                            const struct imap_patterns *patterns, struct imap_entries **out)
{
    struct imap_entries *all AUTO(imap_entries_close) = ARENA_NEW(cx->arena, struct imap_entries);
    struct listing l = {.session = s, .patterns = patterns, .all = all};
    struct subscription *subscriptions;
    TRY(subscription_list(cx, s->env->core, s->account, &subscriptions, &l.subscription_count));
    l.subscriptions = subscriptions;
    l.is_there = ARENA_ARRAY(cx->arena, l.subscription_count, bool);
    TRY(add_account(cx, &l, s->account, (struct str){0}));
    TRY(add_others(cx, &l));
    sort(cx, all);
    if (l.subscription_count) {
        add_lost(cx, &l);
        sort(cx, all);
    }
    add_levels(cx, &l);
    sort(cx, all);
    *out = all;
    all = NULL; /* the caller's */
    return OK;
}

void imap_entries_close(struct imap_entries *all)
{
    for (size_t i = 0; i < all->view_count; i++)
        account_view_unref(all->views[i]);
}

struct str imap_entry_use(const struct imap_entry *e)
{
    return e->own && e->folder ? role_row(e->folder->role)->special_use : (struct str){0};
}

/* Below "a" lie the names from "a/" up to, without it, "a0": "0" comes after "/". */
static int below_order(struct str candidate, struct str name)
{
    int order = str_cmp(str_sub(candidate, 0, name.n), name);
    if (order || candidate.n == name.n)
        return order < 0 || (!order && candidate.n == name.n) ? -1 : 1;
    char next = candidate.p[name.n];
    return next == '/' ? 0 : (unsigned char)next < '/' ? -1 : 1;
}

static size_t first_from(const struct imap_entries *all, struct str name, int at_least)
{
    size_t low = 0, high = all->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (below_order(all->sorted[middle]->name, name) < at_least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct imap_below imap_entries_below(const struct imap_entries *all, struct str name)
{
    return (struct imap_below){first_from(all, name, 0), first_from(all, name, 1)};
}
