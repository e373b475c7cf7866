/* ESEARCH: one search over several mailboxes (RFC 7377). */
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/command/search/command.h"
#include "proto/imap/mailbox/list.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

enum { NAMES_MAX = 1000 }; /* mailboxes named in one command */

enum source {
    SELECTED = 1,
    INBOXES = 2,
    PERSONAL = 4,
    SUBSCRIBED = 8,
    SUBTREE = 16,     /* of names */
    SUBTREE_ONE = 32, /* of names: and what is right below */
    MAILBOXES = 64    /* names */
};

static const struct {
    struct str name;
    enum source bit;
    bool names; /* follow it */
} sources[] = {
    {STR("selected"), SELECTED, false},
    {STR("selected-delayed"), SELECTED, false}, /* its numbers stay till the command's end */
    {STR("inboxes"), INBOXES, false},
    {STR("personal"), PERSONAL, false},
    {STR("subscribed"), SUBSCRIBED, false},
    {STR("subtree"), SUBTREE, true},
    {STR("subtree-one"), SUBTREE_ONE, true},
    {STR("mailboxes"), MAILBOXES, true},
};

struct name {
    struct str path;
    enum source source;
};

struct query {
    uint32_t sources;
    struct name *names;
    size_t count;
    struct str text; /* what follows RETURN (…): read anew for each mailbox */
    struct imap_search returns;
};

static enum code name_add(struct ctx *cx, struct imap_session *s, struct cur *c, enum source source,
                          struct query *q)
{
    if (q->count == NAMES_MAX)
        return fail(cx, E_LIMIT, "more than %d mailboxes", NAMES_MAX);
    q->names[q->count].source = source;
    return imap_mailbox(cx, s, c, &q->names[q->count++].path);
}

/* A mailbox, or several in brackets. */
static enum code names(struct ctx *cx, struct imap_session *s, struct cur *c, enum source source,
                       struct query *q)
{
    if (!imap_sp(c))
        return fail(cx, E_SYNTAX, "mailbox expected");
    if (!cur_char(c, '('))
        return name_add(cx, s, c, source, q);
    do {
        TRY(name_add(cx, s, c, source, q));
    } while (imap_sp(c));
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected");
}

static enum code source(struct ctx *cx, struct imap_session *s, struct cur *c, struct query *q)
{
    struct str word;
    if (!imap_atom(c, &word))
        return fail(cx, E_SYNTAX, "mailboxes to search expected");
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (!str_ieq(word, sources[i].name))
            continue;
        q->sources |= sources[i].bit;
        return sources[i].names ? names(cx, s, c, sources[i].bit, q) : OK;
    }
    return fail(cx, E_SYNTAX, "no such mailboxes to search");
}

static enum code parse(struct ctx *cx, struct imap_session *s, struct cur c, struct query *q)
{
    q->names = ARENA_ARRAY(cx->arena, NAMES_MAX, struct name);
    if (cur_word(&c, STR("IN ("))) {
        do {
            TRY(source(cx, s, &c, q));
        } while (imap_sp(&c));
        if (!cur_char(&c, ')') || !imap_sp(&c))
            return fail(cx, E_SYNTAX, "closing bracket and search keys expected");
    } else {
        q->sources = SELECTED;
    }
    TRY(imap_search_returns(cx, &c, &q->returns));
    q->text = c.rest;
    if ((q->sources & SELECTED) && !s->selected)
        return fail(cx, E_SYNTAX, "no mailbox is selected");
    if (q->returns.returns & (IMAP_RETURN_UPDATE | IMAP_RETURN_CONTEXT))
        return fail(cx, E_SYNTAX, "UPDATE is for SEARCH and SORT");
    if ((q->returns.returns & IMAP_RETURN_SAVE) && q->sources != SELECTED)
        return fail(cx, E_SYNTAX, "SAVE is of the selected mailbox alone");
    return OK;
}

/* RFC 7377 section 2.1: with the mailbox, its uidvalidity, and uids always. */
static void tell(struct ctx *cx, struct imap_session *s, struct imap_call *call, struct str path,
                 const struct imap_answer *answer)
{
    struct buf where = buf_of(cx->arena, 16 * 1024), text = buf_of(cx->arena, IMAP_REPLY_MAX);
    imap_mailbox_put(cx, s, &where, path);
    imap_answer_extended(cx, answer, &text);
    struct cur c = cur_of(buf_str(&text));
    struct str head;
    (void)cur_until(&c, ')', &head); /* a tag has no bracket */
    buf_add(&call->text, head);
    buf_printf(&call->text, " MAILBOX %.*s UIDVALIDITY %u)", STR_ARG(buf_str(&where)),
               view_uid_validity(answer->target->view));
    buf_add(&call->text, c.rest);
}

