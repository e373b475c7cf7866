/* Finding what matches: set by set, then message by message where messages have to be read. */
#include "base/arena.h"
#include "format/utf8.h"
#include "proto/imap/search/index.h"

/* So few are looked up one by one: cheaper than columns that nobody has asked for yet. */
enum { FEW_PLACES = 32, ROWS = 256 };

struct run {
    struct ctx *cx;
    const struct imap_target *t;
    struct imap_bits *spare; /* given back, to be used again */
    size_t spare_count, spare_room;
};

static struct imap_bits take(struct run *r)
{
    if (!r->spare_count)
        return imap_bits_none(r->cx->arena, view_count(r->t->view));
    struct imap_bits b = r->spare[--r->spare_count];
    imap_bits_clear(&b);
    return b;
}

static void give(struct run *r, struct imap_bits b)
{
    if (r->spare_count == r->spare_room) {
        size_t room = r->spare_room ? r->spare_room * 2 : 8;
        r->spare = arena_grow(r->cx->arena, r->spare, r->spare_room * sizeof b, room * sizeof b);
        r->spare_room = room;
    }
    r->spare[r->spare_count++] = b;
}

static void ask_rows(const struct run *r, const struct imap_key *key, const struct imap_bits *among,
                     struct imap_bits *out)
{
    imap_row_fn *row_fn = imap_search_row(key->op);
    struct view_row some[ROWS];
    uint32_t at = imap_bits_next(among, 0), n;
    for (; at < among->count; at = imap_bits_next(among, at + n)) {
        n = view_rows(r->t->view, at, ROWS, some);
        for (uint32_t i = 0; i < n; i++) {
            if (!imap_bits_has(among, at + i))
                continue;
            if (r->t->fresh)
                some[i] = imap_target_row(r->t, at + i);
            if (row_fn(r->t, &some[i], key))
                imap_bits_set(out, at + i);
        }
    }
}

/* Message by message, each read once whatever is asked of it; brothers: all keys from this one on.
 */
static enum code ask_messages(struct run *r, const struct imap_key *key, bool brothers,
                              const struct imap_bits *among, struct imap_bits *out)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx own = *r->cx;
    own.arena = scratch;
    struct imap_rows rows = imap_rows_in(r->cx, r->t->core, r->t->view);
    enum code code = OK;
    uint32_t at = imap_bits_next(among, 0);
    for (; at < among->count && code == OK; at = imap_bits_next(among, at + 1)) {
        struct imap_candidate m = {.cx = &own,
                                   .target = r->t,
                                   .rows = &rows,
                                   .place = at,
                                   .row = imap_target_row(r->t, at)};
        if (brothers ? imap_search_match_from(&m, key) : imap_search_match(&m, key))
            imap_bits_set(out, at);
        code = m.failure;
        imap_candidate_done(&m);
        arena_reset(scratch);
    }
    imap_rows_close(&rows);
    if (code != OK)
        r->cx->err = own.err;
    return code;
}

static enum column_kind kind_of(const struct imap_key *key)
{
    static const struct {
        char letter;
        enum column_kind kind;
    } kinds[] = {
        {'f', COLUMN_FROM}, {'s', COLUMN_SENDER}, {'r', COLUMN_REPLY_TO},
        {'t', COLUMN_TO},   {'c', COLUMN_CC},     {'b', COLUMN_BCC},
    };
    if (key->op != IMAP_SEARCH_ADDRESS)
        return key->op == IMAP_SEARCH_SUBJECT ? COLUMN_SUBJECT : COLUMN_FACTS;
    size_t i = 0;
    while (kinds[i].letter != key->letter)
        i++;
    return kinds[i].kind;
}

/* By row, what a column says. */
static void ask_column(const struct column *k, const struct imap_key *key, uint8_t *match)
{
    imap_facts_fn *facts = imap_search_facts(key->op);
    bool no_line = key->op == IMAP_SEARCH_ADDRESS && str_chr(key->text, '\n') != SIZE_MAX;
    if (facts) {
        for (uint32_t row = 0; row < column_count(k); row++)
            match[row] = facts(column_facts(k, (uint16_t)row), key);
    } else if (no_line) {
        memset(match, COLUMN_NO, COLUMN_UIDS);
    } else if (key->text.n) {
        column_match(k, key->text, match);
    } else if (key->op == IMAP_SEARCH_SUBJECT) { /* everything contains nothing */
        memset(match, COLUMN_YES, COLUMN_UIDS);
    } else {
        column_filled(k, match);
    }
}

