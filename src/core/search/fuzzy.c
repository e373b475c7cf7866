/* FUZZY: words by their stems, with a tolerance for spelling, ranked. */
#include "base/arena.h"
#include "core/search/inner.h"
#include "core/search/language.h"
#include "format/utf8.h"

enum {
    VARIANTS_MAX = 200,  /* words of the index that stand for one that was asked for */
    SPELLING_MIN = 4,    /* bytes: shorter words are taken as they are */
    SPELLING_TWO = 8,    /* bytes: from here on two mistakes are allowed, else one */
    SPELLING_BYTES = 24, /* longer words are not compared by letters */
};

/* A language of the account's messages, and the stem that a word has in it. */
struct tongue {
    struct xstem *stemmer;
    struct str stem;
};

struct group {
    struct arena *arena;
    struct str word;
    struct tongue tongues[LANGUAGES];
    size_t tongues_n;
    size_t mistakes; /* allowed; 0: only the stem counts */
    struct xterm terms[VARIANTS_MAX];
    size_t count;
};

/* Stems are made of composed letters; the index has them decomposed. */
static struct str stem_of(struct arena *a, struct xstem *s, struct str word)
{
    char *out = arena_alloc(a, word.n + 3);
    size_t n = xstem_word(s, utf8_nfc(a, word), out, word.n + 3);
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
    struct arena *arena AUTO(arena_close) = NULL;
    if (str_eq(word, g->word))
        return true;
    /* Endings change, beginnings do not; vowels may. */
    if (!str_starts(word, str_sub(g->word, 0, g->word.n < 2 ? g->word.n : 2)))
        return false;
    arena = arena_open();
    for (size_t i = 0; i < g->tongues_n; i++)
        if (str_eq(stem_of(arena, g->tongues[i].stemmer, word), g->tongues[i].stem))
            return true;
    return false;
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

/* The languages of the account's messages, and English, which short ones are taken for. */
static size_t stemmers_open(const struct reader *r, struct tongue out[LANGUAGES])
{
    uint32_t languages = 0;
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        languages |= r->parts[i].shard->languages;
    for (unsigned i = 0; i < LANGUAGES; i++) {
        bool wanted = languages >> i & 1 || str_eq(str_z(language_codes[i]), STR("en"));
        struct xstem *s = wanted ? xstem_open(language_codes[i]) : NULL;
        if (s)
            out[n++].stemmer = s;
    }
    return n;
}

/* The words of the index that stand for it: itself, those of its stem in any of the languages, and
   if there are none, those spelt almost so. */
static struct xgroup variants(struct ctx *cx, struct reader *r, uint32_t where, struct str word)
{
    struct group *g = ARENA_NEW(cx->arena, struct group);
    g->arena = cx->arena;
    g->word = word;
    g->tongues_n = stemmers_open(r, g->tongues);
    for (size_t i = 0; i < g->tongues_n; i++)
        g->tongues[i].stem = stem_of(cx->arena, g->tongues[i].stemmer, word);
    each_word(r, where, g);
    if (!g->count && word.n >= SPELLING_MIN && word.n <= SPELLING_BYTES) {
        g->mistakes = word.n >= SPELLING_TWO ? 2 : 1;
        each_word(r, where, g);
    }
    for (size_t i = 0; i < g->tongues_n; i++)
        xstem_close(g->tongues[i].stemmer);
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
