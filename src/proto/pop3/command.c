/* The table of commands, and what runs its rows. */
#include "proto/pop3/command.h"
#include "base/clock.h"
#include "base/log.h"
#include "service/requests.h"

enum { BEFORE = POP3_AUTHORIZATION, IN = POP3_TRANSACTION, ANY = BEFORE | IN };

/* name, run, stages, capability, offered, bare. CAPA adds what no command stands for. */
static const struct pop3_command commands[] = {
    {STR("CAPA"), pop3_capa, ANY, STR(""), NULL, true},                     /* RFC 2449 */
    {STR("STLS"), pop3_stls, BEFORE, STR("STLS"), pop3_may_stls, true},     /* RFC 2595 */
    {STR("USER"), pop3_user, BEFORE, STR("USER"), pop3_password_ok, false}, /* RFC 1939 */
    {STR("PASS"), pop3_pass, BEFORE, STR(""), NULL, false},
    {STR("AUTH"), pop3_auth, BEFORE, STR(""), NULL, false},         /* RFC 5034 */
    {STR("UTF8"), pop3_utf8, BEFORE, STR("UTF8 USER"), NULL, true}, /* RFC 6856 */
    {STR("LANG"), pop3_lang, ANY, STR("LANG"), NULL, false},
    {STR("STAT"), pop3_stat, IN, STR(""), NULL, true},
    {STR("LIST"), pop3_list, IN, STR(""), NULL, false},
    {STR("UIDL"), pop3_uidl, IN, STR("UIDL"), NULL, false},
    {STR("RETR"), pop3_retr, IN, STR(""), NULL, false},
    {STR("TOP"), pop3_top, IN, STR("TOP"), NULL, false},
    {STR("DELE"), pop3_dele, IN, STR(""), NULL, false},
    {STR("NOOP"), pop3_noop, IN, STR(""), NULL, true},
    {STR("RSET"), pop3_rset, IN, STR(""), NULL, true},
    {STR("QUIT"), pop3_quit, ANY, STR(""), NULL, true},
};
enum { COMMANDS = sizeof commands / sizeof *commands };
_Static_assert((size_t)COMMANDS <= (size_t)POP3_COMMANDS_MAX, "the meter has a place for each");

const struct pop3_command *pop3_command_at(size_t index)
{
    return index < COMMANDS ? &commands[index] : NULL;
}

size_t pop3_command_index(const struct pop3_command *command)
{
    return (size_t)(command - commands);
}

static const struct pop3_command *find(struct str name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (str_ieq(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static enum code run_line(struct ctx *cx, struct pop3_session *s, struct pop3_call *call,
                          struct str line)
{
    struct cur c = cur_of(line);
    struct str name;
    if (!cur_until(&c, ' ', &name)) {
        name = c.rest;
        c.rest = (struct str){0};
    }
    call->command = find(name);
    call->arg = c;
    if (!call->command)
        return fail(cx, E_SYNTAX, "no such command");
    if (!(call->command->stages & s->stage))
        return fail(cx, E_SYNTAX, "%s is not possible %s", call->command->name.p,
                    s->stage == POP3_AUTHORIZATION ? "before log-in" : "after log-in");
    if (call->command->bare && c.rest.n)
        return fail(cx, E_SYNTAX, "%s takes no arguments", call->command->name.p);
    return call->command->run(cx, s, call);
}

static enum code run_counted(struct ctx *cx, struct pop3_session *s, struct pop3_call *call,
                             struct str line)
{
    principal_id who = s->reader; /* nobody yet, before log-in */
    TRY(requests_begin(cx, s->env->requests, who));
    enum code code = run_line(cx, s, call, line);
    requests_end(s->env->requests, who);
    return code;
}

static void log_failure(const struct ctx *cx, const struct pop3_session *s,
                        const struct pop3_call *call, enum code code)
{
    if (code != E_IO && code != E_CORRUPT)
        return;
    log_event(s->env->log, LOG_ERROR, "pop3.failed",
              "conn=%llu account=%llu command=%s code=%s what=\"%s\"",
              (unsigned long long)s->peer->id, (unsigned long long)s->account,
              call->command ? call->command->name.p : "-", code_name(code), cx->err.what);
}

static void count_bad(struct pop3_session *s, const struct pop3_call *call)
{
    s->bad_count = call->faulty ? s->bad_count + 1 : 0;
    if (s->bad_count >= POP3_BAD_MAX)
        pop3_goodbye(s, call->reply, "Too many bad commands");
}

/* A control character in a line is somebody's mistake, or worse. */
static bool is_text(struct str line)
{
    for (size_t i = 0; i < line.n; i++)
        if ((unsigned char)line.p[i] < ' ' || line.p[i] == 0x7f)
            return false;
    return true;
}

void pop3_command_run(struct ctx *cx, struct pop3_session *s, struct str line, struct reply *r)
{
    struct pop3_call call = {.reply = r, .language = s->language};
    int64_t start_us = clock_mono_us();
    enum code code = OK;
    if (!is_text(line)) {
        pop3_sasl_drop(s);
        code = fail(cx, E_SYNTAX, "a control character");
    } else if (s->mode == POP3_COMMANDS) {
        code = run_counted(cx, s, &call, line);
    } else {
        code = pop3_sasl_line(cx, s, &call, line);
    }
    if (r->slow)
        return;
    log_failure(cx, s, &call, code);
    if (code != OK)
        pop3_failed(cx, &call, code);
    count_bad(s, &call);
    pop3_count_command(s, &call, clock_mono_us() - start_us);
}
