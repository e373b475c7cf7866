/* The commands that work on scripts (RFC 5804 sections 2.5 to 2.12). */
#include "core/audit.h"
#include "proto/managesieve/command.h"

static struct script_owner owner_of(const struct ms_session *s)
{
    return (struct script_owner){.level = SCRIPT_OF_ACCOUNT, .id = s->account};
}

/* What people change of their scripts decides where their mail goes: it is noted for ever. */
static enum code note(struct ctx *cx, const struct ms_session *s, const char *act,
                      struct str detail)
{
    struct principal who;
    TRY(directory_by_id(cx, s->env->core, s->reader, &who));
    const struct audit_entry entry = {.at_ms = cx->now_ms,
                                      .actor = who.address,
                                      .act = str_z(act),
                                      .object = str_z(s->owner),
                                      .detail = detail};
    return audit_add(cx, s->env->core, &entry);
}

static enum code wants(struct ctx *cx, const char *what)
{
    return fail(cx, E_SYNTAX, "%s", what);
}

static enum code problems_say(struct ctx *cx, struct ms_call *call,
                              const struct sieve_problems *problems)
{
    return ms_no(call, STR(""), filters_problems(cx->arena, problems));
}

enum code ms_havespace(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    const struct script_owner owner = owner_of(s);
    struct cur c = call->arg;
    struct str name;
    uint64_t bytes;
    if (!ms_take_string(cx, &c, &name) || !ms_take_number(&c, &bytes) || !cur_end(&c))
        return wants(cx, "HAVESPACE wants a name and a number");
    TRY(script_may_put(cx, s->env->core, &owner, name, bytes,
                       &filters_config(s->env->filters)->scripts));
    ms_ok(call, STR(""), STR("There is room"));
    return OK;
}

enum code ms_putscript(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    const struct script_owner owner = owner_of(s);
    struct sieve_problems problems = {0};
    struct cur c = call->arg;
    struct str name, text;
    if (!ms_take_string(cx, &c, &name) || !ms_take_string(cx, &c, &text) || !cur_end(&c))
        return wants(cx, "PUTSCRIPT wants a name and a script in UTF-8");
    enum code code = filters_put(cx, s->env->filters, &owner, name, text, &problems);
    if (code != OK && problems.count)
        return problems_say(cx, call, &problems);
    TRY(code);
    TRY(note(cx, s, "sieve.put", name));
    ms_ok(call, STR(""), STR("Script stored"));
    return OK;
}

enum code ms_checkscript(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    struct sieve_problems problems = {0};
    struct cur c = call->arg;
    struct str text;
    if (!ms_take_string(cx, &c, &text) || !cur_end(&c))
        return wants(cx, "CHECKSCRIPT wants a script in UTF-8");
    enum code code = filters_check(cx, s->env->filters, text, &problems);
    if (code != OK && problems.count)
        return problems_say(cx, call, &problems);
    TRY(code);
    ms_ok(call, STR(""), STR("The script is right"));
    return OK;
}

enum code ms_listscripts(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    const struct script_owner owner = owner_of(s);
    struct rope *out = &call->reply->out;
    struct script *all;
    size_t count;
    if (!cur_end(&call->arg))
        return wants(cx, "LISTSCRIPTS takes no arguments");
    TRY(script_list(cx, s->env->core, &owner, &all, &count));
    for (size_t i = 0; i < count; i++) {
        ms_put_string(out, all[i].name);
        rope_put(out, all[i].is_active[SCRIPT_ACTIVE] ? STR(" ACTIVE\r\n") : STR("\r\n"));
    }
    ms_ok(call, STR(""), STR(""));
    return OK;
}

/* The one argument of several commands. */
static bool take_name(struct ctx *cx, struct ms_call *call, struct str *out)
{
    struct cur c = call->arg;
    return ms_take_string(cx, &c, out) && cur_end(&c);
}

enum code ms_setactive(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    const struct script_owner owner = owner_of(s);
    struct str name;
    if (!take_name(cx, call, &name))
        return wants(cx, "SETACTIVE wants a name");
    TRY(script_activate(cx, s->env->core, &owner, SCRIPT_ACTIVE, name));
    TRY(note(cx, s, name.n ? "sieve.activate" : "sieve.deactivate", name));
    ms_ok(call, STR(""), name.n ? STR("Script activated") : STR("No script is active"));
    return OK;
}

enum code ms_getscript(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    const struct script_owner owner = owner_of(s);
    struct rope *out = &call->reply->out;
    struct script script;
    struct str name, text;
    if (!take_name(cx, call, &name))
        return wants(cx, "GETSCRIPT wants a name");
    TRY(script_find(cx, s->env->core, &owner, name, &script));
    TRY(script_text(cx, s->env->core, &script.text, &text));
    rope_printf(out, "{%zu}\r\n", text.n);
    rope_put(out, text);
    rope_put(out, STR("\r\n"));
    ms_ok(call, STR(""), STR(""));
    return OK;
}

enum code ms_deletescript(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    const struct script_owner owner = owner_of(s);
    struct str name;
    if (!take_name(cx, call, &name))
        return wants(cx, "DELETESCRIPT wants a name");
    enum code code = script_remove(cx, s->env->core, &owner, name);
    if (code == E_DENIED)
        return ms_no(call, STR("ACTIVE"), STR("The script is active"));
    TRY(code);
    TRY(note(cx, s, "sieve.remove", name));
    ms_ok(call, STR(""), STR("Script removed"));
    return OK;
}

enum code ms_renamescript(struct ctx *cx, struct ms_session *s, struct ms_call *call)
{
    const struct script_owner owner = owner_of(s);
    struct cur c = call->arg;
    struct str from, to;
    if (!ms_take_string(cx, &c, &from) || !ms_take_string(cx, &c, &to) || !cur_end(&c))
        return wants(cx, "RENAMESCRIPT wants two names");
    TRY(script_rename(cx, s->env->core, &owner, from, to));
    TRY(note(cx, s, "sieve.rename", to));
    ms_ok(call, STR(""), STR("Script renamed"));
    return OK;
}
