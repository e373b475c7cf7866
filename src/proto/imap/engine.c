#include "base/clock.h"
#include "base/log.h"
#include "proto/imap/command.h"
#include "proto/imap/command/search/progress.h"
#include "proto/imap/fetch/fetch.h"
#include "proto/imap/login.h"
#include "proto/imap/search/context.h"
#include "proto/imap/sort/thread.h"
#include "proto/imap/sync/limit.h"
#include "proto/imap/sync/notify.h"
#include "proto/imap/sync/sync.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"
#include "service/requests.h"

const struct imap_limits imap_limits_default = {
    .message_bytes = 50 * 1024 * 1024,
    .request_bytes = IMAP_REQUEST_MAX,
    .reply_bytes = IMAP_REPLY_MAX,
    .context_messages = IMAP_CONTEXT_FOUND_MAX,
    .thread_steps = IMAP_THREAD_STEPS_MAX,
    .timeout_ms = 30 * 60 * 1000,
    .login_timeout_ms = 60 * 1000,
    .progress_messages = 500,
    .progress_ms = 10 * 1000,
    .change_messages = ITEM_CHANGE_MAX,
};

static struct imap_call call_of(struct ctx *cx, const struct imap_session *s, struct reply *r)
{
    return (struct imap_call){.reply = r,
                              .text = buf_of(cx->arena, s->env->limits.reply_bytes),
                              .told_us = clock_mono_us(),
                              .language = s->language};
}

/* Hands the text over. More of it than fits cannot be told, so the session ends. */
static void call_end(struct imap_session *s, struct imap_call *call)
{
    if (call->reply->slow)
        return;
    if (call->text.overflow) {
        log_event(s->env->log, LOG_WARN, "imap.reply_too_long", "conn=%llu",
                  (unsigned long long)s->peer->id);
        call->reply->close = true;
    }
    imap_flush(call);
}

static void open_session(struct ctx *cx, void *session, void *env, const struct peer *peer,
                         struct reply *r)
{
    struct imap_session *s = session;
    *s = (struct imap_session){.env = env, .peer = peer, .stage = IMAP_GREETED};
    struct imap_call call = call_of(cx, s, r);
    imap_say(&call, STR("* OK [CAPABILITY"));
    imap_capabilities(cx, s, &call.text);
    imap_say(&call, STR("] "));
    buf_add(&call.text, s->env->core->host_name);
    imap_say(&call, STR(" Postroad ready\r\n"));
    call_end(s, &call);
}

static void log_failure(const struct ctx *cx, const struct imap_session *s,
                        const struct imap_call *call, enum code code)
{
    if (code != E_IO && code != E_CORRUPT)
        return;
    log_event(s->env->log, LOG_ERROR, "imap.failed",
              "conn=%llu account=%llu command=%s code=%s what=\"%s\"",
              (unsigned long long)s->peer->id, (unsigned long long)s->account,
              call->command ? call->command->name.p : "-", code_name(code), cx->err.what);
}

static void count_bad(struct imap_session *s, struct imap_call *call, enum code code)
{
    s->bad_count = code == E_SYNTAX ? s->bad_count + 1 : 0;
    if (s->bad_count >= IMAP_BAD_MAX)
        imap_bye(s, call, STR(""), STR("Too many bad commands"));
}

/* RFC 7162 section 3.2.7: all that was removed up to there has been told. */
static void tell_highest(struct ctx *cx, const struct imap_session *s, struct imap_call *call)
{
    if (!call->highest || !s->qresync || !s->selected || call->response.n)
        return;
    struct buf b = buf_of(cx->arena, 64);
    buf_add(&b, STR("HIGHESTMODSEQ "));
    buf_u64(&b, view_modseq(s->selected->view));
    call->response = buf_str(&b);
}

