/* The engine: which reply belongs to what, and how a session ends. */
#include "base/arena.h"
#include "base/log.h"
#include "base/metric.h"
#include "service/transport/remote/session.h"

const struct client_times client_times_default = {300000, 300000, 120000, 600000, 5000};

const char *client_phase_name(enum phase phase)
{
    static const char *const names[] = {
        [PHASE_GREETING] = "the greeting",
        [PHASE_EHLO] = "EHLO",
        [PHASE_HELO] = "HELO",
        [PHASE_STARTTLS] = "STARTTLS",
        [PHASE_AUTH] = "AUTH",
        [PHASE_AUTH_USER] = "AUTH",
        [PHASE_AUTH_PASSWORD] = "AUTH",
        [PHASE_SCRAM_FIRST] = "AUTH",
        [PHASE_SCRAM_FINAL] = "AUTH",
        [PHASE_SCRAM_PROVEN] = "AUTH",
        [PHASE_RSET] = "RSET",
        [PHASE_MAIL] = "MAIL",
        [PHASE_RCPT] = "RCPT",
        [PHASE_DATA] = "DATA",
        [PHASE_FINAL] = "the end of the message",
        [PHASE_QUIT] = "QUIT",
        [PHASE_OVER] = "the end",
    };
    return names[phase];
}

/* The first reason counts. */
void client_stop(struct client *c, enum client_end end, struct str status, struct str text)
{
    struct client_job *job = c->job;
    c->phase = PHASE_OVER;
    if (job->end)
        return;
    job->end = end;
    snprintf(job->status, sizeof job->status, "%.*s", STR_ARG(status));
    snprintf(job->text, sizeof job->text, "%.*s", STR_ARG(text));
}

void client_quit(struct client *c, struct reply *r)
{
    rope_put(&r->out, STR("QUIT\r\n"));
    c->phase = PHASE_QUIT;
}

static void client_open(struct ctx *cx, void *session, void *env, const struct peer *peer,
                        struct reply *r)
{
    struct client *c = session;
    (void)cx, (void)r;
    c->job = env;
    c->peer = peer;
    c->phase = PHASE_GREETING;
    snprintf(c->job->seen.host_address, sizeof c->job->seen.host_address, "%.*s",
             STR_ARG(peer->address));
    snprintf(c->job->seen.own_address, sizeof c->job->seen.own_address, "%.*s",
             STR_ARG(peer->local_address));
    metric_add(c->job->env->meters.sessions, 1);
}

static struct framing client_frame(void *session, struct str in, size_t seen)
{
    (void)session;
    size_t n = client_reply_size(in, seen);
    if (n)
        return (struct framing){.what = FRAME_REQUEST, .n = n};
    return (struct framing){.what = FRAME_MORE};
}

static void dispatch(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    switch (c->phase) {
    case PHASE_GREETING:
        client_greeted(cx, c, h, r);
        break;
    case PHASE_EHLO:
    case PHASE_HELO:
        client_hello(cx, c, h, r);
        break;
    case PHASE_STARTTLS:
        client_tls_reply(cx, c, h, r);
        break;
    case PHASE_AUTH:
    case PHASE_AUTH_USER:
    case PHASE_AUTH_PASSWORD:
        client_auth_reply(cx, c, h, r);
        break;
    case PHASE_SCRAM_FIRST:
    case PHASE_SCRAM_FINAL:
    case PHASE_SCRAM_PROVEN:
        client_scram_reply(cx, c, h, r);
        break;
    case PHASE_RSET:
        client_rset_reply(cx, c, h, r);
        break;
    case PHASE_MAIL:
        client_mail_reply(cx, c, h, r);
        break;
    case PHASE_RCPT:
        client_rcpt_reply(cx, c, h, r);
        break;
    case PHASE_DATA:
        client_data_reply(cx, c, h, r);
        break;
    case PHASE_FINAL:
        client_final_reply(cx, c, h, r);
        break;
    case PHASE_QUIT:
    case PHASE_OVER:
        c->phase = PHASE_OVER;
        break;
    }
}

