#include "base/map.h"
#include "service/sieve/run/run.h"
#include "service/sieve/run/vars.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* Scripts in scripts (RFC 6609): include, return, global. */

enum { NAME_MAX_BYTES = 512 /* of a script */ };

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == '/' || s.p[i] == 0x7f)
            return false;
    return s.n > 0 && s.n <= NAME_MAX_BYTES;
}

void sieve_include_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *name = sieve_arg(n, 0);
    if (sieve_check_constant(k, name, "the name of a script") && !is_name(name->strings[0]))
        sieve_report_at(k->report, name->spot, "this is no name of a script");
}

/* Whether ":once" has it that this one is passed over. */
static bool was_included(struct sieve_run *r, bool global, struct str name)
{
    for (uint32_t i = 0; i < r->included; i++)
        if (r->includes[i].global == global && str_eq(r->includes[i].name, name))
            return true;
    return false;
}

static bool is_running(const struct sieve_frame *f, bool global, struct str name)
{
    for (; f; f = f->up)
        if (f->global == global && str_eq(f->name, name))
            return true;
    return false;
}

/* The script, held until the run ends: its strings may be in variables. NULL: go on without. */
static struct sieve_program *fetch(struct sieve_run *r, const struct sieve_node *n, bool global,
                                   struct str name)
{
    const struct sieve_world *w = r->world;
    struct sieve_program *p = NULL;
    enum code code = E_NOT_FOUND;
    if (w->ops && w->ops->script)
        code = w->ops->script(w->self, r->cx, global, name, &p);
    if (code == E_NOT_FOUND && sieve_tag(n, TAG_OPTIONAL))
        return NULL;
    if (code != OK)
        sieve_run_fail(r, n->spot, false, "the script \"%.*s\" %s", STR_ARG(name),
                       code == E_NOT_FOUND ? "is not there"
                       : code == E_SYNTAX  ? "has errors"
                                           : "could not be read");
    return code == OK ? p : NULL;
}

enum sieve_flow sieve_include_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str name = sieve_arg(n, 0)->strings[0];
    bool global = sieve_tag(n, TAG_GLOBAL) != NULL;
    if (sieve_tag(n, TAG_ONCE) && was_included(r, global, name))
        return SIEVE_ON;
    if (is_running(r->frame, global, name))
        return sieve_run_fail(r, n->spot, false, "the script \"%.*s\" includes itself",
                              STR_ARG(name));
    if (r->frame->depth == SIEVE_INCLUDES_MAX || r->included == SIEVE_INCLUDED_MAX)
        return sieve_run_fail(r, n->spot, true, "no more than %d scripts in each other, %d in all",
                              SIEVE_INCLUDES_MAX, SIEVE_INCLUDED_MAX);
    struct sieve_program *p = fetch(r, n, global, name);
    if (!p)
        return r->failed ? SIEVE_FAILED : SIEVE_ON;
    r->includes[r->included++] = (struct sieve_include){p, name, global};
    struct sieve_frame frame AUTO(sieve_frame_end) = {
        .program = p, .depth = r->frame->depth + 1, .up = r->frame, .name = name, .global = global};
    r->frame = &frame;
    sieve_run_say(r, n->spot, "include \"%.*s\"", STR_ARG(name));
    enum sieve_flow flow = sieve_run_block(r, p->first);
    r->frame = frame.up;
    return flow == SIEVE_RETURN ? SIEVE_ON : flow;
}

enum sieve_flow sieve_return_run(struct sieve_run *r, const struct sieve_node *n)
{
    sieve_run_say(r, n->spot, "return");
    return SIEVE_RETURN;
}

void sieve_global_check(struct sieve_check *k, struct sieve_node *n)
{
    if (!sieve_check_has(k, EXT_VARIABLES))
        sieve_check_lacks(k, n, STR("global"), EXT_VARIABLES);
    else
        sieve_check_variable(k, sieve_arg(n, 0));
}

enum sieve_flow sieve_global_run(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *arg = sieve_arg(n, 0);
    struct sieve_frame *f = r->frame;
    if (!f->globals)
        f->globals = map_open();
    for (size_t i = 0; i < arg->count; i++) {
        if (map_count(f->globals) == SIEVE_VARIABLES_MAX)
            return sieve_run_fail(r, n->spot, true, "a script has no more than %d variables",
                                  SIEVE_VARIABLES_MAX);
        map_put(f->globals, str_lower(r->arena, arg->strings[i]), f);
    }
    return SIEVE_ON;
}
