#include "server/control.h"
#include "base/cur.h"
#include "core/audit.h"
#include "server/command.h"
#include "server/progress.h"
#include <pwd.h>

enum { ANSWER_MAX = 64 * 1024 * 1024, TIMEOUT_MS = 3600 * 1000 };

struct control_session {
    struct server *server;
    const struct peer *peer;
};

/* One call as it came. */
struct call {
    struct args words;
    struct str input;
    uint64_t ticket;
};

int control_exit_status(enum code code)
{
    static const int statuses[CODE_COUNT] = {
        [OK] = 0,       [E_SYNTAX] = 2,  [E_LIMIT] = 6,       [E_NOT_FOUND] = 3,
        [E_EXISTS] = 4, [E_DENIED] = 5,  [E_BUSY] = 7,        [E_CONFLICT] = 7,
        [E_IO] = 8,     [E_CORRUPT] = 8, [E_UNSUPPORTED] = 1,
    };
    return statuses[code];
}

static void control_open(struct ctx *cx, void *session, void *env, const struct peer *peer,
                         struct reply *r)
{
    (void)cx, (void)r;
    struct control_session *s = session;
    s->server = env;
    s->peer = peer;
}

static struct framing control_frame(void *session, struct str in, size_t seen)
{
    (void)session, (void)seen;
    struct cur c = cur_of(in);
    uint32_t n;
    if (!cur_le32(&c, &n))
        return (struct framing){.what = FRAME_MORE};
    if (c.rest.n < n)
        return (struct framing){.what = FRAME_MORE, .n = (size_t)n + 4};
    return (struct framing){.what = FRAME_REQUEST, .n = (size_t)n + 4};
}

static enum code read_call(struct ctx *cx, struct str request, struct call *out)
{
    struct cur c = cur_of(str_from(request, 4));
    uint32_t count;
    if (!cur_le32(&c, &count) || count > ARGS_MAX)
        return fail(cx, E_SYNTAX, "more than %d words", ARGS_MAX);
    out->words = (struct args){.count = count};
    for (uint32_t i = 0; i < count; i++)
        if (!cur_le_str(&c, &out->words.words[i]))
            return fail(cx, E_SYNTAX, "the request is cut short");
    if (!cur_le_str(&c, &out->input) || !cur_le64(&c, &out->ticket))
        return fail(cx, E_SYNTAX, "the request is cut short");
    return OK;
}

/* "console:root": the user of the program at the other end of the socket. */
static struct str actor_of(struct ctx *cx, const struct peer *peer)
{
    struct str prefix = STR("unix:");
    struct cur c = cur_of(peer->address);
    uint32_t uid;
    if (!str_starts(peer->address, prefix))
        return STR("console");
    c.rest = str_from(c.rest, prefix.n);
    if (!cur_u32(&c, &uid))
        return STR("console");
    struct passwd entry, *found = NULL;
    enum { NAMES_MAX = 4096 };
    char *names = arena_alloc(cx->arena, NAMES_MAX);
    if (getpwuid_r(uid, &entry, names, NAMES_MAX, &found) != 0 || !found)
        return str_printf(cx->arena, "console:%u", uid);
    return str_printf(cx->arena, "console:%s", found->pw_name);
}

static enum code audited(struct ctx *cx, const struct control_session *s,
                         const struct command *command, const struct args *args)
{
    struct buf detail = buf_of(cx->arena, 512);
    for (size_t i = 0; i < args->count; i++)
        buf_printf(&detail, "%s%.*s", i ? " " : "", STR_ARG(args->words[i]));
    struct audit_entry entry = {
        .at_ms = cx->now_ms,
        .actor = actor_of(cx, s->peer),
        .act = str_z(command->words),
        .object = command_object(args),
        .detail = buf_str(&detail),
    };
    return audit_add(cx, s->server->core, &entry);
}

static void answer(struct ctx *cx, struct reply *r, int status, char kind, struct str text)
{
    struct buf head = buf_of(cx->arena, 8);
    buf_le32(&head, (uint32_t)text.n + 2);
    buf_le8(&head, (uint8_t)status);
    buf_le8(&head, (uint8_t)kind);
    rope_put(&r->out, buf_str(&head));
    rope_ref(&r->out, text);
}

static enum code run_seen(struct ctx *cx, const struct control_session *s,
                          const struct command *command, uint64_t ticket, struct command_call *call)
{
    struct progress *progress AUTO(progress_close) = NULL;
    if (command->slow)
        progress = progress_open(s->server->board, ticket, str_z(command->words),
                                 actor_of(cx, s->peer), cx->now_ms);
    call->progress = progress;
    return command->run(cx, call);
}

/* found: bad news in a whole result (command_call.found). */
static enum code run_call(struct ctx *cx, const struct control_session *s, struct str request,
                          struct buf *out, enum code *found)
{
    struct json json = json_to(out);
    struct call words;
    TRY(read_call(cx, request, &words));
    struct command_call call = {.server = s->server, .out = &json, .input = words.input};
    size_t taken;
    const struct command *command = command_find(words.words.words, words.words.count, &taken);
    if (!command)
        return fail(cx, E_SYNTAX, "no such command; see postroad help");
    if (command->slow && !cx->slow)
        return E_BUSY;
    for (size_t i = taken; i < words.words.count; i++)
        call.args.words[call.args.count++] = words.words.words[i];
    struct args as_given = call.args;
    TRY(run_seen(cx, s, command, words.ticket, &call));
    if (out->overflow)
        return fail(cx, E_LIMIT, "the answer is larger than %d MiB; ask for less at a time",
                    ANSWER_MAX / 1024 / 1024);
    if (command->changes)
        TRY(audited(cx, s, command, &as_given));
    *found = call.found;
    return OK;
}

static void control_run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct buf out = buf_of(cx->arena, ANSWER_MAX);
    enum code found = OK;
    cx->err = (struct err){0};
    enum code code = run_call(cx, session, request, &out, &found);
    if (code == E_BUSY && !cx->slow && !cx->err.what[0]) {
        r->slow = true;
        return;
    }
    if (code == OK)
        answer(cx, r, control_exit_status(found), 'j', out.n ? buf_str(&out) : STR("{}"));
    else
        answer(cx, r, control_exit_status(code), 't',
               str_dup(cx->arena, cx->err.what[0] ? str_z(cx->err.what) : str_z(code_name(code))));
}

static void control_too_long(struct ctx *cx, void *session, struct reply *r)
{
    (void)session;
    answer(cx, r, control_exit_status(E_LIMIT), 't', STR("the request is too long"));
}

static void control_quiet(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    r->close = true;
}

static uint32_t control_timeout_ms(const void *session)
{
    (void)session;
    return TIMEOUT_MS;
}

static void control_close(void *session)
{
    (void)session;
}

const struct engine control_engine = {
    .name = "control",
    .session_bytes = sizeof(struct control_session),
    .request_max = CONTROL_REQUEST_MAX,
    .open = control_open,
    .frame = control_frame,
    .run = control_run,
    .too_long = control_too_long,
    .timeout = control_quiet,
    .shutdown = control_quiet,
    .timeout_ms = control_timeout_ms,
    .close = control_close,
};
