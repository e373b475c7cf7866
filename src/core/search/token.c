#include "core/search/token.h"
#include "base/cur.h"
#include "core/search.h"
#include "format/utf8.h"

/* The character at i: its kind and its length. Bytes that are no UTF-8 separate. */
static enum utf8_kind kind_at(struct str s, size_t i, size_t *n)
{
    char c = s.p[i];
    uint32_t x;
    *n = 1;
    if ((unsigned char)c < 0x80)
        return ascii_is_digit(c) || ascii_is_alpha(c) ? UTF8_WORD : UTF8_GAP;
    struct cur at = cur_of(str_from(s, i));
    size_t before = at.rest.n;
    if (!utf8_next(&at, &x))
        return UTF8_GAP;
    *n = before - at.rest.n;
    return utf8_kind(x);
}

/* The end of the run of that kind that goes on at i. */
static size_t run_end(struct str s, size_t i, enum utf8_kind kind)
{
    size_t n;
    while (i < s.n && kind_at(s, i, &n) == kind)
        i += n;
    return i;
}

static void long_word(struct str word, token_fn *fn, void *self)
{
    char piece[SEARCH_WORD_MAX + 2];
    for (size_t at = 0;; at += TOKEN_STEP) {
        struct str part = str_sub(word, at, SEARCH_WORD_MAX);
        size_t n = 0;
        if (at)
            piece[n++] = TOKEN_CUT;
        memcpy(piece + n, part.p, part.n);
        n += part.n;
        bool last = at + part.n == word.n;
        if (!last)
            piece[n++] = TOKEN_CUT;
        fn(self, str_of(piece, n));
        if (last)
            return;
    }
}

static void dense_run(struct str run, token_fn *fn, void *self)
{
    size_t first, second;
    for (size_t i = 0; i < run.n; i += first) {
        (void)kind_at(run, i, &first);
        if (i + first == run.n) {
            if (i == 0)
                fn(self, run);
            return;
        }
        (void)kind_at(run, i + first, &second);
        fn(self, str_sub(run, i, first + second));
    }
}

void search_tokens(struct str run, token_fn *fn, void *self)
{
    size_t n;
    for (size_t i = 0; i < run.n;) {
        enum utf8_kind kind = kind_at(run, i, &n);
        size_t end = kind == UTF8_GAP ? i + n : run_end(run, i, kind);
        struct str word = str_sub(run, i, end - i);
        if (kind == UTF8_DENSE)
            dense_run(word, fn, self);
        else if (kind == UTF8_WORD && word.n <= SEARCH_WORD_MAX)
            fn(self, word);
        else if (kind == UTF8_WORD)
            long_word(word, fn, self);
        i = end;
    }
}

static void clue_add(void *self, struct str text, enum clue_kind kind)
{
    struct clues *out = self;
    if (out->count < TOKEN_CLUES_MAX)
        out->at[out->count++] = (struct clue){text, kind};
}

/* A word of the needle: cut off by the needle's own ends it may be a part of one. */
static void word_clue(struct str needle, size_t at, struct str word, struct clues *out)
{
    bool first = at == 0, last = at + word.n == needle.n;
    if (word.n > SEARCH_WORD_MAX || (word.n > TOKEN_STEP && (first || last)))
        clue_add(out, str_sub(word, 0, TOKEN_STEP), CLUE_INSIDE);
    else if (first && last)
        clue_add(out, word, CLUE_INSIDE);
    else
        clue_add(out, word, first ? CLUE_END : last ? CLUE_START : CLUE_WHOLE);
}

static void dense_clues(struct str run, struct clues *out)
{
    size_t first, second;
    for (size_t i = 0; i < run.n; i += first) {
        (void)kind_at(run, i, &first);
        if (i + first == run.n) {
            if (i == 0)
                clue_add(out, run, CLUE_INSIDE);
            return;
        }
        (void)kind_at(run, i + first, &second);
        clue_add(out, str_sub(run, i, first + second), CLUE_WHOLE);
    }
}

void search_clues(struct str needle, struct clues *out)
{
    size_t n;
    *out = (struct clues){0};
    for (size_t i = 0; i < needle.n;) {
        enum utf8_kind kind = kind_at(needle, i, &n);
        size_t end = kind == UTF8_GAP ? i + n : run_end(needle, i, kind);
        struct str word = str_sub(needle, i, end - i);
        if (kind == UTF8_DENSE)
            dense_clues(word, out);
        else if (kind == UTF8_WORD)
            word_clue(needle, i, word, out);
        i = end;
    }
    out->exact = out->count == 1 && out->at[0].text.n == needle.n;
}
