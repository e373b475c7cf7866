#include "proto/imap/search/search.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/search/turns.h"
#include "proto/imap/sync/sync.h"

/* What was found: places, rising, and the highest number of a change among them. */
struct found {
    struct imap_set places;
    uint64_t count;
    uint64_t modseq, first_modseq, last_modseq;
};

/* The places that can match at all: those of a set that has to match, or all. */
static struct imap_set candidates(struct ctx *cx, const struct imap_session *s,
                                  const struct imap_search *search)
{
    for (const struct imap_key *k = search->key->child; k; k = k->next)
        if (k->op == IMAP_SEARCH_PLACES)
            return k->places;
    struct imap_set all = {0};
    uint32_t count = view_count(s->selected->view);
    if (count)
        imap_set_add_range(cx->arena, &all, (struct imap_range){0, count - 1});
    return all;
}

static void found_add(struct ctx *cx, struct found *f, uint32_t place, const struct view_row *row)
{
    imap_set_add(cx->arena, &f->places, place);
    if (!f->count++)
        f->first_modseq = row->modseq;
    f->last_modseq = row->modseq;
    if (row->modseq > f->modseq)
        f->modseq = row->modseq;
}

static void look_at(struct ctx *cx, struct imap_candidate *m, const struct imap_key *key,
                    uint32_t place, struct found *f)
{
    *m = (struct imap_candidate){.cx = m->cx,
                                 .session = m->session,
                                 .rows = m->rows,
                                 .place = place,
                                 .row = imap_row(m->session->selected, place),
                                 .failure = m->failure};
    if (imap_search_match(m, key))
        found_add(cx, f, place, &m->row);
    if (key->cost > IMAP_COSTS_VIEW) {
        imap_candidate_done(m);
        arena_reset(m->cx->arena);
    }
}

static enum code run(struct ctx *cx, struct imap_session *s, const struct imap_search *search,
                     struct found *f)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    own.arena = scratch;
    struct imap_rows rows = imap_rows_of(cx, s);
    struct imap_candidate m = {.cx = &own, .session = s, .rows = &rows};
    struct imap_set among = candidates(cx, s, search);
    for (size_t i = 0; i < among.count && m.failure == OK; i++)
        for (uint32_t at = among.at[i].first; at <= among.at[i].last && m.failure == OK; at++)
            look_at(cx, &m, search->key, at, f);
    imap_rows_close(&rows);
    if (m.failure != OK)
        cx->err = own.err;
    return m.failure;
}

/* Searches that read messages wait for nobody: who cannot have a turn is told so. */
static enum code run_in_turn(struct ctx *cx, struct imap_session *s,
                             const struct imap_search *search, struct found *f)
{
    struct imap_turns *turns = s->env->turns;
    if (!turns || search->key->cost < IMAP_COSTS_HEADER)
        return run(cx, s, search, f);
    TRY(imap_turn_take(cx, turns, s->reader));
    enum code code = run(cx, s, search, f);
    imap_turn_give(turns, s->reader);
    return code;
}

static uint32_t number_of(const struct imap_session *s, const struct imap_call *call,
                          uint32_t place)
{
    return call->uid ? view_at(s->selected->view, place).uid : place + 1;
}

/* What is told of places: message numbers or uids. */
static struct imap_set numbers_of(struct arena *a, const struct imap_session *s, bool uid,
                                  const struct imap_set *places)
{
    struct imap_set numbers = {0};
    for (size_t i = 0; i < places->count; i++) {
        struct imap_range r = places->at[i];
        if (!uid)
            imap_set_add_range(a, &numbers, (struct imap_range){r.first + 1, r.last + 1});
        for (uint32_t at = r.first; uid && at <= r.last; at++)
            imap_set_add(a, &numbers, view_at(s->selected->view, at).uid);
    }
    return numbers;
}

static void tell_plain(struct imap_session *s, struct imap_call *call,
                       const struct imap_search *search, const struct found *f)
{
    struct buf *out = &call->text;
    imap_say(call, STR("* SEARCH"));
    for (size_t i = 0; i < f->places.count; i++) {
        for (uint32_t at = f->places.at[i].first; at <= f->places.at[i].last; at++) {
            buf_byte(out, ' ');
            buf_u64(out, number_of(s, call, at));
        }
    }
    if (search->has_modseq && f->count)
        buf_printf(out, " (MODSEQ %llu)", (unsigned long long)f->modseq);
    imap_say(call, STR("\r\n"));
}

