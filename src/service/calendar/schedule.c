#include "service/calendar/schedule.h"
#include "base/arena.h"

static void trouble(struct ctx *cx, struct schedule *s)
{
    s->answer = (struct itip_answer){.outcome = ITIP_ERROR,
                                     .reason = str_dup(cx->arena, str_z(cx->err.what))};
}

/* The answer to what is there now, and what is to be kept of it. */
static enum code think(struct ctx *cx, struct schedule *s)
{
    struct blob_new *blob;
    itip_apply(cx, &s->question, &s->answer);
    s->blob = NULL;
    if (!s->answer.text.n)
        return OK;
    TRY(blob_prepare(cx, s->core->store, s->answer.text, &blob));
    s->blob = blob;
    return OK;
}

static const struct schedule *latest(const struct schedules *done, struct str uid)
{
    for (size_t i = done->count; i > 0; i--)
        if (str_eq(done->at[i - 1].uid, uid))
            return &done->at[i - 1];
    return NULL;
}

/* What is there: of this very message, or of the calendar. */
static enum code stored_find(struct ctx *cx, struct schedule *s, const struct schedule *before)
{
    struct event_found is;
    if (before && before->answer.remove)
        return OK;
    if (before) {
        s->had = true;
        s->base = *blob_new_id(before->blob);
        s->question.stored = before->answer.text;
        return OK;
    }
    enum code code = event_find(cx, s->core, s->account, s->uid, &is);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    s->had = true;
    s->base = is.blob;
    return event_text(cx, s->core, &is.blob, &s->question.stored);
}

enum code schedule_make(struct ctx *cx, struct core *core, account_id account,
                        const struct itip_question *question, const struct schedules *done,
                        struct schedule *out)
{
    struct itip_head head;
    *out = (struct schedule){.core = core, .account = account, .question = *question};
    out->question.stored = (struct str){0};
    if (itip_head(cx, question->message, &head) != OK) {
        out->answer.reason = str_dup(cx->arena, str_z(cx->err.what));
        return OK; /* RFC 9671 section 4: what is malformed is ignored */
    }
    out->uid = head.uid;
    enum code code = stored_find(cx, out, latest(done, head.uid));
    if (code == OK)
        code = think(cx, out);
    if (code == OK && out->blob && !out->had)
        code = account_may_receive_now(cx, core, account, out->answer.text.n);
    if (code == E_IO)
        return code;
    if (code != OK)
        trouble(cx, out);
    return OK;
}

static enum code carry_out(struct ctx *cx, struct account_txn *t, const struct schedule *s)
{
    const struct event_new new = {
        .folder = s->calendar, .uid = s->uid, .title = s->answer.summary, .blob = s->blob};
    struct item_placed placed;
    if (s->answer.remove)
        return event_remove(cx, t, s->uid);
    return s->blob ? event_put(cx, t, &new, &placed) : OK;
}

enum code schedule_apply(struct ctx *cx, struct account_txn *t, const struct schedule *s)
{
    struct event_found is;
    if (!s->answer.remove && !s->blob)
        return OK;
    enum code code = event_txn_find(cx, t, s->uid, &is);
    bool has = code == OK;
    if (!has && code != E_NOT_FOUND)
        return code;
    if (has == s->had && (!has || blob_id_eq(&is.blob, &s->base)))
        return carry_out(cx, t, s);
    struct schedule again = *s; /* somebody else has changed it since */
    again.question.stored = (struct str){0};
    if (has)
        TRY(event_text(cx, s->core, &is.blob, &again.question.stored));
    TRY(think(cx, &again));
    return carry_out(cx, t, &again);
}