/* One run of uids. later: those whose text is not in the column. */
static enum code ask_span(struct run *r, const struct imap_key *key, const struct column_span *span,
                          const struct imap_bits *among, struct imap_bits *out,
                          struct imap_bits *later)
{
    struct column *k AUTO(column_unref) = NULL;
    uint16_t rows[COLUMN_UIDS];
    uint8_t match[COLUMN_UIDS];
    TRY(column_get(r->cx, r->t->core, r->t->view, span, kind_of(key), &k));
    column_rows(k, r->t->view, span, rows);
    ask_column(k, key, match);
    uint32_t at = imap_bits_next(among, span->first);
    for (; at < span->end; at = imap_bits_next(among, at + 1)) {
        uint16_t row = rows[at - span->first];
        if (row == COLUMN_GONE || match[row] == COLUMN_NO)
            continue;
        imap_bits_set(match[row] == COLUMN_YES ? out : later, at);
    }
    return OK;
}

static enum code ask_columns(struct run *r, const struct imap_key *key,
                             const struct imap_bits *among, struct imap_bits *out)
{
    if (imap_bits_size(among) <= FEW_PLACES)
        return ask_messages(r, key, false, among, out);
    struct imap_bits later = take(r);
    uint32_t at = imap_bits_next(among, 0);
    while (at < among->count) {
        struct column_span span = column_span(r->t->view, at);
        TRY(ask_span(r, key, &span, among, out, &later));
        at = imap_bits_next(among, span.end);
    }
    TRY(ask_messages(r, key, false, &later, out));
    give(r, later);
    return OK;
}

static enum code ask(struct run *r, const struct imap_key *key, const struct imap_bits *among,
                     struct imap_bits *out);

/* With a full-text index, keys that read messages are asked like all others. */
static bool is_set_by_set(const struct run *r, const struct imap_key *key)
{
    return key->cost < IMAP_COSTS_HEADER || r->t->core->search;
}

static enum code ask_index(struct run *r, const struct imap_key *key, const struct imap_bits *among,
                           struct imap_bits *out)
{
    struct imap_bits read = take(r);
    imap_search_index(r->cx, r->t, key, among, out, &read);
    TRY(ask_messages(r, key, false, &read, out));
    give(r, read);
    return OK;
}

/* Children that read messages come last; they are asked together, so that each message is read
   once. */
static enum code ask_and(struct run *r, const struct imap_key *key, const struct imap_bits *among,
                         struct imap_bits *out)
{
    const struct imap_key *child = key->child;
    struct imap_bits left = take(r), next = take(r);
    imap_bits_copy(&left, among);
    for (; child && is_set_by_set(r, child); child = child->next) {
        imap_bits_clear(&next);
        TRY(ask(r, child, &left, &next));
        imap_bits_copy(&left, &next);
    }
    if (child) {
        TRY(ask_messages(r, child, true, &left, out));
    } else {
        imap_bits_or(out, &left);
    }
    give(r, left);
    give(r, next);
    return OK;
}

static enum code ask_or(struct run *r, const struct imap_key *key, const struct imap_bits *among,
                        struct imap_bits *out)
{
    struct imap_bits left = take(r);
    for (const struct imap_key *child = key->child; child; child = child->next) {
        imap_bits_copy(&left, among);
        imap_bits_without(&left, out);
        TRY(ask(r, child, &left, out));
    }
    give(r, left);
    return OK;
}

/* What is not there any more matches no key, and no key turned round: the columns tell. */
static enum code drop_gone(struct run *r, struct imap_bits *b)
{
    uint16_t rows[COLUMN_UIDS];
    for (uint32_t at = imap_bits_next(b, 0); at < b->count; at = imap_bits_next(b, at)) {
        struct column_span span = column_span(r->t->view, at);
        struct column *k AUTO(column_unref) = NULL;
        TRY(column_get(r->cx, r->t->core, r->t->view, &span, COLUMN_FACTS, &k));
        column_rows(k, r->t->view, &span, rows);
        for (; at < span.end; at++)
            if (rows[at - span.first] == COLUMN_GONE)
                b->word[at / 64] &= ~(UINT64_C(1) << at % 64);
    }
    return OK;
}

