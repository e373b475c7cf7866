/* What became of emails and of threads since a number (RFC 8621 sections 3.2 and 4.3). */
#include "core/objectid/thread.h"
#include "proto/jmap/changes.h"
#include "proto/jmap/email/email.h"
#include <stdlib.h>

/* Where an item lies now, if the person may read it there. */
static enum code look(struct ctx *cx, struct jmap_call *call, item_id id, struct jmap_email *e,
                      bool *shown)
{
    enum code code = jmap_email_load(cx, call, id, e);
    *shown = code == OK;
    return code == E_NOT_FOUND ? OK : code;
}

/* A folder that is not there any more was the owner's to read; others had rights on it that they
   have not now, so their state says so. */
static bool might_read(const struct jmap_call *call, folder_id folder)
{
    if (!account_folder_by_id(call->folders, folder))
        return call->own;
    return jmap_folder(call, folder, RIGHT_READ);
}

static bool is_shown(const struct view *v, uint32_t uid)
{
    uint32_t at = view_find(v, uid);
    return at < view_count(v) && view_at(v, at).uid == uid;
}

/* Read states of one's own have the numbers of the view's rows alone. */
static enum code own_marks(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out)
{
    for (size_t i = 0; i < account_folder_count(call->folders); i++) {
        const struct folder_facts *f = account_folder(call->folders, i);
        struct view *v;
        if (!f->per_reader || !jmap_folder(call, f->id, RIGHT_READ))
            continue;
        TRY(jmap_view(cx, call, f->id, &v));
        for (uint32_t at = 0; view_modseq(v) > out->since.number && at < view_count(v); at++) {
            struct view_row row = view_at(v, at);
            if (row.modseq > out->since.number)
                jmap_changed_add(cx, out,
                                 (struct jmap_change){row.modseq, row.id, JMAP_UPDATED, false});
        }
    }
    return OK;
}

/* A live item. To others it is new when it came into a folder that they may read: where it was
   before is not known. */
static enum code live(struct ctx *cx, struct jmap_call *call, const struct change *c,
                      struct jmap_changed *out)
{
    struct view *v;
    if (!jmap_folder(call, c->folder, RIGHT_READ))
        return OK;
    TRY(jmap_view(cx, call, c->folder, &v));
    if (!is_shown(v, c->uid))
        return OK;
    bool new =
        c->created_modseq > out->since.base || (!call->own && c->placed_modseq > out->since.base);
    jmap_changed_add(
        cx, out,
        (struct jmap_change){c->modseq, c->item, new ? JMAP_CREATED : JMAP_UPDATED, false});
    return OK;
}

/* One that went on to where it may be read has a row there, with a higher number. */
static enum code gone(struct ctx *cx, struct jmap_call *call, const struct change *c,
                      struct jmap_changed *out)
{
    struct jmap_email e;
    bool shown;
    if (!might_read(call, c->folder))
        return OK;
    TRY(look(cx, call, c->item, &e, &shown));
    if (!shown)
        jmap_changed_add(cx, out, (struct jmap_change){c->modseq, c->item, JMAP_DESTROYED, false});
    return OK;
}

enum code jmap_email_changed(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out)
{
    struct change_scan *w AUTO(change_scan_close) = NULL;
    struct change c;
    TRY(change_scan(cx, call->env->core, call->account, out->since.number, 0, &w));
    while (!jmap_changed_enough(cx, out) && change_next(w, &c)) {
        if (c.what == CHANGE_GONE_ITEM)
            TRY(gone(cx, call, &c, out));
        else if (c.item && (c.what == CHANGE_ITEM || c.what == CHANGE_READ))
            TRY(live(cx, call, &c, out));
    }
    TRY(change_scan_error(w));
    return own_marks(cx, call, out);
}

/* How a thread is now: what of it may be read, and whether any of that is old. */
static enum code judge(struct ctx *cx, struct jmap_call *call, uint64_t thread, uint64_t base,
                       enum jmap_how *out)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    item_id *items;
    size_t count = 0;
    enum jmap_how how = JMAP_DESTROYED;
    own.arena = scratch;
    enum code code = thread_items(&own, call->env->core, call->account, thread, &items, &count);
    for (size_t i = 0; code == OK && i < count && how != JMAP_UPDATED; i++) {
        struct jmap_email e;
        bool shown;
        code = look(&own, call, items[i], &e, &shown);
        if (code == OK && shown)
            how = e.row.created_modseq > base ? JMAP_CREATED : JMAP_UPDATED;
    }
    *out = how;
    cx->err = own.err;
    return code == E_NOT_FOUND ? OK : code;
}

enum code jmap_email_thread(struct ctx *cx, struct jmap_call *call, item_id id, uint64_t *out)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    struct item_placed at;
    struct item_row row;
    own.arena = scratch;
    enum code code = item_locate(&own, call->env->core, call->account, id, &at);
    if (code == OK)
        code = item_get(&own, call->env->core, call->account, at.folder, at.uid, &row);
    if (code == OK)
        *out = row.thread ? row.thread : thread_alone(id);
    cx->err = own.err;
    return code;
}

static enum code note_thread(struct ctx *cx, struct jmap_call *call, const struct change *c,
                             struct jmap_changed *out)
{
    struct jmap_change change = {.number = c->modseq};
    TRY(jmap_email_thread(cx, call, c->item, &change.key));
    TRY(judge(cx, call, change.key, out->since.base, &change.how));
    /* moved to where others may read it: they may not have known of its thread */
    if (!call->own && c->what != CHANGE_GONE_ITEM && change.how == JMAP_UPDATED)
        change.how = JMAP_CREATED;
    jmap_changed_add(cx, out, change);
    return OK;
}

/* Whether a change alters which emails a thread has for this person. */
static bool alters(const struct jmap_call *call, const struct change *c, uint64_t base)
{
    if (c->what == CHANGE_GONE_ITEM)
        return (c->how != GONE_MOVED || !call->own) && c->how != GONE_REPLACED &&
               might_read(call, c->folder);
    if (!c->item || (c->what != CHANGE_ITEM && c->what != CHANGE_READ) ||
        !jmap_folder(call, c->folder, RIGHT_READ))
        return false;
    return c->created_modseq > base || (!call->own && c->placed_modseq > base);
}

enum code jmap_thread_changed(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out)
{
    struct change_scan *w AUTO(change_scan_close) = NULL;
    struct change c;
    TRY(change_scan(cx, call->env->core, call->account, out->since.number, 0, &w));
    while (!jmap_changed_enough(cx, out) && change_next(w, &c))
        if (alters(call, &c, out->since.base))
            TRY(note_thread(cx, call, &c, out));
    return change_scan_error(w);
}
