#include "proto/imap/sync/sync.h"
#include "core/rights.h"
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/search/context.h"
#include "proto/imap/wire/reply.h"

static const struct view *newest(const struct imap_selected *sel)
{
    return sel->fresh ? sel->fresh : sel->view;
}

struct str imap_keyword(const struct imap_selected *sel, unsigned bit)
{
    return view_keyword(newest(sel), bit);
}

/* Rows as they were told last, by uid. */
struct imap_gone {
    size_t count;
    struct view_row rows[];
};

static int by_uid(const void *a, const void *b)
{
    const struct view_row *x = a, *y = b;
    return x->uid < y->uid ? -1 : x->uid > y->uid;
}

/* What the last view has no more keeps the flags that were told: its number must not fall. */
static void keep_gone(struct imap_selected *sel, const struct view *was,
                      const struct view_difference *d)
{
    size_t n = sel->gone ? sel->gone->count : 0;
    if (was == sel->view || !d->removed_count)
        return;
    struct imap_gone *gone =
        realloc(sel->gone, sizeof *gone + (n + d->removed_count) * sizeof *gone->rows);
    must(gone);
    for (uint32_t i = 0; i < d->removed_count; i++)
        gone->rows[n + i] = view_at(was, d->removed[i]);
    gone->count = n + d->removed_count;
    qsort(gone->rows, gone->count, sizeof *gone->rows, by_uid);
    sel->gone = gone;
}

static void forget_gone(struct imap_selected *sel)
{
    free(sel->gone);
    sel->gone = NULL;
}

struct view_row imap_row(const struct imap_selected *sel, uint32_t index)
{
    struct view_row row = view_at(sel->view, index);
    if (!sel->fresh)
        return row;
    uint32_t at = view_find(sel->fresh, row.uid);
    if (at < view_count(sel->fresh)) {
        struct view_row now = view_at(sel->fresh, at);
        if (now.uid == row.uid)
            return now;
    }
    /* removed meanwhile; not told yet */
    const struct view_row *gone =
        sel->gone ? bsearch(&row, sel->gone->rows, sel->gone->count, sizeof row, by_uid) : NULL;
    return gone ? *gone : row;
}

static const struct {
    uint32_t bit;
    struct str name;
} flag_names[] = {
    {FLAG_ANSWERED, STR("\\Answered")}, {FLAG_FLAGGED, STR("\\Flagged")},
    {FLAG_DELETED, STR("\\Deleted")},   {FLAG_SEEN, STR("\\Seen")},
    {FLAG_DRAFT, STR("\\Draft")},
};
enum { FLAG_NAMES = sizeof flag_names / sizeof *flag_names };

static void put_word(struct buf *out, char *before, struct str word)
{
    buf_byte(out, *before);
    buf_add(out, word);
    *before = ' ';
}

void imap_put_flags(struct buf *out, const struct imap_selected *sel, const struct view_row *row)
{
    char before = '(';
    for (size_t i = 0; i < FLAG_NAMES && row->flags; i++)
        if (row->flags & flag_names[i].bit)
            put_word(out, &before, flag_names[i].name);
    if (sel->recent.count && imap_set_has(&sel->recent, row->uid))
        put_word(out, &before, STR("\\Recent"));
    for (uint64_t bits = row->keywords; bits; bits &= bits - 1) {
        struct str name = view_keyword(newest(sel), (unsigned)__builtin_ctzll(bits));
        if (name.p)
            put_word(out, &before, name);
    }
    if (before == '(')
        buf_byte(out, '(');
    buf_byte(out, ')');
}

static unsigned keyword_count(const struct view *v)
{
    unsigned n = 0;
    while (n < FOLDER_KEYWORDS_MAX && view_keyword(v, n).p)
        n++;
    return n;
}

static void put_flag_names(struct buf *out, const struct view *v, uint32_t flags, unsigned keywords,
                           bool star)
{
    char before = '(';
    for (size_t i = 0; i < FLAG_NAMES; i++)
        if (flags & flag_names[i].bit)
            put_word(out, &before, flag_names[i].name);
    for (unsigned i = 0; i < keywords; i++)
        put_word(out, &before, view_keyword(v, i));
    if (star)
        put_word(out, &before, STR("\\*"));
    if (before == '(')
        buf_byte(out, '(');
    buf_byte(out, ')');
}

void imap_put_folder_flags(struct imap_session *s, struct buf *out)
{
    struct imap_selected *sel = s->selected;
    unsigned n = sel->keywords_told = keyword_count(newest(sel));
    buf_add(out, STR("* FLAGS "));
    put_flag_names(out, newest(sel), UINT32_MAX, n, false);
    buf_add(out, STR("\r\n* OK [PERMANENTFLAGS "));
    bool may_write = !sel->read_only && sel->rights & RIGHT_WRITE;
    put_flag_names(out, newest(sel), sel->read_only ? 0 : imap_flags_of(sel->rights),
                   may_write ? n : 0, may_write && n < FOLDER_KEYWORDS_MAX);
    buf_add(out, STR("] Flags that can be kept\r\n"));
}

