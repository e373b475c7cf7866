/* Which messages hold a needle: first by words, then by the texts that the index keeps. */
#include "base/cur.h"
#include "core/change.h"
#include "core/search/inner.h"
#include <stdlib.h>

struct search_answer {
    struct search *search;
    account_id account;
    uint32_t where;
    struct str needle;   /* on the heap */
    struct bits known;   /* what the index knows; all else has to be read */
    struct bits changed; /* content that is newer than the index */
    struct bits yes, look;
};

/* The letters of these places. */
static struct str letters_of(uint32_t where, char out[static SEARCH_LETTERS])
{
    size_t n = 0;
    for (unsigned i = 0; i < SEARCH_LETTERS; i++)
        if (where & 1U << i)
            out[n++] = SEARCH_LETTER[i];
    return str_of(out, n);
}

struct gather {
    struct ctx *cx;
    struct reader *reader;
    struct bits *out;
    size_t terms; /* looked up so far */
    bool full;    /* and there were more */
    enum code code;
};

static bool gather(void *self, struct str term)
{
    struct gather *g = self;
    if (g->terms++ == SEARCH_TERMS_MAX)
        g->full = true;
    else
        g->code = xdb_find(g->cx, g->reader->db, term, g->out);
    return g->code == OK && !g->full;
}

static bool is_whole(const struct clue *clue)
{
    return clue->kind == CLUE_WHOLE;
}

/* A whole word needs no look at all the others. */
static void gather_whole(struct gather *g, const struct clue *clue, struct str letters)
{
    for (size_t i = 0; i < letters.n && g->code == OK; i++) {
        const struct str term[] = {str_sub(letters, i, 1), clue->text};
        g->code = xdb_find(g->cx, g->reader->db, str_join(g->cx->arena, term, 2), g->out);
    }
}

/* Documents with words that fit the clue. full: only some of the words were looked up. */
static enum code documents(struct ctx *cx, struct reader *r, const struct clue *clue,
                           uint32_t where, struct bits *out, bool *full)
{
    char room[SEARCH_LETTERS];
    struct gather g = {.cx = cx, .reader = r, .out = out};
    struct str letters = letters_of(where, room);
    if (is_whole(clue))
        gather_whole(&g, clue, letters);
    if (!is_whole(clue) && (where & SEARCH_IN_BODY))
        words_match(&r->words[WORDS_BODY], clue, letters, gather, &g);
    if (!is_whole(clue) && (where & SEARCH_IN_HEADER) && g.code == OK && !g.full)
        words_match(&r->words[WORDS_HEAD], clue, letters, gather, &g);
    *full = g.full;
    return g.code;
}

/* One word: who has it is sure. When too many words fit, the rest of the messages is looked at. */
static enum code by_one(struct ctx *cx, struct reader *r, const struct clues *clues,
                        struct search_answer *a)
{
    bool full;
    TRY(documents(cx, r, &clues->at[0], a->where, &a->yes, &full));
    if (full)
        bits_or(&a->look, &r->known);
    return OK;
}

/* Several words: who has them all may have the needle. A clue that fits too many words says
   nothing. */
static enum code by_all(struct ctx *cx, struct reader *r, const struct clues *clues,
                        struct search_answer *a)
{
    bits_or(&a->look, &r->known);
    for (size_t i = 0; i < clues->count; i++) {
        bool full;
        struct bits some = {0};
        enum code code = documents(cx, r, &clues->at[i], a->where, &some, &full);
        if (code == OK && !full)
            bits_and(&a->look, &some);
        bits_free(&some);
        TRY(code);
    }
    return OK;
}

