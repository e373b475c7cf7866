#include "core/rights.h"
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/sync/change.h"
#include "proto/imap/sync/event.h"
#include "proto/imap/sync/limit.h"
#include "proto/imap/sync/sync.h"
#include "proto/imap/wire/parse.h"

struct store {
    folder_id folder;
    struct item_flags change;
    struct imap_notes notes; /* STORE ANNOTATION: these, and no flags */
    bool silent;
    struct imap_set modified; /* uids that were newer than unchanged_since */
    uint32_t *refused;        /* of the transaction that is being tried */
    size_t refused_count;
    struct arena *arena;
    struct view_row *before; /* rows of the set as the client knows them; silent only */
};

/* [SP "(" UNCHANGEDSINCE n ")"]: RFC 7162 section 3.1.3. */
static enum code modifier(struct ctx *cx, struct imap_session *s, struct cur *c, struct store *st)
{
    st->change.unchanged_since = UINT64_MAX;
    if (!cur_char(c, '('))
        return OK;
    if (!cur_word(c, STR("UNCHANGEDSINCE ")) || !imap_modseq(c, &st->change.unchanged_since) ||
        !cur_text(c, STR(") ")))
        return fail(cx, E_SYNTAX, "UNCHANGEDSINCE and a number expected");
    s->condstore = true;
    return OK;
}

/* RFC 5257 section 4.4: nothing is told but what CONDSTORE asks for. */
static enum code annotations(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             struct cur *c, struct store *st)
{
    st->silent = true;
    TRY(imap_notes_parse(cx, s, call, c, &st->notes));
    return cur_end(c) ? OK : fail(cx, E_SYNTAX, "more after the annotations");
}

static enum code arguments(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                           struct cur *c, struct store *st)
{
    struct imap_flags flags;
    TRY(modifier(cx, s, c, st));
    if (cur_word(c, STR("ANNOTATION ")))
        return annotations(cx, s, call, c, st);
    if (cur_char(c, '+'))
        st->change.how = FLAGS_ADD;
    else if (cur_char(c, '-'))
        st->change.how = FLAGS_REMOVE;
    else
        st->change.how = FLAGS_SET;
    if (!cur_word(c, STR("FLAGS")))
        return fail(cx, E_SYNTAX, "FLAGS, +FLAGS or -FLAGS expected");
    st->silent = cur_word(c, STR(".SILENT"));
    if (!imap_sp(c))
        return fail(cx, E_SYNTAX, "flags expected");
    TRY(imap_flag_list(cx, c, true, &flags));
    if (!cur_end(c))
        return fail(cx, E_SYNTAX, "more after the flags");
    st->change.flags = flags.flags;
    st->change.keywords = flags.keywords;
    st->change.keyword_count = flags.keyword_count;
    return OK;
}

static enum code set_one(struct ctx *cx, struct account_txn *t, uint32_t uid,
                         const struct store *st)
{
    struct annotation_item item = {st->folder, uid, st->change.unchanged_since};
    bool changed;
    uint64_t modseq;
    if (st->notes.count)
        return annotation_set_item(cx, t, &item, st->notes.at, st->notes.count);
    return item_set_flags(cx, t, st->folder, uid, &st->change, &changed, &modseq);
}

static enum code set_some(struct ctx *cx, struct account_txn *t, const uint32_t *uids, size_t count,
                          void *arg)
{
    struct store *st = arg;
    st->refused_count = 0;
    for (size_t i = 0; i < count; i++) {
        enum code code = set_one(cx, t, uids[i], st);
        if (code == E_CONFLICT)
            st->refused[st->refused_count++] = uids[i];
        else if (code != E_NOT_FOUND) /* removed by another session: it will be told */
            TRY(code);
    }
    return OK;
}

static void keep_refused(void *arg)
{
    struct store *st = arg;
    for (size_t i = 0; i < st->refused_count; i++)
        imap_set_add(st->arena, &st->modified, st->refused[i]);
}

/* What may not be changed stays as it is; refused is what could change nothing (RFC 4314 section 4:
   s for \Seen, t for \Deleted, w for the rest). */
static enum code by_rights(struct ctx *cx, const struct imap_session *s, struct item_flags *change)
{
    uint32_t may = imap_flags_of(s->selected->rights);
    bool keywords = s->selected->rights & RIGHT_WRITE, set = change->how == FLAGS_SET;
    bool names_any = change->flags || change->keyword_count || set;
    TRY(imap_writable(cx, s, 0));
    change->kept = ~may;
    change->keywords_kept = !keywords;
    change->reader = s->reader;
    bool changes = change->flags & may || (change->keyword_count && keywords) || (set && may);
    return changes || !names_any ? OK : fail(cx, E_DENIED, "none of the flags may be changed");
}

/* RFC 5257 section 4.10: r for one's own, n for shared ones. */
static enum code by_rights_to_annotate(struct ctx *cx, const struct imap_session *s,
                                       const struct store *st)
{
    uint32_t needs = st->notes.shares ? RIGHT_ANNOTATE : 0;
    TRY(imap_writable(cx, s, 0));
    return imap_rights_check(cx, s->selected->rights, needs);
}

