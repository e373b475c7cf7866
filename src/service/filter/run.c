/* The scripts of a mailbox, one after the other, and the plan that comes of it. */
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "format/mime.h"
#include "format/summary.h"
#include "service/filter/parts.h"

enum { SCRIPTS_MAX_RUN = 2 * LINEAGE_MAX + 1 };

enum code filters_want(struct ctx *cx, struct filters *f, const struct account_view *view,
                       uint64_t domain, bool *out)
{
    struct systems *s AUTO(systems_unref) = NULL;
    struct lineage up;
    *out = account_facts(view)->filtered;
    if (*out || systems_are_none(cx, f))
        return OK;
    TRY(systems_get(cx, f, &s));
    if (systems_are_empty(s))
        return OK;
    TRY(domains_above(cx, f, domain, &up));
    for (size_t i = 0; !*out && i < up.count; i++) {
        const struct script_system *x = systems_find(s, up.at[i]);
        *out = x && (x->has[SCRIPT_BEFORE] || x->has[SCRIPT_AFTER]);
    }
    return OK;
}

enum code sent_add(struct filtering *x, enum filter_way way, struct filter_sent **out)
{
    struct filter_plan *plan = x->plan;
    if (plan->sent_count == FILTER_SENT_MAX)
        return fail(x->cx, E_LIMIT, "scripts send more than %d messages", FILTER_SENT_MAX);
    plan->sent = arena_grow(x->cx->arena, plan->sent, plan->sent_count * sizeof *plan->sent,
                            (plan->sent_count + 1) * sizeof *plan->sent);
    *out = &plan->sent[plan->sent_count++];
    **out = (struct filter_sent){.way = way};
    return OK;
}

void memory_add(struct filtering *x, enum script_memory kind, struct str key, uint32_t seconds)
{
    struct filter_plan *p = x->plan;
    p->memories = arena_grow(x->cx->arena, p->memories, p->memory_count * sizeof *p->memories,
                             (p->memory_count + 1) * sizeof *p->memories);
    p->memories[p->memory_count++] = (struct filter_memory){kind, key, seconds};
}

enum code blob_of(struct filtering *x, struct str bytes, const struct blob_new **out)
{
    struct blob_new *blob;
    TRY(blob_prepare(x->cx, x->f->core->store, bytes, &blob));
    *out = blob;
    return OK;
}

enum code memory_key(struct filtering *x, const struct str *parts, size_t count, struct str *out)
{
    const struct blob_new *blob;
    struct buf b = buf_of(x->cx->arena, BLOB_MAX);
    for (size_t i = 0; i < count; i++)
        buf_le_str(&b, parts[i]);
    TRY(blob_of(x, buf_str(&b), &blob));
    *out = blob_id_hex(x->cx->arena, blob_new_id(blob));
    return OK;
}

/* What the next script and the actions see of the message. */
static enum code message_take(struct filtering *x, struct str bytes)
{
    TRY(mime_parse(x->cx, bytes, NULL, &x->mime));
    x->bytes = bytes;
    x->edited = true;
    return OK;
}

/* An implicit keep says nothing of what an earlier script has wanted. */
static void keep_take(struct filtering *x, const struct sieve_action *a)
{
    struct sieve_place place = x->keep.place;
    x->keep = *a;
    if (a->implicit && !a->place.flags_set)
        x->keep.place = place;
    x->keeps = true;
}

struct str bytes_of(const struct filtering *x, const struct sieve_action *a)
{
    return a->message.p ? a->message : x->edited ? x->bytes : (struct str){0};
}

static enum code action_do(struct filtering *x, const struct sieve_action *a)
{
    folder_id folder;
    switch (a->act) {
    case SIEVE_KEEP:
        keep_take(x, a);
        return OK;
    case SIEVE_FILEINTO:
        TRY(place_find(x, &a->place, &folder));
        return copy_add(x, folder, &a->place, bytes_of(x, a), false);
    case SIEVE_DISCARD:
        return OK;
    case SIEVE_REDIRECT:
        return redirect_do(x, a);
    case SIEVE_REJECT:
    case SIEVE_EREJECT:
        return reject_do(x, a);
    case SIEVE_VACATION:
        return vacation_do(x, a);
    case SIEVE_NOTIFY:
        return notify_do(x, a);
    }
    return OK;
}

static enum code outcome_take(struct filtering *x, const struct sieve_outcome *o)
{
    x->keeps = false;
    for (size_t i = 0; i < o->count; i++) {
        metric_add(x->f->actions[o->actions[i].act], 1);
        TRY(action_do(x, &o->actions[i]));
    }
    for (size_t i = 0; i < o->seen_count; i++)
        memory_add(x, REMEMBERED_DUPLICATE, o->seen[i].key, o->seen[i].seconds);
    if (!x->keeps || !x->keep.message.p)
        return OK;
    TRY(message_take(x, x->keep.message));
    x->keep.message = (struct str){0};
    return OK;
}

