/* Which messages hold a needle: first by words, then by the texts that the index keeps. */
#include "base/cur.h"
#include "core/change.h"
#include "core/search/inner.h"
#include <stdlib.h>
#include <string.h>

enum { LOOK_PRICE = 4, COUNT_EACH = 32 }; /* looking at a text costs so many words looked up */

struct search_answer {
    struct search *search;
    struct reader *reader; /* what it does not know has to be read */
    uint32_t where;
    struct str needle;   /* on the heap */
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

/* Words of a shard that fit a clue. */
struct fitting {
    struct str terms[SEARCH_TERMS_MAX];
    size_t count;
    bool full; /* and there are more */
};

static bool fits(void *self, struct str term)
{
    struct fitting *f = self;
    f->full = f->count == SEARCH_TERMS_MAX;
    if (!f->full)
        f->terms[f->count++] = term;
    return !f->full;
}

/* A whole word needs no look at all the others. */
static void fits_whole(struct ctx *cx, const struct clue *clue, struct str letters,
                       struct fitting *f)
{
    for (size_t i = 0; i < letters.n; i++) {
        const struct str term[] = {str_sub(letters, i, 1), clue->text};
        fits(f, str_join(cx->arena, term, 2));
    }
}

static void fitting(struct ctx *cx, const struct shard_part *part, const struct clue *clue,
                    uint32_t where, struct fitting *f)
{
    char room[SEARCH_LETTERS];
    struct str letters = letters_of(where, room);
    f->count = 0;
    f->full = false;
    if (clue->kind == CLUE_WHOLE)
        fits_whole(cx, clue, letters, f);
    else if (where & SEARCH_IN_BODY)
        words_match(&part->shard->words[WORDS_BODY], clue, letters, fits, f);
    if (clue->kind != CLUE_WHOLE && (where & SEARCH_IN_HEADER) && !f->full)
        words_match(&part->shard->words[WORDS_HEAD], clue, letters, fits, f);
}

/* Documents that are there and not among these. */
static size_t missing(const struct shard_part *part, const struct bits *docs)
{
    size_t n = 0;
    for (size_t i = 0; i < part->live.count; i++)
        n += (size_t)__builtin_popcountll(part->live.words[i] &
                                          ~(i < docs->count ? docs->words[i] : 0));
    return n;
}

/* Documents that have one of the words. */
static enum code documents(struct ctx *cx, const struct shard_part *part, const struct fitting *f,
                           struct bits *out)
{
    for (size_t i = 0; i < f->count; i++)
        TRY(part_find(cx, part, f->terms[i], out));
    return OK;
}

/* The same, but no longer than until looking at the other documents is cheaper. False then. */
static enum code most_documents(struct ctx *cx, const struct shard_part *part,
                                const struct fitting *f, struct bits *out, bool *all)
{
    for (size_t i = 0; i < f->count; i++) {
        *all = i % COUNT_EACH || missing(part, out) * LOOK_PRICE > f->count - i;
        if (!*all)
            return OK;
        TRY(part_find(cx, part, f->terms[i], out));
    }
    *all = !f->full;
    return OK;
}

/* One word: who has it is sure. When too many words fit, the rest of the messages is looked at. */
static enum code by_one(struct ctx *cx, const struct shard_part *part, const struct clues *clues,
                        struct fitting *f, struct search_answer *a)
{
    bool all = true;
    struct bits docs = {0};
    fitting(cx, part, &clues->at[0], a->where, f);
    enum code code = most_documents(cx, part, f, &docs, &all);
    part_items(part, &docs, &a->yes);
    if (!all)
        part_items(part, &part->live, &a->look);
    bits_free(&docs);
    return code;
}

/* Several words: who has them all may have the needle. A clue that fits too many words says
   nothing. */
static enum code by_all(struct ctx *cx, const struct shard_part *part, const struct clues *clues,
                        struct fitting *f, struct search_answer *a)
{
    struct bits look = {0};
    enum code code = OK;
    bits_or(&look, &part->live);
    for (size_t i = 0; i < clues->count && code == OK; i++) {
        struct bits some = {0};
        fitting(cx, part, &clues->at[i], a->where, f);
        if (!f->full) {
            code = documents(cx, part, f, &some);
            bits_and(&look, &some);
        }
        bits_free(&some);
    }
    part_items(part, &look, &a->look);
    bits_free(&look);
    return code;
}

/* What was edited after the index saw it: its id is old, its content new. */
static enum code note_changes(struct ctx *cx, struct search *s, uint64_t since,
                              struct search_answer *a)
{
    struct change_scan *w AUTO(change_scan_close) = NULL;
    struct change change;
    size_t count = 0;
    TRY(change_scan(cx, s->core, a->reader->account, since, 0, &w));
    while (change_next(w, &change)) {
        if (++count > SEARCH_BEHIND_MAX)
            return fail(cx, E_BUSY, "the index is more than %d changes behind", SEARCH_BEHIND_MAX);
        if (change.what == CHANGE_GONE_ITEM && change.how == GONE_REPLACED &&
            change.item < SEARCH_ID_MAX)
            bits_set(&a->changed, change.item);
    }
    if (count > SEARCH_BEHIND_TELL && s->behind)
        s->behind(s->behind_self, a->reader->account);
    return change_scan_error(w);
}

void search_on_behind(struct search *s, search_behind_fn *fn, void *self)
{
    s->behind = fn;
    s->behind_self = self;
}

static enum code fill(struct ctx *cx, struct search_answer *a)
{
    struct reader *r = a->reader;
    struct clues clues;
    struct fitting *f = ARENA_NEW(cx->arena, struct fitting);
    search_clues(a->needle, &clues);
    TRY(search_is_of(cx, a->search->core, r->account, r->modseq));
    TRY(note_changes(cx, a->search, r->modseq, a));
    for (size_t i = 0; i < r->count; i++)
        TRY((clues.exact ? by_one : by_all)(cx, &r->parts[i], &clues, f, a));
    bits_or(&a->look, &r->cut);
    if (a->where & SEARCH_NOISE_TOO) /* what was left out of their headers is not known */
        bits_or(&a->changed, &r->noisy);
    return OK;
}

enum code search_ask(struct ctx *cx, struct search *s, account_id account, uint32_t where,
                     struct str needle, struct search_answer **out)
{
    struct reader *r;
    if (reader_get(cx, s, account, &r) != OK)
        return E_BUSY; /* whatever is wrong with it, the writer mends it */
    struct search_answer *a = calloc(1, sizeof *a);
    char *copy = malloc(needle.n + 1);
    must(a && copy);
    memcpy(copy, needle.p, needle.n);
    *a = (struct search_answer){
        .search = s, .reader = r, .where = where, .needle = str_of(copy, needle.n)};
    enum code code = fill(cx, a);
    if (code == E_CORRUPT)
        search_damaged(s, account);
    if (code == OK)
        *out = a;
    else
        search_answer_close(a);
    return code == OK ? OK : E_BUSY;
}

void search_answer_close(struct search_answer *a)
{
    free((void *)(uintptr_t)a->needle.p);
    reader_unref(a->reader);
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
    const struct shard_part *part;
    struct str text;
    uint32_t doc;
    if (bits_has(&a->reader->cut, id) || !reader_place(a->reader, id, &part, &doc))
        return SEARCH_UNKNOWN;
    if (shard_text(&cx, part->shard, a->search->codecs, doc, &text) == OK)
        return look_in(a, text);
    search_damaged(a->search, a->reader->account);
    return SEARCH_UNKNOWN;
}

enum search_verdict search_verdict(struct search_answer *a, item_id id)
{
    if (!bits_has(&a->reader->known, id) || bits_has(&a->changed, id))
        return SEARCH_UNKNOWN;
    if (bits_has(&a->yes, id))
        return SEARCH_YES;
    return bits_has(&a->look, id) ? look(a, id) : SEARCH_NO;
}
