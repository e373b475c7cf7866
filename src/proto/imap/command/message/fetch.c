#include "proto/imap/fetch/fetch.h"
#include "core/rights.h"
#include "format/date.h"
#include "format/header/downgrade.h"
#include "format/summary.h"
#include "format/utf8.h"
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/rows.h"
#include "proto/imap/sync/change.h"
#include "proto/imap/sync/limit.h"
#include "proto/imap/sync/past.h"
#include "proto/imap/sync/sync.h"
#include "proto/imap/wire/parse.h"

static void put_of_view(struct imap_session *s, struct buf *out, uint32_t items,
                        const struct view_row *row, char *before)
{
    if (items & IMAP_FETCH_UID) {
        imap_fetch_name(out, before, STR("UID "));
        buf_u64(out, row->uid);
    }
    if (items & IMAP_FETCH_FLAGS) {
        imap_fetch_name(out, before, STR("FLAGS "));
        imap_put_flags(out, s->selected, row);
    }
    if (items & IMAP_FETCH_MODSEQ) {
        imap_fetch_name(out, before, STR("MODSEQ ("));
        buf_u64(out, row->modseq);
        buf_byte(out, ')');
    }
}

/* What the summary has ready to send. */
static enum code put_summary(struct ctx *cx, const struct imap_session *s, struct buf *out,
                             uint32_t items, struct str summary, char *before)
{
    struct str text;
    if (items & IMAP_FETCH_ENVELOPE) {
        TRY(summary_get(cx, summary, SUMMARY_ENVELOPE, &text));
        if (!s->utf8 && !utf8_is_ascii(text)) /* RFC 6858 */
            text = downgrade_envelope(cx->arena, text);
        imap_fetch_name(out, before, STR("ENVELOPE "));
        buf_add(out, text);
    }
    if (items & IMAP_FETCH_BODY) {
        TRY(summary_body(cx, summary, &text));
        imap_fetch_name(out, before, STR("BODY "));
        buf_add(out, text);
    }
    if (items & IMAP_FETCH_BODYSTRUCTURE) {
        TRY(summary_get(cx, summary, SUMMARY_BODYSTRUCTURE, &text));
        imap_fetch_name(out, before, STR("BODYSTRUCTURE "));
        buf_add(out, text);
    }
    return OK;
}

static enum code put_of_item(struct ctx *cx, const struct imap_session *s, struct buf *out,
                             uint32_t items, const struct item_row *item, char *before)
{
    if (items & IMAP_FETCH_INTERNALDATE) {
        imap_fetch_name(out, before, STR("INTERNALDATE \""));
        date_put_imap(out, (struct date){.utc_ms = item->received_ms});
        buf_byte(out, '"');
    }
    if (items & IMAP_FETCH_SIZE) {
        imap_fetch_name(out, before, STR("RFC822.SIZE "));
        buf_u64(out, item->size);
    }
    TRY(put_summary(cx, s, out, items, item->summary, before));
    return imap_fetch_put_extra(cx, s, out, items, item, before);
}

static enum code put_sections(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                              const struct imap_fetch *f, const struct item_row *item, char *before)
{
    enum code first = OK;
    for (size_t i = 0; i < f->section_count; i++) {
        buf_byte(&call->text, *before);
        *before = ' ';
        enum code code = imap_section_put(cx, s, call, item, &f->sections[i]);
        if (code != OK && code != E_NOT_FOUND && first == OK) /* a part that is not there is NIL */
            first = code;
    }
    return first;
}

/* One FETCH response. item may be NULL when the view has all that is asked for. */
static enum code put_message(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             const struct imap_job *job, const struct item_row *item)
{
    struct buf *out = &call->text;
    struct view_row row = imap_row(s->selected, job->place);
    uint32_t items = job->fetch.items;
    char before = '(';
    if (job->marked.count && imap_set_has(&job->marked, job->place))
        items |= IMAP_FETCH_FLAGS | (s->condstore ? (uint32_t)IMAP_FETCH_MODSEQ : 0);
    imap_put_fetch(s, out, job->place, row.uid);
    put_of_view(s, out, items, &row, &before);
    enum code code = OK, sections = OK;
    if (items & IMAP_FETCH_ANNOTATION) {
        imap_fetch_name(out, &before, STR("ANNOTATION "));
        code = imap_notes_put(cx, s, out, row.id, job->fetch.notes);
    }
    if (item && code == OK) {
        code = put_of_item(cx, s, out, items, item, &before);
        sections = put_sections(cx, s, call, &job->fetch, item, &before);
    }
    if (before == '(')
        buf_byte(out, '(');
    buf_add(out, STR(")\r\n"));
    return code == OK ? sections : code;
}

/* --- \Seen, by sections that do not peek --- */

