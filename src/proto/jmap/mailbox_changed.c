/* What became of mailboxes since a number (RFC 8621 section 2.2). */
#include "core/objectid/thread.h"
#include "core/share/subscription.h"
#include "proto/jmap/changes.h"

/* Emails whose threads are looked at; when more have changed, every mailbox is told. */
enum { EMAILS_MAX = 100 };

struct look {
    struct jmap_call *call;
    struct jmap_changed *out;
    size_t emails;
    bool all;
};

/* An email that is read somewhere changes what is unread in each mailbox of its thread. */
static enum code note_thread(struct ctx *cx, struct look *l, const struct change *c)
{
    struct core *core = l->call->env->core;
    struct item_placed at;
    struct item_row row;
    item_id *items;
    size_t count;
    TRY(item_locate(cx, core, l->call->account, c->item, &at));
    TRY(item_get(cx, core, l->call->account, at.folder, at.uid, &row));
    TRY(thread_items(cx, core, l->call->account, row.thread ? row.thread : thread_alone(row.id),
                     &items, &count));
    for (size_t i = 0; i < count; i++) {
        if (items[i] == c->item || item_locate(cx, core, l->call->account, items[i], &at) != OK ||
            !jmap_folder(l->call, at.folder, RIGHT_READ))
            continue;
        jmap_changed_add(cx, l->out,
                         (struct jmap_change){c->modseq, at.folder, JMAP_UPDATED, true});
    }
    return OK;
}

static enum code note(struct ctx *cx, struct look *l, const struct change *c)
{
    if (c->what == CHANGE_GONE_FOLDER && l->call->own) {
        jmap_changed_add(cx, l->out,
                         (struct jmap_change){c->modseq, c->folder, JMAP_DESTROYED, false});
        return OK;
    }
    if (!c->item || l->all)
        return OK;
    l->all = ++l->emails > EMAILS_MAX;
    enum code code = l->all ? OK : note_thread(cx, l, c);
    return code == E_NOT_FOUND ? OK : code;
}

static enum code walk(struct ctx *cx, struct look *l)
{
    struct change_scan *w AUTO(change_scan_close) = NULL;
    struct change c;
    TRY(change_scan(cx, l->call->env->core, l->call->account, l->out->since.number, 0, &w));
    while (change_next(w, &c))
        TRY(note(cx, l, &c));
    return change_scan_error(w);
}

/* The number of the last change to what is counted in it; read states may be each reader's own. */
static enum code counted(struct ctx *cx, const struct look *l, const struct folder_facts *f,
                         uint64_t *out)
{
    struct view *v;
    *out = 0;
    if (!(jmap_rights(l->call, f->id) & RIGHT_READ))
        return OK;
    *out = l->all ? account_facts(l->call->folders)->modseq : f->modseq;
    if (!f->per_reader || l->call->own)
        return OK;
    TRY(jmap_view(cx, l->call, f->id, &v));
    if (view_modseq(v) > *out)
        *out = view_modseq(v);
    return OK;
}

/* Names, rights, subscriptions; else what is in it. */
static enum code note_folder(struct ctx *cx, const struct look *l, const struct folder_facts *f)
{
    const struct jmap_since *since = &l->out->since;
    struct jmap_change change = {.key = f->id, .how = JMAP_UPDATED};
    TRY(counted(cx, l, f, &change.number));
    change.counts = f->own_modseq <= since->base;
    if (change.number < f->own_modseq)
        change.number = f->own_modseq;
    if (f->created_modseq > since->base)
        change.how = JMAP_CREATED;
    if (change.number > since->number)
        jmap_changed_add(cx, l->out, change);
    return OK;
}

/* To which of another's mailboxes one has subscribed is a number of one's own account: it is told
   with the last of the changes there. */
static enum code note_subscriptions(struct ctx *cx, struct jmap_call *call,
                                    struct jmap_changed *out)
{
    const struct subscription_marks *m = call->subscribed;
    uint64_t now = account_facts(call->folders)->modseq;
    if (m && out->since.subscribed < m->floor)
        return fail(cx, E_NOT_FOUND, "subscriptions of that long ago are not known");
    for (size_t i = 0; m && i < m->count; i++)
        if (m->at[i].number > out->since.subscribed && jmap_folder(call, m->at[i].folder, 0))
            jmap_changed_add(cx, out,
                             (struct jmap_change){now, m->at[i].folder, JMAP_UPDATED, false});
    return OK;
}

enum code jmap_mailbox_changed(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out)
{
    struct look l = {.call = call, .out = out};
    TRY(walk(cx, &l));
    TRY(note_subscriptions(cx, call, out));
    for (size_t i = 0; i < account_folder_count(call->folders); i++) {
        const struct folder_facts *f = account_folder(call->folders, i);
        if (jmap_folder(call, f->id, 0))
            TRY(note_folder(cx, &l, f));
    }
    return OK;
}
