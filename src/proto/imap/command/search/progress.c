#include "proto/imap/command/search/progress.h"
#include "base/arena.h"
#include "base/clock.h"
#include "proto/imap/search/turns.h"

struct imap_search_job {
    struct arena *arena; /* of all that outlives a part of the answer */
    const struct imap_command *command;
    struct imap_target target;
    struct imap_search search;
    struct imap_bits found;
    struct str text;
    uint32_t next;   /* the first place that was not looked at */
    int64_t told_us; /* when the client heard of it last */
    bool uid, has_turn;
};

bool imap_search_is_long(const struct imap_session *s, const struct imap_target *t,
                         const struct imap_search *search)
{
    uint32_t slice = s->env->limits.progress_messages;
    return slice && search->key->cost >= IMAP_COSTS_HEADER && !search->scores &&
           !s->env->core->search && view_count(t->view) > slice;
}

void imap_search_job_drop(struct imap_session *s)
{
    struct imap_search_job *job = s->search_job;
    if (!job)
        return;
    if (job->has_turn)
        imap_turn_give(s->env->turns, s->reader);
    arena_close(job->arena);
    free(job);
    s->search_job = NULL;
}

/* "* OK [INPROGRESS ("tag" 454 1000)] …" (RFC 9585 section 4). */
static void tell(struct imap_call *call, const struct imap_search_job *job)
{
    buf_printf(&call->text, "* OK [INPROGRESS (\"%.*s\" %u %u)] Searched %u of %u messages\r\n",
               STR_ARG(call->tag), job->next, view_count(job->target.view), job->next,
               view_count(job->target.view));
}

enum code imap_search_slice(struct ctx *cx, const struct imap_session *s,
                            const struct imap_target *t, const struct imap_key *key, uint32_t *next,
                            struct imap_bits *found)
{
    uint32_t count = view_count(t->view), most = s->env->limits.progress_messages;
    uint32_t end = count - *next > most ? *next + most : count;
    struct imap_bits among = imap_bits_none(cx->arena, count), some;
    for (uint32_t at = *next; at < end; at++)
        imap_bits_set(&among, at);
    TRY(imap_search_among(cx, t, key, &among, &some));
    imap_bits_or(found, &some);
    *next = end;
    return OK;
}

/* Slices until it is done, or until it is time to say something. */
static enum code go_on(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct imap_search_job *job = s->search_job;
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    uint32_t count = view_count(job->target.view);
    enum code code = OK;
    own.arena = scratch;
    while (code == OK && job->next < count) {
        code = imap_search_slice(&own, s, &job->target, job->search.key, &job->next, &job->found);
        arena_reset(scratch);
        int64_t now_us = clock_mono_us();
        if (code != OK || job->next == count ||
            now_us - job->told_us < (int64_t)s->env->limits.progress_ms * 1000)
            continue;
        job->told_us = now_us;
        tell(call, job);
        call->untagged = true;
        call->reply->more = true;
        return OK;
    }
    cx->err = own.err;
    if (code == OK) {
        struct imap_found found;
        imap_search_most(cx, s, &job->target, &job->found);
        found = imap_found_of(cx, &job->target, &job->search, &job->found);
        struct imap_answer answer = {
            .target = &job->target, .search = &job->search, .found = &found, .name = STR("SEARCH")};
        imap_search_tell(cx, s, call, &answer, job->text);
    } else {
        code = imap_search_failed(cx, s, call, &job->search, code);
    }
    imap_search_job_drop(s);
    return code;
}

enum code imap_search_begin(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                            const struct imap_search *search, struct str text)
{
    if (s->env->turns)
        TRY(imap_turn_take(cx, s->env->turns, s->reader));
    struct imap_search_job *job = s->search_job = calloc(1, sizeof *job);
    must(job);
    *job = (struct imap_search_job){.arena = arena_open(),
                                    .command = call->command,
                                    .target = imap_target_of(s),
                                    .search = *search,
                                    .told_us = clock_mono_us(),
                                    .uid = call->uid,
                                    .has_turn = s->env->turns != NULL};
    struct ctx own = *cx;
    own.arena = job->arena;
    job->text = str_dup(job->arena, text);
    job->found = imap_bits_none(job->arena, view_count(job->target.view));
    struct cur c = cur_of(job->text);
    enum code code = imap_search_criteria(&own, &job->target, &c, &job->search);
    cx->err = own.err;
    if (code != OK) { /* it went well before: somebody has changed a filter */
        code = imap_search_failed(cx, s, call, &job->search, code);
        imap_search_job_drop(s);
        return code;
    }
    imap_tag_keep(s, call->tag);
    code = go_on(cx, s, call);
    if (!s->search_job)
        imap_tag_drop(s);
    return code;
}

enum code imap_search_more(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    call->command = s->search_job->command;
    call->uid = s->search_job->uid;
    call->tag = str_dup(cx->arena, str_z(s->tag));
    return go_on(cx, s, call);
}
