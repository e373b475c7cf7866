#include "proto/imap/sync/change.h"
#include "core/rights.h"
#include "proto/imap/sync/sync.h"

enum code imap_writable(struct ctx *cx, const struct imap_session *s, uint32_t rights)
{
    if (s->selected->read_only)
        return fail(cx, E_DENIED, "the mailbox was opened to read only");
    return imap_may(cx, s, s->selected->account, s->selected->folder, rights);
}

enum code imap_places(struct ctx *cx, struct imap_session *s, const struct imap_call *call,
                      const struct imap_set *in, struct imap_set *out)
{
    if (in->is_saved)
        return imap_seqset_uids(cx, &s->selected->saved, s->selected->view, out);
    return call->uid ? imap_seqset_uids(cx, in, s->selected->view, out)
                     : imap_seqset_numbers(cx, in, s->selected->view, out);
}

struct imap_uids imap_uids_of(struct ctx *cx, const struct imap_session *s,
                              const struct imap_set *places)
{
    struct imap_uids uids = {0};
    uids.at = ARENA_ARRAY(cx->arena, (size_t)imap_set_size(places), uint32_t);
    for (size_t i = 0; i < places->count; i++)
        for (uint32_t at = places->at[i].first; at <= places->at[i].last; at++)
            uids.at[uids.count++] = view_at(s->selected->view, at).uid;
    return uids;
}

struct step {
    const struct imap_change *change;
    size_t from, count;
};

static enum code run_step(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct step *step = arg;
    const struct imap_change *change = step->change;
    return change->fn(cx, t, change->uids->at + step->from, step->count, change->arg);
}

enum code imap_change_all(struct ctx *cx, struct imap_session *s, const struct imap_change *change)
{
    size_t most = s->env->limits.change_messages;
    struct step step = {.change = change};
    while (step.from < change->uids->count) {
        size_t left = change->uids->count - step.from;
        step.count = left < most ? left : most;
        enum code code = account_update(cx, s->env->core, change->account, run_step, &step);
        if (code == E_LIMIT && step.count > 1) { /* too many bytes for one commit, perhaps */
            most = step.count / 2;
            continue;
        }
        TRY(code);
        if (change->done)
            change->done(change->arg);
        step.from += step.count;
        if (s->call && !change->silent)
            imap_progress(s, s->call, step.from, change->uids->count, "messages");
    }
    return OK;
}

struct removal {
    folder_id folder;
    int64_t now_ms;
};

static enum code remove_some(struct ctx *cx, struct account_txn *t, const uint32_t *uids,
                             size_t count, void *arg)
{
    const struct removal *r = arg;
    for (size_t i = 0; i < count; i++) {
        enum code code = item_remove(cx, t, r->folder, uids[i], r->now_ms);
        if (code != E_NOT_FOUND) /* another session was quicker */
            TRY(code);
    }
    return OK;
}

/* Those marked in now; only those of places, when given. */
static struct imap_uids deleted_uids(struct ctx *cx, const struct imap_session *s,
                                     const struct view *now, const struct imap_set *places)
{
    struct imap_uids uids = {0};
    uint32_t count = view_count(now);
    struct view_row rows[64];
    struct imap_uids among = {0};
    struct imap_set allowed = {0};
    if (places)
        among = imap_uids_of(cx, s, places);
    for (size_t i = 0; i < among.count; i++)
        imap_set_add(cx->arena, &allowed, among.at[i]);
    uids.at = ARENA_ARRAY(cx->arena, count, uint32_t);
    for (uint32_t at = 0; at < count;) {
        uint32_t n = view_rows(now, at, 64, rows);
        for (uint32_t i = 0; i < n; i++)
            if ((rows[i].flags & FLAG_DELETED) && (!places || imap_set_has(&allowed, rows[i].uid)))
                uids.at[uids.count++] = rows[i].uid;
        at += n;
    }
    return uids;
}

enum code imap_remove_deleted(struct ctx *cx, struct imap_session *s, const struct imap_set *places,
                              uint64_t *removed)
{
    struct imap_selected *sel = s->selected;
    TRY(imap_may(cx, s, sel->account, sel->folder, RIGHT_EXPUNGE));
    struct view *now AUTO(view_unref) = NULL;
    TRY(view_get(cx, s->env->core, sel->account, sel->folder, s->reader, &now));
    struct imap_uids uids = deleted_uids(cx, s, now, places);
    struct removal removal = {sel->folder, cx->now_ms};
    struct imap_change change = {
        .account = sel->account, .uids = &uids, .fn = remove_some, .arg = &removal};
    *removed = uids.count;
    return imap_change_all(cx, s, &change);
}