static enum code ask_not(struct run *r, const struct imap_key *key, const struct imap_bits *among,
                         struct imap_bits *out)
{
    if (key->cost >= IMAP_COSTS_ROW && imap_bits_size(among) <= FEW_PLACES)
        return ask_messages(r, key, false, among, out);
    struct imap_bits left = take(r), those = take(r);
    imap_bits_copy(&left, among);
    if (key->cost >= IMAP_COSTS_ROW)
        TRY(drop_gone(r, &left));
    TRY(ask(r, key->child, &left, &those));
    imap_bits_without(&left, &those);
    imap_bits_or(out, &left);
    give(r, left);
    give(r, those);
    return OK;
}

static enum code ask_fuzzy(struct run *r, const struct imap_key *key, const struct imap_bits *among,
                           struct imap_bits *out)
{
    struct imap_bits exact = take(r);
    TRY(ask(r, key->child, among, &exact));
    uint32_t at = imap_bits_next(&exact, 0);
    for (; at < exact.count; at = imap_bits_next(&exact, at + 1))
        key->scores[at] = IMAP_SCORE_EXACT;
    imap_bits_or(out, &exact);
    imap_search_near(r->cx, r->t, key->child, key->scores, among, out);
    give(r, exact);
    return OK;
}

/* Where the needle is ASCII, other comparators find no more than the usual one does: what that
   finds is read. */
static enum code ask_strict(struct run *r, const struct imap_key *key,
                            const struct imap_bits *among, struct imap_bits *out)
{
    struct imap_key usual = *key;
    struct imap_bits some = take(r);
    usual.exact = (struct str){0};
    usual.cost = imap_search_cost(key->op);
    if (utf8_is_ascii(key->exact) && is_set_by_set(r, &usual))
        TRY(ask(r, &usual, among, &some));
    else
        imap_bits_copy(&some, among);
    TRY(ask_messages(r, key, false, &some, out));
    give(r, some);
    return OK;
}

/* Adds those of among that match to out. */
static enum code ask(struct run *r, const struct imap_key *key, const struct imap_bits *among,
                     struct imap_bits *out)
{
    if (imap_bits_next(among, 0) == among->count)
        return OK;
    if (key->op == IMAP_SEARCH_AND)
        return ask_and(r, key, among, out);
    if (key->op == IMAP_SEARCH_FUZZY)
        return ask_fuzzy(r, key, among, out);
    if (key->exact.n)
        return ask_strict(r, key, among, out);
    if (imap_search_indexed(r->t, key))
        return ask_index(r, key, among, out);
    if (!is_set_by_set(r, key) || imap_search_cost(key->op) >= IMAP_COSTS_HEADER)
        return ask_messages(r, key, false, among, out);
    if (key->op == IMAP_SEARCH_OR)
        return ask_or(r, key, among, out);
    if (key->op == IMAP_SEARCH_NOT)
        return ask_not(r, key, among, out);
    if (key->op == IMAP_SEARCH_PLACES) {
        struct imap_bits those = take(r);
        imap_bits_add(&those, &key->places);
        imap_bits_and(&those, among);
        imap_bits_or(out, &those);
        give(r, those);
        return OK;
    }
    if (key->cost == IMAP_COSTS_ROW)
        return ask_columns(r, key, among, out);
    ask_rows(r, key, among, out);
    return OK;
}

enum code imap_search_among(struct ctx *cx, const struct imap_target *t, const struct imap_key *key,
                            const struct imap_bits *among, struct imap_bits *out)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    own.arena = arena;
    struct run r = {.cx = &own, .t = t};
    struct imap_bits found = imap_bits_none(cx->arena, among->count);
    enum code code = ask(&r, key, among, &found);
    cx->err = own.err;
    if (code == OK)
        *out = found;
    return code;
}

enum code imap_search_run(struct ctx *cx, const struct imap_target *t, const struct imap_key *key,
                          struct imap_bits *out)
{
    struct imap_bits all = imap_bits_none(cx->arena, view_count(t->view));
    imap_bits_fill(&all);
    return imap_search_among(cx, t, key, &all, out);
}