void imap_put_flag_facts(struct imap_session *s, struct buf *out, const struct view_row *row,
                         bool uid)
{
    if (uid) {
        buf_add(out, STR(" UID "));
        buf_u64(out, row->uid);
    }
    if (s->condstore) {
        buf_add(out, STR(" MODSEQ ("));
        buf_u64(out, row->modseq);
        buf_byte(out, ')');
    }
}

void imap_put_fetch(const struct imap_session *s, struct buf *out, uint32_t place, uint32_t uid)
{
    buf_add(out, STR("* "));
    buf_u64(out, s->uidonly ? uid : (uint64_t)place + 1);
    buf_add(out, s->uidonly ? STR(" UIDFETCH ") : STR(" FETCH "));
}

/* RFC 5257 section 4.3. What cannot be read is not told: whoever asks is told why. */
static void tell_annotations(struct ctx *cx, struct imap_session *s, struct buf *out,
                             const struct view_row *row, uint64_t since)
{
    struct ctx own = *cx;
    size_t before = out->n;
    if (!s->selected->annotate || row->modseq <= since)
        return;
    if (imap_notes_put_changed(&own, s, out, row->id, since) != OK)
        out->n = before;
}

/* since: up to there changes were told. */
static void tell_flags(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                       uint32_t index, const struct view_row *row, uint64_t since)
{
    struct buf *out = &call->text;
    imap_put_fetch(s, out, index, row->uid);
    imap_say(call, STR("(FLAGS "));
    imap_put_flags(out, s->selected, row);
    imap_put_flag_facts(s, out, row, !s->uidonly && (call->uid || s->rev2 || s->condstore));
    tell_annotations(cx, s, out, row, since);
    imap_say(call, STR(")\r\n"));
}

/* The place of a uid in a view; false when it is not there. */
static bool place_of(const struct view *v, uint32_t uid, uint32_t *out)
{
    uint32_t at = view_find(v, uid);
    if (at == view_count(v) || view_at(v, at).uid != uid)
        return false;
    *out = at;
    return true;
}

static void claim_recent(struct imap_session *s)
{
    struct imap_selected *sel = s->selected;
    if (s->rev2 || sel->read_only)
        return;
    uint32_t from = view_claim_recent(s->env->core, sel->view), next = view_uid_next(sel->view);
    size_t n = sel->recent.count;
    if (n && from <= sel->recent.at[n - 1].last)
        from = sel->recent.at[n - 1].last + 1;
    if (from < next)
        imap_set_add_range(NULL, &sel->recent, (struct imap_range){from, next - 1});
}

static uint32_t recent_count(const struct imap_selected *sel)
{
    uint32_t n = 0;
    for (size_t i = 0; i < sel->recent.count; i++)
        n += view_find(sel->view, sel->recent.at[i].last + 1) -
             view_find(sel->view, sel->recent.at[i].first);
    return n;
}

static void tell_exists(struct imap_session *s, struct imap_call *call)
{
    imap_say(call, STR("* "));
    buf_u64(&call->text, view_count(s->selected->view));
    imap_say(call, STR(" EXISTS\r\n"));
    if (s->rev2)
        return;
    imap_say(call, STR("* "));
    buf_u64(&call->text, recent_count(s->selected));
    imap_say(call, STR(" RECENT\r\n"));
}

/* RFC 7162 section 3.2.10. */
static void tell_vanished(struct ctx *cx, struct imap_call *call, const struct view *old,
                          const struct view_difference *d)
{
    struct imap_set uids = {0};
    if (!d->removed_count)
        return;
    for (uint32_t i = 0; i < d->removed_count; i++)
        imap_set_add(cx->arena, &uids, view_at(old, d->removed[i]).uid);
    imap_say(call, STR("* VANISHED "));
    imap_set_put(&call->text, &uids, 0);
    imap_say(call, STR("\r\n"));
}

static void tell_expunged(struct imap_call *call, const struct view_difference *d)
{
    for (uint32_t i = 0; i < d->removed_count; i++) { /* each moves those behind it down by one */
        imap_say(call, STR("* "));
        buf_u64(&call->text, (uint64_t)d->removed[i] - i + 1);
        imap_say(call, STR(" EXPUNGE\r\n"));
    }
}

static void tell_keywords(struct imap_session *s, struct imap_call *call)
{
    if (keyword_count(newest(s->selected)) != s->selected->keywords_told)
        imap_put_folder_flags(s, &call->text);
}