/* What comes after a command's own text: news of the folder, and the tagged reply. */
static void finish(struct ctx *cx, struct imap_session *s, struct imap_call *call, enum code code)
{
    log_failure(cx, s, call, code);
    if (call->untagged || call->reply->slow)
        return;
    if (call->command && code != E_SYNTAX) {
        struct ctx own = *cx; /* the command's result stands, whatever comes of this */
        enum imap_sync how = call->uid ? IMAP_SYNC_ALL : call->command->sync;
        enum code synced = imap_news(&own, s, call, how);
        log_failure(&own, s, call, synced);
        if (code == OK && synced == OK)
            tell_highest(cx, s, call);
    }
    imap_notify_follow(s);
    bool ended = call->untagged;
    if (code == OK)
        imap_limit_tell(cx, s, call);
    imap_tagged(cx, call, code);
    if (!ended)
        count_bad(s, call, code);
}

/* Reads tag and name. */
static enum code command_of(struct ctx *cx, const struct imap_session *s, struct str line,
                            struct imap_call *call)
{
    struct cur c = cur_of(line);
    struct str name;
    call->tag = STR("*");
    if (!imap_tag(&c, &name))
        return fail(cx, E_SYNTAX, "tag expected");
    call->tag = name;
    if (!imap_sp(&c) || !imap_atom(&c, &name))
        return fail(cx, E_SYNTAX, "command expected");
    bool uid = str_ieq(name, STR("UID"));
    if (uid && (!imap_sp(&c) || !imap_atom(&c, &name)))
        return fail(cx, E_SYNTAX, "command expected after UID");
    const struct imap_command *command = imap_command_find(name);
    if (!command || (uid && !command->uid))
        return fail(cx, E_SYNTAX, "no such command");
    if (!(command->stages & s->stage))
        return fail(cx, E_SYNTAX, "%s is not possible in this state", command->name.p);
    if (!cur_end(&c) && !imap_sp(&c))
        return fail(cx, E_SYNTAX, "space expected after the command");
    if (command->bare && str_trim(c.rest).n)
        return fail(cx, E_SYNTAX, "%s takes no arguments", command->name.p);
    if (s->uidonly && !uid && command->uid && !str_eq(command->name, STR("EXPUNGE")))
        return imap_uid_required(cx, call);
    call->command = command;
    call->uid = uid;
    call->arg = c;
    return OK;
}

/* What is granted may be taken back at any time. */
static enum code run_checked(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    TRY(imap_selected_check(cx, s, call));
    return s->stage == IMAP_ENDED ? OK : call->command->run(cx, s, call);
}

static enum code run_counted(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    principal_id who = s->reader; /* UNAUTHENTICATE forgets it */
    TRY(requests_begin(cx, s->env->requests, who));
    enum code code = run_checked(cx, s, call);
    requests_end(s->env->requests, who);
    return code;
}

static void run_command(struct ctx *cx, struct imap_session *s, struct str line,
                        struct imap_call *call)
{
    int64_t start_us = clock_mono_us();
    enum code code = command_of(cx, s, line, call);
    const struct imap_command *command = call->command;
    s->call = call;
    if (command)
        code = run_counted(cx, s, call);
    s->call = NULL;
    finish(cx, s, call, code);
    if (command && !call->reply->slow)
        imap_meter_count(s->env->meter, command, code == OK, clock_mono_us() - start_us);
}

static const struct {
    enum code code;
    struct str response;
    const char *text;
} refusals[IMAP_REFUSAL_COUNT] = {
    [IMAP_LINE_TOO_LONG] = {E_LIMIT, STR(""), "The line is too long"},
    [IMAP_LITERAL_BAD] = {E_SYNTAX, STR(""), "The literal's length is no number"},
    [IMAP_LITERAL_TOO_BIG] = {E_LIMIT, STR("TOOBIG"), "The literal is too big"},
    [IMAP_LITERALS_TOO_MANY] = {E_LIMIT, STR("LIMIT"), "Too many literals in one command"},
};

