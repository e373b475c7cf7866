#include "core/search/words.h"
#include "base/cur.h"
#include "core/search/files.h"
#include <stdlib.h>

const char *const words_names[WORDS_FILES] = {
    [WORDS_HEAD] = "words.head", [WORDS_BODY] = "words.body"};

int words_file(struct str term)
{
    return str_chr(STR("PBD"), term.p[0]) != SIZE_MAX ? WORDS_BODY : WORDS_HEAD;
}

bool words_open(const char *path, struct words *out)
{
    return files_map(path, &out->bytes);
}

void words_close(struct words *w)
{
    files_unmap(w->bytes);
    *w = (struct words){0};
}

/* The entry that the byte at lies in; without its NUL. */
static struct str entry_at(struct str all, size_t at)
{
    size_t start = str_rchr(str_sub(all, 0, at), '\0');
    start = start == SIZE_MAX ? 0 : start + 1;
    struct str rest = str_from(all, start);
    size_t n = str_chr(rest, '\0');
    return str_sub(rest, 0, n == SIZE_MAX ? rest.n : n);
}

/* Whether the clue's text, found at offset at of the entry, lies where the clue wants it. */
static bool fits(struct str entry, size_t at, const struct clue *clue)
{
    bool start = at == 1, end = at + clue->text.n == entry.n;
    switch (clue->kind) {
    case CLUE_WHOLE:
        return start && end;
    case CLUE_START:
        return start;
    case CLUE_END:
        return end;
    case CLUE_INSIDE:
        return true;
    }
    return false;
}

/* Whether the clue fits the entry somewhere from at on. */
static bool fits_from(struct str entry, size_t at, const struct clue *clue)
{
    for (;;) {
        if (fits(entry, at, clue))
            return true;
        size_t next = str_find(str_from(entry, at + 1), clue->text);
        if (next == SIZE_MAX)
            return false;
        at += 1 + next;
    }
}

void words_match(const struct words *w, const struct clue *clue, struct str letters, words_fn *fn,
                 void *self)
{
    struct str all = w->bytes;
    size_t from = 0, hit;
    while ((hit = str_find(str_from(all, from), clue->text)) != SIZE_MAX) {
        struct str entry = entry_at(all, from + hit);
        size_t start = (size_t)(entry.p - all.p);
        if (str_chr(letters, entry.p[0]) != SIZE_MAX &&
            fits_from(entry, from + hit - start, clue) && !fn(self, entry))
            return;
        from = start + entry.n + 1;
    }
}

void words_each(const struct words *w, struct str letters, words_fn *fn, void *self)
{
    struct cur c = cur_of(w->bytes);
    struct str entry;
    while (cur_until(&c, '\0', &entry))
        if (entry.n && str_chr(letters, entry.p[0]) != SIZE_MAX && !fn(self, entry))
            return;
}

struct words_writer {
    uint64_t *slots; /* keyed hashes of the words there are; 0: free */
    size_t room, count;
    struct arena *arena;
    struct buf all;
};

enum { ROOM_FIRST = 4096, ALL_MAX = 1 << 30 };

static bool put_hash(struct words_writer *w, uint64_t hash)
{
    size_t at = (size_t)hash & (w->room - 1);
    while (w->slots[at] && w->slots[at] != hash)
        at = (at + 1) & (w->room - 1);
    if (w->slots[at])
        return false;
    w->slots[at] = hash;
    w->count++;
    return true;
}

static void grow(struct words_writer *w)
{
    uint64_t *old = w->slots;
    size_t room = w->room;
    w->room = room ? room * 2 : ROOM_FIRST;
    w->slots = calloc(w->room, sizeof *w->slots);
    must(w->slots);
    w->count = 0;
    for (size_t i = 0; i < room; i++)
        if (old[i])
            put_hash(w, old[i]);
    free(old);
}

struct words_writer *words_writer_open(void)
{
    struct words_writer *w = calloc(1, sizeof *w);
    must(w);
    w->arena = arena_open();
    w->all = buf_of(w->arena, ALL_MAX);
    return w;
}

void words_writer_close(struct words_writer *w)
{
    if (!w)
        return;
    free(w->slots);
    arena_close(w->arena);
    free(w);
}

void words_add(struct words_writer *w, struct str term, uint64_t hash)
{
    if (w->count * 2 >= w->room)
        grow(w);
    if (!put_hash(w, hash ? hash : 1))
        return;
    buf_add(&w->all, term);
    buf_byte(&w->all, '\0');
}

struct str words_written(const struct words_writer *w)
{
    must(!w->all.overflow);
    return buf_str(&w->all);
}