static void trouble(struct filtering *x, const char *level, uint32_t line, struct str what)
{
    metric_add(x->f->runs[FILTER_TROUBLE], 1);
    log_event(x->f->core->log, LOG_WARN, "sieve.failed",
              "id=%.*s account=%llu script=%s line=%u "
              "what=%s",
              STR_ARG(x->message->m->id), (unsigned long long)x->to->account, level, line,
              log_quote(x->cx->arena, what));
}

/* A script that cannot be run is as one that keeps. */
enum code script_run(struct filtering *x, const struct blob_id *text, bool own)
{
    struct sieve_program *p AUTO(sieve_program_unref) = NULL;
    struct sieve_outcome o = {0};
    const char *level = own ? "own" : "system";
    x->own = own;
    enum code code = program_get(x->cx, x->f, text, &p);
    if (code == E_IO)
        return code;
    if (code != OK) {
        struct str what = str_dup(x->cx->arena, str_z(x->cx->err.what));
        trouble(x, level, 0, what);
        x->keeps = true;
        return own ? trouble_tell(x, what) : OK;
    }
    TRY(world_run(x, p, &o));
    if (o.error.n)
        trouble(x, level, o.error_line, o.error);
    else
        metric_add(x->f->runs[FILTER_DONE], 1);
    if (o.error.n && own)
        TRY(trouble_tell(
            x, str_printf(x->cx->arena, "line %u: %.*s", o.error_line, STR_ARG(o.error))));
    return outcome_take(x, &o);
}

/* In their order; *count of them, own at *own (SIZE_MAX: none). */
static enum code scripts_find(struct filtering *x, struct blob_id *texts, size_t *count,
                              size_t *own)
{
    const struct script_owner owner = {.level = SCRIPT_OF_ACCOUNT, .id = x->to->account};
    struct chain chain;
    size_t n = 0;
    *own = SIZE_MAX;
    TRY(systems_chain(x->cx, x->f, x->to->domain, &chain));
    x->forward = chain.forward;
    for (size_t i = 0; i < chain.before_count; i++)
        texts[n++] = chain.before[i];
    if (account_facts(x->view)->filtered) {
        enum code code = script_active(x->cx, x->f->core, &owner, SCRIPT_ACTIVE, &texts[n]);
        if (code == OK)
            *own = n++;
        else if (code != E_NOT_FOUND)
            return code;
    }
    for (size_t i = 0; i < chain.after_count; i++)
        texts[n++] = chain.after[i];
    *count = n;
    return OK;
}

static bool is_sent(const struct filtering *x, enum filter_way way)
{
    for (size_t i = 0; i < x->plan->sent_count; i++)
        if (x->plan->sent[i].way == way)
            return true;
    return false;
}

/* Out of office: for what the person reached, wherever the rules have put it, unless they have
   answered themselves. What becomes of the message is not its to say. */
static enum code companion_run(struct filtering *x)
{
    const struct script_owner owner = {.level = SCRIPT_OF_ACCOUNT, .id = x->to->account};
    struct sieve_action keep = x->keep;
    bool keeps = x->keeps;
    struct blob_id text;
    bool reached = keeps || x->plan->copy_count || is_sent(x, FILTER_REDIRECT);
    if (!account_facts(x->view)->filtered || !reached || is_sent(x, FILTER_ANSWER))
        return OK;
    enum code code = script_active(x->cx, x->f->core, &owner, SCRIPT_AFTER, &text);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    TRY(script_run(x, &text, true));
    x->keep = keep;
    x->keeps = keeps;
    return OK;
}

static enum code run_all(struct filtering *x)
{
    struct blob_id texts[SCRIPTS_MAX_RUN];
    size_t count = 0, own;
    folder_id folder = x->to->keep;
    TRY(scripts_find(x, texts, &count, &own));
    x->keeps = true;
    for (size_t i = 0; x->keeps && i < count; i++)
        TRY(script_run(x, &texts[i], i == own));
    TRY(companion_run(x));
    if (!x->keeps)
        return OK;
    return copy_add(x, folder, &x->keep.place, x->edited ? x->bytes : (struct str){0}, false);
}

enum code filters_run(struct ctx *cx, struct filters *f, struct filter_message *m,
                      const struct filter_for *to, struct filter_plan **out)
{
    struct account_view *view = NULL;
    int64_t started_us = clock_mono_us();
    TRY(account_view_get(cx, f->core, to->account, &view));
    struct filtering x = {.cx = cx,
                          .f = f,
                          .message = m,
                          .to = to,
                          .plan = ARENA_NEW(cx->arena, struct filter_plan),
                          .view = view,
                          .mime = m->mime,
                          .bytes = m->m->bytes};
    enum code code = directory_by_id(cx, f->core, to->who, &x.owner);
    if (code == OK)
        code = run_all(&x);
    account_view_unref(x.view);
    metric_observe_us(f->seconds, clock_mono_us() - started_us);
    if (code == OK)
        *out = x.plan;
    return code;
}