static uint32_t first_of(const struct found *f)
{
    return f->places.at[0].first;
}

static uint32_t last_of(const struct found *f)
{
    return f->places.at[f->places.count - 1].last;
}

/* RFC 7162 section 3.1.5: of the messages that are told. */
static uint64_t told_modseq(const struct imap_search *search, const struct found *f)
{
    uint32_t returns = search->returns & (uint32_t)~IMAP_RETURN_SAVE;
    if (returns == IMAP_RETURN_MIN)
        return f->first_modseq;
    if (returns == IMAP_RETURN_MAX)
        return f->last_modseq;
    if (returns == (IMAP_RETURN_MIN | IMAP_RETURN_MAX))
        return f->first_modseq > f->last_modseq ? f->first_modseq : f->last_modseq;
    return f->modseq;
}

static void put_result(struct buf *out, const char *name, uint64_t n)
{
    buf_printf(out, " %s %llu", name, (unsigned long long)n);
}

/* RFC 9051 section 7.3.4. */
static void tell_extended(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                          const struct imap_search *search, const struct found *f)
{
    struct buf *out = &call->text;
    buf_printf(out, "* ESEARCH (TAG \"%.*s\")%s", STR_ARG(call->tag), call->uid ? " UID" : "");
    if ((search->returns & IMAP_RETURN_MIN) && f->count)
        put_result(out, "MIN", number_of(s, call, first_of(f)));
    if ((search->returns & IMAP_RETURN_MAX) && f->count)
        put_result(out, "MAX", number_of(s, call, last_of(f)));
    if ((search->returns & IMAP_RETURN_ALL) && f->count) {
        struct imap_set numbers = numbers_of(cx->arena, s, call->uid, &f->places);
        imap_say(call, STR(" ALL "));
        imap_set_put(out, &numbers, 0);
    }
    if (search->returns & IMAP_RETURN_COUNT)
        put_result(out, "COUNT", f->count);
    if (search->has_modseq && f->count)
        put_result(out, "MODSEQ", told_modseq(search, f));
    imap_say(call, STR("\r\n"));
}

/* "$": RFC 9051 section 6.4.4.1. With MIN or MAX alone these are all that is saved. */
static void save(struct imap_session *s, const struct imap_search *search, const struct found *f)
{
    struct imap_set *saved = &s->selected->saved;
    imap_set_free(saved);
    if (!f->count)
        return;
    uint32_t returns = search->returns & (uint32_t)~IMAP_RETURN_SAVE;
    if (!returns || (returns & (IMAP_RETURN_ALL | IMAP_RETURN_COUNT))) {
        *saved = numbers_of(NULL, s, true, &f->places);
        return;
    }
    const struct view *v = s->selected->view;
    if (returns & IMAP_RETURN_MIN)
        imap_set_add(NULL, saved, view_at(v, first_of(f)).uid);
    if ((returns & IMAP_RETURN_MAX) && (returns == IMAP_RETURN_MAX || first_of(f) != last_of(f)))
        imap_set_add(NULL, saved, view_at(v, last_of(f)).uid);
}

enum code imap_search(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct imap_search search = {0};
    struct found found = {0};
    enum code code = imap_search_parse(cx, s, &c, &search);
    if (code == E_UNSUPPORTED)
        call->response = STR("BADCHARSET (UTF-8 US-ASCII ISO-8859-1)");
    if (code == OK)
        code = run_in_turn(cx, s, &search, &found);
    if (code != OK) {
        if (code != E_SYNTAX && (search.returns & IMAP_RETURN_SAVE))
            imap_set_free(&s->selected->saved);
        return code;
    }
    if (search.returns & IMAP_RETURN_SAVE)
        save(s, &search, &found);
    if (!search.extended && !s->rev2)
        tell_plain(s, call, &search, &found);
    else if (search.returns != IMAP_RETURN_SAVE)
        tell_extended(cx, s, call, &search, &found);
    return OK;
}
