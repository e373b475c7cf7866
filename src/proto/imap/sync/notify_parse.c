#include "proto/imap/fetch/fetch.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/sync/notify.h"
#include "proto/imap/wire/parse.h"

static const struct {
    struct str name;
    uint32_t event;
} events[] = {
    {STR("MessageNew"), NOTIFY_NEW},
    {STR("MessageExpunge"), NOTIFY_EXPUNGE},
    {STR("FlagChange"), NOTIFY_FLAGS},
    {STR("MailboxName"), NOTIFY_NAME},
    {STR("SubscriptionChange"), NOTIFY_SUBSCRIPTION},
    {STR("AnnotationChange"), NOTIFY_ANNOTATION},
    {STR("MailboxMetadataChange"), NOTIFY_METADATA},
    {STR("ServerMetadataChange"), NOTIFY_SERVER},
};

static const struct {
    struct str name;
    enum notify_filter filter;
    bool names;
} filters[] = {
    {STR("selected"), FILTER_SELECTED, false},     {STR("selected-delayed"), FILTER_DELAYED, false},
    {STR("inboxes"), FILTER_INBOXES, false},       {STR("personal"), FILTER_PERSONAL, false},
    {STR("subscribed"), FILTER_SUBSCRIBED, false}, {STR("subtree"), FILTER_SUBTREE, true},
    {STR("mailboxes"), FILTER_MAILBOXES, true},
};

struct parser {
    struct ctx *cx;
    const struct imap_session *s;
    struct cur *c;
    struct imap_notify *n;
    size_t names;
    bool unknown; /* an event that is not told */
};

static bool is_selected(const struct notify_group *g)
{
    return g->filter == FILTER_SELECTED || g->filter == FILTER_DELAYED;
}

static enum code name(struct parser *p, struct notify_group *g, size_t *cap)
{
    struct str path;
    TRY(imap_mailbox(p->cx, p->s, p->c, &path));
    if (++p->names > NOTIFY_NAMES_MAX)
        return fail(p->cx, E_LIMIT, "more than %d mailboxes", NOTIFY_NAMES_MAX);
    if (g->name_count == *cap) {
        size_t more = *cap ? *cap * 2 : 4;
        g->names =
            arena_grow(p->n->arena, g->names, *cap * sizeof *g->names, more * sizeof *g->names);
        *cap = more;
    }
    g->names[g->name_count++] = str_dup(p->n->arena, path);
    return OK;
}

static enum code names(struct parser *p, struct notify_group *g)
{
    size_t cap = 0;
    if (!imap_sp(p->c))
        return fail(p->cx, E_SYNTAX, "mailboxes expected");
    if (!cur_char(p->c, '('))
        return name(p, g, &cap);
    do {
        TRY(name(p, g, &cap));
    } while (imap_sp(p->c));
    return cur_char(p->c, ')') ? OK : fail(p->cx, E_SYNTAX, "closing bracket expected");
}

/* " (UID BODY.PEEK[])" behind MessageNew: what is fetched of new messages. */
static enum code items(struct parser *p, const struct notify_group *g)
{
    struct cur ahead = *p->c;
    struct imap_fetch f = {0};
    if (!imap_sp(&ahead) || cur_peek(&ahead) != '(')
        return OK;
    struct str from = ahead.rest;
    TRY(imap_fetch_items(p->cx, &ahead, &f));
    if (!is_selected(g))
        return fail(p->cx, E_SYNTAX, "items of FETCH go with the selected mailbox");
    p->n->items = str_dup(p->n->arena, str_sub(from, 0, from.n - ahead.rest.n));
    *p->c = ahead;
    return OK;
}

static enum code event(struct parser *p, struct notify_group *g)
{
    struct str word;
    if (!imap_atom(p->c, &word))
        return fail(p->cx, E_SYNTAX, "event expected");
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (!str_ieq(word, events[i].name))
            continue;
        g->events |= events[i].event;
        p->n->server |= events[i].event == NOTIFY_SERVER;
        return events[i].event == NOTIFY_NEW ? items(p, g) : OK;
    }
    p->unknown = true; /* an extension's */
    return OK;
}

/* RFC 5465 sections 5 and 6.1. */
static enum code check(struct parser *p, const struct notify_group *g)
{
    bool is_new = g->events & NOTIFY_NEW, expunge = g->events & NOTIFY_EXPUNGE;
    if (is_new != expunge || ((g->events & (NOTIFY_FLAGS | NOTIFY_ANNOTATION)) && !is_new))
        return fail(p->cx, E_SYNTAX, "MessageNew and MessageExpunge go together");
    if (is_selected(g) && (g->events & (NOTIFY_NAME | NOTIFY_SUBSCRIPTION | NOTIFY_METADATA)))
        return fail(p->cx, E_SYNTAX, "the selected mailbox has events of messages alone");
    return OK;
}

static enum code filter(struct parser *p, struct notify_group *g)
{
    struct str word;
    if (!imap_atom(p->c, &word))
        return fail(p->cx, E_SYNTAX, "filter of mailboxes expected");
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        if (!str_ieq(word, filters[i].name))
            continue;
        g->filter = filters[i].filter;
        return filters[i].names ? names(p, g) : OK;
    }
    return fail(p->cx, E_SYNTAX, "no such filter of mailboxes");
}

static enum code group(struct parser *p)
{
    struct notify_group *g = &p->n->groups[p->n->group_count];
    if (!imap_sp(p->c) || !cur_char(p->c, '('))
        return fail(p->cx, E_SYNTAX, "group of events expected");
    TRY(filter(p, g));
    if (!imap_sp(p->c))
        return fail(p->cx, E_SYNTAX, "events expected");
    if (cur_char(p->c, '(')) {
        do {
            TRY(event(p, g));
        } while (imap_sp(p->c));
        if (!cur_char(p->c, ')'))
            return fail(p->cx, E_SYNTAX, "closing bracket expected after events");
        TRY(check(p, g));
    } else if (!cur_word(p->c, STR("NONE"))) {
        return fail(p->cx, E_SYNTAX, "events expected");
    }
    if (!cur_char(p->c, ')'))
        return fail(p->cx, E_SYNTAX, "closing bracket expected after a group");
    if (is_selected(g) && (p->n->selected || p->n->delayed))
        return fail(p->cx, E_SYNTAX, "the selected mailbox is in two groups");
    p->n->selected |= g->filter == FILTER_SELECTED && g->events;
    p->n->delayed |= g->filter == FILTER_DELAYED && g->events;
    p->n->group_count++;
    return OK;
}

static enum code groups(struct parser *p)
{
    p->n->groups = ARENA_ARRAY(p->n->arena, NOTIFY_GROUPS_MAX, struct notify_group);
    p->n->status = cur_word(p->c, STR(" STATUS"));
    do {
        if (p->n->group_count == NOTIFY_GROUPS_MAX)
            return fail(p->cx, E_LIMIT, "more than %d groups", NOTIFY_GROUPS_MAX);
        TRY(group(p));
    } while (!cur_end(p->c));
    return p->unknown ? fail(p->cx, E_UNSUPPORTED, "some events are not told") : OK;
}

enum code imap_notify_parse(struct ctx *cx, const struct imap_session *s, struct cur *c,
                            struct imap_notify **out)
{
    struct imap_notify *n = calloc(1, sizeof *n);
    must(n);
    n->arena = arena_open();
    struct parser p = {.cx = cx, .s = s, .c = c, .n = n};
    enum code code = groups(&p);
    if (code == OK)
        *out = n;
    else
        imap_notify_free(n);
    return code;
}
