/* FUZZY: words by their stems, with a tolerance for spelling, ranked. */
#include "core/search/inner.h"

enum {
    VARIANTS_MAX = 200,  /* words of the index that stand for one that was asked for */
    SPELLING_MIN = 4,    /* bytes: shorter words are taken as they are */
    SPELLING_TWO = 8,    /* bytes: from here on two mistakes are allowed, else one */
    SPELLING_BYTES = 24, /* longer words are not compared by letters */
};

struct group {
    struct arena *arena;
    struct str word, stem;
    size_t mistakes; /* allowed; 0: only the stem counts */
    struct xterm terms[VARIANTS_MAX];
    size_t count;
};

static struct str stem_of(struct arena *a, struct str word)
{
    char *out = arena_alloc(a, word.n + 1);
    size_t n = xdb_stem(word, out, word.n + 1);
    return n ? str_of(out, n) : word;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* The least number of bytes to insert, drop or change that makes b of a; both SPELLING_BYTES at
   most. */
static size_t distance(struct str a, struct str b)
{
    size_t row[SPELLING_BYTES + 1];
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, corner + (a.p[i - 1] != b.p[j - 1]));
            corner = above;
        }
    }
    return row[b.n];
}

static bool is_like(const struct group *g, struct str word)
{
    size_t gap = word.n > g->word.n ? word.n - g->word.n : g->word.n - word.n;
    return g->mistakes && gap <= g->mistakes && word.n <= SPELLING_BYTES && word.n &&
           word.p[0] == g->word.p[0] && distance(g->word, word) <= g->mistakes;
}

static bool is_of_stem(const struct group *g, struct str word)
{
    char stem[SEARCH_WORD_MAX + 3];
    size_t shared = g->stem.n < 3 ? g->stem.n : 3; /* endings change, beginnings do not */
    if (!str_starts(word, str_sub(g->stem, 0, shared)) || word.n > SEARCH_WORD_MAX)
        return false;
    size_t n = xdb_stem(word, stem, sizeof stem);
    return str_eq(str_of(stem, n), g->stem);
}

/* Another shard had it. */
static bool is_there(const struct group *g, struct str term)
{
    for (size_t i = 0; i < g->count; i++)
        if (str_eq(g->terms[i].text, term))
            return true;
    return false;
}

static bool take(void *self, struct str term)
{
    struct group *g = self;
    struct str word = str_from(term, 1);
    if (!is_there(g, term) && (is_of_stem(g, word) || is_like(g, word)))
        g->terms[g->count++] = (struct xterm){.text = str_dup(g->arena, term), .count = 1};
    return g->count < VARIANTS_MAX;
}

static void each_word(struct reader *r, uint32_t where, struct group *g)
{
    char room[SEARCH_LETTERS];
    size_t n = 0;
    for (unsigned i = 0; i < SEARCH_LETTERS; i++)
        if (where & 1U << i)
            room[n++] = SEARCH_LETTER[i];
    for (size_t i = 0; i < r->count && g->count < VARIANTS_MAX; i++) {
        const struct words *words = r->parts[i].shard->words;
        if (where & SEARCH_IN_BODY)
            words_each(&words[WORDS_BODY], str_of(room, n), take, g);
        if ((where & SEARCH_IN_HEADER) && g->count < VARIANTS_MAX)
            words_each(&words[WORDS_HEAD], str_of(room, n), take, g);
    }
}

struct words_of {
    struct arena *arena;
    struct str words[SEARCH_FUZZY_WORDS_MAX];
    size_t count;
};

static void word_of(void *self, struct str word)
{
    struct words_of *w = self;
    if (w->count < SEARCH_FUZZY_WORDS_MAX)
        w->words[w->count++] = str_dup(w->arena, word);
}

/* The words of the index that stand for it: those of its stem, and if there are none, those spelt
   almost so. */
static struct xgroup variants(struct ctx *cx, struct reader *r, uint32_t where, struct str word)
{
    struct group *g = ARENA_NEW(cx->arena, struct group);
    *g = (struct group){.arena = cx->arena, .word = word, .stem = stem_of(cx->arena, word)};
    each_word(r, where, g);
    if (!g->count && word.n >= SPELLING_MIN && word.n <= SPELLING_BYTES) {
        g->mistakes = word.n >= SPELLING_TWO ? 2 : 1;
        each_word(r, where, g);
    }
    return (struct xgroup){g->terms, g->count};
}

/* All shards at once; in the order of their names, so that two who do so do not wait for each
   other. */
static enum code rank_all(struct ctx *cx, struct reader *r, const struct xgroup *groups,
                          size_t count, size_t max, struct xranks *out)
{
    struct xdb **all = ARENA_ARRAY(cx->arena, r->count + 1, struct xdb *);
    const struct xasked asked = {all, r->count, groups, count, max};
    for (size_t i = 0; i < r->count; i++) {
        pthread_mutex_lock(&r->parts[i].shard->lock);
        all[i] = r->parts[i].shard->db;
    }
    enum code code = xdb_rank(cx, &asked, out);
    for (size_t i = 0; i < r->count; i++)
        pthread_mutex_unlock(&r->parts[i].shard->lock);
    return code;
}

static enum code rank(struct ctx *cx, struct reader *r, const struct search_fuzzy *f,
                      const struct words_of *words, struct xranks *out)
{
    struct xgroup groups[SEARCH_FUZZY_WORDS_MAX];
    for (size_t i = 0; i < words->count; i++) {
        groups[i] = variants(cx, r, f->where, words->words[i]);
        if (!groups[i].count)
            return OK;
    }
    if (!words->count)
        return OK;
    return rank_all(cx, r, groups, words->count, f->max, out);
}

static uint8_t score_of(double percent)
{
    return percent < 1 ? 1 : percent > 100 ? 100 : (uint8_t)percent;
}

/* Of those that are still there. */
static size_t put_ranked(const struct reader *r, const struct xranks *ranks,
                         struct search_ranked *out)
{
    size_t n = 0;
    for (size_t i = 0; i < ranks->count; i++) {
        const struct shard_part *part = &r->parts[ranks->at[i].database];
        uint32_t doc = ranks->at[i].document;
        if (bits_has(&part->live, doc))
            out[n++] =
                (struct search_ranked){part->shard->items[doc], score_of(ranks->at[i].percent)};
    }
    return n;
}

enum code search_fuzzy(struct ctx *cx, struct search *s, const struct search_fuzzy *f,
                       struct search_ranked **out, size_t *count)
{
    struct words_of words = {.arena = cx->arena};
    struct reader *r AUTO(reader_unref) = NULL;
    struct xranks ranks = {0};
    search_tokens(f->text, word_of, &words);
    if (reader_get(cx, s, f->account, &r) != OK)
        return E_BUSY;
    TRY(rank(cx, r, f, &words, &ranks));
    *out = ARENA_ARRAY(cx->arena, ranks.count + 1, struct search_ranked);
    *count = put_ranked(r, &ranks, *out);
    return OK;
}
