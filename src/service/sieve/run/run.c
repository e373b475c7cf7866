#include "service/sieve/run/run.h"
#include "base/map.h"
#include "format/mime.h"
#include "format/utf8.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/run/vars.h"

#include <stdarg.h>
#include <stdio.h>

enum sieve_flow sieve_run_fail(struct sieve_run *r, struct sieve_spot spot, bool limit,
                               const char *format, ...)
{
    if (r->failed)
        return SIEVE_FAILED;
    char line[300];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    r->failed = true;
    r->out->error = utf8_clean(r->cx->arena, str_dup(r->cx->arena, str_z(line)));
    r->out->error_line = spot.line;
    r->out->error_is_limit = limit;
    return SIEVE_FAILED;
}

bool sieve_run_spend(struct sieve_run *r, struct sieve_spot spot, uint64_t steps)
{
    r->steps += steps;
    if (r->steps > SIEVE_STEPS_MAX)
        sieve_run_fail(r, spot, true, "the script takes more than %d steps", SIEVE_STEPS_MAX);
    else if (arena_used(r->arena) > r->memory_max)
        sieve_run_fail(r, spot, true, "the script takes too much memory");
    return !r->failed;
}

void sieve_run_say(struct sieve_run *r, struct sieve_spot spot, const char *format, ...)
{
    struct sieve_outcome *out = r->out;
    if (!r->world->trace_wanted || out->trace_count == SIEVE_TRACE_MAX)
        return;
    char line[300];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (!out->trace)
        out->trace = ARENA_ARRAY(r->cx->arena, SIEVE_TRACE_MAX, struct sieve_trace);
    out->trace[out->trace_count++] = (struct sieve_trace){
        spot.line, utf8_clean(r->cx->arena, str_dup(r->cx->arena, str_z(line)))};
}

bool sieve_run_test(struct sieve_run *r, const struct sieve_node *n)
{
    if (!sieve_run_spend(r, n->spot, 1))
        return false;
    if (!n->word) {
        sieve_run_fail(r, n->spot, false, "%.*s", STR_ARG(n->fault));
        return false;
    }
    bool answer = n->word->test(r, n) && !r->failed;
    sieve_run_say(r, n->spot, "%.*s: %s", STR_ARG(n->word->name), answer ? "true" : "false");
    return answer;
}

enum sieve_flow sieve_run_block(struct sieve_run *r, const struct sieve_node *first)
{
    for (const struct sieve_node *n = first; n; n = n->next) {
        if (!sieve_run_spend(r, n->spot, 1))
            return SIEVE_FAILED;
        if (!n->word)
            return sieve_run_fail(r, n->spot, false, "%.*s", STR_ARG(n->fault));
        enum sieve_flow flow = n->word->command(r, n);
        if (r->failed)
            return SIEVE_FAILED;
        if (flow != SIEVE_ON)
            return flow;
    }
    return SIEVE_ON;
}

/* The value of a piece. */
static struct str piece(struct sieve_run *r, const struct sieve_piece *p)
{
    if (!p->variable)
        return p->text;
    if (p->text.n)
        return sieve_var_get(r, p->text);
    return p->number < r->frame->matched_count ? r->frame->matched[p->number] : (struct str){0};
}

static struct str text_of(struct sieve_run *r, const struct sieve_text *t)
{
    if (t->count == 1)
        return piece(r, &t->at[0]);
    struct str *parts = ARENA_ARRAY(r->arena, t->count, struct str);
    for (size_t i = 0; i < t->count; i++)
        parts[i] = piece(r, &t->at[i]);
    return str_join(r->arena, parts, t->count);
}

struct str sieve_run_text(struct sieve_run *r, const struct sieve_arg *arg, size_t n)
{
    if (!arg)
        return (struct str){0};
    return arg->texts ? text_of(r, &arg->texts[n]) : arg->strings[n];
}

const struct str *sieve_run_texts(struct sieve_run *r, const struct sieve_arg *arg)
{
    if (!arg->texts)
        return arg->strings;
    struct str *all = ARENA_ARRAY(r->arena, arg->count, struct str);
    for (size_t i = 0; i < arg->count; i++)
        all[i] = text_of(r, &arg->texts[i]);
    return all;
}

void sieve_frame_end_auto(struct sieve_frame *f)
{
    if (f->values)
        map_close(f->values);
    if (f->globals)
        map_close(f->globals);
}

/* The message's own flags, where an IMAP event runs the script (RFC 6785 section 5.4). */
static void first_flags(struct sieve_run *r)
{
    const struct sieve_world *w = r->world;
    if (!w->imap)
        return;
    struct sieve_list list = sieve_flags_of(r, w->flags, w->flag_count);
    struct buf b = buf_of(r->arena, SIEVE_VALUE_MAX);
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, i ? STR(" ") : STR(""));
        buf_add(&b, list.at[i]);
    }
    r->flags = buf_str(&b);
}

void sieve_run(struct ctx *cx, const struct sieve_program *p, const struct sieve_world *world,
               struct sieve_outcome *out)
{
    *out = (struct sieve_outcome){0};
    struct arena *arena AUTO(arena_close) = arena_open();
    struct sieve_frame frame AUTO(sieve_frame_end) = {.program = p};
    struct sieve_run r = {.cx = cx, .arena = arena, .world = world, .out = out, .frame = &frame};
    r.message_size = world->trace.n + world->mime->bytes.n;
    r.memory_max = SIEVE_MEMORY_MAX + SIEVE_MEMORY_TIMES * r.message_size;
    r.redirects_max = p->redirects_max;
    r.draft = sieve_draft_open(&r);
    first_flags(&r);
    sieve_run_block(&r, p->first);
    sieve_run_finish(&r);
    out->steps = r.steps;
    if (r.globals)
        map_close(r.globals);
    for (uint32_t i = 0; i < r.included; i++)
        sieve_program_unref(r.includes[i].program);
}