static uint64_t keyword_bits(const struct imap_selected *sel, const struct item_flags *change)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < change->keyword_count; i++) {
        int bit = view_keyword_bit(sel->fresh ? sel->fresh : sel->view, change->keywords[i]);
        if (bit >= 0)
            bits |= (uint64_t)1 << bit;
    }
    return bits;
}

static uint64_t changed_bits(enum flag_change how, uint64_t was, uint64_t bits)
{
    switch (how) {
    case FLAGS_ADD:
        return was | bits;
    case FLAGS_REMOVE:
        return was & ~bits;
    case FLAGS_SET:
        return bits;
    }
    return was;
}

/* The client thinks that what it asked for, silently, is what there is. Is it? */
static bool as_asked(const struct store *st, const struct view_row *was, const struct view_row *is,
                     uint64_t keywords)
{
    enum flag_change how = st->change.how;
    return changed_bits(how, was->flags, st->change.flags) == is->flags &&
           changed_bits(how, was->keywords, keywords) == is->keywords;
}

static void tell_one(struct imap_session *s, struct imap_call *call, uint32_t place,
                     const struct view_row *row, bool flags)
{
    struct buf *out = &call->text;
    imap_put_fetch(s, out, place, row->uid);
    buf_byte(out, '(');
    if (call->uid && !s->uidonly) {
        imap_say(call, STR("UID "));
        buf_u64(out, row->uid);
        buf_byte(out, ' ');
    }
    if (flags) {
        imap_say(call, STR("FLAGS "));
        imap_put_flags(out, s->selected, row);
    }
    if (s->condstore) {
        if (flags)
            buf_byte(out, ' ');
        imap_say(call, STR("MODSEQ ("));
        buf_u64(out, row->modseq);
        buf_byte(out, ')');
    }
    imap_say(call, STR(")\r\n"));
}

/* RFC 9051 section 6.4.6; with CONDSTORE even a silent change brings its number. */
static void tell(struct imap_session *s, struct imap_call *call, const struct store *st,
                 const struct imap_set *places)
{
    uint64_t keywords = keyword_bits(s->selected, &st->change);
    size_t n = 0;
    for (size_t i = 0; i < places->count; i++) {
        for (uint32_t at = places->at[i].first; at <= places->at[i].last; at++, n++) {
            struct view_row row = imap_row(s->selected, at);
            bool flags = !st->silent || (!as_asked(st, &st->before[n], &row, keywords));
            if (flags || (s->condstore && st->before[n].modseq != row.modseq))
                tell_one(s, call, at, &row, flags);
        }
    }
}

static void note_before(struct ctx *cx, struct imap_session *s, struct store *st,
                        const struct imap_set *places)
{
    size_t n = 0;
    st->before = ARENA_ARRAY(cx->arena, (size_t)imap_set_size(places), struct view_row);
    for (size_t i = 0; i < places->count; i++)
        for (uint32_t at = places->at[i].first; at <= places->at[i].last; at++)
            st->before[n++] = imap_row(s->selected, at);
}

/* Messages that others had changed since; by number unless the command spoke of uids. */
static struct str modified(struct ctx *cx, struct imap_session *s, const struct imap_call *call,
                           const struct store *st)
{
    struct buf b = buf_of(cx->arena, IMAP_REPLY_MAX);
    struct imap_set places;
    buf_add(&b, STR("MODIFIED "));
    if (call->uid)
        imap_set_put(&b, &st->modified, 0);
    else if (imap_seqset_uids(cx, &st->modified, s->selected->view, &places) == OK)
        imap_set_put(&b, &places, 1);
    return buf_str(&b);
}

enum code imap_store(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct imap_set set, places;
    struct store st = {.arena = cx->arena, .folder = s->selected->folder};
    TRY(imap_seqset_parse(cx, &c, &set));
    if (!imap_sp(&c))
        return fail(cx, E_SYNTAX, "STORE wants messages and flags");
    TRY(arguments(cx, s, call, &c, &st));
    TRY(imap_places(cx, s, call, &set, &places));
    imap_limit_places(cx, s, call, &places);
    if (st.notes.count)
        TRY(by_rights_to_annotate(cx, s, &st));
    else
        TRY(by_rights(cx, s, &st.change));
    struct imap_uids uids = imap_uids_of(cx, s, &places);
    if (st.silent)
        note_before(cx, s, &st, &places);
    st.refused = ARENA_ARRAY(cx->arena, uids.count, uint32_t);
    struct imap_change change = {s->selected->account, &uids, set_some, keep_refused, &st, false};
    enum code code = imap_change_all(cx, s, &change);
    if (code == E_LIMIT && st.notes.count)
        call->response = STR("ANNOTATE TOOMANY");
    TRY(code);
    TRY(imap_sync(cx, s, call, IMAP_SYNC_KEEP, &places));
    tell(s, call, &st, &places);
    if (!st.notes.count)
        imap_event_flags(cx, s, &st.change, uids.at, uids.count);
    if (st.modified.count) {
        call->response = modified(cx, s, call, &st);
        call->said = STR("Some were changed by somebody else");
    }
    return OK;
}
