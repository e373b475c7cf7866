#include "base/arena.h"
#include "format/charset.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/command/search/command.h"
#include "proto/imap/command/search/progress.h"
#include "proto/imap/search/context.h"
#include "proto/imap/search/turns.h"
#include "proto/imap/wire/reply.h"

/* A slice of the messages at a time, so that the client can be told how far it is. */
static enum code run_sliced(struct ctx *cx, const struct imap_session *s,
                            const struct imap_target *t, const struct imap_search *search,
                            struct imap_bits *out)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    uint32_t count = view_count(t->view);
    enum code code = OK;
    own.arena = scratch;
    *out = imap_bits_none(cx->arena, count);
    for (uint32_t at = 0; code == OK && at < count;) {
        code = imap_search_slice(&own, s, t, search->key, &at, out);
        arena_reset(scratch);
        if (code == OK && s->call)
            imap_progress(s, s->call, at, count, "messages");
    }
    cx->err = own.err;
    return code;
}

static enum code run_all(struct ctx *cx, const struct imap_session *s, const struct imap_target *t,
                         const struct imap_search *search, struct imap_bits *out)
{
    return imap_search_is_long(s, t, search) ? run_sliced(cx, s, t, search, out)
                                             : imap_search_run(cx, t, search->key, out);
}

/* Searches that read messages wait for nobody: who cannot have a turn is told so. */
static enum code run_in_turn(struct ctx *cx, struct imap_session *s, const struct imap_target *t,
                             const struct imap_search *search, struct imap_bits *out)
{
    struct imap_turns *turns = s->env->turns;
    if (!turns || search->key->cost < IMAP_COSTS_HEADER)
        return run_all(cx, s, t, search, out);
    TRY(imap_turn_take(cx, turns, s->reader));
    enum code code = run_all(cx, s, t, search, out);
    imap_turn_give(turns, s->reader);
    return code;
}

void imap_search_most(struct ctx *cx, const struct imap_session *s, const struct imap_target *t,
                      struct imap_bits *places)
{
    uint32_t most = s->env->limits.messages, count = view_count(t->view);
    if (!most || count <= most)
        return;
    struct imap_bits last = imap_bits_none(cx->arena, count);
    for (uint32_t at = count - most; at < count; at++)
        imap_bits_set(&last, at);
    imap_bits_and(places, &last);
}

enum code imap_search_find(struct ctx *cx, struct imap_session *s, const struct imap_target *t,
                           const struct imap_search *search, struct imap_found *out)
{
    struct imap_bits places;
    s->condstore |= search->has_modseq;
    TRY(run_in_turn(cx, s, t, search, &places));
    if (!search->whole)
        imap_search_most(cx, s, t, &places);
    *out = imap_found_of(cx, t, search, &places);
    return OK;
}

enum code imap_search_failed(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             const struct imap_search *search, enum code code)
{
    if (code == E_DENIED)
        code = imap_uid_required(cx, call);
    if (search->undefined.n) { /* RFC 5466 section 3.1 */
        call->response = str_printf(cx->arena, "UNDEFINED-FILTER %.*s", STR_ARG(search->undefined));
        call->said = STR("There is no such filter");
    } else if (code == E_UNSUPPORTED)
        call->response = str_printf(cx->arena, "BADCHARSET (%s)", charset_names().p);
    if (code != E_SYNTAX && (search->returns & IMAP_RETURN_SAVE)) /* RFC 5182 section 2.1 */
        imap_set_free(&s->selected->saved);
    return code;
}

void imap_search_tell(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                      struct imap_answer *answer, struct str text)
{
    const struct imap_search *search = answer->search;
    uint32_t most = s->env->limits.messages, count = view_count(answer->target->view);
    if (most && count > most && !search->whole)
        call->limited = view_at(answer->target->view, count - most).uid;
    answer->tag = call->tag;
    answer->uid = call->uid;
    if (search->returns & IMAP_RETURN_SAVE) {
        struct imap_set saved = imap_answer_saved(answer);
        imap_set_free(&s->selected->saved);
        s->selected->saved = saved;
    }
    bool plain = !search->extended && !(s->rev2 && str_eq(answer->name, STR("SEARCH")));
    if (plain)
        imap_answer_plain(answer, &call->text);
    else if (search->returns != IMAP_RETURN_SAVE)
        imap_answer_extended(cx, answer, &call->text);
    if (search->returns & IMAP_RETURN_UPDATE)
        imap_context_keep(s, call, answer, text);
}

enum code imap_search(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct imap_target target = imap_target_of(s);
    struct imap_search search = {0};
    struct imap_found found;
    enum code code = imap_search_returns(cx, &c, &search);
    struct str text = c.rest;
    if (code == OK)
        code = imap_search_criteria(cx, &target, &c, &search);
    if (code == OK && imap_search_is_long(s, &target, &search)) {
        s->condstore |= search.has_modseq;
        return imap_search_begin(cx, s, call, &search, text);
    }
    if (code == OK)
        code = imap_search_find(cx, s, &target, &search, &found);
    if (code != OK)
        return imap_search_failed(cx, s, call, &search, code);
    struct imap_answer answer = {
        .target = &target, .search = &search, .found = &found, .name = STR("SEARCH")};
    imap_search_tell(cx, s, call, &answer, text);
    return OK;
}
