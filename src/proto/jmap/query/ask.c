/* Asking conditions of a folder, each of all places that the cheaper ones have left. */
#include "format/summary.h"
#include "proto/jmap/email/email.h"
#include "proto/jmap/query/filter.h"
#include "proto/jmap/query/keyword.h"
#include "service/smime/smime.h"

enum { ROWS = 256 };

struct ask {
    struct ctx *cx;
    struct jmap_call *call;
    const struct jmap_place *p;
};

struct jmap_keyword jmap_keyword_of(const struct view *v, struct str name)
{
    struct jmap_keyword k = {0};
    for (size_t i = 0; i < JMAP_FLAGS; i++)
        if (str_ieq(jmap_flags[i].name, name))
            return (struct jmap_keyword){.flag = jmap_flags[i].flag};
    int bit = view_keyword_bit(v, name);
    if (bit >= 0)
        k.bit = UINT64_C(1) << bit;
    return k;
}

/* Runs of uids that the view has messages of. */
static size_t spans_of(const struct view *v)
{
    size_t n = 0;
    for (uint32_t place = 0; place < view_count(v); n++)
        place = column_span(v, place).end;
    return n;
}

enum code jmap_place_open(struct ctx *cx, struct core *c, struct view *v, struct jmap_place *out)
{
    uint16_t rows[COLUMN_UIDS];
    uint32_t count = view_count(v);
    struct jmap_place p = {.view = v, .count = count};
    p.facts = ARENA_ARRAY(cx->arena, count + (size_t)1, const struct column_facts *);
    p.held = ARENA_ARRAY(cx->arena, spans_of(v) + 1, struct column *);
    for (uint32_t place = 0; place < count;) {
        struct column_span span = column_span(v, place);
        struct column *k;
        enum code code = column_get(cx, c, v, &span, COLUMN_FACTS, &k);
        if (code != OK) {
            jmap_place_close(&p);
            return code;
        }
        p.held[p.held_count++] = k;
        column_rows(k, v, &span, rows);
        for (; place < span.end; place++) {
            uint16_t row = rows[place - span.first];
            if (row != COLUMN_GONE)
                p.facts[place] = column_facts(k, row);
        }
    }
    *out = p;
    return OK;
}

void jmap_place_close(struct jmap_place *p)
{
    for (size_t i = 0; i < p->held_count; i++)
        column_unref(p->held[i]);
    p->held_count = 0;
}

static enum code ask(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                     uint8_t *out);

static bool has_folder(const struct jmap_filter *f, folder_id folder)
{
    for (size_t i = 0; i < f->folder_count; i++)
        if (f->folders[i] == folder)
            return true;
    return false;
}

static void ask_folder(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                       uint8_t *out)
{
    bool yes = has_folder(f, view_folder(q->p->view)) == (f->op == JMAP_IN_MAILBOX);
    for (uint32_t i = 0; i < q->p->count; i++)
        out[i] = among[i] && yes ? JMAP_YES : JMAP_NO;
}

static void ask_keyword(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                        uint8_t *out)
{
    struct jmap_keyword k = jmap_keyword_of(q->p->view, f->text);
    struct view_row rows[ROWS];
    uint32_t n;
    for (uint32_t place = 0; place < q->p->count; place += n) {
        n = view_rows(q->p->view, place, q->p->count - place < ROWS ? q->p->count - place : ROWS,
                      rows);
        for (uint32_t i = 0; i < n; i++)
            out[place + i] =
                among[place + i] && jmap_keyword_has(&k, &rows[i]) ? JMAP_YES : JMAP_NO;
    }
}

static bool fits(const struct jmap_filter *f, const struct column_facts *facts)
{
    switch ((int)f->op) {
    case JMAP_BEFORE:
        return facts->received_ms < f->number;
    case JMAP_AFTER:
        return facts->received_ms >= f->number;
    case JMAP_MIN_SIZE:
        return facts->size >= (uint64_t)f->number;
    case JMAP_MAX_SIZE:
        return facts->size < (uint64_t)f->number;
    case JMAP_ALL_IN_THREAD:
        return jmap_threads_all(f->threads, facts->thread);
    case JMAP_SOME_IN_THREAD:
        return jmap_threads_some(f->threads, facts->thread);
    default: /* JMAP_HAS_ATTACHMENT */
        return ((facts->flags & SUMMARY_HAS_ATTACHMENT) != 0) == (f->number != 0);
    }
}

static void ask_facts(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                      uint8_t *out)
{
    for (uint32_t i = 0; i < q->p->count; i++)
        out[i] = among[i] && q->p->facts[i] && fits(f, q->p->facts[i]) ? JMAP_YES : JMAP_NO;
}

/* What is too long for its column has to be read. */
static enum code ask_column(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                            uint8_t *out)
{
    static const uint8_t verdict[] = {
        [COLUMN_NO] = JMAP_NO, [COLUMN_YES] = JMAP_YES, [COLUMN_LONG] = JMAP_MAYBE};
    uint16_t rows[COLUMN_UIDS];
    uint8_t match[COLUMN_UIDS];
    for (uint32_t place = 0; place < q->p->count;) {
        struct column *k AUTO(column_unref) = NULL;
        struct column_span span = column_span(q->p->view, place);
        TRY(column_get(q->cx, q->call->env->core, q->p->view, &span, f->column, &k));
        column_rows(k, q->p->view, &span, rows);
        column_match(k, f->text, match);
        for (; place < span.end; place++) {
            uint16_t row = rows[place - span.first];
            out[place] = among[place] && row != COLUMN_GONE ? verdict[match[row]] : JMAP_NO;
        }
    }
    return OK;
}

