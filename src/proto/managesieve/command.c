/* The table of commands, and what runs its rows. */
#include "proto/managesieve/command.h"
#include "base/clock.h"
#include "base/log.h"
#include "service/requests.h"

enum { BEFORE = MS_GREETED, IN = MS_LOGGED_IN, ANY = BEFORE | IN };

/* RFC 5804 section 2. */
static const struct ms_command commands[] = {
    {STR("AUTHENTICATE"), ms_authenticate, BEFORE},
    {STR("STARTTLS"), ms_starttls, BEFORE},
    {STR("LOGOUT"), ms_logout, ANY},
    {STR("CAPABILITY"), ms_capability, ANY},
    {STR("HAVESPACE"), ms_havespace, IN},
    {STR("PUTSCRIPT"), ms_putscript, IN},
    {STR("LISTSCRIPTS"), ms_listscripts, IN},
    {STR("SETACTIVE"), ms_setactive, IN},
    {STR("GETSCRIPT"), ms_getscript, IN},
    {STR("DELETESCRIPT"), ms_deletescript, IN},
    {STR("RENAMESCRIPT"), ms_renamescript, IN},
    {STR("CHECKSCRIPT"), ms_checkscript, IN},
    {STR("NOOP"), ms_noop, ANY},
    {STR("UNAUTHENTICATE"), ms_unauthenticate, IN},
};
enum { COMMANDS = sizeof commands / sizeof *commands };
_Static_assert((size_t)COMMANDS <= (size_t)MS_COMMANDS_MAX, "the meter has a place for each");

const struct ms_command *ms_command_at(size_t index)
{
    return index < COMMANDS ? &commands[index] : NULL;
}

size_t ms_command_index(const struct ms_command *command)
{
    return (size_t)(command - commands);
}

static const struct ms_command *find(struct str name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (str_ieq(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static enum code run_command(struct ctx *cx, struct ms_session *s, struct ms_call *call,
                             struct str request)
{
    struct cur c = cur_of(request);
    struct str name = cur_while(&c, ascii_is_alpha);
    call->command = find(name);
    call->arg = c;
    if (!call->command || (!cur_end(&c) && cur_peek(&c) != ' '))
        return fail(cx, E_SYNTAX, "no such command");
    if (!(call->command->stages & s->stage))
        return fail(cx, E_SYNTAX, "%s is not possible %s", call->command->name.p,
                    s->stage == MS_GREETED ? "before log-in" : "after log-in");
    return call->command->run(cx, s, call);
}

static enum code run_counted(struct ctx *cx, struct ms_session *s, struct ms_call *call,
                             struct str request)
{
    principal_id who = s->reader; /* nobody yet, before log-in */
    TRY(requests_begin(cx, s->env->requests, who));
    enum code code =
        s->sasl ? ms_sasl_line(cx, s, call, request) : run_command(cx, s, call, request);
    requests_end(s->env->requests, who);
    return code;
}

static void log_failure(const struct ctx *cx, const struct ms_session *s,
                        const struct ms_call *call, enum code code)
{
    if (code != E_IO && code != E_CORRUPT)
        return;
    log_event(s->env->log, LOG_ERROR, "managesieve.failed",
              "conn=%llu account=%llu command=%s code=%s what=\"%s\"",
              (unsigned long long)s->peer->id, (unsigned long long)s->account,
              call->command ? call->command->name.p : "-", code_name(code), cx->err.what);
}

void ms_command_run(struct ctx *cx, struct ms_session *s, struct str request, struct reply *r)
{
    struct ms_call call = {.reply = r};
    int64_t start_us = clock_mono_us();
    enum code code = run_counted(cx, s, &call, request);
    if (r->slow)
        return;
    log_failure(cx, s, &call, code);
    if (code != OK)
        ms_failed(cx, &call, code);
    s->bad_count = call.faulty ? s->bad_count + 1 : 0;
    if (s->bad_count >= MS_BAD_MAX)
        ms_bye(s, r, STR(""), STR("Too many bad commands"));
    ms_count_command(s, &call, clock_mono_us() - start_us);
}
