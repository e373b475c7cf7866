/* The engine: a session from its greeting to its end. */
#include "proto/pop3/command.h"

static void forget(struct pop3_session *s)
{
    pop3_sasl_drop(s);
    pop3_job_drop(s);
    pop3_maildrop_close(s);
    free(s->user);
    s->user = NULL;
}

static void open_session(struct ctx *cx, void *session, void *env, const struct peer *peer,
                         struct reply *r)
{
    struct pop3_session *s = session;
    (void)cx;
    *s = (struct pop3_session){.env = env, .peer = peer, .stage = POP3_AUTHORIZATION};
    pop3_count_session(s, 1);
    struct pop3_call call = {.reply = r};
    pop3_ok(&call, "%.*s Postroad ready", STR_ARG(s->env->core->host_name));
}

static size_t line_max(const struct pop3_session *s, struct str in)
{
    bool long_line = s->mode != POP3_COMMANDS || str_istarts(in, STR("AUTH "));
    return long_line ? POP3_AUTH_LINE_MAX : POP3_LINE_MAX;
}

/* A line ends at LF. One that is too long comes as it is, and ends the session. */
static struct framing frame(void *session, struct str in, size_t seen)
{
    size_t max = line_max(session, in);
    size_t lf = str_chr(str_from(str_sub(in, 0, max), seen), '\n');
    if (lf != SIZE_MAX)
        return (struct framing){.what = FRAME_REQUEST, .n = seen + lf + 1};
    if (in.n >= max)
        return (struct framing){.what = FRAME_REQUEST, .n = in.n};
    return (struct framing){.what = FRAME_MORE};
}

void pop3_goodbye(struct pop3_session *s, struct reply *r, const char *text)
{
    struct pop3_call call = {.reply = r, .language = s->language};
    (void)pop3_refuse(&call, text);
    s->stage = POP3_OVER;
    r->close = true;
}

static void run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct pop3_session *s = session;
    if (s->stage == POP3_OVER) {
        r->close = true;
        return;
    }
    if (!str_ends(request, STR("\n"))) {
        pop3_goodbye(s, r, "The line is too long");
        return;
    }
    request.n--;
    if (str_ends(request, STR("\r")))
        request.n--;
    pop3_command_run(cx, s, request, r);
}

static void more(struct ctx *cx, void *session, struct reply *r)
{
    pop3_more(cx, session, r);
}

/* RFC 2595 section 4: nothing that was said in clear counts any more. */
static void tls(struct ctx *cx, void *session, struct reply *r)
{
    struct pop3_session *s = session;
    (void)cx, (void)r;
    forget(s);
    s->bad_count = 0;
}

static void too_long(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    pop3_goodbye(session, r, "The line is too long");
}

/* RFC 1939 section 3: closes without an answer, and removes nothing. */
static void timeout(struct ctx *cx, void *session, struct reply *r)
{
    struct pop3_session *s = session;
    (void)cx;
    s->stage = POP3_OVER;
    r->close = true;
}

static void shutdown(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    pop3_goodbye(session, r, "[SYS/TEMP] The server stops");
}

static uint32_t timeout_ms(const void *session)
{
    const struct pop3_session *s = session;
    return s->stage == POP3_AUTHORIZATION ? s->env->limits.login_timeout_ms
                                          : s->env->limits.timeout_ms;
}

static void close_session(void *session)
{
    struct pop3_session *s = session;
    forget(s);
    pop3_count_session(s, -1);
}

const struct engine pop3_engine = {
    .name = "pop3",
    .session_bytes = sizeof(struct pop3_session),
    .request_max = 2 * POP3_AUTH_LINE_MAX,
    .open = open_session,
    .frame = frame,
    .run = run,
    .more = more,
    .tls = tls,
    .too_long = too_long,
    .timeout = timeout,
    .shutdown = shutdown,
    .timeout_ms = timeout_ms,
    .close = close_session,
};
