/* The engine: a session from its greeting to its end. */
#include "proto/smtp/command.h"
#include "service/admission.h"
#include "service/milter.h"

struct arena *smtp_session_arena(struct smtp_session *s)
{
    if (!s->arena)
        s->arena = arena_open();
    return s->arena;
}

struct arena *smtp_tx_arena(struct smtp_session *s)
{
    if (!s->tx)
        s->tx = arena_open();
    return s->tx;
}

void smtp_reset(struct smtp_session *s)
{
    if (s->t.gather.cap) {
        smtp_budget(s, -(int64_t)s->t.gather.cap);
        free(s->t.gather.p);
    }
    milter_reset(s->filter);
    s->t = (struct smtp_transaction){0};
    if (s->tx)
        arena_close(s->tx); /* an idle session holds no block */
    s->tx = NULL;
    if (s->stage != STAGE_NEW)
        s->stage = STAGE_READY;
}

void smtp_forget(struct smtp_session *s)
{
    smtp_reset(s);
    milter_visit_close(s->filter);
    s->filter = NULL;
    smtp_forward_forget(s);
    told_close(s->told);
    s->told = NULL;
    s->peer = s->socket;
    if (s->sasl)
        sasl_close(s->sasl);
    if (s->arena)
        arena_close(s->arena);
    s->arena = NULL;
    s->sasl = NULL;
    s->helo = s->login = (struct str){0};
    s->logged_in = s->auth_done = s->extended = false;
    s->who = s->account = 0;
    s->stage = STAGE_NEW;
    s->input = INPUT_COMMAND;
}

static void visit_begin(struct ctx *cx, struct smtp_session *s)
{
    visit_close(s->visit);
    s->visit = NULL;
    if (!s->submission && !s->lmtp)
        s->visit = visit_open(cx, s->env->admission, s->peer->address);
}

static void greet(struct smtp_session *s, struct reply *r)
{
    smtp_sayf(s, r, "220 %.*s %s Postroad", STR_ARG(s->env->host_name), s->lmtp ? "LMTP" : "ESMTP");
}

void smtp_begin(struct ctx *cx, struct smtp_session *s, struct reply *r)
{
    visit_begin(cx, s);
    greet(s, r);
}

/* A delay without a worker: the greeting comes with wake(). */
static void greet_late(struct ctx *cx, struct smtp_session *s, struct reply *r)
{
    visit_begin(cx, s);
    s->greeting_ms = visit_greeting_ms(s->visit);
    if (s->greeting_ms)
        s->input = INPUT_EARLY;
    else
        greet(s, r);
}

static void wake(struct ctx *cx, void *session, struct reply *r)
{
    struct smtp_session *s = session;
    (void)cx;
    if (s->input != INPUT_EARLY)
        return;
    s->input = INPUT_COMMAND;
    greet(s, r);
}

static uint32_t wake_ms(const void *session)
{
    const struct smtp_session *s = session;
    return s->input == INPUT_EARLY ? s->greeting_ms : 0;
}

static void refuse_early(struct ctx *cx, struct smtp_session *s, struct reply *r)
{
    visit_early(cx, s->visit, s->input != INPUT_EARLY);
    smtp_goodbye(s, r, "554 5.5.0 You did not wait for what we say; closing the connection");
}

static void session_open(struct ctx *cx, void *session, void *env, const struct peer *peer,
                         struct reply *r)
{
    struct smtp_session *s = session;
    s->env = env;
    s->peer = s->socket = peer;
    s->stage = STAGE_NEW;
    s->submission = str_starts(peer->role, STR("submission"));
    smtp_count_session(s, 1);
    if (smtp_lmtp_open(s, r))
        greet_late(cx, s, r);
}

static void run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct smtp_session *s = session;
    if (s->early && s->input != INPUT_OVER) {
        refuse_early(cx, s, r);
        return;
    }
    switch (s->input) {
    case INPUT_EARLY:
        refuse_early(cx, s, r);
        break;
    case INPUT_COMMAND:
    case INPUT_SASL:
        smtp_command_run(cx, s, request, r);
        break;
    case INPUT_LINE_REST:
        smtp_line_rest_run(s, request, r);
        break;
    case INPUT_DATA:
    case INPUT_DATA_REST:
        smtp_data_run(cx, s, request, r);
        break;
    case INPUT_CHUNK:
        smtp_chunk_run(cx, s, request, r);
        break;
    case INPUT_OVER:
        r->close = true;
        break;
    }
}

/* RFC 3207 section 4.2: nothing that was said in clear counts any more. */
static void tls_done(struct ctx *cx, void *session, struct reply *r)
{
    struct smtp_session *s = session;
    bool another = s->told; /* than who calls */
    (void)r;
    smtp_forget(s);
    if (another)
        visit_begin(cx, s);
}

static void too_long(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    smtp_goodbye(session, r, "552 5.3.4 Too much; closing the connection");
}

static void timed_out(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    smtp_goodbye(session, r, "421 4.4.2 Silent for too long; closing the connection");
}

static void stopped(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    smtp_goodbye(session, r, "421 4.3.2 The server stops; come again");
}

static uint32_t timeout_ms(const void *session)
{
    const struct smtp_session *s = session;
    bool content = s->input == INPUT_DATA || s->input == INPUT_DATA_REST || s->input == INPUT_CHUNK;
    return content ? s->env->limits->data_ms : s->env->limits->command_ms;
}

static void session_close(void *session)
{
    struct smtp_session *s = session;
    smtp_forget(s);
    visit_close(s->visit);
    smtp_count_session(s, -1);
}

const struct engine smtp_engine = {
    .name = "smtp",
    .session_bytes = sizeof(struct smtp_session),
    .request_max = (size_t)BLOB_MAX * 2,
    .open = session_open,
    .frame = smtp_frame,
    .run = run,
    .wake = wake,
    .wake_ms = wake_ms,
    .tls = tls_done,
    .too_long = too_long,
    .timeout = timed_out,
    .shutdown = stopped,
    .timeout_ms = timeout_ms,
    .close = session_close,
};