/* Nothing was said of any recipient, and the message cannot be there already. */
static bool is_undecided(const struct client *c)
{
    bool sent = c->phase == PHASE_FINAL || (c->all_said && c->offers & OFFERS_CHUNKING);
    for (size_t i = 0; i < c->e->to_count; i++)
        if (c->e->to[i].result)
            return false;
    return !sent;
}

/* What an errand at hand is told when its connection is of no more use. The first errand of a
   connection waits; a later one goes elsewhere at once, since the host may just take so many. */
static void abandon(struct client *c, struct str status, struct str text)
{
    c->job->movable = c->e && c->job->settled == 0 && is_undecided(c);
    if (c->e && c->job->settled == 0)
        client_result(c, ERRAND_DEFERRED, status, text);
}

static void lost(struct client *c, struct reply *r, const char *what)
{
    char text[DIAGNOSTIC_MAX];
    snprintf(text, sizeof text, "%.*s: %s, while waiting for the answer to %s",
             STR_ARG(c->job->host), what, client_phase_name(c->phase));
    abandon(c, STR("4.4.2"), str_z(text));
    client_stop(c, CLIENT_LOST, STR("4.4.2"), str_z(text));
    r->close = true;
}

static void run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct client *c = session;
    struct heard h;
    if (c->phase == PHASE_OVER) {
        r->close = true;
        return;
    }
    if (client_reply_parse(cx, request, &h) != OK) {
        lost(c, r, cx->err.what);
        return;
    }
    if (h.code == 421 && c->phase != PHASE_QUIT) {
        abandon(c, h.status, h.text);
        client_stop(c, CLIENT_BUSY, h.status, h.text);
    } else {
        dispatch(cx, c, &h, r);
    }
    r->close |= c->phase == PHASE_OVER;
}

static void secured(struct ctx *cx, void *session, struct reply *r)
{
    struct client *c = session;
    client_secured(cx, c, r);
    r->close |= c->phase == PHASE_OVER;
}

static void too_long(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    lost(session, r, "too much was said");
}

static void timed_out(struct ctx *cx, void *session, struct reply *r)
{
    struct client *c = session;
    (void)cx;
    if (c->phase != PHASE_QUIT)
        lost(c, r, "silent for too long");
}

static void stopped(struct ctx *cx, void *session, struct reply *r)
{
    struct client *c = session;
    (void)cx, (void)r;
    client_stop(c, CLIENT_LOST, STR("4.3.2"), STR("our server stops"));
}

static uint32_t timeout_ms(const void *session)
{
    const struct client *c = session;
    const struct client_times *times = c->job->env->times;
    if (c->phase == PHASE_GREETING)
        return times->greeting_ms;
    if (c->phase == PHASE_DATA)
        return times->data_ms;
    if (c->phase == PHASE_FINAL)
        return times->final_ms;
    return c->phase == PHASE_QUIT ? times->quit_ms : times->command_ms;
}

static void client_close(void *session)
{
    struct client *c = session;
    struct client_job *job = c->job;
    if (!job->end && c->phase == PHASE_QUIT) {
        client_stop(c, CLIENT_DONE, STR("2.0.0"), STR(""));
    } else if (!job->end) {
        struct reply r = {0};
        struct str why = c->peer->ended.n ? c->peer->ended : STR("the connection was closed");
        char text[DIAGNOSTIC_MAX];
        snprintf(text, sizeof text, "%.*s", STR_ARG(why));
        bool tls = c->peer->ended_in_tls && !c->e && job->settled == 0;
        lost(c, &r, text);
        if (tls)
            job->end = CLIENT_TLS_BROKEN;
    }
    client_content_close(c);
    metric_add(job->env->meters.failures, job->end != CLIENT_DONE);
    job->errand = c->e;
    job->ended(job);
}

const struct engine client_engine = {
    .name = "smtp-client",
    .session_bytes = sizeof(struct client),
    .request_max = REPLY_MAX,
    .open = client_open,
    .frame = client_frame,
    .run = run,
    .more = client_more,
    .tls = secured,
    .too_long = too_long,
    .timeout = timed_out,
    .shutdown = stopped,
    .timeout_ms = timeout_ms,
    .close = client_close,
};
