#include "server/control.h"
#include "base/cur.h"
#include "core/audit.h"
#include "server/command.h"

enum { ANSWER_MAX = 64 * 1024 * 1024, TIMEOUT_MS = 3600 * 1000 };

struct control_session {
    struct server *server;
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
    (void)cx, (void)peer, (void)r;
    struct control_session *s = session;
    s->server = env;
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

static enum code read_call(struct ctx *cx, struct str request, struct args *args, struct str *input)
{
    struct cur c = cur_of(str_from(request, 4));
    uint32_t count;
    if (!cur_le32(&c, &count) || count > ARGS_MAX)
        return fail(cx, E_SYNTAX, "more than %d words", ARGS_MAX);
    *args = (struct args){.count = count};
    for (uint32_t i = 0; i < count; i++)
        if (!cur_le_str(&c, &args->words[i]))
            return fail(cx, E_SYNTAX, "the request is cut short");
    if (!cur_le_str(&c, input))
        return fail(cx, E_SYNTAX, "the request is cut short");
    return OK;
}

static enum code audited(struct ctx *cx, struct server *server, const struct command *command,
                         const struct args *args)
{
    struct audit_entry entry = {
        .at_ms = cx->now_ms,
        .actor = STR("console"),
        .act = str_z(command->words),
        .object = command_object(args),
        .detail = str_join(cx->arena, (struct str[]){STR("")}, 1),
    };
    struct buf detail = buf_of(cx->arena, 512);
    for (size_t i = 0; i < args->count; i++)
        buf_printf(&detail, "%s%.*s", i ? " " : "", STR_ARG(args->words[i]));
    entry.detail = buf_str(&detail);
    return audit_add(cx, server->core, &entry);
}

static void answer(struct ctx *cx, struct reply *r, int status, struct str text)
{
    struct buf head = buf_of(cx->arena, 8);
    buf_le32(&head, (uint32_t)text.n + 1);
    buf_le8(&head, (uint8_t)status);
    rope_put(&r->out, buf_str(&head));
    rope_ref(&r->out, text);
}

static enum code run_call(struct ctx *cx, struct server *server, struct str request,
                          struct buf *out)
{
    struct json json = json_to(out);
    struct command_call call = {.server = server, .out = &json};
    struct args words;
    TRY(read_call(cx, request, &words, &call.input));
    size_t taken;
    const struct command *command = command_find(words.words, words.count, &taken);
    if (!command)
        return fail(cx, E_SYNTAX, "no such command; see postroad help");
    if (command->slow && !cx->slow)
        return E_BUSY;
    for (size_t i = taken; i < words.count; i++)
        call.args.words[call.args.count++] = words.words[i];
    struct args as_given = call.args;
    TRY(command->run(cx, &call));
    if (out->overflow)
        return fail(cx, E_LIMIT, "the answer is larger than %d MiB; ask for less at a time",
                    ANSWER_MAX / 1024 / 1024);
    if (command->changes)
        TRY(audited(cx, server, command, &as_given));
    return OK;
}

static void control_run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    struct control_session *s = session;
    struct buf out = buf_of(cx->arena, ANSWER_MAX);
    cx->err = (struct err){0};
    enum code code = run_call(cx, s->server, request, &out);
    if (code == E_BUSY && !cx->slow && !cx->err.what[0]) {
        r->slow = true;
        return;
    }
    if (code == OK)
        answer(cx, r, 0, out.n ? buf_str(&out) : STR("{}"));
    else
        answer(cx, r, control_exit_status(code),
               str_dup(cx->arena, cx->err.what[0] ? str_z(cx->err.what) : str_z(code_name(code))));
}

static void control_too_long(struct ctx *cx, void *session, struct reply *r)
{
    (void)session;
    answer(cx, r, control_exit_status(E_LIMIT), STR("the request is too long"));
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