static enum code search_in(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                           const struct query *q, const struct imap_target *t, struct str path)
{
    struct imap_search search = q->returns;
    struct imap_found found;
    struct cur c = cur_of(q->text);
    TRY(imap_search_criteria(cx, t, &c, &search));
    if (search.has_places && !(q->sources == SELECTED && s->selected))
        return fail(cx, E_SYNTAX, "message numbers are of the selected mailbox alone");
    TRY(imap_search_find(cx, s, t, &search, &found));
    if (s->env->limits.messages && view_count(t->view) > s->env->limits.messages)
        call->limited = IMAP_LIMITED_SOMEWHERE;
    struct imap_answer answer = {
        .target = t, .search = &search, .found = &found, .tag = call->tag, .uid = true};
    if (search.returns & IMAP_RETURN_SAVE) {
        imap_set_free(&s->selected->saved);
        s->selected->saved = imap_answer_saved(&answer);
    }
    if (found.count && search.returns != IMAP_RETURN_SAVE)
        tell(cx, s, call, path, &answer);
    return OK;
}

/* A mailbox that went, or may not be read, is passed over. */
static enum code search_box(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                            const struct query *q, const struct imap_entry *e)
{
    struct view *v AUTO(view_unref) = NULL;
    enum code code = view_get(cx, s->env->core, e->account, e->folder->id, s->reader, &v);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    struct imap_target t = {.core = s->env->core,
                            .account = s->account,
                            .reader = s->reader,
                            .view = v,
                            .collation = s->collation,
                            .uidonly = s->uidonly};
    return search_in(cx, s, call, q, &t, e->name);
}

static bool is_below(struct str path, struct str top, bool one_level)
{
    if (str_eq(path, top))
        return true;
    if (!str_starts(path, top) || path.n <= top.n || path.p[top.n] != '/')
        return false;
    return !one_level || str_chr(str_from(path, top.n + 1), '/') == SIZE_MAX;
}

static bool is_wanted(const struct query *q, const struct imap_entry *e)
{
    if (((q->sources & PERSONAL) && e->own) || ((q->sources & SUBSCRIBED) && e->subscribed) ||
        ((q->sources & INBOXES) && e->own && e->folder->role == ROLE_INBOX))
        return true;
    for (size_t i = 0; i < q->count; i++)
        if (q->names[i].source == MAILBOXES
                ? str_eq(e->name, q->names[i].path)
                : is_below(e->name, q->names[i].path, q->names[i].source == SUBTREE_ONE))
            return true;
    return false;
}

/* Each once, whatever says so; what may not be read is passed over. */
static enum code search_all(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                            const struct query *q)
{
    struct imap_entries *all AUTO(imap_entries_close) = NULL;
    const struct imap_selected *sel = q->sources & SELECTED ? s->selected : NULL;
    TRY(imap_entries_open(cx, s, NULL, &all));
    for (size_t i = 0; i < all->count; i++) {
        const struct imap_entry *e = all->at[i];
        if (!e->folder || !(e->rights & RIGHT_READ) || !is_wanted(q, e))
            continue;
        if (!sel || sel->account != e->account || sel->folder != e->folder->id)
            TRY(search_box(cx, s, call, q, e));
    }
    return OK;
}

static enum code search_selected(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                                 const struct query *q)
{
    struct imap_selected *sel = s->selected;
    struct imap_target t = imap_target_of(s);
    struct imap_entries *all AUTO(imap_entries_close) = NULL;
    struct str name = {0};
    TRY(imap_entries_open(cx, s, NULL, &all));
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i]->folder && all->at[i]->account == sel->account &&
            all->at[i]->folder->id == sel->folder)
            name = all->at[i]->name;
    return search_in(cx, s, call, q, &t, name);
}

enum code imap_esearch(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct query q = {0};
    TRY(parse(cx, s, call->arg, &q));
    enum code code = OK;
    if (q.sources & SELECTED)
        code = search_selected(cx, s, call, &q);
    if (code == OK && (q.sources & ~(uint32_t)SELECTED))
        code = search_all(cx, s, call, &q);
    return code == OK ? OK : imap_search_failed(cx, s, call, &q.returns, code);
}
