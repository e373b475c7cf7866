/* BDAT (RFC 3030). The chunk follows its command without waiting, so it is taken in any case. */
#include "proto/smtp/command.h"
#include "proto/smtp/content.h"

enum { GATHER_STEP = 64 * 1024 };

enum code smtp_gather_add(struct ctx *cx, struct smtp_session *s, struct str chunk)
{
    struct smtp_gather *g = &s->t.gather;
    if (chunk.n > g->cap - g->n) {
        size_t cap = g->cap * 2 > g->n + chunk.n ? g->cap * 2 : g->n + chunk.n;
        cap = (cap + GATHER_STEP - 1) / GATHER_STEP * GATHER_STEP;
        if (!smtp_budget(s, (int64_t)(cap - g->cap)))
            return fail(cx, E_LIMIT, "BDAT: all sessions together gather too much");
        g->p = realloc(g->p, cap);
        must(g->p);
        g->cap = cap;
    }
    if (chunk.n)
        memcpy(g->p + g->n, chunk.p, chunk.n);
    g->n += chunk.n;
    return OK;
}

const char *smtp_chunk_refusal(const struct smtp_session *s, uint64_t n)
{
    uint64_t max = s->env->limits->message_bytes;
    if (s->stage == STAGE_MAIL)
        return smtp_nobody_text(s);
    if (s->stage != STAGE_RCPT && s->stage != STAGE_BDAT)
        return "503 5.5.1 Say MAIL first";
    if (n > max || s->t.gather.n + n > max)
        return "552 5.3.4 Message too big for this server";
    return NULL;
}

static bool size_take(struct cur *arg, uint64_t *n, bool *last)
{
    if (!cur_u64(arg, n))
        return false;
    *last = cur_word(arg, STR(" LAST"));
    return cur_end(arg);
}

enum code smtp_bdat(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    uint64_t n = 0;
    bool last = false;
    /* Without its length nobody can say where the chunk ends. */
    if (!size_take(&arg, &n, &last)) {
        smtp_goodbye(s, r, "501 5.5.4 Say BDAT, a length and LAST; closing the connection");
        return OK;
    }
    if (n > 2 * smtp_wire_max(s)) {
        smtp_goodbye(s, r, "552 5.3.4 Chunk far too big; closing the connection");
        return OK;
    }
    s->t.chunk_reply = smtp_chunk_refusal(s, n);
    s->t.chunk_bad = s->t.chunk_reply != NULL;
    s->t.chunk_left = n;
    s->t.chunk_last = last;
    s->t.chunk_more = !last;
    s->input = INPUT_CHUNK;
    if (n == 0)
        smtp_chunk_run(cx, s, STR(""), r);
    return OK;
}

/* The checks of DATA; BINARYMIME may hold what it likes. */
static void whole(struct ctx *cx, struct smtp_session *s, struct str message, struct reply *r)
{
    if (s->t.body != BODY_BINARYMIME) {
        struct content_lines lines = smtp_content_lines(message, SMTP_CONTENT_LINE_MAX);
        if (lines.bare || lines.nul || lines.too_long) {
            smtp_message_refuse(cx, s,
                                "550 5.6.0 The message needs BODY=BINARYMIME: a lone CR or LF, a "
                                "NUL or a very long line",
                                r);
            return;
        }
    }
    smtp_accept(cx, s, message, r);
}

void smtp_chunk_take(struct ctx *cx, struct smtp_session *s, struct str chunk, bool last,
                     struct reply *r)
{
    struct smtp_transaction *t = &s->t;
    if (last && t->gather.n == 0) {
        whole(cx, s, chunk, r);
        return;
    }
    if (smtp_gather_add(cx, s, chunk) != OK) {
        smtp_message_refuse(cx, s, "452 4.3.1 Too many messages are being gathered; try later", r);
        return;
    }
    if (last) {
        whole(cx, s, str_of(t->gather.p, t->gather.n), r);
        return;
    }
    s->stage = STAGE_BDAT;
    smtp_sayf(s, r, "250 2.0.0 %zu octets taken", chunk.n);
}

void smtp_chunk_run(struct ctx *cx, struct smtp_session *s, struct str chunk, struct reply *r)
{
    struct smtp_transaction *t = &s->t;
    t->chunk_left -= chunk.n;
    if (t->chunk_bad) {
        if (t->chunk_left)
            return;
        const char *text = t->chunk_reply;
        size_t replies = smtp_reply_count(s);
        s->input = INPUT_COMMAND;
        smtp_reset(s);
        while (replies--)
            smtp_say(s, r, text);
        smtp_errors_count(s, false, r);
        return;
    }
    s->input = INPUT_COMMAND;
    smtp_chunk_take(cx, s, chunk, t->chunk_last, r);
}