/* A request that framing has given up on. */
static void refuse(struct ctx *cx, struct imap_session *s, struct str line, struct imap_call *call)
{
    enum imap_refusal why = s->frame.refusal;
    struct cur c = cur_of(line);
    if (s->frame.ends) {
        imap_bye(s, call, refusals[why].response, str_z(refusals[why].text));
        return;
    }
    if (!imap_tag(&c, &call->tag))
        call->tag = STR("*");
    call->response = refusals[why].response;
    finish(cx, s, call, fail(cx, refusals[why].code, "%s", refusals[why].text));
}

/* Without the line end that framing has found. */
static struct str line_of(struct str request)
{
    if (str_ends(request, STR("\n")))
        request.n--;
    if (str_ends(request, STR("\r")))
        request.n--;
    return request;
}

static void run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct imap_session *s = session;
    struct imap_call call = call_of(cx, s, r);
    struct str line = line_of(request);
    for (uint32_t i = 0; i < s->frame.owed; i++)
        imap_say(&call, STR("+ OK\r\n"));
    if (s->frame.refusal != IMAP_ACCEPTED)
        refuse(cx, s, line, &call);
    else if (s->mode == IMAP_IN_IDLE)
        finish(cx, s, &call, imap_idle_line(cx, s, line, &call));
    else if (s->mode != IMAP_COMMANDS)
        finish(cx, s, &call, imap_sasl_line(cx, s, line, &call));
    else
        run_command(cx, s, line, &call);
    call_end(s, &call);
}

static void more(struct ctx *cx, void *session, struct reply *r)
{
    struct imap_session *s = session;
    struct imap_call call = call_of(cx, s, r);
    finish(cx, s, &call,
           s->search_job ? imap_search_more(cx, s, &call) : imap_fetch_more(cx, s, &call));
    if (!s->job && !s->search_job)
        imap_tag_drop(s);
    call_end(s, &call);
}

static void wake(struct ctx *cx, void *session, struct reply *r)
{
    struct imap_session *s = session;
    if (!s->notify && (s->mode != IMAP_IN_IDLE || s->stage != IMAP_SELECTED))
        return;
    struct imap_call call = call_of(cx, s, r);
    log_failure(cx, s, &call, imap_news(cx, s, &call, imap_notify_how(s)));
    call_end(s, &call);
}

static void tls(struct ctx *cx, void *session, struct reply *r)
{
    struct imap_session *s = session;
    (void)cx, (void)r; /* nothing is said: the client asks for the capabilities anew */
    s->frame = (struct imap_frame){0};
    s->bad_count = 0;
}

static void goodbye(struct ctx *cx, struct imap_session *s, struct reply *r, struct str response,
                    struct str text)
{
    struct imap_call call = call_of(cx, s, r);
    imap_bye(s, &call, response, text);
    call_end(s, &call);
}

static void too_long(struct ctx *cx, void *session, struct reply *r)
{
    goodbye(cx, session, r, STR("TOOBIG"), STR("The command is too big"));
}

static void timeout(struct ctx *cx, void *session, struct reply *r)
{
    goodbye(cx, session, r, STR(""), STR("Nothing came for too long"));
}

static void shutdown(struct ctx *cx, void *session, struct reply *r)
{
    goodbye(cx, session, r, STR("UNAVAILABLE"), STR("The server stops"));
}

static uint32_t timeout_ms(const void *session)
{
    const struct imap_session *s = session;
    return s->stage == IMAP_GREETED ? s->env->limits.login_timeout_ms : s->env->limits.timeout_ms;
}

static void close_session(void *session)
{
    struct imap_session *s = session;
    imap_unwatch(s);
    imap_notify_drop(s);
    imap_sasl_drop(s);
    imap_job_drop(s);
    imap_search_job_drop(s);
    imap_unselect(s);
    imap_tag_drop(s);
}

const struct engine imap_engine = {
    .name = "imap",
    .session_bytes = sizeof(struct imap_session),
    .request_max = IMAP_REQUEST_MAX,
    .open = open_session,
    .frame = imap_frame,
    .run = run,
    .more = more,
    .wake = wake,
    .tls = tls,
    .too_long = too_long,
    .timeout = timeout,
    .shutdown = shutdown,
    .timeout_ms = timeout_ms,
    .close = close_session,
};
