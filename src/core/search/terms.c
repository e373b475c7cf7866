#include "core/search/terms.h"
#include "base/arena.h"
#include "base/cur.h"
#include "base/map.h"
#include "core/search/inner.h"
#include "core/search/language.h"
#include "core/search/token.h"
#include <stdlib.h>
#include <string.h>

enum { TERMS_FIRST = 1024 };

static size_t slot_at(const struct terms *t, struct str text, uint64_t hash)
{
    size_t at = (size_t)hash & (t->room - 1);
    while (t->slots[at].text.p && (t->slots[at].hash != hash || !str_eq(t->slots[at].text, text)))
        at = (at + 1) & (t->room - 1);
    return at;
}

static void grow(struct terms *t)
{
    struct terms old = *t;
    t->room = old.room ? old.room * 2 : TERMS_FIRST;
    t->slots = ARENA_ARRAY(t->arena, t->room, struct xterm);
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i].text.p)
            t->slots[slot_at(t, old.slots[i].text, old.slots[i].hash)] = old.slots[i];
}

static void word_add(void *self, struct str word)
{
    struct terms *t = self;
    char room[SEARCH_WORD_MAX + 4];
    room[0] = t->letter;
    memcpy(room + 1, word.p, word.n);
    struct str text = str_of(room, word.n + 1);
    uint64_t hash = hash_bytes(text);
    if (t->count * 2 >= t->room)
        grow(t);
    size_t at = slot_at(t, text, hash);
    if (!t->slots[at].text.p) {
        t->slots[at] = (struct xterm){.text = str_dup(t->arena, text), .hash = hash};
        t->count++;
    }
    t->slots[at].count++;
}

struct terms terms_of(struct arena *a)
{
    return (struct terms){.arena = a, .text = buf_of(a, SEARCH_TEXT_MAX)};
}

bool terms_run(void *self, uint32_t where, struct str run)
{
    struct terms *t = self;
    if (where == SEARCH_NOISY) {
        t->noisy = true;
        return true;
    }
    t->letter = SEARCH_LETTER[__builtin_ctz(where)];
    buf_byte(&t->text, t->letter);
    buf_le_str(&t->text, run);
    t->cut = t->text.overflow;
    if (!t->cut)
        search_tokens(run, word_add, t);
    return !t->cut;
}

bool terms_again(struct terms *t, struct str text)
{
    struct cur c = cur_of(text);
    struct str run;
    char letter;
    while (cur_byte(&c, &letter) && cur_le_str(&c, &run)) {
        size_t place = str_chr(str_of(SEARCH_LETTER, SEARCH_LETTERS), letter);
        if (place == SIZE_MAX)
            return false;
        terms_run(t, 1U << place, run);
    }
    return cur_end(&c);
}

void terms_only_mark(struct terms *t)
{
    *t = (struct terms){
        .arena = t->arena, .cut = true, .noisy = t->noisy, .text = buf_of(t->arena, 1)};
}

static int by_text(const void *a, const void *b)
{
    const struct xterm *x = a, *y = b;
    return str_cmp(x->text, y->text);
}

static uint32_t language_in(const struct terms *t, size_t count)
{
    struct language_counts seen = {0};
    for (size_t i = 0; i < count; i++)
        if (t->slots[i].text.p[0] == SEARCH_LETTER[__builtin_ctz(SEARCH_BODY)])
            language_count(&seen, str_from(t->slots[i].text, 1), t->slots[i].count);
    return language_of(&seen);
}

/* In their order: Xapian's trees are walked from one neighbour to the next then. */
void terms_close_up(struct terms *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->room; i++)
        if (t->slots[i].text.p)
            t->slots[n++] = t->slots[i];
    if (n) /* no room was made for none */
        qsort(t->slots, n, sizeof *t->slots, by_text);
    t->language = language_in(t, n);
}