static enum code set_seen(struct ctx *cx, struct account_txn *t, const uint32_t *uids, size_t count,
                          void *arg)
{
    const struct imap_session *s = arg;
    const struct item_flags seen = {
        .how = FLAGS_ADD, .flags = FLAG_SEEN, .unchanged_since = UINT64_MAX, .reader = s->reader};
    for (size_t i = 0; i < count; i++) {
        bool changed;
        uint64_t modseq;
        enum code code =
            item_set_flags(cx, t, s->selected->folder, uids[i], &seen, &changed, &modseq);
        if (code != E_NOT_FOUND)
            TRY(code);
    }
    return OK;
}

/* Goes to the next range when this one is done. */
static bool at_end(struct imap_job *job)
{
    const struct imap_set *places = &job->fetch.places;
    while (job->range < places->count && job->place > places->at[job->range].last)
        if (++job->range < places->count)
            job->place = places->at[job->range].first;
    return job->range == places->count;
}

/* The next unseen ones from here on, as many as one transaction takes. */
static void unseen_ahead(const struct imap_session *s, struct imap_job *job)
{
    struct imap_job ahead = *job;
    imap_set_free(&job->marked);
    uint32_t looked = 0;
    for (; !at_end(&ahead) && looked < ITEM_CHANGE_MAX; ahead.place++, looked++)
        if (!(imap_row(s->selected, ahead.place).flags & FLAG_SEEN))
            imap_set_add(NULL, &job->marked, ahead.place);
    job->seen_end = ahead.place;
}

/* Before the messages are sent, so that their flags are those that they have then. */
static enum code mark_seen(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                           struct imap_job *job)
{
    if (!job->fetch.sets_seen || job->place < job->seen_end)
        return OK;
    struct ctx own = *cx;
    if (s->selected->read_only ||
        imap_may(&own, s, s->selected->account, s->selected->folder, RIGHT_SEEN) != OK)
        return OK;
    unseen_ahead(s, job);
    if (!job->marked.count)
        return OK;
    struct imap_uids uids = imap_uids_of(cx, s, &job->marked);
    struct imap_change change = {s->selected->account, &uids, set_seen, NULL, s, true};
    TRY(imap_change_all(cx, s, &change));
    return imap_sync(cx, s, call, IMAP_SYNC_KEEP, &job->marked);
}

/* --- portions --- */

static bool portion_is_full(const struct imap_call *call)
{
    return call->text.n >= IMAP_PORTION_BYTES || imap_call_bytes(call) >= IMAP_PORTION_BLOB_BYTES ||
           call->held >= IMAP_PORTION_BLOB_BYTES;
}

static enum code put_next(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                          struct imap_job *job, struct imap_rows *rows)
{
    const struct imap_fetch *f = &job->fetch;
    struct item_row item;
    if (!f->section_count && !(f->items & ~(uint32_t)IMAP_FETCH_OF_VIEW))
        return put_message(cx, s, call, job, NULL);
    enum code code = imap_rows_get(cx, rows, job->place, &item);
    if (code == E_NOT_FOUND) {
        job->missing = true;
        return OK;
    }
    TRY(code);
    code = put_message(cx, s, call, job, &item);
    if (code != OK && job->failure == OK)
        job->failure = code;
    return OK;
}

static enum code put_portion(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             struct imap_job *job)
{
    struct imap_rows rows = imap_rows_of(cx, s);
    enum code code = OK;
    for (; code == OK && !at_end(job) && !portion_is_full(call); job->place++) {
        code = mark_seen(cx, s, call, job);
        if (code == OK)
            code = put_next(cx, s, call, job, &rows);
    }
    imap_rows_close(&rows);
    return code;
}

static enum code done(struct ctx *cx, struct imap_call *call, const struct imap_job *job)
{
    if (job->failure != OK)
        return job->failure;
    call->limited = job->limited;
    if (!job->missing)
        return OK;
    call->response = STR("EXPUNGEISSUED");
    call->said = STR("Some of the messages are gone");
    return fail(cx, E_NOT_FOUND, "messages are gone");
}

/* Copies into the job's own arena what lives in the request's. */
static void keep(struct imap_job *job)
{
    struct arena *a = job->arena = arena_open();
    struct imap_fetch *f = &job->fetch;
    struct imap_set places = {0};
    for (size_t i = 0; i < f->places.count; i++)
        imap_set_add_range(a, &places, f->places.at[i]);
    f->places = places;
    f->notes = imap_notes_ask_dup(a, f->notes);
    const struct imap_section *sections = f->sections;
    f->sections = ARENA_ARRAY(a, f->section_count, struct imap_section);
    for (size_t i = 0; i < f->section_count; i++) {
        struct imap_section *x = &f->sections[i];
        *x = sections[i];
        x->label = str_dup(a, x->label);
        x->section = str_dup(a, x->section);
        x->fields = ARENA_ARRAY(a, x->field_count, struct str);
        for (size_t k = 0; k < x->field_count; k++)
            x->fields[k] = str_dup(a, sections[i].fields[k]);
    }
}

