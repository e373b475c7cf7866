/* The engine: a session from its greeting to its end. */
#include "proto/managesieve/command.h"

/* RFC 5804 section 1.8: as after CAPABILITY. */
static void greet(struct ctx *cx, const struct ms_session *s, struct reply *r)
{
    struct ms_call call = {.reply = r};
    ms_capabilities(cx, s, &r->out);
    ms_ok(&call, STR(""),
          str_printf(cx->arena, "%.*s Postroad ready", STR_ARG(s->env->core->host_name)));
}

static void open_session(struct ctx *cx, void *session, void *env, const struct peer *peer,
                         struct reply *r)
{
    struct ms_session *s = session;
    *s = (struct ms_session){.env = env, .peer = peer, .stage = MS_GREETED};
    ms_count_session(s, 1);
    greet(cx, s, r);
}

/* A piece of what is thrown away. */
static void skip(struct ms_session *s, struct str request, struct reply *r)
{
    struct ms_call call = {.reply = r};
    if (s->skip) {
        s->skip -= request.n < s->skip ? request.n : s->skip;
        s->skip_line = true;
        return;
    }
    s->skip_line = !str_ends(request, STR("\n"));
    if (!s->skip_line)
        (void)ms_no(&call, STR("QUOTA/MAXSIZE"), STR("The script is too large"));
}

static const char *refusal_text(enum ms_refusal why)
{
    switch (why) {
    case MS_LINE_TOO_LONG:
        return "The line is too long";
    case MS_LITERAL_BAD:
        return "Literals are {number+} here, and few in a command";
    case MS_LITERAL_TOO_BIG:
        return "The literal is too large";
    case MS_ACCEPTED:
        break;
    }
    return NULL;
}

static void run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct ms_session *s = session;
    const char *no = refusal_text(s->frame.refusal);
    if (s->stage == MS_OVER) {
        r->close = true;
        return;
    }
    if (no && s->frame.refusal == MS_LITERAL_TOO_BIG && s->skip <= MS_SKIP_MAX &&
        s->stage == MS_LOGGED_IN) {
        s->frame.refusal = MS_ACCEPTED; /* it is answered when it has passed */
        return;
    }
    if (no) {
        s->skip = 0;
        ms_bye(s, r, STR(""), str_z(no));
        return;
    }
    if (s->skip || s->skip_line) {
        skip(s, request, r);
        return;
    }
    request.n--;
    if (str_ends(request, STR("\r")))
        request.n--;
    ms_command_run(cx, s, request, r);
}

/* RFC 5804 section 2.2: nothing that was said in clear counts any more. */
static void tls(struct ctx *cx, void *session, struct reply *r)
{
    struct ms_session *s = session;
    ms_session_reset(s);
    greet(cx, s, r);
}

static void too_long(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    ms_bye(session, r, STR(""), STR("The command is too long"));
}

static void timeout(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    ms_bye(session, r, STR(""), STR("Nothing was heard for too long"));
}

static void shutdown(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    ms_bye(session, r, STR("TRYLATER"), STR("The server stops"));
}

static uint32_t timeout_ms(const void *session)
{
    const struct ms_session *s = session;
    const struct managesieve_limits *limits = &s->env->limits;
    return s->stage == MS_LOGGED_IN ? limits->timeout_ms : limits->login_timeout_ms;
}

static void close_session(void *session)
{
    struct ms_session *s = session;
    ms_session_reset(s);
    ms_count_session(s, -1);
}

const struct engine managesieve_engine = {
    .name = "managesieve",
    .session_bytes = sizeof(struct ms_session),
    .request_max = MS_LITERALS_MAX * MS_LITERAL_MAX + 2 * MS_LINE_MAX,
    .open = open_session,
    .frame = ms_frame,
    .run = run,
    .tls = tls,
    .too_long = too_long,
    .timeout = timeout,
    .shutdown = shutdown,
    .timeout_ms = timeout_ms,
    .close = close_session,
};