/* The index knows no names of fields: it says where the text is nowhere in the header. */
static void ask_index(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                      uint8_t *out)
{
    struct search_answer *answer AUTO(search_answer_close) = NULL;
    struct search *search = q->call->env->core->search;
    struct ctx own = *q->cx;
    bool asked = search && f->text.n &&
                 search_ask(&own, search, q->call->account, f->where, f->text, &answer) == OK;
    for (uint32_t i = 0; i < q->p->count; i++) {
        out[i] = among[i] ? JMAP_MAYBE : JMAP_NO;
        if (!among[i] || !asked)
            continue;
        enum search_verdict verdict = search_verdict(answer, view_at(q->p->view, i).id);
        if (verdict == SEARCH_NO)
            out[i] = JMAP_NO;
        else if (verdict == SEARCH_YES && f->op != JMAP_HAS_FIELD)
            out[i] = JMAP_YES;
    }
}

/* Columns know who is not signed at all. */
static void ask_smime(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                      uint8_t *out)
{
    for (uint32_t i = 0; i < q->p->count; i++) {
        const struct column_facts *facts = q->p->facts[i];
        out[i] = !among[i] || !facts          ? JMAP_NO
                 : smime_may_be(facts->flags) ? JMAP_MAYBE
                 : f->number                  ? JMAP_NO
                                              : JMAP_YES;
    }
}

static enum code ask_all(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                         uint8_t *out)
{
    uint32_t n = q->p->count;
    uint8_t *some = ARENA_ARRAY(q->cx->arena, n + (size_t)1, uint8_t);
    for (uint32_t i = 0; i < n; i++)
        out[i] = among[i] ? JMAP_YES : JMAP_NO;
    for (const struct jmap_filter *c = f->child; c; c = c->next) {
        if (!n || !memchr(out, JMAP_YES, n))
            return OK; /* nothing is left to be asked of */
        TRY(ask(q, c, out, some));
        for (uint32_t i = 0; i < n; i++)
            out[i] = some[i] < out[i] ? some[i] : out[i];
    }
    return OK;
}

static enum code ask_any(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                         uint8_t *out)
{
    uint32_t n = q->p->count;
    uint8_t *some = ARENA_ARRAY(q->cx->arena, n + (size_t)1, uint8_t);
    uint8_t *left = ARENA_ARRAY(q->cx->arena, n + (size_t)1, uint8_t);
    for (uint32_t i = 0; i < n; i++) {
        left[i] = among[i];
        out[i] = JMAP_NO;
    }
    for (const struct jmap_filter *c = f->child; c; c = c->next) {
        TRY(ask(q, c, left, some));
        for (uint32_t i = 0; i < n; i++) {
            out[i] = some[i] > out[i] ? some[i] : out[i];
            left[i] = out[i] == JMAP_YES ? JMAP_NO : left[i];
        }
    }
    return OK;
}

static enum code ask_none(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                          uint8_t *out)
{
    TRY(ask_any(q, f, among, out));
    for (uint32_t i = 0; i < q->p->count; i++)
        out[i] = among[i] ? (uint8_t)(JMAP_YES - out[i]) : JMAP_NO;
    return OK;
}

static enum code ask(const struct ask *q, const struct jmap_filter *f, const uint8_t *among,
                     uint8_t *out)
{
    switch (f->op) {
    case JMAP_AND:
        return ask_all(q, f, among, out);
    case JMAP_OR:
        return ask_any(q, f, among, out);
    case JMAP_NOT:
        return ask_none(q, f, among, out);
    case JMAP_IN_MAILBOX:
    case JMAP_OTHER_THAN:
        ask_folder(q, f, among, out);
        return OK;
    case JMAP_HAS_KEYWORD:
        ask_keyword(q, f, among, out);
        return OK;
    case JMAP_IN_COLUMN:
        TRY(ask_column(q, f, among, out));
        return jmap_filter_settle(q->cx, q->call, q->p, f, out);
    case JMAP_IN_TEXT:
    case JMAP_HAS_FIELD:
        ask_index(q, f, among, out);
        return jmap_filter_settle(q->cx, q->call, q->p, f, out);
    case JMAP_HAS_SMIME:
        ask_smime(q, f, among, out);
        return jmap_filter_settle(q->cx, q->call, q->p, f, out);
    case JMAP_BEFORE:
    case JMAP_AFTER:
    case JMAP_MIN_SIZE:
    case JMAP_MAX_SIZE:
    case JMAP_HAS_ATTACHMENT:
    case JMAP_ALL_IN_THREAD:
    case JMAP_SOME_IN_THREAD:
        ask_facts(q, f, among, out);
        break;
    }
    return OK;
}

enum code jmap_filter_ask(struct ctx *cx, struct jmap_call *call, const struct jmap_place *p,
                          const struct jmap_filter *f, const uint8_t *among, uint8_t *out)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    struct ask q = {.cx = &own, .call = call, .p = p};
    own.arena = scratch;
    enum code code = ask(&q, f, among, out);
    cx->err = own.err;
    return code;
}