void imap_job_drop(struct imap_session *s)
{
    if (!s->job)
        return;
    imap_set_free(&s->job->marked);
    arena_close(s->job->arena);
    free(s->job);
    s->job = NULL;
}

static void go_on_later(struct imap_session *s, struct imap_call *call, const struct imap_job *job)
{
    s->job = calloc(1, sizeof *s->job);
    must(s->job);
    *s->job = *job;
    keep(s->job);
    imap_tag_keep(s, call->tag);
    call->untagged = true;
    call->reply->more = true;
}

/* Messages that were looked at already. */
static uint64_t places_done(const struct imap_job *job)
{
    uint64_t done = 0;
    for (size_t i = 0; i < job->range; i++)
        done += (uint64_t)job->fetch.places.at[i].last - job->fetch.places.at[i].first + 1;
    if (job->range < job->fetch.places.count)
        done += job->place - job->fetch.places.at[job->range].first;
    return done;
}

static void tell_progress(const struct imap_session *s, struct imap_call *call,
                          struct imap_job *job)
{
    call->told_us = job->told_us;
    imap_progress(s, call, places_done(job), imap_set_size(&job->fetch.places), "messages");
    job->told_us = call->told_us;
}

enum code imap_fetch_more(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct imap_job *job = s->job;
    call->command = job->command;
    call->response = job->response;
    call->uid = job->uid;
    call->tag = str_dup(cx->arena, str_z(s->tag));
    enum code code = put_portion(cx, s, call, job);
    if (code == OK && !at_end(job)) {
        tell_progress(s, call, job);
        call->untagged = true;
        call->reply->more = true;
        return OK;
    }
    if (code == OK)
        code = done(cx, call, job);
    imap_job_drop(s);
    return code;
}

enum code imap_job_start(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                         struct imap_job *job)
{
    job->command = call->command;
    job->response = call->response;
    job->limited = call->limited;
    job->told_us = call->told_us;
    if (job->fetch.places.count)
        job->place = job->fetch.places.at[0].first;
    enum code code = put_portion(cx, s, call, job);
    if (code == OK && !at_end(job)) {
        go_on_later(s, call, job);
        return OK;
    }
    imap_set_free(&job->marked);
    return code == OK ? done(cx, call, job) : code;
}

enum code imap_fetch_once(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                          const struct imap_fetch *f)
{
    struct imap_job job = {.fetch = *f};
    if (f->places.count)
        job.place = f->places.at[0].first;
    enum code code = put_portion(cx, s, call, &job);
    imap_set_free(&job.marked);
    return code;
}

enum { WALK_MOST = 4096 }; /* messages; for more the change log is asked what changed */

/* The places among them that changed since. */
static struct imap_set changed_ones(struct arena *a, const struct imap_session *s,
                                    const struct imap_set *places, uint64_t since)
{
    struct imap_set changed = {0};
    for (size_t i = 0; i < places->count; i++)
        for (uint32_t at = places->at[i].first; at <= places->at[i].last; at++)
            if (imap_row(s->selected, at).modseq > since)
                imap_set_add(a, &changed, at);
    return changed;
}

/* What modifiers leave of the messages asked for; says which ones are gone. */
static enum code narrow(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                        const struct imap_set *asked, struct imap_fetch *f)
{
    if (f->changed_since && (f->vanished || imap_set_size(&f->places) > WALK_MOST)) {
        struct imap_past past;
        struct imap_set known = asked->is_saved ? s->selected->saved : *asked;
        struct imap_past_ask ask = {.since = f->changed_since, .known = call->uid ? &known : NULL};
        imap_set_normalise(&known);
        TRY(imap_past(cx, s, &ask, &past));
        imap_set_common(cx->arena, &f->places, &past.changed, &f->places);
        if (f->vanished)
            imap_put_vanished_earlier(&call->text, &past.gone);
    } else if (f->changed_since) {
        f->places = changed_ones(cx->arena, s, &f->places, f->changed_since);
    }
    if (f->page.last)
        imap_partial_cut(cx->arena, &f->places, &f->page, &f->places);
    return OK;
}

enum code imap_fetch(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct imap_set set;
    struct imap_job job = {.uid = call->uid};
    TRY(imap_seqset_parse(cx, &c, &set));
    if (!imap_sp(&c))
        return fail(cx, E_SYNTAX, "FETCH wants messages and data items");
    TRY(imap_fetch_parse(cx, s, call->uid, &c, &job.fetch));
    TRY(imap_places(cx, s, call, &set, &job.fetch.places));
    TRY(narrow(cx, s, call, &set, &job.fetch));
    imap_limit_places(cx, s, call, &job.fetch.places);
    if (call->uid && !s->uidonly)
        job.fetch.items |= IMAP_FETCH_UID;
    return imap_job_start(cx, s, call, &job);
}