/* Everything: the numbers move to the new view. */
static void advance(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                    struct view *now, const struct imap_set *quiet)
{
    struct imap_selected *sel = s->selected;
    struct view *old AUTO(view_unref) = sel->view;
    uint64_t told = view_modseq(newest(sel));
    struct view_difference d;
    view_diff(cx, old, now, &d);
    if (sel->fresh) { /* flags were told up to there */
        struct view_difference since;
        view_diff(cx, sel->fresh, now, &since);
        d.changed = since.changed;
        d.changed_count = since.changed_count;
        view_unref(sel->fresh);
    }
    sel->fresh = NULL;
    forget_gone(sel);
    imap_contexts_before(cx, s, call, now);
    sel->view = now;
    if (s->qresync || s->uidonly)
        tell_vanished(cx, call, old, &d);
    else
        tell_expunged(call, &d);
    if (d.added < view_count(now)) {
        claim_recent(s);
        tell_exists(s, call);
    }
    tell_keywords(s, call);
    for (uint32_t i = 0; i < d.changed_count; i++) {
        struct view_row row = view_at(now, d.changed[i]);
        uint32_t place;
        if (quiet && place_of(old, row.uid, &place) && imap_set_has(quiet, place))
            continue;
        tell_flags(cx, s, call, d.changed[i], &row, told);
    }
    imap_contexts_after(s, call);
}

/* Flags alone: the numbers stay those of the old view, as EXPUNGE may not be told now. */
static void refresh(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                    struct view *now, const struct imap_set *quiet)
{
    struct imap_selected *sel = s->selected;
    uint64_t since = view_modseq(newest(sel));
    struct view_difference d;
    view_diff(cx, newest(sel), now, &d);
    keep_gone(sel, newest(sel), &d);
    if (sel->fresh)
        view_unref(sel->fresh);
    sel->fresh = now;
    tell_keywords(s, call);
    for (uint32_t i = 0; i < d.changed_count; i++) {
        struct view_row row = view_at(now, d.changed[i]);
        uint32_t place;
        if (!place_of(sel->view, row.uid, &place) || (quiet && imap_set_has(quiet, place)))
            continue;
        tell_flags(cx, s, call, place, &row, since);
    }
}

static bool removes_any(struct ctx *cx, const struct view *old, const struct view *now)
{
    struct view_difference d;
    view_diff(cx, old, now, &d);
    return d.removed_count > 0;
}

static void lost(struct imap_session *s, struct imap_call *call)
{
    imap_bye(s, call, STR(""), STR("The selected mailbox was deleted"));
}

enum code imap_selected_check(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct imap_selected *sel = s->selected;
    uint32_t rights;
    if (!sel || sel->account == s->reader)
        return OK;
    TRY(imap_rights(cx, s, sel->account, sel->folder, &rights));
    bool told = rights == sel->rights;
    sel->rights = rights;
    if (imap_rights_check(cx, rights, RIGHT_READ) != OK)
        lost(s, call);
    else if (!told)
        imap_put_folder_flags(s, &call->text);
    return OK;
}

enum code imap_sync(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                    enum imap_sync how, const struct imap_set *quiet)
{
    struct imap_selected *sel = s->selected;
    if (!sel || how == IMAP_SYNC_NONE)
        return OK;
    struct view *now;
    TRY(imap_selected_check(cx, s, call));
    if (s->stage == IMAP_ENDED)
        return OK;
    enum code got = view_get(cx, s->env->core, sel->account, sel->folder, s->reader, &now);
    if (got == E_NOT_FOUND)
        lost(s, call);
    TRY(got);
    if (view_uid_validity(now) != view_uid_validity(newest(sel))) {
        view_unref(now);
        imap_bye(s, call, STR(""), STR("The mailbox was numbered anew; open it again"));
        return OK;
    }
    bool same = now == newest(sel) || view_modseq(now) == view_modseq(newest(sel));
    if (same && (!sel->fresh || how == IMAP_SYNC_KEEP))
        view_unref(now);
    else if (how == IMAP_SYNC_KEEP && (sel->fresh || removes_any(cx, sel->view, now)))
        refresh(cx, s, call, now, quiet);
    else
        advance(cx, s, call, now, quiet);
    return OK;
}

void imap_selected_open(struct imap_session *s, account_id account, struct view *v, bool read_only)
{
    struct imap_selected *sel = calloc(1, sizeof *sel);
    must(sel);
    *sel = (struct imap_selected){
        .account = account, .folder = view_folder(v), .view = v, .read_only = read_only};
    sel->rights = RIGHTS_ALL;
    s->selected = sel;
    s->stage = IMAP_SELECTED;
    claim_recent(s);
}