/* What was edited after the index saw it: its id is old, its content new. */
static enum code note_changes(struct ctx *cx, struct search *s, uint64_t since,
                              struct search_answer *a)
{
    struct change_scan *w AUTO(change_scan_close) = NULL;
    struct change change;
    size_t count = 0;
    TRY(change_scan(cx, s->core, a->account, since, 0, &w));
    while (change_next(w, &change)) {
        if (++count > SEARCH_BEHIND_MAX)
            return fail(cx, E_BUSY, "the index is more than %d changes behind", SEARCH_BEHIND_MAX);
        if (change.what == CHANGE_GONE_ITEM && change.how == GONE_REPLACED &&
            change.item < SEARCH_ID_MAX)
            bits_set(&a->changed, change.item);
    }
    return change_scan_error(w);
}

/* What was left out of their headers is not known. */
static enum code forget_noisy(struct ctx *cx, struct reader *r, struct search_answer *a)
{
    struct bits noisy = {0};
    enum code code = xdb_find(cx, r->db, SEARCH_MARK_NOISY, &noisy);
    bits_or(&a->changed, &noisy);
    bits_free(&noisy);
    return code;
}

static enum code fill(struct ctx *cx, struct reader *r, struct search_answer *a)
{
    struct clues clues;
    search_clues(a->needle, &clues);
    bits_or(&a->known, &r->known);
    TRY(search_is_of(cx, a->search->core, a->account, r->modseq));
    TRY(note_changes(cx, a->search, r->modseq, a));
    if (clues.exact)
        TRY(by_one(cx, r, &clues, a));
    else
        TRY(by_all(cx, r, &clues, a));
    bits_or(&a->look, &r->cut);
    return a->where & SEARCH_NOISE_TOO ? forget_noisy(cx, r, a) : OK;
}

enum code search_ask(struct ctx *cx, struct search *s, account_id account, uint32_t where,
                     struct str needle, struct search_answer **out)
{
    struct reader *r;
    TRY(reader_take(cx, s, account, &r));
    struct search_answer *a = calloc(1, sizeof *a);
    char *copy = malloc(needle.n + 1);
    must(a && copy);
    memcpy(copy, needle.p, needle.n);
    *a = (struct search_answer){
        .search = s, .account = account, .where = where, .needle = str_of(copy, needle.n)};
    enum code code = fill(cx, r, a);
    reader_give(s, r);
    if (code == OK)
        *out = a;
    else
        search_answer_close(a);
    return code == OK ? OK : E_BUSY;
}

void search_answer_close(struct search_answer *a)
{
    free((void *)(uintptr_t)a->needle.p);
    bits_free(&a->known);
    bits_free(&a->changed);
    bits_free(&a->yes);
    bits_free(&a->look);
    free(a);
}

/* Whether a run of the kept text (a letter, a length, bytes) has the needle. */
static enum search_verdict look_in(const struct search_answer *a, struct str text)
{
    char room[SEARCH_LETTERS], letter;
    struct str letters = letters_of(a->where, room), run;
    struct cur c = cur_of(text);
    while (cur_byte(&c, &letter) && cur_le_str(&c, &run))
        if (str_chr(letters, letter) != SIZE_MAX && str_find(run, a->needle) != SIZE_MAX)
            return SEARCH_YES;
    return cur_end(&c) ? SEARCH_NO : SEARCH_UNKNOWN;
}

static enum search_verdict look(struct search_answer *a, item_id id)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    struct reader *r;
    struct str text;
    if (reader_take(&cx, a->search, a->account, &r) != OK)
        return SEARCH_UNKNOWN;
    enum code code =
        bits_has(&r->cut, id) ? E_NOT_FOUND : xdb_text(&cx, r->db, (uint32_t)id, &text);
    reader_give(a->search, r);
    return code == OK ? look_in(a, text) : SEARCH_UNKNOWN;
}

enum search_verdict search_verdict(struct search_answer *a, item_id id)
{
    if (!bits_has(&a->known, id) || bits_has(&a->changed, id))
        return SEARCH_UNKNOWN;
    if (bits_has(&a->yes, id))
        return SEARCH_YES;
    return bits_has(&a->look, id) ? look(a, id) : SEARCH_NO;
}
