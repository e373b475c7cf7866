#include "proto/imap/sync/resync.h"
#include "proto/imap/fetch/fetch.h"
#include "proto/imap/sync/past.h"
#include "proto/imap/wire/parse.h"

/* known-uids and its kin: no "*", no "$"; out: rising. */
static enum code known_set(struct ctx *cx, struct cur *c, struct imap_set *out)
{
    struct imap_set set;
    TRY(imap_seqset_parse(cx, c, &set));
    for (size_t i = 0; i < set.count; i++)
        if (set.at[i].last == UINT32_MAX)
            return fail(cx, E_SYNTAX, "no * is possible among known messages");
    if (set.is_saved)
        return fail(cx, E_SYNTAX, "$ is no set of known messages");
    imap_set_normalise(&set);
    *out = set;
    return OK;
}

static enum code pairs(struct ctx *cx, const struct imap_session *s, struct cur *c,
                       struct imap_resync *r)
{
    if (!cur_char(c, '('))
        return fail(cx, E_SYNTAX, "pairs of numbers and uids expected");
    TRY(known_set(cx, c, &r->numbers));
    if (!imap_sp(c))
        return fail(cx, E_SYNTAX, "pairs of numbers and uids expected");
    TRY(known_set(cx, c, &r->uids));
    if (!cur_char(c, ')') || imap_set_size(&r->numbers) != imap_set_size(&r->uids))
        return fail(cx, E_SYNTAX, "as many numbers as uids expected");
    return s->uidonly ? fail(cx, E_DENIED, "message numbers") : OK;
}

enum code imap_resync_parse(struct ctx *cx, const struct imap_session *s, struct cur *c,
                            struct imap_resync *out)
{
    struct imap_resync r = {0};
    if (!s->qresync)
        return fail(cx, E_SYNTAX, "QRESYNC wants ENABLE QRESYNC before");
    if (!cur_text(c, STR(" (")) || !cur_u32(c, &r.uid_validity) || !imap_sp(c) ||
        !imap_modseq(c, &r.modseq) || !r.uid_validity || !r.modseq)
        return fail(cx, E_SYNTAX, "QRESYNC wants UIDVALIDITY and a mod-sequence");
    if (imap_sp(c) && cur_peek(c) != '(') {
        TRY(known_set(cx, c, &r.known));
        r.has_known = true;
        (void)imap_sp(c);
    }
    if (cur_peek(c) == '(')
        TRY(pairs(cx, s, c, &r));
    if (!cur_char(c, ')'))
        return fail(cx, E_SYNTAX, "closing bracket expected after QRESYNC");
    *out = r;
    return OK;
}

enum code imap_resync_tell(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                           const struct imap_resync *resync)
{
    struct imap_past past;
    struct imap_job job = {0};
    if (resync->uid_validity != view_uid_validity(s->selected->view))
        return OK;
    struct imap_past_ask ask = {.since = resync->modseq,
                                .known = resync->has_known ? &resync->known : NULL,
                                .numbers = resync->numbers,
                                .uids = resync->uids};
    TRY(imap_past(cx, s, &ask, &past));
    imap_put_vanished_earlier(&call->text, &past.gone);
    job.fetch.items = IMAP_FETCH_FLAGS | IMAP_FETCH_MODSEQ | (s->uidonly ? 0 : IMAP_FETCH_UID);
    job.fetch.places = past.changed;
    return imap_job_start(cx, s, call, &job);
}
