#include "proto/imap/sync/past.h"
#include "core/change.h"
#include "proto/imap/sync/sync.h"

enum { SCAN_FREE = 10000 }; /* so many rows of the change log are read, however small the folder */

struct uids {
    uint32_t *at;
    size_t count, cap;
};

static void add(struct arena *a, struct uids *uids, uint32_t uid)
{
    if (uids->count == uids->cap) {
        size_t cap = uids->cap ? uids->cap * 2 : 64;
        uids->at = arena_grow(a, uids->at, uids->cap * sizeof *uids->at, cap * sizeof *uids->at);
        uids->cap = cap;
    }
    uids->at[uids->count++] = uid;
}

static struct imap_set set_of(struct arena *a, const struct uids *uids)
{
    struct imap_set set = {0};
    for (size_t i = 0; i < uids->count; i++)
        imap_set_add_range(a, &set, (struct imap_range){uids->at[i], uids->at[i]});
    imap_set_normalise(&set);
    return set;
}

struct found {
    struct uids gone, changed;
    bool all; /* which ones changed is not known: look at each */
};

static void note(struct arena *a, const struct imap_session *s, const struct change *change,
                 struct found *out)
{
    if (change->what == CHANGE_GONE_ITEM)
        add(a, &out->gone, change->uid);
    else if (change->what == CHANGE_ITEM || (change->what == CHANGE_READ && change->uid))
        add(a, &out->changed, change->uid);
    else if (change->what == CHANGE_READ && change->reader == s->reader)
        out->all = true;
}

/* E_NOT_FOUND when the log does not reach back, or would be long to read. */
static enum code scan(struct ctx *cx, const struct imap_session *s, uint64_t since,
                      struct found *out)
{
    const struct imap_selected *sel = s->selected;
    uint64_t left = SCAN_FREE + 2 * (uint64_t)view_count(sel->view);
    struct change change;
    struct change_scan *w AUTO(change_scan_close) = NULL;
    TRY(change_scan(cx, s->env->core, sel->account, since, 0, &w));
    while (change_next(w, &change)) {
        if (!left--)
            return fail(cx, E_NOT_FOUND, "too many changes to read");
        if (change.folder == sel->folder)
            note(cx->arena, s, &change, out);
    }
    return change_scan_error(w);
}

/* Uids that are told as gone later, or are not the client's business yet, are no past. */
static void keep_gone(struct arena *a, const struct view *v, const struct imap_set *in,
                      struct imap_set *out)
{
    struct imap_set set = {0};
    for (size_t i = 0; i < in->count; i++) {
        for (uint32_t uid = in->at[i].first; uid <= in->at[i].last; uid++) {
            uint32_t at = view_find(v, uid);
            bool there = at < view_count(v) && view_at(v, at).uid == uid;
            if (!there && uid < view_uid_next(v))
                imap_set_add(a, &set, uid);
        }
    }
    *out = set;
}

static void keep_changed(struct arena *a, const struct imap_selected *sel, uint64_t since,
                         const struct imap_set *in, struct imap_set *out)
{
    const struct view *v = sel->view;
    struct imap_set set = {0};
    for (size_t i = 0; i < in->count; i++) {
        for (uint32_t uid = in->at[i].first; uid <= in->at[i].last; uid++) {
            uint32_t at = view_find(v, uid);
            if (at == view_count(v))
                break;
            struct view_row row = imap_row(sel, at);
            if (row.uid == uid && row.modseq > since)
                imap_set_add(a, &set, at);
        }
    }
    *out = set;
}

/* Walks the whole folder: gone is all that is not there, changed what is newer. */
static void look_at_all(struct arena *a, const struct imap_selected *sel, uint64_t since,
                        struct imap_past *out)
{
    const struct view *v = sel->view;
    struct view_row rows[64];
    uint32_t count = view_count(v), next = 1;
    *out = (struct imap_past){0};
    for (uint32_t at = 0, n; at < count; at += n) {
        n = view_rows(v, at, 64, rows);
        for (uint32_t i = 0; i < n; i++) {
            if (rows[i].uid > next)
                imap_set_add_range(a, &out->gone, (struct imap_range){next, rows[i].uid - 1});
            next = rows[i].uid + 1;
            uint64_t modseq = sel->fresh ? imap_row(sel, at + i).modseq : rows[i].modseq;
            if (modseq > since)
                imap_set_add(a, &out->changed, at + i);
        }
    }
    if (next < view_uid_next(v))
        imap_set_add_range(a, &out->gone, (struct imap_range){next, view_uid_next(v) - 1});
}

/* The highest uid whose pair is right still (RFC 7162 section 3.2.5.2), or 0. */
static uint32_t matched(const struct view *v, const struct imap_past_ask *ask)
{
    uint32_t best = 0, count = view_count(v);
    struct imap_range number = {1, 0}, uid = {1, 0};
    for (size_t i = 0, k = 0;; number.first++, uid.first++) {
        if (number.first > number.last) {
            if (i == ask->numbers.count)
                return best;
            number = ask->numbers.at[i++];
        }
        if (uid.first > uid.last) {
            if (k == ask->uids.count)
                return best;
            uid = ask->uids.at[k++];
        }
        if (number.first > count)
            return best;
        if (view_at(v, number.first - 1).uid == uid.first)
            best = uid.first;
    }
}

/* Uids of the known ones, as places. */
static enum code known_places(struct ctx *cx, const struct view *v, const struct imap_set *known,
                              struct imap_set *changed)
{
    struct imap_set places;
    TRY(imap_seqset_uids(cx, known, v, &places));
    imap_set_common(cx->arena, changed, &places, changed);
    return OK;
}

enum code imap_past(struct ctx *cx, const struct imap_session *s, const struct imap_past_ask *ask,
                    struct imap_past *out)
{
    const struct view *v = s->selected->view;
    struct ctx own = *cx; /* that the log does not reach back is no error */
    struct found found = {0};
    struct imap_past past, all;
    /* A number that was never given out: of a store that has been put back to a former state. */
    uint64_t since = ask->since <= view_modseq(v) ? ask->since : 0;
    enum code code = since ? scan(&own, s, since, &found) : E_NOT_FOUND;
    if (code != OK && code != E_NOT_FOUND)
        return code;
    if (code != OK || found.all)
        look_at_all(cx->arena, s->selected, since, &all);
    if (code == OK) {
        struct imap_set gone = set_of(cx->arena, &found.gone);
        struct imap_set changed = set_of(cx->arena, &found.changed);
        keep_gone(cx->arena, v, &gone, &past.gone);
        keep_changed(cx->arena, s->selected, since, &changed, &past.changed);
        if (found.all)
            past.changed = all.changed;
    } else {
        const struct imap_range above = {matched(v, ask) + 1, UINT32_MAX};
        past = all;
        struct imap_set from = {0};
        imap_set_add_range(cx->arena, &from, above);
        imap_set_common(cx->arena, &all.gone, &from, &past.gone);
    }
    if (ask->known) {
        imap_set_common(cx->arena, &past.gone, ask->known, &past.gone);
        TRY(known_places(cx, v, ask->known, &past.changed));
    }
    *out = past;
    return OK;
}

void imap_put_vanished_earlier(struct buf *out, const struct imap_set *gone)
{
    if (!gone->count)
        return;
    buf_add(out, STR("* VANISHED (EARLIER) "));
    imap_set_put(out, gone, 0);
    buf_add(out, STR("\r\n"));
}
